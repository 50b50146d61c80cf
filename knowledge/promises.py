"""What the regency promises its residents, in days, and the days on which it works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from functools import cache
from pathlib import Path

import holidays
from holidays.registry import COUNTRIES

from knowledge.tables import RegionError, Table, known_keys, number_of, read_tables, read_toml, table_of, text_of

SLA = "sla.toml"
HOLIDAYS = "holidays.toml"
CLASSES = ("verification", "light", "complaint", "complaint_field", "reaction")


@dataclass(frozen=True, slots=True)
class Promise:
    """`days`: working days. `source`: the rule or the standard behind it."""

    id: str
    days: int
    source: str


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """`weekdays`: 0 is Monday. `free`: day → name, of the free days in the files. `country`: whose holidays are computed."""

    weekdays: frozenset[int]
    opens: time
    closes: time
    free: dict[date, str]
    country: str

    def is_working(self, day: date) -> bool:
        """Is it neither a weekend nor a holiday?"""
        return day.weekday() in self.weekdays and day not in self.free and day not in national(self.country)


@dataclass(frozen=True, slots=True)
class Promises:
    """`by_class`: name of CLASSES → promise. `first_reaction_hours`: the local promise, in office hours.

    `warn_at`, `escalate_at`: share of the time that is over when the agency, and its head, are told.
    """

    by_class: dict[str, Promise]
    first_reaction_hours: float
    digest_at: time
    warn_at: float
    escalate_at: float
    calendar: WorkingDays


def load_promises(folder: Path) -> Promises:
    """Read sla.toml and holidays.toml. Raises RegionError."""
    file = folder / SLA
    top = read_toml(file)
    found = read_tables(file, "promise", read_promise)
    if set(found) != set(CLASSES):
        raise RegionError(f"{file}: promise: must be exactly {', '.join(CLASSES)}")
    first = number_of(top, "first_reaction_hours", file)
    warn, escalate = number_of(top, "warn_at", file), number_of(top, "escalate_at", file)
    if not (first > 0 and 0 < warn < escalate):
        raise RegionError(f"{file}: warn_at must be above 0 and below escalate_at, first_reaction_hours above 0")
    digest = clock_of(top, "digest_at", file)
    return Promises(found, first, digest, warn, escalate, read_calendar(table_of(top, "week", file), file, folder / HOLIDAYS))


def read_promise(row: Table, place: str) -> Promise:
    known_keys(row, ("id", "days", "source"), place)
    days = number_of(row, "days", place)
    if days < 1 or days != int(days):
        raise RegionError(f"{place}: days: must be a whole number from 1")
    return Promise(text_of(row, "id", place), int(days), text_of(row, "source", place))


def read_calendar(week: Table, file: Path, days: Path) -> WorkingDays:
    """The [week] of sla.toml, and the days of holidays.toml."""
    weekdays = week.get("days")
    if not isinstance(weekdays, list) or not weekdays or not all(day in range(1, 8) for day in weekdays):
        raise RegionError(f"{file}: [week]: days: must be a list of 1 (Monday) to 7")
    opens, closes = clock_of(week, "opens", file), clock_of(week, "closes", file)
    if opens >= closes:
        raise RegionError(f"{file}: [week]: closes: must be after opens")
    country = text_of(read_toml(days), "country", days)
    if not any(country in codes for _, *codes in COUNTRIES.values()):
        raise RegionError(f"{days}: country: the calendar knows no country {country!r}")
    return WorkingDays(frozenset(day - 1 for day in weekdays), opens, closes, read_days(days), country)


@cache
def national(country: str) -> holidays.HolidayBase:
    """Loads every country of the library, a third of a second: only when a working day is asked for."""
    return holidays.country_holidays(country)


def clock_of(row: Table, key: str, file: Path) -> time:
    try:
        return time.fromisoformat(text_of(row, key, file))
    except ValueError as error:
        raise RegionError(f"{file}: {key}: must be an hour like 07:30") from error


def read_days(file: Path) -> dict[date, str]:
    """The [[day]] tables: date, name, source. Raises RegionError, also on a day given twice."""
    rows = read_toml(file).get("day", [])
    if not isinstance(rows, list):
        raise RegionError(f"{file}: day: must be [[day]] tables")
    found: dict[date, str] = {}
    for number, row in enumerate(rows, start=1):
        place = f"{file}: [[day]] no. {number}"
        known_keys(row, ("date", "name", "source"), place)
        day = row.get("date")
        if type(day) is not date or day in found:
            raise RegionError(f"{place}: date: must be a day like 2026-03-20, each once")
        text_of(row, "source", place)
        found[day] = text_of(row, "name", place)
    return found
