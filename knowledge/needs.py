"""What an agency must know before it can act, and how one sees that a resident told it already."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from knowledge.tables import RegionError, Table, maybe_text, read_tables, read_toml, table_of, text_of, texts_of

BY_STEPS = ("place", "photo")  # every report is asked for these anyway
TOLD_BY = (*BY_STEPS, "files", "office")
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Told:
    """What a report holds so far. `place`: any; `files`: photos or others; `office`: an office or a facility is named."""

    text: str
    place: bool = False
    files: bool = False
    office: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """Something an agency must know to act. `label`: on a card; `ask`: the question to the resident, `asks` in other languages.

    It is told by a place, a photo, any file or the name of an office (`told_by`), by one of the words `cues`, or by
    words that `pattern` finds.
    """

    id: str
    label: str
    ask: str
    asks: Mapping[str, str] = field(default_factory=dict)
    told_by: str = ""
    cues: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None

    def question(self, language: str) -> str:
        return self.asks.get(language, self.ask)

    @property
    def is_asked_apart(self) -> bool:
        """No step of every report asks for it."""
        return self.told_by not in BY_STEPS

    def is_told(self, told: Told) -> bool:
        """Whether a report says it already, as far as simple cues can see."""
        held = {"place": told.place, "photo": told.files, "files": told.files, "office": told.office}
        words = f" {' '.join(WORD.findall(told.text.casefold()))} "
        cued = any(f" {cue} " in words for cue in self.cues)
        return cued or held.get(self.told_by, False) or bool(self.pattern and self.pattern.search(told.text))


def read_needs(file: Path) -> dict[str, Need]:
    """The [[need]] tables; a region may do without."""
    return read_tables(file, "need", read_need) if "need" in read_toml(file) else {}


def read_need(row: Table, place: str) -> Need:
    """Raises RegionError."""
    told_by = maybe_text(row, "told_by", place)
    if told_by and told_by not in TOLD_BY:
        raise RegionError(f"{place}: told_by: {told_by!r} is none of {', '.join(TOLD_BY)}")
    asks = table_of(row, "asks", place) if "asks" in row else {}
    return Need(
        id=text_of(row, "id", place),
        label=text_of(row, "label", place),
        ask=text_of(row, "ask", place),
        asks={language: text_of(asks, language, place) for language in asks},
        told_by=told_by,
        cues=tuple(" ".join(WORD.findall(cue.casefold())) for cue in texts_of(row, "cues", place)),
        pattern=pattern_of(row, place),
    )


def pattern_of(row: Table, place: str) -> re.Pattern[str] | None:
    """A regular expression, whatever the case of the words; None where there is none. Raises RegionError."""
    written = maybe_text(row, "pattern", place)
    try:
        return re.compile(written, re.IGNORECASE) if written else None
    except re.error as error:
        raise RegionError(f"{place}: pattern: {error}") from error
