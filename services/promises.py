"""The promises of a ticket: which moves begin, keep, pause and resume them, and when the answer is owed."""

from __future__ import annotations

from datetime import datetime

from domain.promise import Promise, PromiseKind, Stage, begin, over, paused, resumed
from domain.ticket import Move, NewTicket, State, Ticket, TicketKind
from services.app import App
from store.unit import Unit

ANSWER, CLOSING = PromiseKind.ANSWER, PromiseKind.CLOSING
REACTION, VERIFICATION = PromiseKind.REACTION, PromiseKind.VERIFICATION
FIRST = (REACTION, VERIFICATION, ANSWER)  # what a new ticket is owed
CLASSES = {VERIFICATION: "verification", CLOSING: "reaction"}  # names in the region's sla.toml

KEEPS: dict[Move, tuple[PromiseKind, ...]] = {
    Move.VERIFY: (REACTION,),
    Move.TAKE: (REACTION, VERIFICATION),
    Move.REPLY: FIRST,
    Move.REASSIGN: (REACTION, VERIFICATION, CLOSING),
    Move.REFUSE: (REACTION,),
    Move.HOLD: (REACTION,),
    Move.REOPEN: (CLOSING,),
    **dict.fromkeys((Move.REDIRECT, Move.ARCHIVE, Move.CONFIRM, Move.LAPSE), tuple(PromiseKind)),
}
BEGINS: dict[Move, tuple[PromiseKind, ...]] = {
    Move.REPLY: (CLOSING,),
    Move.REASSIGN: (REACTION,),
    Move.REFUSE: (VERIFICATION,),
    Move.REOPEN: (REACTION, ANSWER),
}

Promised = dict[PromiseKind, Promise]


def due(app: App, ticket: Ticket | NewTicket, kind: PromiseKind, begun: datetime) -> datetime:
    """When a promise that began at a moment is due."""
    promises = app.region.promises
    if kind is REACTION:
        return app.calendar.after_hours(begun, promises.first_reaction_hours)
    return app.calendar.after_days(begun, promises.by_class[CLASSES.get(kind) or answer_class(ticket)].days)


def answer_class(ticket: Ticket | NewTicket) -> str:
    """The class of the promise of an answer, as the region's sla.toml names it."""
    if ticket.kind is not TicketKind.COMPLAINT:
        return "light"
    return "complaint_field" if ticket.field_check else "complaint"


def begun(app: App, ticket: Ticket, *kinds: PromiseKind) -> Promised:
    """These promises, starting now."""
    now, share = app.now(), app.region.promises.warn_at
    return {kind: begin(app.calendar, ticket.id, kind, now, due(app, ticket, kind, now), share) for kind in kinds}


def put_off(app: App, promise: Promise, due_at: datetime) -> Promise:
    """The same promise, due at another time."""
    share = app.region.promises.warn_at
    return begin(app.calendar, promise.ticket_id, promise.kind, promise.begun_at, due_at, share)


async def planned(app: App, unit: Unit, ticket: Ticket, move: Move) -> Promised:
    """All promises of a ticket as they will be after a move. Writes nothing."""
    promises = await unit.promises.of(ticket.id)
    if ticket.state is State.HELD:
        promises = {kind: resumed(one, app.calendar, app.now()) for kind, one in promises.items()}
    promises |= {kind: over(one) for kind, one in promises.items() if kind in KEEPS.get(move, ())}
    if move is Move.HOLD:
        promises |= {kind: paused(one, app.now()) for kind, one in promises.items() if one.stage is not Stage.OVER}
    promises |= begun(app, ticket, *BEGINS.get(move, ()))
    if move is Move.REASSIGN and not owed(promises):
        promises |= begun(app, ticket, ANSWER)
    return promises


def owed(promises: Promised) -> datetime | None:
    """When the answer is owed; None while nothing is, or the clock stands still."""
    answer = promises.get(ANSWER)
    return answer.due_at if answer and answer.stage is not Stage.OVER and answer.paused_at is None else None
