"""What several handlers do with a ticket of the resident's own: find it, add to it, take their last word on it."""

from __future__ import annotations

from collections.abc import Sequence

from domain.messages import Media, Reply
from domain.ticket import State, Ticket
from handlers.timeline import rating_rows
from handlers.turn import Replies, Turn
from services import tickets


def named(turn: Turn) -> int:
    """The ticket that a button names; 0 for nonsense."""
    name = turn.argument.partition(":")[0]
    return int(name) if name.isascii() and name.isdecimal() and len(name) < 16 else 0


async def own(turn: Turn) -> Ticket:
    """The resident's ticket that a button names. Raises NotFound."""
    return await tickets.own_ticket(turn.unit, turn.conversation.resident.id, named(turn))


def words_of(turn: Turn) -> str:
    """What the resident said; a pin in words."""
    place = turn.incoming.location
    return turn.text or (turn.say("place.pin", lat=f"{place.lat:.5f}", lon=f"{place.lon:.5f}") if place else "")


async def add(turn: Turn, ticket_id: int, words: str, media: Sequence[Media]) -> Replies:
    ticket = await tickets.own_ticket(turn.unit, turn.conversation.resident.id, ticket_id)
    turn.about = ticket.id
    if not words and not media:
        return [turn.reply("status.ask_more", (turn.button("cancel", "button.cancel"),), number=ticket.number)]
    await tickets.add_from_resident(turn.app, turn.unit, ticket, words, media)
    turn.go()
    return [turn.reply("status.added", (turn.button("menu", "button.menu"),), number=ticket.number)]


async def settle(turn: Turn, ticket: Ticket, answer: str) -> Replies:
    """What was said before is said again kindly, not refused."""
    if answer == "yes":
        return [await _confirm(turn, ticket)]
    if ticket.state is State.REOPENED:
        return [_what_is_left(turn, ticket)]
    return await _open_again(turn, ticket, partly=answer == "part")


async def _confirm(turn: Turn, ticket: Ticket) -> Reply:
    again = (turn.button(f"reopen:{ticket.id}", "button.reopen"),)
    key = "status.confirmed_before" if ticket.state is State.CONFIRMED else "status.confirmed"
    if ticket.state is not State.CONFIRMED:
        await tickets.confirm(turn.app, turn.unit, ticket)
    turn.leave()
    turn.go("ticket.rate", ticket=ticket.id)
    return turn.reply(key, *rating_rows(turn, ticket), again, number=ticket.number)


async def _open_again(turn: Turn, ticket: Ticket, *, partly: bool) -> Replies:
    return [_what_is_left(turn, await tickets.reopen(turn.app, turn.unit, ticket, partly=partly))]


def _what_is_left(turn: Turn, ticket: Ticket) -> Reply:
    turn.about = ticket.id
    turn.go("ticket.more", ticket=ticket.id)
    return turn.reply("status.reopened", (turn.button("menu", "button.skip"),), number=ticket.number)
