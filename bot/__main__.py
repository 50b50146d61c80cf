"""`python -m bot`: one small module per command under `bot/commands/`."""

from __future__ import annotations

from bot.commands import cli

if __name__ == "__main__":
    cli()
