"""The reason codes with which a ticket is closed or put away."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from knowledge.tables import Table, known_keys, read_tables, text_of

REASONS = "reasons.toml"
MAX_ID = 32  # characters, as stored


@dataclass(frozen=True, slots=True)
class Reason:
    """`label`: as operators choose it; `told`: as the resident hears it."""

    id: str
    label: str
    told: str


@dataclass(frozen=True, slots=True)
class Reasons:
    """By id. `closing`: what became of it; `archive`: why it is not worked on."""

    closing: dict[str, Reason]
    archive: dict[str, Reason]


def load_reasons(folder: Path) -> Reasons:
    """Read reasons.toml. Raises RegionError."""
    file = folder / REASONS
    return Reasons(read_tables(file, "closing", read_reason), read_tables(file, "archive", read_reason))


def read_reason(row: Table, place: str) -> Reason:
    known_keys(row, ("id", "label", "told"), place)
    return Reason(text_of(row, "id", place), text_of(row, "label", place), text_of(row, "told", place))
