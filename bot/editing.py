"""Articles that leave for an editor's file and come back: read, checked, compared with the content folder."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.archives import FileRefused
from bot.folders import write_all
from bot.spreadsheets import SUFFIXES, Line, read_table, write_table
from knowledge.article import Article, ArticleError, article_files, dump_article, parse_article
from knowledge.check import Finding, Surroundings, check_text
from knowledge.sheets import COLUMNS, RowError, article_of, changed, column_of, row_of, wrong_columns

MAX_ARTICLE = 100_000  # bytes of an article file; the largest has 7,000
MAX_ARTICLES = 5_000


@dataclass(frozen=True, slots=True)
class Problem:
    """`place`: "row 3" or the name of a file. `column`: "" where it is about the whole row."""

    place: str
    column: str
    what: str
    error: bool = True


@dataclass(frozen=True, slots=True)
class Placed:
    """An article, and where the editor's file has it."""

    place: str
    article: Article


class Kind(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Change:
    """`lines`: what goes ("- …") and what comes ("+ …"), by the column that differs."""

    kind: Kind
    id: str
    lines: Mapping[str, list[str]]


def export_articles(articles: Mapping[str, Article], target: Path) -> None:
    """Id → article, as a spreadsheet or, without a suffix of one, as a folder. Raises FileRefused, OSError."""
    if target.suffix.lower() in SUFFIXES:
        write_all({target: _table([COLUMNS, *(tuple(row_of(one).values()) for one in articles.values())], target.suffix)})
    elif target.suffix:
        raise FileRefused(f"is no folder and neither {' nor '.join(SUFFIXES)}")
    else:
        write_articles(articles.values(), target)


def _table(rows: list[tuple[str, ...]], suffix: str) -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"table{suffix}"
        write_table(file, rows)
        return file.read_bytes()


def write_articles(articles: Iterable[Article], folder: Path) -> None:
    """All or none. Raises OSError."""
    write_all({folder / f"{article.id}.md": dump_article(article).encode() for article in articles})


def read_articles(source: Path) -> tuple[list[Placed], list[Problem]]:
    """The articles of a spreadsheet or a folder, and what is none. Raises FileRefused."""
    read = list(_folder(source) if source.is_dir() else _rows(read_table(source)))
    placed = [one for one in read if isinstance(one, Placed)]
    problems = [one for one in read if isinstance(one, Problem)]
    return placed, [*problems, *_twice(placed)]


def _rows(lines: list[Line]) -> Iterator[Placed | Problem]:
    if not lines:
        raise FileRefused("is empty")
    header, *rows = lines
    names = tuple(cell.strip() for cell in header.cells)
    names = names[: max((number for number, name in enumerate(names, start=1) if name), default=0)]
    if wrong := wrong_columns(names):
        yield from (Problem(f"row {header.number}", *one) for one in wrong)
        return
    for line in rows:
        yield from _row(names, line)


def _row(names: tuple[str, ...], line: Line) -> Iterator[Placed | Problem]:
    place = f"row {line.number}"
    if line.wrong or any(line.cells[len(names) :]):
        yield from (Problem(place, names[at] if at < len(names) else "", what) for at, what in line.wrong)
        yield from (Problem(place, "", "a text without a column") for cell in line.cells[len(names) :] if cell)
        return
    try:
        yield Placed(place, article_of(dict(zip_longest(names, line.cells[: len(names)], fillvalue=""))))
    except RowError as error:
        yield from (Problem(place, *one) for one in error.wrong)


def _folder(folder: Path) -> Iterator[Placed | Problem]:
    files = article_files(folder)
    if not files:
        raise FileRefused("has no <domain>/<slug>.md")
    if len(files) > MAX_ARTICLES:
        raise FileRefused(f"more than {MAX_ARTICLES} articles")
    lost = sorted(set(folder.rglob("*.md")) - set(files.values()))
    yield from (Problem(str(file.relative_to(folder)), "", "not <domain>/<slug>.md: nobody reads it") for file in lost)
    yield from (_file(identifier, file) for identifier, file in files.items())


def _file(identifier: str, file: Path) -> Placed | Problem:
    place = f"{identifier}.md"
    if not file.is_file() or file.stat().st_size > MAX_ARTICLE:
        return Problem(place, "", f"no file, or larger than {MAX_ARTICLE} bytes")
    try:
        article = parse_article(file.read_text(encoding="utf-8"))
    except (ArticleError, ValueError, RecursionError) as error:  # text that is not UTF-8, numbers and brackets without end
        return Problem(place, "", str(error) or "cannot be read")
    return Placed(place, article) if article.id == identifier else Problem(place, "id", f"the text says {article.id}")


def _twice(placed: list[Placed]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for one in placed:
        if first.setdefault(one.article.id, one.place) != one.place:
            yield Problem(one.place, "id", f"{one.article.id} stands in {first[one.article.id]}, too")


def check_articles(placed: list[Placed], around: Surroundings) -> list[Problem]:
    """What `knowledge check` finds, at its place."""
    return [_problem(one, finding) for one in placed for finding in check_text(one.article.id, dump_article(one.article), around)]


def _problem(one: Placed, finding: Finding) -> Problem:
    column = column_of(finding.what, one.article)
    return Problem(one.place, column, finding.what.removeprefix(f"{column}: "), finding.error)


def compare(placed: list[Placed], folder: Path, *, whole: bool = True) -> list[Change]:
    """By article; if `whole`, those that the editor's file does not have last: with rows that are none, nobody can tell."""
    present = article_files(folder)
    given = {one.article.id: one.article for one in placed}
    changes = [_change(_present(present.get(identifier)), article) for identifier, article in sorted(given.items())]
    missing = [Change(Kind.MISSING, identifier, {}) for identifier in present if identifier not in given]
    return [*changes, *missing] if whole else changes


def _present(file: Path | None) -> Article | str | None:
    """The article there; its bare text where it is none."""
    if file is None:
        return None
    text = file.read_text(encoding="utf-8", errors="replace")
    try:
        return parse_article(text)
    except ArticleError:
        return text


def _change(old: Article | str | None, new: Article) -> Change:
    if old is None:
        return Change(Kind.NEW, new.id, {})
    if isinstance(old, str):
        return Change(Kind.CHANGED, new.id, {"": ["the file there is no article"]})
    before, after = row_of(old), row_of(new)
    lines = {column: _difference(before[column], after[column]) for column in changed(old, new)}
    return Change(Kind.CHANGED if lines else Kind.UNCHANGED, new.id, lines)


def _difference(before: str, after: str) -> list[str]:
    """Only the lines that differ."""
    compared = difflib.unified_diff(before.split("\n"), after.split("\n"), n=0, lineterm="")
    return [line for line in list(compared)[2:] if not line.startswith("@@")]
