"""Who may make which move at a desk: one table."""

from __future__ import annotations

from domain.errors import NotAllowed
from domain.people import Role
from domain.ticket import Move, Ticket

RANKS = tuple(Role)
# The lowest role for each move that not every operator may make. These end a ticket without an answer.
NEEDS: dict[Move, Role] = {Move.ARCHIVE: Role.HEAD, Move.REDIRECT: Role.HEAD}
NEEDS_OF_OTHERS: dict[Move, Role] = {Move.REASSIGN: Role.HEAD, Move.REFUSE: Role.HEAD}  # while a colleague works on it


def needed(move: Move, *, others: bool) -> Role:
    """The lowest role that may make a move. `others`: a colleague works on the ticket."""
    return NEEDS.get(move) or (NEEDS_OF_OTHERS.get(move, Role.OPERATOR) if others else Role.OPERATOR)


def may(role: Role, move: Move, *, others: bool) -> bool:
    return RANKS.index(role) >= RANKS.index(needed(move, others=others))


def permit(role: Role | None, operator_id: int, ticket: Ticket, move: Move) -> None:
    """Raises NotAllowed with what is missing. `role`: None for somebody who has none at the ticket's agency."""
    if role is None:
        raise NotAllowed("error.not_operator")
    others = ticket.operator_id not in (None, operator_id)
    if not may(role, move, others=others):
        raise NotAllowed("error.needs_head" if move in NEEDS else "error.colleague_works")
