"""Goal 10: 0, 5 s, 30 s, 2 min, 10 min, 30 min, 1 h … up to 24 h, each ±20 %; then a final state that is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import Delayed, DeliveryProblem, Refused
from domain.messages import Letter, LetterKind, Reply
from domain.retry import Again, End, GiveUp, decide

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SCHEDULE = [5, 30, 120, 600, 1800, 3600, 3600, 3600]


def letter(**more: object) -> Letter:
    values: dict[str, object] = {"created_at": NOW, **more}
    return Letter("telegram", "7", Reply("halo"), **values)  # type: ignore[arg-type]


def wait(tried: Letter, problem: DeliveryProblem, chance: float) -> float:
    decision = decide(tried, problem, NOW, lambda: chance)
    assert isinstance(decision, Again)
    return (decision.at - NOW).total_seconds()


@pytest.mark.parametrize(("attempts", "seconds"), list(enumerate(SCHEDULE)))
def test_the_waits_grow_and_jitter_is_twenty_percent_each_way(attempts: int, seconds: int) -> None:
    tried = letter(attempts=attempts)
    waits = [wait(tried, Delayed("server_error"), chance) for chance in (0.0, 0.5, 0.999)]
    assert waits == pytest.approx([seconds * 0.8, seconds, seconds * 1.2], rel=0.001)


def test_the_messengers_own_word_is_never_shortened() -> None:
    asked = Delayed("too_many_requests", 35.0, pauses=True, counts=False)
    assert [wait(letter(attempts=4), asked, chance) >= 35.0 for chance in (0.0, 0.999)] == [True, True]
    assert decide(letter(), asked, NOW, lambda: 0.0) == Again(NOW + timedelta(seconds=35), False, False)


def test_after_a_day_a_letter_has_failed_or_is_uncertain() -> None:
    old = NOW - timedelta(hours=23, minutes=30)
    assert decide(letter(created_at=old, attempts=9), Delayed("not_reached"), NOW, lambda: 0.5) == GiveUp(
        End.FAILED, "not_reached"
    )
    assert decide(letter(created_at=old, attempts=9, uncertain=True), Delayed("not_reached"), NOW, lambda: 0.5) == GiveUp(
        End.UNCERTAIN, "not_reached"
    )


def test_what_is_refused_has_failed_at_once() -> None:
    assert decide(letter(), Refused("blocked"), NOW, lambda: 0.5) == GiveUp(End.FAILED, "blocked")


def test_a_second_doubt_ends_a_letter() -> None:
    doubt = Delayed("line_broke", uncertain=True)
    first = decide(letter(), doubt, NOW, lambda: 0.5)
    assert first == Again(NOW + timedelta(seconds=5), True, True)
    assert decide(letter(uncertain=True), doubt, NOW, lambda: 0.5) == GiveUp(End.UNCERTAIN, "line_broke")


def test_an_acknowledgement_is_worthless_after_seconds() -> None:
    late = letter(kind=LetterKind.ACK, created_at=NOW - timedelta(seconds=12))
    assert decide(late, Delayed("server_error"), NOW, lambda: 0.5) == GiveUp(End.FAILED, "server_error")
