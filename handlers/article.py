"""One article as a resident sees it: the first answer, a part, its sources, and the buttons below each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from domain.messages import Button, Reply
from handlers.turn import Rows
from knowledge.article import Article, Source
from knowledge.region import Region

USEFUL = ("syarat", "langkah", "biaya", "waktu", "tempat", "catatan")  # parts, the one that most residents need first
PARTS_IN_FRONT = 3  # below the first answer; the others are one tap further
BUTTONS_IN_ROW = 3
SOURCES = "sumber"


class Say(Protocol):
    """A phrase in the resident's language."""

    def __call__(self, key: str, **values: object) -> str: ...


def first_answer(say: Say, region: Region, article: Article, question: str, thumbs: tuple[Button, ...] = ()) -> Reply:
    """The answer itself, whose it is and how fresh, with the most useful parts. A name of old gets a line before it."""
    old = article.replaced_name(question)
    lead = say("ask.replaced", old=old) + "\n\n" if old else ""
    names = [name for name in USEFUL if name in article.parts]
    text = say("ask.answer", title=article.title, summary=article.summary, **_stamp(region, article))
    return Reply(lead + text, _rows(say, article, names[:PARTS_IN_FRONT], thumbs=thumbs))


def part(say: Say, region: Region, article: Article, name: str) -> Reply:
    """One part, or the sources; below it the way to all the others."""
    text = _sources(say, article.sources) if name == SOURCES else article.parts[name]
    told = say("ask.part", title=article.title, part=say(f"part.{name}"), text=text, **_stamp(region, article))
    others = [other for other in ("ringkas", *USEFUL) if other in article.parts and other != name]
    return Reply(told, _rows(say, article, others, name))


def renewing(say: Say, region: Region, article: Article) -> Reply:
    """Past its date nobody gets it as an answer: what we are doing about it, whose matter it is, and a person."""
    text = say("ask.renewing", title=article.title, agency=region.agencies[article.agency].name)
    back = (Button("operator", say("button.operator")), Button("menu", say("button.menu")))
    return Reply(text, ((Button("pass:yes", say("button.pass_on")),), back))


def _rows(say: Say, article: Article, names: Iterable[str], shown: str = "", thumbs: tuple[Button, ...] = ()) -> Rows:
    parts = [Button(f"part:{article.id}:{name}", say(f"part.{name}")) for name in names]
    rows = [tuple(parts[start : start + BUTTONS_IN_ROW]) for start in range(0, len(parts), BUTTONS_IN_ROW)]
    sources = [] if shown == SOURCES else [Button(f"part:{article.id}:{SOURCES}", say("part.sumber"))]
    person, menu = Button("operator", say("button.operator")), Button("menu", say("button.menu"))
    return (*rows, (*sources, person), (*thumbs, menu))


def _stamp(region: Region, article: Article) -> dict[str, str]:
    return {"agency": region.agencies[article.agency].name, "verified": _day(article.verified_on)}


def _day(day: date) -> str:
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


def _sources(say: Say, sources: Iterable[Source]) -> str:
    return "\n".join(
        say("ask.source", title=one.title, publisher=one.publisher, date=_dated(say, one), where=one.where) for one in sources
    )


def _dated(say: Say, source: Source) -> str:
    """The day, month or year of a source as it is read here."""
    return "/".join(reversed(source.date.split("-"))) if source.date else say("ask.undated")
