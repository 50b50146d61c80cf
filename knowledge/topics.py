"""The catalogue of topics: what residents may ask about, whether an article answers it yet or not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from knowledge.tables import Table, flag_of, read_tables, text_of

FILE = "topics.toml"


@dataclass(frozen=True, slots=True)
class Topic:
    """One service. `title` in the resident's words, short enough for a button; `ours`: an authority of the regency.

    `basis`: the best source behind it, as the catalogue says it; "" where it says nothing.
    """

    id: str
    title: str
    agency: str
    ours: bool
    basis: str = ""

    @property
    def domain(self) -> str:
        return self.id.partition("/")[0]


def load_topics(content: Path) -> dict[str, Topic]:
    """The topics of a content folder, by id; none where the folder has no catalogue. Raises RegionError on a broken one."""
    file = content / FILE
    return read_tables(file, "topic", _topic) if file.exists() else {}


def _topic(row: Table, place: str) -> Topic:
    return Topic(
        text_of(row, "id", place),
        text_of(row, "title", place),
        text_of(row, "agency", place),
        flag_of(row, "ours", place, default=True),
        text_of(row, "basis", place) if "basis" in row else "",
    )
