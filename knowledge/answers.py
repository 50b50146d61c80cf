"""Answers that operators may take ready-made, and the words that tell an answer with substance from an empty formula."""

from __future__ import annotations

import string
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from knowledge.places import words_of
from knowledge.tables import RegionError, Table, known_keys, lowered, read_tables, read_toml, table_of, text_of, texts_of

ANSWERS = "answers.toml"
VALUES = frozenset({"nomor", "warga", "dinas", "tenggat", "perihal", "tempat", "hari_ini"})  # what answers may have filled in
MAX_ID = 24  # characters: it travels in a button
MAX_LABEL = 40
LISTS = ("actions", "times", "officers")


@dataclass(frozen=True, slots=True)
class Answer:
    """A ready-made answer. `agencies`: whose it is, empty = everybody's. `{…}` in its text is filled in."""

    id: str
    label: str
    text: str
    agencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Substance:
    """In lower case. `actions`: parts of words for what is done; `times`, `officers`: whole words for when and by whom."""

    actions: frozenset[str]
    times: frozenset[str]
    officers: frozenset[str]

    def is_in(self, text: str) -> bool:
        """Whether an answer names an action, a time or an officer; a number counts as a time or an amount."""
        words = words_of(text)
        whole = self.times | self.officers
        return any(word in whole or _has_digit(word) or any(part in word for part in self.actions) for word in words)


def _has_digit(word: str) -> bool:
    return any(sign.isdigit() for sign in word)


@dataclass(frozen=True, slots=True)
class Answers:
    """`ready`: by id."""

    ready: dict[str, Answer]
    substance: Substance

    def of(self, agency: str) -> list[Answer]:
        """Those that an agency may take, its own first."""
        fitting = [answer for answer in self.ready.values() if not answer.agencies or agency in answer.agencies]
        return sorted(fitting, key=lambda answer: not answer.agencies)


def load_answers(folder: Path, agencies: Collection[str]) -> Answers:
    """Read answers.toml. Raises RegionError."""
    file = folder / ANSWERS
    known_keys(read_toml(file), ("answer", "substance"), file)
    ready = read_tables(file, "answer", read_answer, needed=False)
    for answer in ready.values():
        if unknown := [agency for agency in answer.agencies if agency not in agencies]:
            raise RegionError(f"{file}: {answer.id}: agencies: no agency {', '.join(unknown)}")
    return Answers(ready, read_substance(table_of(read_toml(file), "substance", file), f"{file}: [substance]"))


def read_answer(row: Table, place: str) -> Answer:
    known_keys(row, ("id", "label", "text", "agencies"), place)
    answer = Answer(
        text_of(row, "id", place), text_of(row, "label", place), text_of(row, "text", place), texts_of(row, "agencies", place)
    )
    if not answer.id.isascii() or len(answer.id) > MAX_ID or len(answer.label) > MAX_LABEL:
        raise RegionError(f"{place}: id has at most {MAX_ID} plain letters, label at most {MAX_LABEL} characters")
    if odd := sorted(values_of(answer.text, place) - VALUES):
        raise RegionError(f"{place}: text: nothing fills in {', '.join(odd)}; known: {', '.join(sorted(VALUES))}")
    return answer


def values_of(text: str, place: str) -> set[str]:
    """The names in braces. Raises RegionError where a brace is left open."""
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise RegionError(f"{place}: text: {error}") from error


def read_substance(row: Table, place: str) -> Substance:
    known_keys(row, LISTS, place)
    return Substance(*(lowered(texts_of(row, key, place)) for key in LISTS))
