"""Who helps in danger and in distress: emergency numbers, each with its source and day, and which of them help in what."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from knowledge.tables import RegionError, Table, flag_of, month_of, text_of, texts_of


@dataclass(frozen=True, slots=True)
class EmergencyNumber:
    """`as_of`: the day, month or year for which the source vouches, ISO ("2022-04-30", "2026-11")."""

    id: str
    label: str
    number: str
    national: bool
    source: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Care:
    """Who helps in one kind of distress. `numbers`: ids of emergency numbers; `category` "" where no report is offered."""

    id: str
    numbers: tuple[str, ...]
    topic: str
    category: str


def check_care(
    found: Mapping[str, Care], emergencies: Collection[EmergencyNumber], categories: Collection[str], file: Path
) -> None:
    """Numbers and categories of care exist. Raises RegionError."""
    numbers = {number.id for number in emergencies}
    for care in found.values():
        unknown = set(care.numbers) - numbers | {care.category} - set(categories) - {""}
        if unknown:
            raise RegionError(f"{file}: {care.id}: unknown {', '.join(sorted(unknown))}")


def read_care(row: Table, place: str) -> Care:
    category = text_of(row, "category", place) if "category" in row else ""
    return Care(text_of(row, "id", place), texts_of(row, "numbers", place), text_of(row, "topic", place), category)


def read_emergency(row: Table, place: str) -> EmergencyNumber:
    return EmergencyNumber(
        id=text_of(row, "id", place),
        label=text_of(row, "label", place),
        number=text_of(row, "number", place),
        national=flag_of(row, "national", place, default=False),
        source=text_of(row, "source", place),
        as_of=month_of(row, "as_of", place),
    )
