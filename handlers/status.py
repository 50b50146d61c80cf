"""A resident's own tickets: asking after them, adding to them, opening them again."""

from __future__ import annotations

from collections.abc import Sequence

from domain.errors import NotFound
from domain.messages import Button, Kind, Media, Reply
from domain.text import one_line
from domain.ticket import NUMBER, Entry, EntryKind, Ticket, find_number
from handlers import abuse
from handlers.start import back_row, stale
from handlers.turn import Replies, Turn
from services import tickets
from services.cards import subject

MOST_LISTED = 5
RATINGS = ("1", "2", "3", "4")  # the legal scale: bad, poor, good, very good
MOST_ENTRIES = 8
ENTRY_SHOWN = 160


async def overview(turn: Turn) -> Replies:
    """One ticket by its number, or the latest ones."""
    if NUMBER.search(turn.text):
        return [await _by_number(turn, find_number(turn.text) or "")]
    found = await turn.unit.tickets.of_resident(turn.conversation.resident.id, MOST_LISTED)
    if not found:
        return [turn.reply("status.none", (turn.button("report", "button.report"), turn.button("menu", "button.menu")))]
    lines = "\n".join(_line(turn, ticket) for ticket in found)
    rows = tuple((Button(f"ticket:{ticket.id}", ticket.number),) for ticket in found)
    return [turn.reply("status.list", *rows, back_row(turn), tickets=lines)]


def _line(turn: Turn, ticket: Ticket) -> str:
    state = turn.say(f"resident_state.{ticket.state}")
    return turn.say("status.line", number=ticket.number, subject=subject(turn.app, ticket), state=state)


async def _by_number(turn: Turn, number: str) -> Reply:
    ticket = await turn.unit.tickets.by_number(number)
    if ticket is None or ticket.resident_id != turn.conversation.resident.id:
        abuse.guessed_wrong(turn)
        raise NotFound("error.no_ticket")
    return await _show(turn, ticket)


async def one(turn: Turn) -> Replies:
    return [await _show(turn, await _own(turn))]


async def _own(turn: Turn) -> Ticket:
    """The ticket that a button names. Raises NotFound."""
    named = turn.argument.partition(":")[0]
    ticket_id = int(named) if named.isascii() and named.isdecimal() and len(named) < 16 else 0
    return await tickets.own_ticket(turn.unit, turn.conversation.resident.id, ticket_id)


async def _show(turn: Turn, ticket: Ticket) -> Reply:
    """State and history of a ticket, as its resident may see it."""
    turn.about = ticket.id
    told = [entry for entry in await turn.unit.tickets.history(ticket.id) if entry.kind is not EntryKind.NOTE]
    history = [entry for entry in told if entry.text or entry.media]
    lines = "\n".join(_event(turn, entry) for entry in history[-MOST_ENTRIES:])
    text = turn.say(
        "status.one",
        number=ticket.number,
        subject=subject(turn.app, ticket),
        state=turn.say(f"resident_state.{ticket.state}"),
        agency=turn.app.region.agencies[ticket.agency].name,
        history=lines,
    )
    return Reply(text, ((turn.button(f"add:{ticket.id}", "button.add"), turn.button("menu", "button.menu")),))


def _event(turn: Turn, entry: Entry) -> str:
    """One line of history: who, when, what."""
    if entry.kind is EntryKind.EVENT:
        what = turn.say(f"event.{entry.text.partition(':')[0]}")
    else:
        what = turn.say(f"event.{entry.kind}", text=one_line(entry.text, ENTRY_SHOWN) or turn.say("note.file_only"))
    return f"{turn.app.local(entry.created_at):%d/%m %H.%M} {what}"


async def ask_more(turn: Turn) -> Replies:
    """The resident wants to add to a ticket."""
    ticket = await _own(turn)
    turn.go("ticket.more", ticket=ticket.id)
    return [turn.reply("status.ask_more", (turn.button("cancel", "button.cancel"),), number=ticket.number)]


async def add_more(turn: Turn) -> Replies:
    return await _add_said(turn, turn.data.get("ticket", 0))


async def add_quoted(turn: Turn) -> Replies:
    """A reply to one of our messages about a ticket; somebody else's ticket is none."""
    return await _add_said(turn, turn.quoted_ticket or 0)


async def _add_said(turn: Turn, ticket_id: int) -> Replies:
    media = turn.incoming.media
    return await _add(turn, ticket_id, _words(turn), (media,) if media else ())


def _words(turn: Turn) -> str:
    """What the resident said; a pin in words."""
    place = turn.incoming.location
    return turn.text or (turn.say("place.pin", lat=f"{place.lat:.5f}", lon=f"{place.lon:.5f}") if place else "")


async def _add(turn: Turn, ticket_id: int, words: str, media: Sequence[Media]) -> Replies:
    ticket = await tickets.own_ticket(turn.unit, turn.conversation.resident.id, ticket_id)
    turn.about = ticket.id
    if not words and not media:
        return [turn.reply("status.ask_more", (turn.button("cancel", "button.cancel"),), number=ticket.number)]
    await tickets.add_from_resident(turn.app, turn.unit, ticket, words, media)
    turn.go()
    return [turn.reply("status.added", (turn.button("menu", "button.menu"),), number=ticket.number)]


async def done(turn: Turn) -> Replies:
    """The answer to "is it done?": `done:<ticket>:<yes, part or no>`. Who says yes is asked how they found it."""
    ticket = await _own(turn)
    if turn.argument.endswith(":yes"):
        await tickets.confirm(turn.app, turn.unit, ticket)
        rows = tuple((turn.button(f"rate:{ticket.id}:{rating}", f"button.rate_{rating}"),) for rating in RATINGS)
        return [turn.reply("status.confirmed", *rows, number=ticket.number)]
    return await _open_again(turn, ticket, partly=turn.argument.endswith(":part"))


async def rate(turn: Turn) -> Replies:
    """`rate:<ticket>:<1 to 4>`, once."""
    rating = turn.argument.rpartition(":")[2]
    await tickets.rate(turn.app, turn.unit, await _own(turn), int(rating) if rating in RATINGS else 0)
    return [turn.reply("status.rated", back_row(turn))]


async def reopen(turn: Turn) -> Replies:
    return await _open_again(turn, await _own(turn), partly=False)


async def _open_again(turn: Turn, ticket: Ticket, *, partly: bool) -> Replies:
    await tickets.reopen(turn.app, turn.unit, ticket, partly=partly)
    turn.about = ticket.id
    turn.go("ticket.more", ticket=ticket.id)
    return [turn.reply("status.reopened", (turn.button("menu", "button.skip"),), number=ticket.number)]


# ------------------------------------------------------------------ after an operator's answer


def was_answered_lately(turn: Turn) -> bool:
    """An operator spoke to the resident within a day, and we have not asked yet whether they go on about that."""
    said_something = turn.incoming.kind in (Kind.TEXT, Kind.PHOTO, Kind.FILE, Kind.LOCATION)
    return said_something and bool(turn.answered) and turn.data.get("asked_about") != turn.answered


async def offer_to_continue(turn: Turn) -> Replies:
    """Asked about once: the same ticket, or something new? The message is held back meanwhile."""
    ticket_id = int((turn.answered or "0").partition(":")[0])
    files = turn.data.get("held_files", [])
    turn.data.update(held="", held_files=files, held_albums=[], ticket=ticket_id, asked_about=turn.answered)
    return await hold_more(turn)


async def hold_more(turn: Turn) -> Replies:
    """People write one thought in several messages: all of them are held, and the question stands."""
    data, incoming = turn.data, turn.incoming
    known_album = bool(incoming.album) and incoming.album in data["held_albums"]
    data["held"] = f"{data['held']}\n{_words(turn)}".strip()
    data["held_files"] += [[incoming.media.kind, incoming.media.ref, incoming.media.unique]] if incoming.media else []
    data["held_albums"] += [incoming.album] if incoming.album else []
    ticket = await tickets.own_ticket(turn.unit, turn.conversation.resident.id, data["ticket"])
    turn.go("ticket.which")
    rows = ((turn.button(f"continue:{ticket.id}", "button.continue"),), (turn.button("fresh", "button.fresh"),))
    return [] if known_album else [turn.reply("status.continue", *rows, number=ticket.number)]


async def continue_ticket(turn: Turn) -> Replies:
    """Yes, what was held back belongs to the ticket."""
    ticket_id = (await _own(turn)).id if turn.incoming.kind is Kind.BUTTON else turn.data.get("ticket", 0)
    words, files = turn.data.pop("held", ""), turn.data.pop("held_files", [])
    if not words and not files:
        return await stale(turn)
    return await _add(turn, ticket_id, words, [Media(*file) for file in files])
