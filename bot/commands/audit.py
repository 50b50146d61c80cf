"""The audit trail."""

from __future__ import annotations

import asyncio

import typer

from bot import logs
from bot.build import open_store
from bot.config import Settings
from domain.audit import Chain
from services.audit import verify as verify_trail

app = typer.Typer(no_args_is_help=True, help="The audit trail.")


@app.callback()
def main() -> None:
    """The audit trail."""


@app.command()
def verify() -> None:
    """Look whether every line of the audit trail is as it was written, and none is missing. Ends with 1 where not."""
    settings = Settings()
    logs.set_up(settings.log_level)
    chain = asyncio.run(_verify(settings))
    before = f" ({chain.unchained} from before there was a chain)" if chain.unchained else ""
    if not chain.broken_at:
        typer.echo(f"The audit trail is whole: {chain.lines} lines{before}.")
        return
    where = "lines are missing at its end" if chain.broken_at < 0 else f"line {chain.broken_at} is not what was written"
    typer.echo(f"The audit trail is broken: {where}.", err=True)
    raise typer.Exit(1)


async def _verify(settings: Settings) -> Chain:
    async with open_store(settings) as store, store.reading() as unit:
        return await verify_trail(unit)
