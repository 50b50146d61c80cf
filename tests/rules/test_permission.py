"""Who may make which move at a desk."""

from __future__ import annotations

import pytest

from domain.people import Operator, Role
from domain.permission import may
from domain.ticket import Move

EVERYBODYS = [Move.VERIFY, Move.TAKE, Move.REPLY, Move.HOLD, Move.CLOSE]


@pytest.mark.parametrize("move", EVERYBODYS)
def test_every_operator_works_on_tickets_of_colleagues_too(move: Move) -> None:
    assert all(may(role, move, others=True) for role in Role)


@pytest.mark.parametrize("move", [Move.ARCHIVE, Move.REDIRECT])
def test_ending_a_ticket_without_an_answer_needs_a_head(move: Move) -> None:
    assert [may(role, move, others=False) for role in Role] == [False, True, True, True]


@pytest.mark.parametrize("move", [Move.REASSIGN, Move.REFUSE])
def test_a_ticket_that_a_colleague_works_on_is_moved_by_a_head_only(move: Move) -> None:
    assert may(Role.OPERATOR, move, others=False)
    assert [may(role, move, others=True) for role in Role] == [False, True, True, True]


def test_the_highest_role_counts_and_none_elsewhere() -> None:
    operator = Operator(1, "Ani", {"a": Role.OPERATOR, "b": Role.COORDINATOR})
    assert operator.role_at("a") is Role.OPERATOR
    assert operator.role_at("a", "b") is Role.COORDINATOR
    assert operator.role_at("c") is None
