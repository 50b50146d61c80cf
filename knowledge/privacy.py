"""Whose data it is, whom to ask about it, and how long it stays: what residents are told, and what the clock does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from knowledge.tables import RegionError, Table, known_keys, number_of, read_toml, table_of, text_of

PRIVACY = "privacy.toml"
PERIODS = ("newcomers", "arrivals", "letters", "conversations", "learning", "tickets")


@dataclass(frozen=True, slots=True)
class Days:
    """How many days something stays. `newcomers`: of those who never went on after the notice; `learning`: words of votes and of
    unmatched questions; `tickets`: words of closed tickets."""

    newcomers: int
    arrivals: int
    letters: int
    conversations: int
    learning: int
    tickets: int


@dataclass(frozen=True, slots=True)
class Privacy:
    """`version`: of the notice; a new one is told to everybody once. `contact`: the way to a person for questions about data."""

    version: int
    controller: str
    contact: str
    days: Days


def load_privacy(folder: Path) -> Privacy:
    """Read privacy.toml. Raises RegionError, also where nobody can be asked."""
    file = folder / PRIVACY
    top = read_toml(file)
    known_keys(top, ("version", "controller", "contact", "days"), file)
    days = table_of(top, "days", file)
    known_keys(days, PERIODS, file)
    read = Days(**{name: whole(days, name, f"{file}: [days]") for name in PERIODS})
    if read.learning > read.conversations:  # whose words they are is known only as long as the conversation stays
        raise RegionError(f"{file}: [days]: learning: longer than conversations")
    return Privacy(whole(top, "version", file), text_of(top, "controller", file), text_of(top, "contact", file), read)


def whole(row: Table, key: str, place: object) -> int:
    """A whole number from 1 on. Raises RegionError."""
    value = number_of(row, key, place)
    if value < 1 or value != int(value):
        raise RegionError(f"{place}: {key}: must be a whole number from 1 on")
    return int(value)
