"""Budgets of tickets, pranks that add up, and blocks. Calls for help are taken whatever stands against somebody."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.errors import Invalid, NotFound, WrongMoment
from domain.people import Block
from domain.ticket import NewTicket, Ticket
from services.app import App
from services.cards import post_note
from store.unit import Unit

DAY = timedelta(days=1)


async def may_file(app: App, unit: Unit, new: NewTicket) -> None:
    """Raises WrongMoment when the resident opened as many tickets within a day as one may; never for what is urgent."""
    most = app.region.limits.tickets_a_day
    if not new.urgent and await unit.privacy.filed(new.resident_id, app.now() - DAY) >= most:
        raise WrongMoment("error.too_many_tickets", most=most)


async def count_prank(app: App, unit: Unit, ticket: Ticket) -> None:
    """The desk is told when pranks of one resident add up: a head may block."""
    limits = app.region.limits
    if ticket.outcome != limits.prank:
        return
    pranks = await unit.privacy.outcomes(ticket.resident_id, limits.prank, app.now() - timedelta(days=limits.prank_days))
    if pranks >= limits.suggest_block_after:
        await post_note(app, unit, ticket, app.say("note.pranks", number=ticket.number, times=pranks))


async def block(app: App, unit: Unit, author: str, ticket: Ticket, days: int, reason: str) -> Block:
    """Take nothing more of a ticket's resident for so many days. `author`: who decides. Raises Invalid."""
    limits = app.region.limits
    if reason not in limits.blocks:
        raise Invalid("error.no_block_reason", reasons=", ".join(limits.blocks))
    if days not in range(1, limits.block_days + 1):
        raise Invalid("error.bad_block_days", most=limits.block_days)
    made = Block(ticket.resident_id, reason, author, app.now() + timedelta(days=days))
    block_id = await unit.privacy.block(made, app.now())
    detail = {"reason": reason, "until": made.until.isoformat(), "ticket": ticket.number}
    await unit.records.audit(app.now(), author, "blocked", f"resident:{ticket.resident_id}", block=block_id, **detail)
    return made


async def unblock(app: App, unit: Unit, author: str, block_id: int) -> None:
    """Raises NotFound where no such block is in force."""
    resident_id = await unit.privacy.unblock(block_id, app.now())
    if resident_id is None:
        raise NotFound("error.no_block")
    await unit.records.audit(app.now(), author, "unblocked", f"resident:{resident_id}", block=block_id)


def is_blocked(until: datetime | None, now: datetime) -> bool:
    return until is not None and until > now
