"""Keys of the vault, erasures after a restored backup, identities for a reason, legal holds and blocks: by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import logs
from bot.build import build_app, open_store
from bot.config import Settings
from domain.errors import Problem
from domain.people import DEFAULT_LANGUAGE
from domain.ticket import Ticket
from services import abuse, vault
from services.app import App
from services.keys import new_key
from services.moves import audit
from services.privacy import reapply
from services.privacy import reveal as reveal_ticket
from services.retention import list_erased, read_erased, tend, tidy
from store.unit import Unit

ADMIN = "admin"  # as audits name who works by hand
vault_app = typer.Typer(no_args_is_help=True, help="Keys of what is kept encrypted.")
privacy_app = typer.Typer(no_args_is_help=True, help="Erasure, retention, legal holds.")
block_app = typer.Typer(no_args_is_help=True, help="Residents of whom nothing is taken for a while.")

Number = Annotated[str, typer.Argument(help="Number of the ticket")]
Reason = Annotated[str, typer.Option(help="Why; it stays in the audit")]


@vault_app.command("new-key")
def print_new_key() -> None:
    """Print a new key. Put it before the ones of now, then rotate."""
    typer.echo(new_key())


@vault_app.command("rotate")
def rotate() -> None:
    """Encrypt everything under the first key. Arrivals and letters go with their time: keep the old keys until then."""
    count = _run(vault.rotate)
    typer.echo(f"{count} rows stand under the first key now.")


@privacy_app.command("run")
def run() -> None:
    """Do now what the clock does: erase who asked for it, and once a day what has had its time."""
    counts = _run_app(_tend)
    typer.echo(", ".join(f"{name} {count}" for name, count in counts.items()))


@privacy_app.command("reapply")
def reapply_erasures(
    file: Annotated[Path | None, typer.Argument(help="List of who was erased (default: SAPA_ERASURES_FILE)")] = None,
) -> None:
    """After a backup was restored: erase again who had been erased since."""
    erased = read_erased(file or Settings().erasures_file)
    count = _run(partial(_reapply, fingerprints=set(erased)))
    typer.echo(f"{count} of {len(erased)} were there again and are erased.")


@privacy_app.command("hold")
def hold(number: Number, reason: Reason, lift: Annotated[bool, typer.Option(help="End the hold")] = False) -> None:
    """A legal hold: the words of a ticket stay, whatever their time."""
    _run(partial(_hold, number=number, reason=reason, lift=lift))
    typer.echo(f"{number}: {'no hold' if lift else 'held'}.")


def reveal(number: Number, reason: Reason) -> None:
    """Show who wrote a ticket and what was masked in it."""
    typer.echo(_run(partial(_reveal, number=number, reason=reason)))


@block_app.command("add")
def add_block(
    number: Number,
    reason: Annotated[str, typer.Option(help="Id of a reason in limits.toml")],
    days: Annotated[int, typer.Option(help="For how long")] = 7,
) -> None:
    """Block the resident of a ticket."""
    made = _run(partial(_block, number=number, reason=reason, days=days))
    typer.echo(f"Blocked until {made.until.isoformat(timespec='minutes')}.")


@block_app.command("list")
def list_blocks() -> None:
    """The blocks in force."""
    for block in _run(_blocks):
        typer.echo(f"{block.id}  until {block.until.isoformat(timespec='minutes')}  {block.reason}  by {block.author}")


@block_app.command("remove")
def remove_block(block: Annotated[int, typer.Argument(help="Its number, see `block list`")]) -> None:
    """Lift a block."""
    _run(partial(_unblock, block_id=block))
    typer.echo("Lifted.")


# ------------------------------------------------------------------ what they do


async def _tend(app: App) -> dict[str, int]:
    erased = await tend(app)
    counts = await tidy(app) or {}
    await list_erased(app)
    await app.store.compact()
    return {"erased": erased, **counts}


async def _reapply(app: App, unit: Unit, fingerprints: set[str]) -> int:
    return await reapply(app, unit, fingerprints)


async def _hold(app: App, unit: Unit, number: str, reason: str, lift: bool) -> None:
    ticket = await _ticket(unit, number)
    await unit.privacy.hold(ticket.id, not lift)
    await audit(app, unit, ADMIN, "hold_lifted" if lift else "held_by_law", ticket, reason=reason)


async def _reveal(app: App, unit: Unit, number: str, reason: str) -> str:
    return await reveal_ticket(app, unit, ADMIN, await _ticket(unit, number), reason)


async def _block(app: App, unit: Unit, number: str, reason: str, days: int) -> Any:
    return await abuse.block(app, unit, ADMIN, await _ticket(unit, number), days, reason)


async def _blocks(app: App, unit: Unit) -> Any:
    return await unit.privacy.blocks(app.now())


async def _unblock(app: App, unit: Unit, block_id: int) -> None:
    await abuse.unblock(app, unit, ADMIN, block_id)


async def _ticket(unit: Unit, number: str) -> Ticket:
    ticket = await unit.tickets.by_number(number.upper())
    if ticket is None:
        raise typer.BadParameter(f"no ticket {number}")
    return ticket


def _run(do: Callable[[App, Unit], Awaitable[Any]]) -> Any:
    """One transaction on the store of the settings; what a person got wrong ends it with a sentence."""

    async def inside(app: App) -> Any:
        async with app.store.unit() as unit:
            done = await do(app, unit)
            await unit.commit()
        return done

    return _run_app(inside)


def _run_app(do: Callable[[App], Coroutine[Any, Any, Any]]) -> Any:
    settings = Settings()
    logs.set_up(settings.log_level)
    return asyncio.run(_with_app(settings, do))


async def _with_app(settings: Settings, do: Callable[[App], Coroutine[Any, Any, Any]]) -> Any:
    async with open_store(settings) as store:
        app = await build_app(settings, store, [])
        try:
            return await do(app)
        except Problem as problem:
            raise typer.BadParameter(app.say(problem.key, DEFAULT_LANGUAGE, **problem.values)) from problem
