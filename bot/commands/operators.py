"""Who works at the desks, and how somebody stops."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from bot import logs
from bot.build import build_app, open_store
from bot.config import Settings
from domain.people import Member
from services import desks

app = typer.Typer(no_args_is_help=True, help="Who works at the desks.")


@app.command("list")
def list_members() -> None:
    """Everybody who may work tickets: number, name, channel, agency, role."""
    settings = Settings()
    logs.set_up(settings.log_level)
    for one in asyncio.run(_members(settings)):
        typer.echo("\t".join((str(one.operator_id), one.name, one.channel, one.agency, one.role)))


@app.command()
def remove(
    operator: Annotated[int, typer.Argument(help="Number of the operator, as `operator list` shows it")],
    agency: Annotated[str, typer.Option(help="Only at this agency; default: everywhere")] = "",
) -> None:
    """Take an operator's access away at once; exit code 1 when there was none. What they did stays in the histories."""
    settings = Settings()
    logs.set_up(settings.log_level)
    gone = asyncio.run(_remove(settings, operator, agency))
    typer.echo(f"Removed from {', '.join(gone)}." if gone else "No such operator there.")
    if not gone:
        raise typer.Exit(1)


async def _members(settings: Settings) -> list[Member]:
    async with open_store(settings) as store, store.reading() as unit:
        return await unit.people.members()


async def _remove(settings: Settings, operator: int, agency: str) -> list[str]:
    async with open_store(settings) as store:
        app_ = await build_app(settings, store, [])
        async with store.unit() as unit:
            gone = await desks.dismiss(app_, unit, operator, agency)
            await unit.commit()
        return gone
