"""Working days and office hours: when something promised is due. All moments are aware; days are those of the region's clocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import count

ONE_DAY = timedelta(days=1)
NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class Calendar:
    """`works`: whether a day has office hours, from `opens` to `closes`."""

    zone: tzinfo
    opens: time
    closes: time
    works: Callable[[date], bool]

    def opening(self, day: date) -> datetime:
        return datetime.combine(day, self.opens, self.zone)

    def closing(self, day: date) -> datetime:
        return datetime.combine(day, self.closes, self.zone)

    def days_from(self, day: date) -> Iterator[date]:
        """The working days from `day` on, itself included if it is one."""
        return (later for number in count() if self.works(later := day + number * ONE_DAY))

    def after_days(self, moment: datetime, days: int) -> datetime:
        """Closing time of the last of so many working days; the first counted is the one after the day of the moment."""
        following = self.days_from(moment.astimezone(self.zone).date() + ONE_DAY)
        last = next(day for number, day in enumerate(following, start=1) if number == days)
        return self.closing(last)

    def after_hours(self, moment: datetime, hours: float) -> datetime:
        """The moment at which so many office hours have passed."""
        left = timedelta(hours=hours)
        for opening, closing in self._hours_from(moment):
            if left <= closing - opening:
                return opening + left
            left -= closing - opening
        raise AssertionError

    def worked(self, begin: datetime, end: datetime) -> timedelta:
        """Office time between two moments; none where the end is not after the beginning."""
        whole = NO_TIME
        for opening, closing in self._hours_from(begin):
            if opening >= end:
                return whole
            whole += min(closing, end) - opening
        raise AssertionError

    def later(self, due: datetime, paused: timedelta) -> datetime:
        """A due moment put off by the office time for which its clock stood."""
        return self.after_hours(due, paused / timedelta(hours=1)) if paused else due

    def _hours_from(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """What is left of office hours from the moment on, day by day."""
        local = moment.astimezone(self.zone)
        for day in self.days_from(local.date()):
            opening, closing = max(local, self.opening(day)), self.closing(day)
            if opening < closing:
                yield opening, closing


def warned_at(calendar: Calendar, begun: datetime, due: datetime, share: float) -> datetime:
    """The moment at which a share of the office time until `due` is used up."""
    return calendar.after_hours(begun, calendar.worked(begun, due) * share / timedelta(hours=1))
