"""The commands of `python -m bot`."""

from __future__ import annotations

import sys

import typer
from pydantic import ValidationError

from bot.commands import chat, editions, invite, knowledge, region, route, serve, sheets, store, whatsapp

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Sapa, the service-access bot."
)
app.command("serve")(serve.serve)
app.command("worker")(serve.worker)
app.command("chat")(chat.chat)
app.command("migrate")(store.migrate)
app.command("seed")(store.seed)
app.command("invite")(invite.invite)
app.command("route")(route.route)
app.command("evaluate")(route.evaluate)
knowledge.app.command("export")(sheets.export_sheet)
knowledge.app.command("import")(sheets.import_sheet)
app.add_typer(knowledge.app, name="knowledge")
for command in (editions.publish, editions.history, editions.diff, editions.rollback):
    knowledge.app.command()(command)
app.add_typer(whatsapp.app, name="whatsapp")
app.command("region")(region.region)


def cli() -> None:
    """Run a command; settings that make no sense end it with a sentence each."""
    try:
        app()
    except ValidationError as error:
        for problem in error.errors():
            sys.stderr.write(f"SAPA_{'_'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}\n")
        sys.exit(2)
