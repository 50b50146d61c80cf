"""What the clock does: warns, tells heads and the coordinator, and closes what the resident left without a word."""

from __future__ import annotations

from domain.errors import WrongMoment
from domain.messages import Letter, Reply
from domain.people import Role
from domain.promise import Promise, PromiseKind, Stage, ticked
from domain.ticket import Entry, EntryKind, Move, State, Ticket
from services.app import App
from services.cards import post_note
from services.files import check_evidence
from services.moves import audit, move, tell
from store.unit import Unit

TOGETHER = 50  # promises that one round looks after
CLOCK = "clock"  # as histories and audits name it


async def tick(app: App, unit: Unit) -> int:
    """Do what clocks have to do by now, each thing once; returns how many promises were looked after. The caller commits."""
    ticking = await unit.promises.ticking(app.now(), TOGETHER)
    for one in ticking:
        stepped = ticked(one, app.calendar, app.now())
        await unit.promises.keep([stepped])
        ticket = await unit.tickets.get(one.ticket_id)
        if ticket is not None and ticket.is_open:
            await _act(app, unit, ticket, stepped)
    return len(ticking)


async def _act(app: App, unit: Unit, ticket: Ticket, promise: Promise) -> None:
    if promise.kind is not PromiseKind.CLOSING:
        await _remind(app, unit, ticket, promise)
    elif ticket.state is State.ANSWERED:
        await _lapse(app, unit, ticket)


async def _lapse(app: App, unit: Unit, ticket: Ticket) -> None:
    """The resident said nothing. Evidence of another ticket closes none: the desk must answer with its own."""
    try:
        await check_evidence(unit, ticket)
    except WrongMoment as problem:
        await post_note(app, unit, ticket, app.say(problem.key))
    else:
        await tell(app, unit, await move(app, unit, CLOCK, ticket, Move.LAPSE), "letter.lapsed")


async def _remind(app: App, unit: Unit, ticket: Ticket, promise: Promise) -> None:
    """Warn the agency, then tell its head, then the coordinator: each once."""
    detail = {"promise": promise.kind.value}
    event = Entry(ticket.id, EntryKind.EVENT, promise.stage.value, app.now(), CLOCK, version=ticket.version, detail=detail)
    await unit.tickets.write(event)
    await audit(app, unit, CLOCK, promise.stage.value, ticket, **detail)
    text = _reminder(app, ticket, promise)
    await post_note(app, unit, ticket, text)
    if promise.stage is Stage.BROKEN:
        await _tell_all(app, unit, ticket.agency, Role.HEAD, text)
    elif promise.stage is Stage.ESCALATED:
        await _tell_all(app, unit, app.region.coordinator, Role.COORDINATOR, text)


def _reminder(app: App, ticket: Ticket, promise: Promise) -> str:
    return app.say(
        f"clock.{promise.stage}",
        number=ticket.number,
        what=app.say(f"promise.{promise.kind}"),
        due=app.day_and_hour(promise.due_at),
        agency=app.region.agencies[ticket.agency].short,
    )


async def _tell_all(app: App, unit: Unit, agency: str, role: Role, text: str) -> None:
    """A private word to those of an agency who answer for it."""
    for channel, address in await unit.people.accounts(agency, role):
        app.post(unit, Letter(channel, address, Reply(text)))
