"""A ticket as its resident sees it, and the little that somebody who follows it sees."""

from __future__ import annotations

from domain.messages import Reply
from domain.text import one_line
from domain.ticket import Entry, EntryKind, Move, State, Ticket
from handlers.turn import Rows, Turn
from services.cards import subject
from services.moves import DONE_ANSWERS

MOST_ENTRIES = 8
ENTRY_SHOWN = 160
RATINGS = ("1", "2", "3", "4")  # the legal scale: bad, poor, good, very good
TOLD_MOVES = (Move.HOLD, Move.REDIRECT)  # their words were meant for the resident
FOLLOWERS_SEE = (Move.VERIFY, Move.TAKE, Move.REPLY, Move.REASSIGN, Move.CLOSE, Move.REOPEN)


async def show(turn: Turn, ticket: Ticket) -> Reply:
    """State, time owed and history, with the buttons that fit the state."""
    turn.about = ticket.id
    told = [entry for entry in await turn.unit.tickets.history(ticket.id) if entry.kind is not EntryKind.NOTE]
    history = [entry for entry in told if entry.text or entry.media]
    lines = "\n".join(_event(turn, entry) for entry in history[-MOST_ENTRIES:])
    return Reply(_head(turn, ticket) + f"\n\n{lines}", rows(turn, ticket))


async def show_followed(turn: Turn, ticket: Ticket) -> Reply:
    """Nothing in the words of its resident or of the operator."""
    turn.about = ticket.id
    seen = [entry for entry in await turn.unit.tickets.history(ticket.id) if entry.text in FOLLOWERS_SEE]
    history = [entry for entry in seen if entry.kind is EntryKind.EVENT]
    lines = "\n".join(f"{_when(turn, entry)} {_what(turn, entry)}" for entry in history[-MOST_ENTRIES:])
    text = "\n\n".join(part for part in (_head(turn, ticket), lines, turn.say("status.you_follow")) if part)
    unfollow = turn.button(f"unfollow:{ticket.id}", "button.unfollow")
    return Reply(text, ((unfollow, turn.button("menu", "button.menu")),))


def _head(turn: Turn, ticket: Ticket) -> str:
    text = turn.say(
        "status.one",
        number=ticket.number,
        subject=subject(turn.app, ticket),
        state=turn.say(f"resident_state.{ticket.state}"),
        agency=turn.app.region.agencies[ticket.agency].name,
    )
    return f"{text}\n{turn.say('status.due', due=turn.due(ticket))}" if ticket.due_at else text


def rows(turn: Turn, ticket: Ticket) -> Rows:
    """What the resident may do now."""
    add, pin = turn.button(f"add:{ticket.id}", "button.add"), turn.button(f"pin:{ticket.id}", "button.pin")
    again = turn.button(f"reopen:{ticket.id}", "button.reopen")
    first: Rows = ()
    if ticket.state is State.ANSWERED:
        first = (tuple(turn.button(f"done:{ticket.id}:{answer}", f"button.done_{answer}") for answer in DONE_ANSWERS),)
    elif ticket.state is State.CONFIRMED:
        first = (*(rating_rows(turn, ticket) if not ticket.rating else ()), (again,))
    elif ticket.state is State.LAPSED:
        first = ((again,),)
    return (*first, (add, pin), (turn.button("menu", "button.menu"),))


def rating_rows(turn: Turn, ticket: Ticket) -> Rows:
    return tuple((turn.button(f"rate:{ticket.id}:{rating}", f"button.rate_{rating}"),) for rating in RATINGS)


def _event(turn: Turn, entry: Entry) -> str:
    """One line of history: who, when, what."""
    if entry.kind is EntryKind.EVENT:
        words = one_line(entry.detail.get("words", ""), ENTRY_SHOWN) if entry.text in TOLD_MOVES else ""
        return f"{_when(turn, entry)} {_what(turn, entry)}" + (f": {words}" if words else "")
    words = one_line(entry.text, ENTRY_SHOWN) or turn.say("note.file_only")
    return f"{_when(turn, entry)} {turn.say(f'event.{entry.kind}', text=words)}"


def _when(turn: Turn, entry: Entry) -> str:
    return f"{turn.app.local(entry.created_at):%d/%m %H.%M}"


def _what(turn: Turn, entry: Entry) -> str:
    """What was done; where the ticket went, if it went somewhere."""
    what = turn.say(f"event.{entry.text.partition(':')[0]}")
    agency = turn.app.region.agencies.get(entry.detail.get("to", ""))
    return f"{what}: {agency.name}" if agency and entry.text == Move.REASSIGN else what
