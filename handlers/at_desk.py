"""What the handlers of an agency's group share: who acts, and on which ticket."""

from __future__ import annotations

from domain.errors import NotAllowed, WrongMoment
from domain.people import Operator, Role
from domain.ticket import Ticket
from handlers.turn import DeskTurn
from services import tickets

LONGEST_ID = 16  # digits


def operator_of(turn: DeskTurn) -> Operator:
    """Raises NotAllowed for everybody who is none."""
    if turn.operator is None:
        raise NotAllowed("error.not_operator")
    return turn.operator


def role_of(turn: DeskTurn, ticket: Ticket) -> Role:
    """What the operator is for this ticket. Raises NotAllowed."""
    role = operator_of(turn).role_at(ticket.agency, turn.app.region.coordinator)
    if role is None:
        raise NotAllowed("error.not_operator")
    return role


async def ticket_at_desk(turn: DeskTurn, ticket_id: int) -> Ticket:
    """The ticket, for a known operator of its agency, in a group that works for it. Raises NotAllowed or WrongMoment."""
    ticket = await tickets.desk_ticket(turn.app, turn.unit, turn.operator, ticket_id)
    if ticket.agency not in turn.bound and turn.app.region.coordinator not in turn.bound:
        raise WrongMoment("error.moved_away", number=ticket.number)
    turn.ticket = ticket
    return ticket


def number_of(text: str) -> int:
    """An id out of a button; 0 for what is none, which no ticket has."""
    return int(text) if text.isdecimal() and len(text) < LONGEST_ID else 0
