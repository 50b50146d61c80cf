"""An agency's group: binding it, the buttons of a card, and answers to residents. Only known operators are obeyed."""

from __future__ import annotations

from domain.errors import NotAllowed, WrongMoment
from domain.messages import Button, Reply
from domain.people import Operator
from domain.ticket import Move, Ticket, after
from handlers.turn import DeskTurn, Replies
from services import desks, tickets

BUTTONS_A_ROW = 2


async def bind(turn: DeskTurn) -> Replies:
    """`/ikat CODE`: this group works for the code's agency from now on."""
    incoming = turn.incoming
    place = (incoming.channel, incoming.chat)
    await desks.bind(turn.app, turn.unit, place, incoming.sender, incoming.name, turn.argument)
    return []


async def join(turn: DeskTurn) -> Replies:
    """`/gabung CODE`: this account is an operator from now on."""
    incoming = turn.incoming
    agency = await desks.join(turn.app, turn.unit, incoming.channel, incoming.sender, incoming.name, turn.argument)
    return [Reply(turn.say("operator.joined", agency=turn.app.region.agencies[agency].name))]


async def help_(turn: DeskTurn) -> Replies:
    return [Reply(turn.say("desk.help" if turn.bound else "desk.how_to_bind"))]


async def moved(turn: DeskTurn) -> Replies:
    """The group became a supergroup and got another id."""
    channel, old, new = turn.incoming.channel, turn.incoming.chat, turn.text
    await turn.unit.people.move_desk(channel, old, new)
    await turn.unit.outbox.readdress(channel, old, new)
    for desk in await turn.unit.people.desks_at(channel, new):
        await desks.show_open_tickets(turn.app, turn.unit, desk)  # the old cards stayed behind in the old group
    return []


async def nothing(_turn: DeskTurn) -> Replies:
    """Talk among colleagues, or a group that is none of ours."""
    return []


async def unknown_command(turn: DeskTurn) -> Replies:
    """A command below a card is a slip, and nothing for the resident; others may be meant for another bot."""
    return await help_(turn) if turn.quoted_ticket else []


async def stale(turn: DeskTurn) -> Replies:
    turn.toast = turn.say("start.stale_toast")
    return []


async def press(turn: DeskTurn) -> Replies:
    """A button of a card: `k:<ticket>:<move>`, or `k:<ticket>:ke:<agency>`."""
    _, ticket_id, move, *rest = [*turn.incoming.button.split(":"), "", ""]
    ticket = await _ticket(turn, int(ticket_id) if ticket_id.isdecimal() and len(ticket_id) < 16 else 0)
    if move in CHOSEN and rest[0]:
        return await CHOSEN[move](turn, ticket, rest[0])
    handler = PRESSES.get(move)
    return await handler(turn, ticket) if handler else await stale(turn)


async def answer(turn: DeskTurn) -> Replies:
    """A reply to a card, or to a note below it, goes to the resident."""
    ticket = await _ticket(turn, turn.quoted_ticket or 0)
    media = (turn.incoming.media,) if turn.incoming.media else ()
    await tickets.reply(turn.app, turn.unit, _operator(turn), ticket, turn.text, media)
    return [Reply(turn.say("desk.answered", number=ticket.number))]


async def _take(turn: DeskTurn, ticket: Ticket) -> Replies:
    await tickets.take(turn.app, turn.unit, _operator(turn), ticket)
    turn.toast = turn.say("desk.taken", number=ticket.number)
    return [Reply(turn.say("desk.taken_by", number=ticket.number, name=turn.incoming.name))]


async def _how_to_reply(turn: DeskTurn, ticket: Ticket) -> Replies:
    turn.toast = turn.say("desk.how_to_reply", number=ticket.number)
    return []


async def _choose_agency(turn: DeskTurn, ticket: Ticket) -> Replies:
    ours = [agency for agency in turn.app.region.agencies.values() if agency.ours and agency.id != ticket.agency]
    buttons = [Button(f"k:{ticket.id}:ke:{agency.id}", agency.short) for agency in ours]
    rows = tuple(tuple(buttons[start : start + BUTTONS_A_ROW]) for start in range(0, len(buttons), BUTTONS_A_ROW))
    return [Reply(turn.say("desk.choose_agency", number=ticket.number), rows)]


async def _reassign(turn: DeskTurn, ticket: Ticket, agency: str) -> Replies:
    await tickets.reassign(turn.app, turn.unit, _operator(turn), ticket, agency)
    name = turn.app.region.agencies[agency].name
    turn.toast = turn.say("desk.reassigned_toast")
    return [Reply(turn.say("desk.reassigned", number=ticket.number, agency=name))]


async def _choose_reason(turn: DeskTurn, ticket: Ticket) -> Replies:
    after(ticket.state, Move.CLOSE)
    reasons = turn.app.region.reasons.closing.values()
    rows = tuple((Button(f"k:{ticket.id}:{Move.CLOSE}:{reason.id}", reason.label),) for reason in reasons)
    return [Reply(turn.say("desk.choose_reason", number=ticket.number), rows)]


async def _close(turn: DeskTurn, ticket: Ticket, reason: str) -> Replies:
    await tickets.close(turn.app, turn.unit, _operator(turn), ticket, reason)
    turn.toast = turn.say("desk.closed", number=ticket.number)
    return []


PRESSES = {
    Move.TAKE.value: _take,
    Move.REPLY.value: _how_to_reply,
    Move.REASSIGN.value: _choose_agency,
    Move.CLOSE.value: _choose_reason,
}
CHOSEN = {"ke": _reassign, Move.CLOSE.value: _close}


async def _ticket(turn: DeskTurn, ticket_id: int) -> Ticket:
    """The ticket, for a known operator of its agency, in a group that works for it. Raises NotAllowed or WrongMoment."""
    ticket = await tickets.desk_ticket(turn.app, turn.unit, turn.operator, ticket_id)
    if ticket.agency not in turn.bound and turn.app.region.coordinator not in turn.bound:
        raise WrongMoment("error.moved_away", number=ticket.number)
    turn.ticket = ticket
    return ticket


def _operator(turn: DeskTurn) -> Operator:
    if turn.operator is None:
        raise NotAllowed("error.not_operator")
    return turn.operator
