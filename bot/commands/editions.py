"""Publishing: `knowledge publish`, `history`, `diff` and `rollback`. These need the database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.build import kept, open_store, utc_now
from bot.commands.knowledge import today
from bot.config import Settings
from knowledge.allowed import load_allowed
from knowledge.article import ArticleError, load_articles
from knowledge.base import Knowledge, read
from knowledge.check import check_folder
from knowledge.gate import Change, Gate, compared, differences, golden
from knowledge.region import Region, load_region
from services import publishing

Author = Annotated[str, typer.Option(help="Who publishes")]
Reason = Annotated[str, typer.Option(help="Why")]


def publish(
    author: Author,
    reason: Reason,
    folder: Annotated[Path | None, typer.Argument(help="Folder of articles; default: the content of this region")] = None,
    override: Annotated[str, typer.Option(help="Why answers may get worse this time")] = "",
) -> None:
    """Put a folder of articles in force: checked, held against the golden questions, with author and reason."""
    settings = Settings()
    content = folder or settings.content_dir
    region = load_region(settings.region_dir)
    errors = [
        f for f in check_folder(content, region, load_allowed(settings.region_dir, region), today(region, utc_now())) if f.error
    ]
    if errors:
        typer.echo(f"{len(errors)} errors: see `knowledge check {content}`. Nothing was published.")
        raise typer.Exit(1)
    asyncio.run(_publish(settings, region, content, author, reason, override))


async def _publish(settings: Settings, region: Region, content: Path, author: str, reason: str, override: str) -> None:
    """The answers are compared with nothing locked: that takes seconds, in which residents write."""
    texts = load_articles(content)
    async with open_store(settings) as store:
        async with store.reading() as unit:
            number, before = await publishing.newest(unit)
        if texts == before:
            typer.echo(f"Edition {number} has exactly these articles. Nothing was published.")
            return
        _pass_gate(_gate(settings, region, before, texts, content), override)
        async with store.unit() as unit:
            if await unit.articles.newest() != number:
                typer.echo("Somebody else published meanwhile. Nothing was published; look at `knowledge history`.")
                raise typer.Exit(1)
            number = await publishing.publish(unit, texts, author, reason, utc_now(), override)
            await unit.commit()
    typer.echo(f"Edition {number} is in force: {len(texts)} articles.")


def _pass_gate(gate: Gate, override: str) -> None:
    """Show what changes; answers that get worse end the command, unless there is a reason."""
    _show(gate)
    if gate.worse and not override:
        typer.echo("Answers get worse. Nothing was published; if it must be, say why: --override REASON")
        raise typer.Exit(1)


def _gate(settings: Settings, region: Region, before: dict[str, str], after: dict[str, str], content: Path) -> Gate:
    learn = kept(settings.cache_dir)
    return compared(
        golden(),
        Knowledge.build(0, before, region, settings.content_dir, learn),
        Knowledge.build(1, after, region, content, learn),
    )


def _show(gate: Gate) -> None:
    for title, changes in (("worse", gate.worse), ("better", gate.better)):
        if changes:
            Console().print(_changes(title, changes))


def _changes(title: str, changes: Sequence[Change]) -> Table:
    table = Table(f"{title}: {len(changes)}", "expected", "before", "after")
    for change in changes:
        table.add_row(*map(escape, (change.text, change.expect, change.before, change.after)))
    return table


def history() -> None:
    """Every edition with author and reason, the newest first."""
    asyncio.run(_history(Settings()))


async def _history(settings: Settings) -> None:
    async with open_store(settings) as store, store.reading() as unit:
        for edition in await unit.articles.history():
            typer.echo(f"{edition.number}\t{edition.published_at:%Y-%m-%d %H:%M}\t{edition.author}\t{edition.reason}")


def diff(old: int, new: int) -> None:
    """What two editions say otherwise, article by article."""
    asyncio.run(_diff(Settings(), old, new))


async def _diff(settings: Settings, old: int, new: int) -> None:
    async with open_store(settings) as store, store.reading() as unit:
        before, after = await unit.articles.texts(old), await unit.articles.texts(new)
    for identifier, was, now in differences(before, after):
        lines = unified_diff(was.splitlines(), now.splitlines(), f"{identifier} ({old})", f"{identifier} ({new})", lineterm="")
        typer.echo("\n".join(lines))


def rollback(number: int, author: Author, reason: Reason) -> None:
    """Put an earlier edition in force again, as a new one."""
    asyncio.run(_rollback(Settings(), number, author, reason))


async def _rollback(settings: Settings, number: int, author: str, reason: str) -> None:
    async with open_store(settings) as store, store.unit() as unit:
        try:
            region = load_region(settings.region_dir)
            for identifier, text in (await unit.articles.texts(number)).items():
                read(identifier, text, region)  # agencies may have gone since
            new = await publishing.roll_back(unit, number, author, reason, utc_now())
        except LookupError:
            typer.echo(f"There is no edition {number}.")
            raise typer.Exit(1) from None
        except ArticleError as error:
            typer.echo(f"Edition {number} no longer fits the region: {error}. Nothing was changed.")
            raise typer.Exit(1) from None
        await unit.commit()
    typer.echo(f"Edition {new} is in force, with the articles of edition {number}.")
