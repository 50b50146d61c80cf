"""Answers arrivals: loads what their turns need, lets each handler speak, posts its replies. The caller commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import Crossed, Problem
from domain.messages import Arrival, Incoming, Kind, Letter, LetterKind, Reply
from domain.people import DEFAULT_LANGUAGE, Desk
from handlers import memory
from handlers.routes import desk_handler_for, handler_for
from handlers.signs import understood
from handlers.start import back_row
from handlers.turn import DeskTurn, Replies, Turn
from services.app import App
from services.cards import card_key
from services.delivery import receive
from store.conversations import Conversation, Newcomer
from store.unit import Unit

CONTINUES_FOR = timedelta(hours=24)  # so long after an operator's answer a new message may belong to it
BELIEVED = timedelta(days=7)  # so late a messenger may still deliver


@dataclass(frozen=True, slots=True)
class Heard:
    """A parsed arrival."""

    arrival: Arrival
    incoming: Incoming


async def conduct(app: App, unit: Unit, heard: Sequence[Heard]) -> None:
    """Answer arrivals of different chats within one unit."""
    heard = [one for one in heard if not await _is_event(app, unit, one.incoming)]
    heard = [Heard(one.arrival, await understood(app, unit, one.incoming)) for one in heard]
    known = await _conversations(app, unit, [one for one in heard if one.incoming.private])
    residents = [conversation.resident.id for conversation in known.values()]
    answered = await unit.tickets.answered(residents, app.now() - CONTINUES_FOR) if residents else {}
    for one in heard:
        if one.incoming.private:
            conversation = known[one.arrival.chat_key]
            await _resident_turn(app, unit, one.incoming, conversation, answered.get(conversation.resident.id))
        else:
            await _desk_turn(app, unit, one.incoming)


async def _is_event(app: App, unit: Unit, incoming: Incoming) -> bool:
    """What no person said: it is noted, and nobody answers."""
    if incoming.receipt:
        await receive(app, unit, incoming.channel, incoming.receipt)
    elif incoming.private and incoming.kind is Kind.MIGRATION:
        await unit.conversations.adopt([(incoming.channel, (incoming.text, incoming.chat, *incoming.also))])
    return not incoming.sender or (incoming.private and incoming.kind is Kind.MIGRATION)


async def _conversations(app: App, unit: Unit, private: Sequence[Heard]) -> dict[str, Conversation]:
    """By chat; those of chats that are new are opened."""
    if not private:
        return {}
    await _adopt(unit, private)
    known = await unit.conversations.load([one.arrival.chat_key for one in private])
    new = [one for one in private if one.arrival.chat_key not in known]
    if new:
        known |= await unit.conversations.open([_newcomer(app, one) for one in new], app.now())
        await _adopt(unit, new)
    return known


async def _adopt(unit: Unit, private: Sequence[Heard]) -> None:
    """Several ids of one account, as the messenger says, lead to one resident."""
    accounts = [(one.incoming.channel, (one.incoming.chat, *one.incoming.also)) for one in private if one.incoming.also]
    if accounts:
        await unit.conversations.adopt(accounts)


def _newcomer(app: App, one: Heard) -> Newcomer:
    incoming = one.incoming
    trial = app.channels[incoming.channel].trial
    return Newcomer(one.arrival.chat_key, incoming.channel, incoming.sender, DEFAULT_LANGUAGE, trial)


async def _resident_turn(app: App, unit: Unit, incoming: Incoming, conversation: Conversation, answered: str | None) -> None:
    turn = Turn(app, unit, incoming, conversation, await _quoted(unit, incoming), answered)
    memory.grow_old(turn)
    await memory.speak_as_written(turn)
    try:
        replies = await handler_for(turn)(turn)
    except Problem as problem:
        replies = [turn.reply(problem.key, back_row(turn), **problem.values)]
    except Crossed:
        replies = [turn.reply("error.crossed", back_row(turn))]
    unit.conversations.keep(conversation, _heard_at(app, incoming))
    _acknowledge(app, unit, incoming, turn.toast)
    await _let_go(app, unit, incoming)
    for reply in replies or _toast(app, turn):
        app.post(unit, Letter(incoming.channel, incoming.chat, reply, ticket_id=turn.about, prompt=True))


def _heard_at(app: App, incoming: Incoming) -> datetime:
    """When the resident wrote; the messenger's own clock is believed within reason."""
    now = app.now()
    sent = incoming.sent_at or now
    return sent if now - BELIEVED < sent < now else now


async def _let_go(app: App, unit: Unit, incoming: Incoming) -> None:
    """Letters that waited for the resident to write go out before the answer."""
    if app.channels[incoming.channel].traits.waits:
        await unit.outbox.release(incoming.channel, [incoming.chat, *incoming.also], app.now())


def _toast(app: App, turn: Turn) -> Replies:
    """Where a press cannot be answered on the button, the same words come as a message."""
    shown_there = app.channels[turn.incoming.channel].traits.toasts
    return [] if shown_there or not turn.toast else [Reply(turn.toast)]


async def _desk_turn(app: App, unit: Unit, incoming: Incoming) -> None:
    operator = await unit.people.operator(incoming.channel, incoming.sender)
    bound = frozenset(desk.agency for desk in await unit.people.desks_at(incoming.channel, incoming.chat))
    turn = DeskTurn(app, unit, incoming, operator, bound, await _quoted(unit, incoming))
    try:
        replies = await desk_handler_for(turn)(turn)
    except Problem as problem:
        replies = _desk_problem(turn, problem.key, **problem.values)
    except Crossed:
        replies = _desk_problem(turn, "error.crossed")
    _acknowledge(app, unit, incoming, turn.toast)
    for reply in replies:
        app.post(unit, _desk_letter(turn, reply))


def _desk_problem(turn: DeskTurn, key: str, **values: object) -> Replies:
    """A press is told where it was made, words are answered."""
    words = turn.say(key, **values)
    if turn.incoming.kind is Kind.BUTTON:
        turn.toast = words
        return []
    return [Reply(words)]


def _desk_letter(turn: DeskTurn, reply: Reply) -> Letter:
    """A reply in a group belongs to the thread of the ticket's card, if there is one."""
    incoming, ticket = turn.incoming, turn.ticket
    if ticket is None:
        return Letter(
            incoming.channel,
            incoming.chat,
            reply,
            quotes=incoming.message_id if incoming.kind is not Kind.BUTTON else "",
        )
    key = card_key(ticket.id, Desk(incoming.channel, incoming.chat, ticket.agency))
    return Letter(incoming.channel, incoming.chat, reply, ticket_id=ticket.id, quotes_letter=key)


async def _quoted(unit: Unit, incoming: Incoming) -> int | None:
    if not incoming.reply_to:
        return None
    return await unit.outbox.ticket_of(incoming.channel, incoming.chat, incoming.reply_to)


def _acknowledge(app: App, unit: Unit, incoming: Incoming, toast: str) -> None:
    """Every press is acknowledged, or the messenger lets the button spin."""
    if incoming.callback:
        address = f"ack:{incoming.callback}"
        app.post(unit, Letter(incoming.channel, address, Reply(toast), LetterKind.ACK, quotes=incoming.callback))
