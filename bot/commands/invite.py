"""One-time codes for groups and operators."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from bot import logs
from bot.build import build_app, open_store
from bot.config import Settings
from domain.people import CODE_LIFETIME, InviteKind, Role
from services import desks

HOW_TO_USE = {
    InviteKind.DESK: "Add the bot to the agency's group and send there:  /ikat {code}",
    InviteKind.OPERATOR: "The operator sends in the group, or to the bot:  /gabung {code}",
}


def invite(
    agency: Annotated[str, typer.Argument(help="Id of the agency, as in knowledge/region/agencies.toml")],
    kind: Annotated[InviteKind, typer.Option(help="desk: bind a group; operator: enrol a person")] = InviteKind.DESK,
    role: Annotated[Role, typer.Option(help="What the person may do")] = Role.OPERATOR,
) -> None:
    """Print a one-time code for an agency's group or operator."""
    settings = Settings()
    logs.set_up(settings.log_level)
    code = asyncio.run(_invite(settings, agency, kind, role))
    typer.echo(HOW_TO_USE[kind].format(code=code))
    typer.echo(f"It works once, within {CODE_LIFETIME.total_seconds() / 3600:.0f} hours.")


async def _invite(settings: Settings, agency: str, kind: InviteKind, role: Role) -> str:
    async with open_store(settings) as store:
        app = await build_app(settings, store, [])
        if agency not in app.region.agencies:
            raise typer.BadParameter(f"no agency {agency!r}; known: {', '.join(app.region.agencies)}")
        async with store.unit() as unit:
            code = await desks.invite(app, unit, kind, agency, role)
            await unit.commit()
        return code
