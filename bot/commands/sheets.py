"""`knowledge export` and `knowledge import`: the articles as a spreadsheet or a folder for editors, and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from bot.archives import FileRefused
from bot.build import utc_now
from bot.commands.knowledge import today
from bot.config import Settings
from bot.editing import Change, Kind, Placed, Problem, check_articles, compare, export_articles, read_articles, write_articles
from knowledge.allowed import load_allowed
from knowledge.article import Article, ArticleError, load_articles, parse_article
from knowledge.check import Surroundings
from knowledge.region import RegionError, load_region
from knowledge.topics import load_topics

TARGET = "FILE.xlsx, FILE.csv or a folder"
REFUSALS = (FileRefused, ArticleError, RegionError, OSError)


def export_sheet(
    target: Annotated[Path, typer.Argument(help=TARGET)],
    content: Annotated[
        Path | None, typer.Option("--from", help="Folder of articles; default: the content of this region")
    ] = None,
) -> None:
    """Write the articles as a spreadsheet or into a folder."""
    folder = content or Settings().content_dir
    try:
        articles = dict(_articles(folder))
        export_articles(articles, target)
    except REFUSALS as error:
        raise _refused(target, error) from None
    typer.echo(f"{len(articles)} articles written to {target}.")


def _articles(folder: Path) -> Iterator[tuple[str, Article]]:
    for identifier, text in load_articles(folder).items():
        try:
            yield identifier, parse_article(text)
        except ArticleError as error:
            raise ArticleError(f"{identifier}: {error}") from error


def import_sheet(
    source: Annotated[Path, typer.Argument(help=TARGET)],
    into: Annotated[Path | None, typer.Option(help="Folder of articles; default: the content of this region")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change and write nothing")] = False,
) -> None:
    """Check the articles of a spreadsheet or a folder, and write them when all are right; exit code 1 when one is not."""
    settings = Settings()
    folder = into or settings.content_dir
    try:
        placed, problems = read_articles(source)
        whole = not problems
        problems += check_articles(placed, _surroundings(settings, folder))
        _tell_problems(problems)
        changes = compare(placed, folder, whole=whole)
        if dry_run:
            _tell_changes(changes)
        elif not _errors(problems):
            write_articles(_to_write(placed, changes), folder)
    except REFUSALS as error:
        raise _refused(source, error) from None
    _end(changes, _errors(problems), written=not dry_run)


def _surroundings(settings: Settings, folder: Path) -> Surroundings:
    """With the catalogue of the folder; one that has none yet takes that of this region."""
    region = load_region(settings.region_dir)
    topics = load_topics(folder) or load_topics(settings.content_dir)
    return Surroundings(region, topics, load_allowed(settings.region_dir, region), today(region, utc_now()))


def _to_write(placed: list[Placed], changes: list[Change]) -> list[Article]:
    kinds = {change.id: change.kind for change in changes}
    return [one.article for one in placed if kinds[one.article.id] in (Kind.NEW, Kind.CHANGED)]


def _tell_problems(problems: list[Problem]) -> None:
    for one in sorted(problems, key=lambda problem: not problem.error):
        level = "error" if one.error else "warning"
        typer.echo(_printable(f"{level}: {one.place}{f', {one.column}' if one.column else ''}: {one.what}"))


def _tell_changes(changes: list[Change]) -> None:
    for change in changes:
        if change.kind is not Kind.UNCHANGED:
            typer.echo(_printable(f"{change.kind}: {change.id}"))
        for column, lines in change.lines.items():
            typer.echo(f"  {column}")
            for line in lines:
                typer.echo(_printable(f"    {line}"))


def _printable(line: str) -> str:
    """A file's text may hold what moves a terminal's cursor."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line)


def _errors(problems: list[Problem]) -> int:
    return sum(problem.error for problem in problems)


def _end(changes: list[Change], errors: int, *, written: bool) -> None:
    counts = Counter(change.kind for change in changes)
    typer.echo(", ".join(f"{counts[kind]} {kind}" for kind in Kind) + f"; {errors} errors.")
    typer.echo("Written." if written and not errors else "Nothing was written.")
    raise typer.Exit(1 if errors else 0)


def _refused(file: Path, error: Exception) -> typer.Exit:
    typer.echo(_printable(f"{file}: {error}"), err=True)
    return typer.Exit(1)
