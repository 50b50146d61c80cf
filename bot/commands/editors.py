"""`knowledge`: all commands of the editors together."""

from __future__ import annotations

from bot.commands import editions, sheets
from bot.commands.knowledge import app

__all__ = ["app"]

app.command("export")(sheets.export_sheet)
app.command("import")(sheets.import_sheet)
for command in (editions.publish, editions.history, editions.diff, editions.rollback):
    app.command()(command)
