"""The same ticket from another account: a PIN is shown once here, and typed with the number there."""

from __future__ import annotations

import re

from domain.messages import Reply
from domain.ticket import NUMBER, Follower, find_number
from handlers.own import own
from handlers.start import back_row
from handlers.turn import Replies, Turn
from services import pins, tickets

NO_DIGIT = re.compile(r"\D")


async def show_pin(turn: Turn) -> Replies:
    """A new PIN for one's own ticket; only its digest is kept."""
    ticket = await own(turn)
    pin = await pins.give_pin(turn.app, turn.unit, ticket)
    rows = ((turn.button(f"release:{ticket.id}", "button.release"), turn.button("menu", "button.menu")),)
    return [Reply(turn.say("claim.pin", number=ticket.number, pin=pin), rows, secret=True)]


async def release(turn: Turn) -> Replies:
    """Other accounts hold the ticket no more; only for who opened it."""
    ticket = await own(turn)
    if ticket.resident_id == turn.conversation.resident.id:
        await pins.release(turn.app, turn.unit, ticket)
    return [turn.reply("claim.released", back_row(turn), number=ticket.number)]


async def begin(turn: Turn) -> Replies:
    """`/klaim NUMBER PIN`; what is missing is asked for."""
    return await _go_on(turn, turn.argument, "")


async def number(turn: Turn) -> Replies:
    return await _go_on(turn, turn.text, "")


async def pin(turn: Turn) -> Replies:
    """The PIN, or number and PIN once more."""
    return await _go_on(turn, turn.text, turn.data.get("claim", ""))


async def _go_on(turn: Turn, said: str, known: str) -> Replies:
    cancel = (turn.button("cancel", "button.cancel"),)
    named = find_number(said) or known
    digits = NO_DIGIT.sub("", NUMBER.sub("", said))
    if not named:
        turn.go("claim.number")
        return [turn.reply("claim.ask_number", cancel)]
    turn.go("claim.pin", claim=named)
    return await _claim(turn, named, digits) if digits else [turn.reply("claim.ask_pin", cancel, number=named)]


async def _claim(turn: Turn, named: str, digits: str) -> Replies:
    resident, incoming = turn.conversation.resident, turn.incoming
    ticket = await turn.unit.tickets.by_number(named)
    if ticket is None or not await tickets.owns(turn.unit, resident.id, ticket):
        who = Follower(resident.id, incoming.channel, incoming.chat)
        ticket = await pins.claim(turn.app, turn.unit, who, named, digits, trial=resident.trial)
    turn.go()
    turn.data.pop("claim", None)
    turn.about = ticket.id
    rows = ((turn.button(f"ticket:{ticket.id}", "button.ticket"), turn.button("menu", "button.menu")),)
    return [turn.reply("claim.done", *rows, number=ticket.number)]
