"""The editor's tools over the files of the knowledge. None needs a database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.build import knowledge_of_files, utc_now
from bot.config import ROOT, Settings
from domain.messages import Reply
from domain.people import DEFAULT_LANGUAGE
from domain.text import plain
from handlers.article import Say, first_answer, renewing
from knowledge import report as reports
from knowledge import schema as schemas
from knowledge.allowed import load_allowed
from knowledge.article import article_files, load_articles, parse_article
from knowledge.base import Knowledge
from knowledge.check import Finding, check_folder
from knowledge.phrases import load_phrases
from knowledge.region import Region, RegionError, load_region
from knowledge.routing.decision import Decision, DecisionKind
from knowledge.topics import load_topics

DOCUMENT = ROOT / "docs" / "knowledge.md"

app = typer.Typer(no_args_is_help=True, help="Check, report and preview the articles.")


@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="Folder of articles; default: the content of this region")] = None,
) -> None:
    """Everything that is wrong with the articles; exit code 1 when one of them must not be published."""
    settings = Settings()
    content = folder or settings.content_dir
    try:
        region = load_region(settings.region_dir)
        found = check_folder(content, region, load_allowed(settings.region_dir, region), today(region, utc_now()))
    except RegionError as error:
        typer.echo(str(error))
        raise typer.Exit(1) from None
    if found:
        Console().print(_findings_table(found))
    errors = sum(finding.error for finding in found)
    typer.echo(f"{len(article_files(content))} articles: {errors} errors, {len(found) - errors} warnings.")
    raise typer.Exit(1 if errors else 0)


def today(region: Region, now: datetime) -> date:
    """The region's day."""
    return now.astimezone(ZoneInfo(region.timezone)).date()


def _findings_table(found: list[Finding]) -> Table:
    table = Table("", "article", "what")
    for finding in sorted(found, key=lambda one: not one.error):
        table.add_row("error" if finding.error else "warning", escape(finding.article), escape(finding.what))
    return table


@app.command()
def report(
    write: Annotated[bool, typer.Option("--write", help="Into docs/knowledge.md instead of standard output")] = False,
) -> None:
    """Sources, age, expiry and gaps of all topics, as Markdown."""
    table = table_of_files(Settings().content_dir)
    if write:
        DOCUMENT.write_text(reports.placed(DOCUMENT.read_text(encoding="utf-8"), table), encoding="utf-8")
    else:
        typer.echo(table, nl=False)


def table_of_files(content: Path) -> str:
    articles = {identifier: parse_article(text) for identifier, text in load_articles(content).items()}
    return reports.report(load_topics(content), articles)


@app.command()
def schema(
    write: Annotated[bool, typer.Option("--write", help="Into knowledge/article.schema.json")] = False,
) -> None:
    """The front matter of an article as a JSON schema."""
    text = json.dumps(schemas.front_matter(), indent=2, ensure_ascii=False) + "\n"
    if write:
        schemas.FILE.write_text(text, encoding="utf-8")
    else:
        typer.echo(text, nl=False)


@app.command()
def preview(
    question: Annotated[str, typer.Argument(help="What a resident would write")],
    language: Annotated[str, typer.Option(help="Language of the answer")] = DEFAULT_LANGUAGE,
) -> None:
    """What the router decides about a question, why, and the article as the resident sees it."""
    knowledge = knowledge_of_files(Settings())
    decision = knowledge.decide(question)
    for line in _told(knowledge, decision, question):
        typer.echo(line)
    if decision.topic and decision.kind is DecisionKind.ANSWER:
        typer.echo(_shown(knowledge, decision.topic, question, partial(load_phrases().say, language)))


def _told(knowledge: Knowledge, decision: Decision, question: str) -> Iterator[str]:
    """The decision, its options and the words that spoke for the first of them."""
    label = decision.topic or decision.category
    yield f"decision: {decision.kind.value} {label or ''} ({decision.confidence})"
    for option in decision.options:
        yield f"  option: {option.id} ({option.confidence})"
    first = label or next((option.id for option in decision.options), "")
    if first in knowledge.router.model.labels:
        said = (f"{word} {weight:+}" for word, weight in knowledge.router.model.why(question, first))
        yield f"why {first}: {', '.join(said)}"


def _shown(knowledge: Knowledge, topic: str, question: str, say: Say) -> str:
    """The first message with its buttons, as a telephone shows it."""
    article = knowledge.article(topic)
    if article is None:
        return "\nThere is no article yet: the bot says whose matter it is, and offers to pass the question on."
    if article.expired(today(knowledge.region, utc_now())):
        return _plain(renewing(say, knowledge.region, article))
    return _plain(first_answer(say, knowledge.region, article, question))


def _plain(reply: Reply) -> str:
    rows = ("  ".join(f"[{button.label}]" for button in row) for row in reply.buttons)
    return "\n".join(["", plain(reply.text), "", *rows])
