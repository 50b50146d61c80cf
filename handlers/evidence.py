"""What photos know beside what they show: the place where they were taken, used only if the resident says so."""

from __future__ import annotations

from domain.messages import Location
from handlers.start import stale
from handlers.turn import Replies, Turn
from services import files, tickets


async def place(turn: Turn) -> Replies:
    """`gps:<ticket>:<latitude>:<longitude>` uses it, `gps:<ticket>:no` does not. Others' tickets are none."""
    named, _, answer = turn.argument.partition(":")
    ticket_id = int(named) if named.isascii() and named.isdecimal() and len(named) < 16 else 0
    ticket = await tickets.own_ticket(turn.unit, turn.conversation.resident.id, ticket_id)
    turn.about = ticket.id
    if answer == "no":
        return [turn.reply("evidence.not_used", (turn.button("menu", "button.menu"),), number=ticket.number)]
    found = _location(turn, answer)
    if found is None:
        return await stale(turn)
    await files.use_place(turn.app, turn.unit, ticket, found)
    return [turn.reply("evidence.used", (turn.button("menu", "button.menu"),), number=ticket.number)]


def _location(turn: Turn, said: str) -> Location | None:
    """Degrees inside the region; a forged button has none."""
    try:
        lat, lon = (float(part) for part in said.split(":"))
    except ValueError:
        return None
    return Location(lat, lon) if turn.app.region.contains(lat, lon) else None
