"""Another regency: a skeleton of its two folders, and a look at whether they hold together."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.config import ROOT
from knowledge.article import ArticleError, load_articles
from knowledge.base import read
from knowledge.region import Region, RegionError, load_region
from knowledge.topics import load_topics

SKELETON = ROOT / "knowledge" / "skeleton"
PARTS = ("region", "content")
NEXT_STEPS = """Made {region} and {content}. Everything in them is an example.
  1. Follow docs/adopting.md
  2. python -m bot region check {folder}
  3. SAPA_REGION_DIR={region} SAPA_CONTENT_DIR={content} python -m bot chat"""


class Action(StrEnum):
    """new: write a skeleton; check: read the files and say what is missing."""

    NEW = "new"
    CHECK = "check"


def region(
    action: Annotated[Action, typer.Argument(help="new: write a skeleton; check: read the files and say what is missing")],
    folder: Annotated[Path, typer.Argument(help="Holds region/ and content/")],
) -> None:
    """Begin the data of another regency, or check it."""
    if action is Action.NEW:
        _new(folder)
    else:
        _check(folder)


def _new(folder: Path) -> None:
    """Never over something that is there."""
    taken = [str(folder / part) for part in PARTS if (folder / part).exists()]
    if taken:
        raise typer.BadParameter(f"{' and '.join(taken)} exists already")
    for part in PARTS:
        shutil.copytree(SKELETON / part, folder / part)
    typer.echo(NEXT_STEPS.format(folder=folder, region=folder / "region", content=folder / "content"))


def _check(folder: Path) -> None:
    """Exit 1 with a sentence where the files do not hold together; else the counts, and what is still open."""
    try:
        found = load_region(folder / "region")
        texts = load_articles(folder / "content")
        articles = {identifier: read(identifier, text, found) for identifier, text in texts.items()}
        topics = load_topics(folder / "content")
    except (RegionError, ArticleError, OSError, UnicodeDecodeError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    strangers = [topic.id for topic in topics.values() if topic.agency not in found.agencies or topic.domain not in found.domains]
    if strangers:
        typer.echo(f"{folder / 'content' / 'topics.toml'}: no such agency or domain: {', '.join(strangers)}", err=True)
        raise typer.Exit(1)
    typer.echo(_counts(found) + f", {len(topics)} topics, {len(articles)} articles")
    for line in (*_open(found), *_without_article(set(topics) - set(articles))):
        typer.echo(f"  open: {line}")


def _counts(found: Region) -> str:
    return (
        f"{found.name}: {len(found.districts)} kecamatan, {len(found.villages)} villages, {len(found.agencies)} agencies, "
        f"{len(found.categories)} categories, {len(found.facilities.all)} places"
    )


def _open(found: Region) -> Iterator[str]:
    """What a region may lack, and should not for long."""
    if found.code == load_region(SKELETON / "region").code:
        yield "region.toml still is the example"
    silent = [agency.id for agency in found.agencies.values() if agency.ours and agency.contact is None]
    if silent:
        yield f"agencies without any contact: {', '.join(silent)}"
    needless = [category.id for category in found.categories.values() if not category.needs]
    if needless:
        yield f"categories without needs: {', '.join(needless)}"
    for kind in found.facilities.kinds.values():
        named = sum(facility.kind == kind.id for facility in found.facilities.all.values())
        if named < kind.total:
            yield f"{kind.label}: {named} of {kind.total} are named"
    if all(number.national for number in found.emergencies):
        yield "no local emergency number"


def _without_article(topics: set[str]) -> Iterator[str]:
    if topics:
        yield f"topics without an article: {', '.join(sorted(topics))}"
