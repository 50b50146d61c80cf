"""Promises: warned, broken and escalated once each, in office time, and standing still while the resident is asked."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from domain.clock import Calendar
from domain.promise import Promise, PromiseKind, Stage, begin, over, paused, resumed, ticked

JAKARTA = ZoneInfo("Asia/Jakarta")
CALENDAR = Calendar(JAKARTA, time(8), time(16), lambda day: day.weekday() < 5)
MONDAY = datetime(2026, 11, 23, 9, tzinfo=JAKARTA)


def answer(days: int = 5) -> Promise:
    return begin(CALENDAR, 1, PromiseKind.ANSWER, MONDAY, CALENDAR.after_days(MONDAY, days), 0.8)


def stages(promise: Promise, until: datetime) -> list[Stage]:
    """What a clock that looks every hour makes of it."""
    seen, now = [promise.stage], MONDAY
    while now <= until:
        promise = ticked(promise, CALENDAR, now)
        seen += [promise.stage] if promise.stage is not seen[-1] else []
        now += timedelta(hours=1)
    return seen


def test_each_stage_comes_once_and_in_order() -> None:
    assert stages(answer(), MONDAY + timedelta(days=40)) == [Stage.RUNNING, Stage.WARNED, Stage.BROKEN, Stage.ESCALATED]


def test_after_a_long_sleep_of_the_clock_no_warning_comes_when_the_time_is_over() -> None:
    late = ticked(answer(), CALENDAR, MONDAY + timedelta(days=40))
    assert late.stage is Stage.BROKEN
    assert late.tick_at
    assert late.tick_at > MONDAY + timedelta(days=40)


def test_a_kept_promise_has_nothing_to_do() -> None:
    assert ticked(over(answer()), CALENDAR, MONDAY + timedelta(days=40)).stage is Stage.OVER


def test_the_residents_time_ends_without_a_warning() -> None:
    closing = begin(CALENDAR, 1, PromiseKind.CLOSING, MONDAY, CALENDAR.after_days(MONDAY, 10), 0.8)
    assert stages(closing, MONDAY + timedelta(days=40)) == [Stage.RUNNING, Stage.OVER]


@given(st.integers(0, 60), st.integers(0, 400))
def test_a_pause_adds_its_own_office_time_and_nothing_happens_in_it(hours: int, stood: int) -> None:
    start = MONDAY + timedelta(hours=hours)
    held = paused(answer(), start)
    assert ticked(held, CALENDAR, start + timedelta(days=90)) == held
    back = resumed(held, CALENDAR, start + timedelta(hours=stood))
    assert CALENDAR.worked(answer().due_at, back.due_at) == CALENDAR.worked(start, start + timedelta(hours=stood))
    assert back.paused_at is None
