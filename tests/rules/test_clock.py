"""Working days and office hours, held against an oracle that walks minute by minute or day by day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.clock import Calendar, warned_at

JAKARTA = ZoneInfo("Asia/Jakarta")
MINUTE = timedelta(minutes=1)
DAYS = st.dates(date(2024, 1, 1), date(2029, 12, 31))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Offices of a few hours, with holidays strewn over the years, also several in a row."""
    opens = draw(st.integers(6, 10))
    first = draw(DAYS)
    lone = draw(st.sets(DAYS, max_size=60))
    row = {first + timedelta(days=number) for number in range(draw(st.integers(0, 12)))}
    weekdays = frozenset(range(draw(st.integers(5, 6))))
    free = lone | row
    closes = time(opens + draw(st.integers(1, 9)))
    return Calendar(JAKARTA, time(opens), closes, lambda day: day.weekday() in weekdays and day not in free)


EARLIEST, LATEST = datetime(2024, 1, 1), datetime(2029, 12, 1)  # noqa: DTZ001 - without a zone, as hypothesis asks
MOMENTS = st.datetimes(EARLIEST, LATEST, timezones=st.just(JAKARTA)).map(lambda found: found.replace(second=0, microsecond=0))


def open_at(calendar: Calendar, moment: datetime) -> bool:
    return calendar.works(moment.date()) and calendar.opens <= moment.time() < calendar.closes


def slow_after_hours(calendar: Calendar, moment: datetime, minutes: int) -> datetime:
    while minutes:
        minutes -= open_at(calendar, moment)
        moment += MINUTE
    return moment


def slow_after_days(calendar: Calendar, moment: datetime, days: int) -> datetime:
    day = moment.date()
    while days:
        day += timedelta(days=1)
        days -= calendar.works(day)
    return datetime.combine(day, calendar.closes, JAKARTA)


@given(calendars(), MOMENTS, st.integers(1, 70))
def test_working_days_are_counted_as_by_hand(calendar: Calendar, moment: datetime, days: int) -> None:
    assert calendar.after_days(moment, days) == slow_after_days(calendar, moment, days)


@settings(deadline=None, max_examples=60)
@given(calendars(), MOMENTS, st.integers(1, 1200))
def test_office_hours_pass_as_minute_by_minute(calendar: Calendar, moment: datetime, minutes: int) -> None:
    assert calendar.after_hours(moment, minutes / 60) - slow_after_hours(calendar, moment, minutes) < timedelta(seconds=1)
    assert slow_after_hours(calendar, moment, minutes) - calendar.after_hours(moment, minutes / 60) < timedelta(seconds=1)


@settings(deadline=None, max_examples=60)
@given(calendars(), MOMENTS, st.integers(0, 6 * 24 * 60))
def test_worked_time_is_the_sum_of_open_minutes(calendar: Calendar, begin: datetime, minutes: int) -> None:
    by_hand = sum(open_at(calendar, begin + number * MINUTE) for number in range(minutes))
    assert calendar.worked(begin, begin + minutes * MINUTE) == by_hand * MINUTE


@given(calendars(), MOMENTS, st.integers(1, 60), st.integers(0, 3000))
def test_a_pause_puts_off_a_due_moment_by_its_own_office_time(
    calendar: Calendar, moment: datetime, days: int, minutes: int
) -> None:
    due = calendar.after_days(moment, days)
    later = calendar.later(due, minutes * MINUTE)
    assert abs(calendar.worked(due, later) - minutes * MINUTE) < timedelta(seconds=1)


@given(calendars(), MOMENTS, st.integers(1, 60))
def test_the_warning_comes_before_the_due_moment_and_in_office_hours(calendar: Calendar, moment: datetime, days: int) -> None:
    due = calendar.after_days(moment, days)
    warned = warned_at(calendar, moment, due, 0.8)
    assert moment <= warned <= due
    assert calendar.works(warned.date())


def test_friday_evening_counts_from_monday_and_a_long_holiday_is_skipped() -> None:
    holidays = frozenset({date(2026, 3, 20), date(2026, 3, 23), date(2026, 3, 24)})
    calendar = Calendar(JAKARTA, time(7, 30), time(15, 30), lambda day: day.weekday() < 5 and day not in holidays)
    friday = datetime(2026, 3, 13, 19, 0, tzinfo=JAKARTA)
    assert calendar.after_days(friday, 5) == datetime(2026, 3, 25, 15, 30, tzinfo=JAKARTA)  # Mon–Thu, then Wed
    assert calendar.after_hours(friday, 4) == datetime(2026, 3, 16, 11, 30, tzinfo=JAKARTA)
