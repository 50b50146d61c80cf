"""A resident's own tickets and those they follow: asking after them, adding to them, the last word, opening them again."""

from __future__ import annotations

from collections.abc import Sequence

from domain.messages import Button, Kind, Reply
from domain.ticket import NUMBER, Ticket, find_number
from handlers.own import add, named, own, settle, words_of
from handlers.start import back_row
from handlers.timeline import RATINGS, show, show_followed
from handlers.turn import Replies, Turn
from services import pins, tickets
from services.cards import subject

MOST_LISTED = 5
POOR = 2  # ratings up to here: is it really done?


async def overview(turn: Turn) -> Replies:
    """One ticket by its number, or the latest ones."""
    if NUMBER.search(turn.text):
        return [await _by_number(turn, find_number(turn.text) or "")]
    resident = turn.conversation.resident.id
    mine = await turn.unit.tickets.of_resident(resident, MOST_LISTED)
    followed = await turn.unit.tickets.followed_by(resident, MOST_LISTED)
    if not mine and not followed:
        return [turn.reply("status.none", (turn.button("report", "button.report"), turn.button("menu", "button.menu")))]
    lists = [turn.say("status.list", tickets=_lines(turn, mine))] if mine else []
    lists += [turn.say("status.following", tickets=_lines(turn, followed))] if followed else []
    rows = tuple((Button(f"ticket:{ticket.id}", ticket.number),) for ticket in (*mine, *followed))
    return [Reply("\n\n".join((*lists, turn.say("status.choose"))), (*rows, back_row(turn)))]


def _lines(turn: Turn, found: Sequence[Ticket]) -> str:
    return "\n".join(_line(turn, ticket) for ticket in found)


def _line(turn: Turn, ticket: Ticket) -> str:
    state = turn.say(f"resident_state.{ticket.state}")
    return turn.say("status.line", number=ticket.number, subject=subject(turn.app, ticket), state=state)


async def _by_number(turn: Turn, number: str) -> Reply:
    shown = await _shown(turn, await turn.unit.tickets.by_number(number))
    return shown or await pins.wrong_number(turn.app, turn.unit, turn.conversation.resident.id)


async def _shown(turn: Turn, ticket: Ticket | None) -> Reply | None:
    """As the resident may see it; None for what is not theirs."""
    resident = turn.conversation.resident.id
    if ticket is None:
        return None
    if await tickets.owns(turn.unit, resident, ticket):
        return await show(turn, ticket)
    return await show_followed(turn, ticket) if await tickets.follows(turn.unit, resident, ticket) else None


async def one(turn: Turn) -> Replies:
    followed = await _shown(turn, await turn.unit.tickets.get(named(turn)))
    return [followed or await show(turn, await own(turn))]


async def unfollow(turn: Turn) -> Replies:
    ticket = await turn.unit.tickets.get(named(turn))
    if ticket is None or not await tickets.follows(turn.unit, turn.conversation.resident.id, ticket):
        ticket = await own(turn)
    await tickets.unfollow(turn.app, turn.unit, ticket, turn.conversation.resident.id)
    return [turn.reply("status.unfollowed", back_row(turn), number=ticket.number)]


# ------------------------------------------------------------------ saying more


async def ask_more(turn: Turn) -> Replies:
    """The resident wants to add to a ticket."""
    ticket = await own(turn)
    turn.go("ticket.more", ticket=ticket.id)
    return [turn.reply("status.ask_more", (turn.button("cancel", "button.cancel"),), number=ticket.number)]


async def add_more(turn: Turn) -> Replies:
    return await _add_said(turn, turn.data.get("ticket", 0))


async def add_quoted(turn: Turn) -> Replies:
    """A reply to one of our messages about a ticket; who only follows it cannot add to it."""
    ticket = await turn.unit.tickets.get(turn.quoted_ticket or 0)
    if ticket and await tickets.follows(turn.unit, turn.conversation.resident.id, ticket):
        rows = ((turn.button("report", "button.report"), turn.button("menu", "button.menu")),)
        return [turn.reply("status.only_followed", *rows, number=ticket.number)]
    return await _add_said(turn, turn.quoted_ticket or 0)


async def _add_said(turn: Turn, ticket_id: int) -> Replies:
    media = turn.incoming.media
    return await add(turn, ticket_id, words_of(turn), (media,) if media else ())


# ------------------------------------------------------------------ the last word


async def done(turn: Turn) -> Replies:
    """The answer to "is it done?": `done:<ticket>:<yes, part or no>`. Who says yes is asked how they found it."""
    return await settle(turn, await own(turn), turn.argument.rpartition(":")[2])


async def rate(turn: Turn) -> Replies:
    """`rate:<ticket>:<1 to 4>`; the last word counts."""
    return [await _rate(turn, await own(turn), turn.argument.rpartition(":")[2])]


def names_a_rating(turn: Turn) -> bool:
    """How they found it, in words or as a number."""
    return turn.incoming.kind is Kind.TEXT and bool(_rating_said(turn))


def _rating_said(turn: Turn) -> str:
    return next((rating for rating in RATINGS if turn.bare == rating or turn.said(f"words.rate_{rating}")), "")


async def rate_by_words(turn: Turn) -> Replies:
    ticket = await tickets.own_ticket(turn.unit, turn.conversation.resident.id, turn.data.get("ticket", 0))
    return [await _rate(turn, ticket, _rating_said(turn))]


async def _rate(turn: Turn, ticket: Ticket, rating: str) -> Reply:
    before = ticket.rating
    await tickets.rate(turn.app, turn.unit, ticket, int(rating) if rating in RATINGS else 0)
    turn.go()
    again = ((turn.button(f"reopen:{ticket.id}", "button.reopen"),),) if int(rating) <= POOR else ()
    if before:
        label = turn.say(f"button.rate_{rating}")
        return turn.reply("status.rated_again", *again, back_row(turn), number=ticket.number, rating=label)
    return turn.reply("status.rated", *again, back_row(turn), number=ticket.number)


async def reopen(turn: Turn) -> Replies:
    return await settle(turn, await own(turn), "no")
