"""Answers of operators: by replying, ready-made, or held back until somebody presses; and notes that no resident sees."""

from __future__ import annotations

from collections.abc import Sequence

from domain.errors import WrongMoment
from domain.messages import Button, Media, Reply
from domain.ticket import Move, Ticket, after
from handlers.at_desk import number_of, operator_of, ticket_at_desk
from handlers.turn import DeskTurn, Replies, Rows
from services import answers, tickets
from services.card_text import READY

SEND, CHANGE = "kirim", "ubah"


async def answer(turn: DeskTurn) -> Replies:
    """A reply to a card, or to a note below it, goes to the resident, unless it is an empty formula."""
    ticket = await ticket_at_desk(turn, turn.quoted_ticket or 0)
    after(ticket.state, Move.REPLY)
    seen = await turn.seen()
    media = (turn.incoming.media,) if turn.incoming.media else ()
    if answers.is_formula(turn.app, ticket, turn.text, media):
        rows = await _held(turn, ticket, turn.text, media, seen)
        return [Reply(turn.say("desk.formula", number=ticket.number), rows)]
    try:
        turn.ticket = await tickets.reply(turn.app, turn.unit, operator_of(turn), ticket, turn.text, media, seen)
    except WrongMoment as overtaken:
        return await _overtaken(turn, ticket, overtaken, turn.text, media)
    return [Reply(turn.say("desk.answered", number=ticket.number))]


async def note(turn: DeskTurn) -> Replies:
    """`/catat …`, as a reply or in the ticket's topic: words among operators."""
    incoming = turn.incoming
    topic = await turn.unit.said.topic(incoming.channel, incoming.chat, incoming.thread) if incoming.thread else None
    wanted = turn.quoted_ticket or topic
    if wanted is None:
        return [Reply(turn.say("desk.how_to_note"))]
    ticket = await ticket_at_desk(turn, wanted)
    media = (incoming.media,) if incoming.media else ()
    await tickets.note(turn.app, turn.unit, operator_of(turn), ticket, turn.argument, media)
    return [Reply(turn.say("desk.did_catat", number=ticket.number))]


async def press(turn: DeskTurn) -> Replies:
    """A button of an answer that waits: `j:<ticket>:siap`, `j:<ticket>:siap:<answer>`, `j:<ticket>:kirim:<draft>` …"""
    _, ticket_id, what, chosen, *_ = [*turn.incoming.button.split(":"), "", "", ""]
    ticket = await ticket_at_desk(turn, number_of(ticket_id))
    after(ticket.state, Move.REPLY)
    if what == READY:
        return await _fill(turn, ticket, chosen) if chosen else _choose(turn, ticket)
    if what == SEND:
        return await _send(turn, ticket, number_of(chosen))
    return [Reply(turn.say("desk.rewrite", number=ticket.number))]


def _choose(turn: DeskTurn, ticket: Ticket) -> Replies:
    ready = turn.app.region.answers.of(ticket.agency)
    rows = tuple((Button(f"j:{ticket.id}:{READY}:{one.id}", one.label),) for one in ready)
    return [Reply(turn.say("desk.choose_answer", number=ticket.number), rows)]


async def _fill(turn: DeskTurn, ticket: Ticket, identifier: str) -> Replies:
    """The text as the resident would read it. Only a press sends it."""
    text = answers.filled(turn.app, ticket, answers.ready(turn.app, ticket, identifier))
    draft = await answers.hold(turn.app, turn.unit, ticket, text, (), None)
    send = Button(f"j:{ticket.id}:{SEND}:{draft}", turn.say("button.send_answer"))
    change = Button(f"j:{ticket.id}:{CHANGE}:{draft}", turn.say("button.change"))
    return [Reply(turn.say("desk.ready", number=ticket.number, text=text), ((send, change),))]


async def _send(turn: DeskTurn, ticket: Ticket, draft_id: int) -> Replies:
    try:
        turn.ticket = await answers.send(turn.app, turn.unit, operator_of(turn), ticket, draft_id)
    except WrongMoment as overtaken:
        draft = await turn.unit.drafts.get(draft_id, ticket.id)
        if draft is None:
            raise
        return await _overtaken(turn, ticket, overtaken, draft.text, draft.media)
    return [Reply(turn.say("desk.answered", number=ticket.number))]


async def _overtaken(turn: DeskTurn, ticket: Ticket, problem: WrongMoment, text: str, media: Sequence[Media]) -> Replies:
    """A colleague did something since the operator looked: say what, and keep the answer. Any other problem passes."""
    if problem.key != "error.changed_since":
        raise problem
    rows = await _held(turn, ticket, text, media, None)
    return [Reply(turn.say(problem.key, **problem.values), rows)]


async def _held(turn: DeskTurn, ticket: Ticket, text: str, media: Sequence[Media], seen: int | None) -> Rows:
    draft = await answers.hold(turn.app, turn.unit, ticket, text, media, seen)
    send = Button(f"j:{ticket.id}:{SEND}:{draft}", turn.say("button.send_anyway"))
    return ((send, Button(f"j:{ticket.id}:{CHANGE}:{draft}", turn.say("button.rewrite"))),)
