"""Answers arrivals: loads what their turns need, lets each handler speak, posts its replies. The caller commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.errors import Crossed, Problem
from domain.messages import Arrival, Incoming, Kind, Letter, LetterKind, Reply
from domain.people import DEFAULT_LANGUAGE, Desk
from domain.ticket import Spoken
from handlers import abuse, consent, memory, talk
from handlers.routes import desk_handler_for, handler_for
from handlers.signs import understood
from handlers.start import back_row
from handlers.turn import DeskTurn, Replies, Turn
from services.app import App
from services.cards import card_key, topic_key
from services.delivery import receive
from store.conversations import Conversation, Newcomer
from store.said import Said
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
    spoken = await unit.tickets.spoken(residents, app.now() - CONTINUES_FOR) if residents else {}
    for one in heard:
        if one.incoming.private:
            conversation = known[one.arrival.chat_key]
            await _resident_turn(app, unit, one.incoming, conversation, spoken.get(conversation.resident.id))
        else:
            await _desk_turn(app, unit, one)


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


async def _resident_turn(app: App, unit: Unit, incoming: Incoming, conversation: Conversation, spoken: Spoken | None) -> None:
    turn = Turn(app, unit, incoming, conversation, await _quoted(unit, incoming), spoken)
    memory.grow_old(turn)
    memory.speak_as_written(turn)
    await consent.go_on(turn)
    abuse.spend(turn)
    try:
        replies = await handler_for(turn)(turn)
    except Problem as problem:
        replies = [turn.reply(problem.key, back_row(turn), **problem.values)]
    except Crossed:
        replies = [turn.reply("error.crossed", back_row(turn))]
    replies = [*talk.over(turn), *replies] if replies else replies
    replies = consent.with_notice(turn, replies)
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


async def _desk_turn(app: App, unit: Unit, one: Heard) -> None:
    incoming = one.incoming
    operator = await unit.people.operator(incoming.channel, incoming.sender)
    turn = DeskTurn(app, unit, incoming, operator, frozenset(), await _said(unit, incoming), one.arrival.received_at)
    await _look_around(turn)
    try:
        replies = await desk_handler_for(turn)(turn)
    except Problem as problem:
        replies = _desk_problem(turn, problem.key, **problem.values)
    except Crossed:
        replies = _desk_problem(turn, "error.crossed")
    _acknowledge(app, unit, incoming, turn.toast)
    for reply in replies:
        app.post(unit, _desk_letter(turn, reply))


async def _look_around(turn: DeskTurn) -> None:
    """Which agencies work in the group, and whether it got topics, or lost them."""
    incoming = turn.incoming
    here = await turn.unit.people.desks_at(incoming.channel, incoming.chat)
    turn.bound, turn.trial = frozenset(desk.agency for desk in here), any(desk.trial for desk in here)
    if incoming.kind is Kind.TEXT and any(desk.forum != incoming.forum for desk in here):
        await turn.unit.people.set_forum(incoming.channel, incoming.chat, incoming.forum)


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
    letter = Letter(incoming.channel, incoming.chat, reply, thread=incoming.thread, dedupe_key=turn.names)
    if ticket is not None:
        letter = replace(letter, ticket_id=ticket.id, ticket_version=ticket.version)
    if ticket is None or turn.here:
        return replace(letter, quotes=incoming.message_id if incoming.kind is not Kind.BUTTON else "")
    desk = Desk(incoming.channel, incoming.chat, ticket.agency)
    thread = topic_key(ticket.id, desk) if incoming.forum else ""
    return replace(letter, quotes_letter=card_key(ticket.id, desk), thread_letter=thread)


async def _quoted(unit: Unit, incoming: Incoming) -> int | None:
    if not incoming.reply_to:
        return None
    return await unit.outbox.ticket_of(incoming.channel, incoming.chat, incoming.reply_to)


async def _said(unit: Unit, incoming: Incoming) -> Said | None:
    """The message of ours that a reply quotes."""
    if not incoming.reply_to:
        return None
    return await unit.said.at(incoming.channel, incoming.chat, incoming.reply_to)


def _acknowledge(app: App, unit: Unit, incoming: Incoming, toast: str) -> None:
    """Every press is acknowledged, or the messenger lets the button spin."""
    if incoming.callback:
        address = f"ack:{incoming.callback}"
        app.post(unit, Letter(incoming.channel, address, Reply(toast), LetterKind.ACK, quotes=incoming.callback))
