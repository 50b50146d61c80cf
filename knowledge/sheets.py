"""Articles as rows of a table and back, for editors with a spreadsheet: one row an article, every cell a text.

A list is one entry a line (a JSON list where lines would not keep it), the sources are the YAML of the article file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date

import yaml

from knowledge.article import (
    LISTS,
    PARTS,
    Article,
    ArticleError,
    check_part,
    dump_article,
    head_of,
    id_of,
    sources_of,
    text_of,
    texts_of,
)

DEEPEST = 10  # lists and tables within each other; sources have three
OPENING = (yaml.BlockSequenceStartToken, yaml.BlockMappingStartToken, yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken)
CLOSING = (yaml.BlockEndToken, yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)
DATES = ("verified_on", "expires_on", "review_after")
COLUMNS = ("id", "title", "agency", "ours", *DATES, *PARTS, *LISTS, "sources")
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
BETWEEN = re.compile(r"[.\s-]")  # the digits of a sum or a telephone
FLAGS = {"true": True, "false": False}
Wrong = tuple[str, str]  # column ("" = the whole row), what is wrong
Row = Mapping[str, str]


class RowError(Exception):
    """The row is no article. `wrong`: all that is wrong with it."""

    def __init__(self, wrong: list[Wrong]) -> None:
        super().__init__("; ".join(f"{column}: {what}" for column, what in wrong))
        self.wrong = wrong


def row_of(article: Article) -> dict[str, str]:
    """Column → text, in the order of COLUMNS; "" where the article has nothing."""
    dates = {name: _day(getattr(article, name)) for name in DATES}
    cells = {"id": article.id, "title": article.title, "agency": article.agency, "ours": str(article.ours).lower(), **dates}
    parts = {name: article.parts.get(name, "") for name in PARTS}
    lists = {name: _lines(getattr(article, name)) for name in LISTS}
    return {**cells, **parts, **lists, "sources": _sources(article)}


def article_of(row: Row) -> Article:
    """The article of a row that has all COLUMNS. Raises RowError."""
    wrong: list[Wrong] = []
    read = {column: _read(column, row, wrong) for column in COLUMNS}
    if wrong:
        raise RowError(wrong)
    parts = {name: text for name in PARTS if (text := read.pop(name))}
    article = Article(**read, parts=parts)  # type: ignore[arg-type]  # each reader gives what its field takes
    try:
        dump_article(article)
    except ArticleError as error:
        raise RowError([("", str(error))]) from error
    return article


def wrong_columns(header: tuple[str, ...]) -> list[Wrong]:
    """What keeps a first line from being the names of COLUMNS, in any order."""
    twice = [(name, "column stands twice") for name in dict.fromkeys(header) if header.count(name) > 1]
    missing = [(name, "column is missing") for name in COLUMNS if name not in header]
    return [*twice, *missing, *((name, "unknown column") for name in header if name not in COLUMNS)]


def changed(old: Article, new: Article) -> tuple[str, ...]:
    """The columns in which both differ."""
    before, after = row_of(old), row_of(new)
    return tuple(column for column in COLUMNS if before[column] != after[column])


def column_of(what: str, article: Article) -> str:
    """The column that a finding of `knowledge.check` is about; "" where that is not clear."""
    about, _, claim = what.partition(": ")
    if about in COLUMNS:
        return about
    parts = article.parts.items()
    return next((name for name, text in parts if claim and (claim in text or claim in BETWEEN.sub("", text))), "")


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _lines(items: tuple[str, ...]) -> str:
    cell = "\n".join(items)
    return cell if not cell.startswith('["') and _listed(cell) == list(items) else json.dumps(items, ensure_ascii=False)


def _listed(cell: str) -> list[str]:
    if cell.startswith('["') and cell.endswith('"]'):
        try:
            return list(json.loads(cell))
        except ValueError as error:
            raise ArticleError(f"list: {error}") from error
    return [line for each in cell.split("\n") if (line := each.strip())]


def _sources(article: Article) -> str:
    text: str = yaml.safe_dump({"sources": head_of(article)["sources"]}, sort_keys=False, allow_unicode=True, width=2**20)
    return text


def _read(column: str, row: Row, wrong: list[Wrong]) -> object:
    try:
        if CONTROL.search(row[column]):
            raise ArticleError("holds a control character")
        return READERS[column](column, row[column])
    except ArticleError as error:
        wrong.append((column, str(error).removeprefix(f"{column}: ")))
        return None


def _read_id(_column: str, cell: str) -> str:
    return id_of({"id": cell.strip()})


def _read_text(column: str, cell: str) -> str:
    return text_of({column: cell}, column)


def _read_name(column: str, cell: str) -> str:
    return text_of({column: cell.strip()}, column)


def _read_flag(column: str, cell: str) -> bool:
    """A spreadsheet may have made TRUE of it."""
    flag = FLAGS.get(cell.strip().lower())
    if flag is None:
        raise ArticleError(f"{column}: must be true or false")
    return flag


def _read_day(column: str, cell: str) -> date | None:
    day = cell.strip()
    try:
        if ISO_DAY.fullmatch(day):
            return date.fromisoformat(day)
    except ValueError:  # a day that no month has
        pass
    if day:
        raise ArticleError(f"{column}: {day[:40]!r} is no day like 2026-12-31")
    return None


def _read_required_day(column: str, cell: str) -> date:
    day = _read_day(column, cell)
    if day is None:
        raise ArticleError(f"{column}: date is missing")
    return day


def _read_part(column: str, cell: str) -> str:
    text = cell.strip()
    if text:
        check_part(column, text)
    return text


def _read_summary(column: str, cell: str) -> str:
    text = cell.strip()
    check_part(column, text)
    return text


def _read_list(column: str, cell: str) -> tuple[str, ...]:
    return texts_of({column: _listed(cell.strip())}, column)


def _read_sources(_column: str, cell: str) -> object:
    """Refuses YAML that refers to itself: a few lines of it can stand for gigabytes."""
    try:
        _check_yaml(cell)
        found = yaml.safe_load(cell)
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError) as error:  # what YAML makes of broken text
        raise ArticleError(f"sources: {str(error)[:300]}") from error
    return sources_of(found if isinstance(found, dict) else {"sources": found})


def _check_yaml(cell: str) -> None:
    """Nothing that refers to itself, and nothing nested so deep that reading it takes minutes."""
    depth = 0
    for token in yaml.scan(cell):
        if isinstance(token, yaml.AnchorToken | yaml.AliasToken):
            raise ArticleError("sources: no & or * before a word; put the text between quotes")
        depth += isinstance(token, OPENING) - isinstance(token, CLOSING)
        if depth > DEEPEST:
            raise ArticleError("sources: brackets within brackets")


Reader = Callable[[str, str], object]
READERS: dict[str, Reader] = {
    "id": _read_id,
    "title": _read_text,
    "agency": _read_name,
    "ours": _read_flag,
    **dict.fromkeys(DATES, _read_day),
    "verified_on": _read_required_day,
    **dict.fromkeys(PARTS, _read_part),
    "ringkas": _read_summary,
    **dict.fromkeys(LISTS, _read_list),
    "sources": _read_sources,
}
