"""One way for every move of a ticket: rule, new values, promises, entry, audit, card; and the word to those whom it concerns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from domain.masking import masked
from domain.messages import Button, Letter, Media, Reply
from domain.ticket import FINAL_STATES, Entry, EntryKind, Follower, Move, State, Ticket, after
from services.app import App
from services.cards import refresh_card, turn_topics
from services.promises import owed, planned
from store.unit import Unit

# What followers hear where the owner hears something that only they can act on; "" = nothing.
FOLLOWERS_HEAR = {
    "letter.answer": "follower.answer",
    "letter.file": "",
    "letter.closed": "follower.closed",
    "letter.archived": "follower.archived",
    "letter.held": "follower.held",
    "letter.lapsed": "follower.lapsed",
}
Rows = tuple[tuple[Button, ...], ...]
RowsOf = Callable[[App, Ticket, str], Rows]
MOVES_THE_CARD = Move.REASSIGN, Move.REFUSE  # the card leaves the desk, which its own service sees to
BEGINS_AGAIN = Move.REPLY, Move.REASSIGN, Move.REOPEN  # what was said of the outcome is no longer so
SPEAKS = Move.REPLY, Move.HOLD  # the operator's own words go to the resident
DONE_ANSWERS = ("yes", "part", "no")


async def move(
    app: App, unit: Unit, actor: str, ticket: Ticket, what: Move, detail: dict[str, str] | None = None, **values: Any
) -> Ticket:
    """Make a move. `detail` goes into the history, `values` are columns that change with it.

    Raises WrongMoment where the table has no such move, and Crossed when somebody else was faster; then nothing was written.
    """
    now, said = app.now(), detail or {}
    state = after(ticket.state, what)
    promises = await planned(app, unit, ticket, what)
    stamps = _stamps(ticket, what, state, now)
    moved = await unit.tickets.change(ticket, now, state=state.value, due_at=owed(promises), **stamps | values)
    await unit.promises.keep(list(promises.values()))
    await unit.tickets.write(Entry(ticket.id, EntryKind.EVENT, what.value, now, actor, version=moved.version, detail=said))
    codes = {key: value for key, value in said.items() if key != "words"}  # what people wrote can be erased, the trail never
    await audit(app, unit, actor, what.value, ticket, before=ticket.state.value, after=state.value, **codes)
    if what not in MOVES_THE_CARD:
        await refresh_card(app, unit, moved)
        await turn_topics(app, unit, ticket, moved)
    return moved


def _stamps(ticket: Ticket, what: Move, state: State, now: datetime) -> dict[str, Any]:
    stamps: dict[str, Any] = {"closed_at": now if state in FINAL_STATES else None}
    if what in SPEAKS:
        stamps["spoken_at"] = now
    if what in BEGINS_AGAIN:
        stamps["outcome"] = ""
    return stamps | {"answered_at": now} if what is Move.REPLY and ticket.answered_at is None else stamps


async def audit(app: App, unit: Unit, actor: str, action: str, ticket: Ticket, **detail: str) -> None:
    """A line of the audit trail about a ticket: ids and constant names, never words of people."""
    await unit.records.audit(app.now(), actor, action, f"ticket:{ticket.id}", **detail)


async def tell(app: App, unit: Unit, ticket: Ticket, key: str, media: Media | None = None, **values: str) -> None:
    """A letter to the ticket's resident, wherever they hold it, and one to each follower, in their language."""
    await tell_owner(app, unit, ticket, key, media, **values)
    told = FOLLOWERS_HEAR.get(key, key)
    if told:
        await tell_followers(app, unit, ticket, told, **values)


async def tell_owner(app: App, unit: Unit, ticket: Ticket, key: str, media: Media | None = None, **values: str) -> None:
    """A letter to every account through which the ticket's resident holds it."""
    rows = _rows_after_answer if ticket.state is State.ANSWERED else _rows
    for person in (Follower(ticket.resident_id, ticket.channel, ticket.address), *await unit.holders.of(ticket.id)):
        await _write_to(app, unit, ticket, person, rows, key, media, **values)


async def tell_followers(app: App, unit: Unit, ticket: Ticket, key: str, **values: str) -> None:
    """A letter to each follower. Words of an operator are masked: they were meant for one resident."""
    safe = values | {"text": masked(values["text"])} if "text" in values else values
    for person in await unit.tickets.followers(ticket.id) if ticket.followers else ():
        await _write_to(app, unit, ticket, person, _follower_rows, key, None, **safe)


async def _write_to(
    app: App, unit: Unit, ticket: Ticket, person: Follower, rows: RowsOf, key: str, media: Media | None, **values: str
) -> None:
    """A letter to one person in their language, unless they want none or are forgotten."""
    language = await unit.conversations.hears_in(person.resident_id)
    if language is None or not person.address:
        return
    text = app.say(key, language, number=ticket.number, agency=app.region.agencies[ticket.agency].name, **values)
    reply = Reply(text, rows(app, ticket, language), media=media)
    app.post(unit, Letter(person.channel, person.address, reply, ticket_id=ticket.id))


def _follower_rows(app: App, ticket: Ticket, language: str) -> Rows:
    view = Button(f"ticket:{ticket.id}", app.say("button.ticket", language))
    return ((view, Button(f"unfollow:{ticket.id}", app.say("button.unfollow", language))),)


def _rows(app: App, ticket: Ticket, language: str) -> Rows:
    add = Button(f"add:{ticket.id}", app.say("button.add", language))
    if ticket.state is State.LAPSED:
        return ((Button(f"reopen:{ticket.id}", app.say("button.reopen", language)), add),)
    return ((add, Button(f"ticket:{ticket.id}", app.say("button.ticket", language))),)


def _rows_after_answer(app: App, ticket: Ticket, language: str) -> Rows:
    """Is it done? The resident has the last word."""
    choices = [Button(f"done:{ticket.id}:{answer}", app.say(f"button.done_{answer}", language)) for answer in DONE_ANSWERS]
    return tuple(choices), *_rows(app, ticket, language)


def by_operator(operator_id: int) -> str:
    """An operator as histories and audits name them."""
    return f"operator:{operator_id}"


def by_resident(resident_id: int) -> str:
    return f"resident:{resident_id}"
