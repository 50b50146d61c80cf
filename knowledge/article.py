"""An article: the answer to one topic, with its sources and dates, as a file with front matter and titled parts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

import frontmatter
import yaml

PARTS = ("ringkas", "syarat", "langkah", "biaya", "waktu", "tempat", "catatan")
MAX_SUMMARY = 400  # characters
MAX_PART = 600  # characters
REMEMBERED = 1024  # articles: a start reads each twice, a publish mostly those that were read before
ID = re.compile(r"[a-z0-9-]+/[a-z0-9-]+")
HEADING = re.compile(r"^## +(.*?) *$", re.MULTILINE)
SOURCE_DATE = re.compile(r"(\d{4}(-\d{2}(-\d{2})?)?)?")
LISTS = ("known_as", "supersedes", "related", "places", "links", "phrasings")
FIELDS = {"id", "title", "agency", "ours", "verified_on", "expires_on", "review_after", "sources", *LISTS}
SOURCE_FIELDS = {"title", "publisher", "where", "date", "confidence", "says"}
Confidence = Literal["local", "national", "analogy"]


class ArticleError(Exception):
    """The text is no article; the message says what is wrong and where."""


@dataclass(frozen=True, slots=True)
class Source:
    """`where`: address or rule. `date`: ISO day, month or year of the source, "" when it bears none.

    `says`: what the source says word by word, wherever the article takes a number, fee, address, hour or date from it.
    """

    title: str
    publisher: str
    where: str
    date: str
    confidence: Confidence
    says: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """`id` is "<domain>/<slug>". `ours`: the regency decides on it. `parts`: name of PARTS → text, in that order.

    After `expires_on` it is no longer given as an answer; after `review_after` only the editor is told.
    `known_as`: other names. `supersedes`: what it replaces ("PPDB (sampai 2024)"). `related`: ids of other
    topics; `places`: ids in places.toml.
    `links`: addresses a resident may be sent to.
    """

    id: str
    title: str
    agency: str
    ours: bool
    sources: tuple[Source, ...]
    verified_on: date
    expires_on: date | None
    parts: dict[str, str]
    phrasings: tuple[str, ...]
    known_as: tuple[str, ...]
    review_after: date | None = None
    supersedes: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    @property
    def domain(self) -> str:
        return self.id.partition("/")[0]

    @property
    def summary(self) -> str:
        return self.parts["ringkas"]

    def expired(self, day: date) -> bool:
        """Whether it may no longer be given as an answer on this day of the region."""
        return self.expires_on is not None and day > self.expires_on

    def review_due(self, day: date) -> bool:
        """Whether the editor should have looked at it again."""
        return self.review_after is not None and day > self.review_after

    def replaced_name(self, question: str) -> str:
        """The entry of `supersedes` whose name, without what stands in brackets behind it, the question uses; "" if none."""
        return next((old for old in self.supersedes if names(question, old.partition(" (")[0])), "")


def names(text: str, name: str) -> bool:
    """Whether the text holds the name as whole words, in whatever case."""
    return re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", text.casefold()) is not None


def load_articles(folder: Path) -> dict[str, str]:
    """Article id → raw text of every <domain>/<slug>.md below the folder, sorted by id."""
    return {identifier: file.read_text(encoding="utf-8") for identifier, file in article_files(folder).items()}


def article_files(folder: Path) -> dict[str, Path]:
    """Article id → its file, sorted by id."""
    return dict(sorted((f"{file.parent.name}/{file.stem}", file) for file in folder.glob("*/*.md")))


@lru_cache(maxsize=REMEMBERED)
def parse_article(text: str) -> Article:
    """Read front matter and parts; the same text gives the same article. Raises ArticleError."""
    head, body = split(text)
    unknown = set(head) - FIELDS
    if unknown:
        raise ArticleError(f"unknown field: {', '.join(sorted(unknown))}")
    return Article(
        id=id_of(head),
        title=text_of(head, "title"),
        agency=text_of(head, "agency"),
        ours=flag_of(head, "ours"),
        sources=sources_of(head),
        verified_on=required_date(head, "verified_on"),
        expires_on=date_of(head, "expires_on"),
        review_after=date_of(head, "review_after"),
        parts=parts_of(body),
        **{name: texts_of(head, name) for name in LISTS},
    )


def dump_article(article: Article) -> str:
    """The article as a file. Raises ArticleError when the file would not read back as the same article."""
    post = frontmatter.Post(body_of(article))
    post.metadata.update(head_of(article))
    text: str = frontmatter.dumps(post, sort_keys=False, allow_unicode=True, width=2**20) + "\n"
    if parse_article(text) != article:
        raise ArticleError(f"{article.id}: does not survive being written")
    return text


def head_of(article: Article) -> dict[str, object]:
    """What is empty is left out."""
    return filled(
        {
            "id": article.id,
            "title": article.title,
            "agency": article.agency,
            "ours": article.ours,
            "verified_on": article.verified_on,
            "expires_on": article.expires_on,
            "review_after": article.review_after,
            "sources": [filled({**asdict(source), "says": list(source.says)}) for source in article.sources],
            **{name: list(getattr(article, name)) for name in LISTS},
        }
    )


def filled(row: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in row.items() if value not in (None, [])}


def body_of(article: Article) -> str:
    return "\n\n".join(f"## {name}\n{text}" for name, text in article.parts.items())


def split(text: str) -> tuple[dict[str, object], str]:
    """Front matter and body."""
    try:
        head, body = frontmatter.parse(text)
    except (yaml.YAMLError, ValueError, TypeError, AttributeError) as error:  # what YAML makes of broken front matter
        raise ArticleError(f"front matter: {error}") from error
    if not isinstance(head, dict) or not head:
        raise ArticleError("front matter is missing")
    return {str(key): value for key, value in head.items()}, body


def parts_of(body: str) -> dict[str, str]:
    """Name → text of each "## name" part, in the order of PARTS."""
    lead, *pieces = HEADING.split(body)
    if lead.strip():
        raise ArticleError("text before the first part")
    names = pieces[0::2]
    found = dict(zip(names, (text.strip() for text in pieces[1::2]), strict=True))
    if len(found) < len(names):
        raise ArticleError("a part stands twice")
    for name, text in found.items():
        check_part(name, text)
    if "ringkas" not in found:
        raise ArticleError("the part ringkas is missing")
    return {name: found[name] for name in PARTS if name in found}


def check_part(name: str, text: str) -> None:
    limit = MAX_SUMMARY if name == "ringkas" else MAX_PART
    if name not in PARTS:
        raise ArticleError(f"unknown part: {name}")
    if not text:
        raise ArticleError(f"the part {name} is empty")
    if len(text) > limit:
        raise ArticleError(f"the part {name} is longer than {limit} characters")


def id_of(head: Mapping[str, object]) -> str:
    value = text_of(head, "id")
    if not ID.fullmatch(value):
        raise ArticleError(f"id: {value!r} is not <domain>/<slug>")
    return value


def sources_of(head: Mapping[str, object]) -> tuple[Source, ...]:
    rows = head.get("sources")
    if not isinstance(rows, list) or not rows:
        raise ArticleError("sources: at least one is needed")
    return tuple(source_of(row) for row in rows)


def source_of(row: object) -> Source:
    if not isinstance(row, dict) or set(row) - SOURCE_FIELDS:
        raise ArticleError(f"sources: fields are {', '.join(sorted(SOURCE_FIELDS))}")
    return Source(
        title=text_of(row, "title"),
        publisher=text_of(row, "publisher"),
        where=text_of(row, "where"),
        date=source_date(row.get("date", "")),
        confidence=confidence_of(row),
        says=texts_of(row, "says"),
    )


def source_date(value: object) -> str:
    """YAML reads a full date as a date and a year as a number; both are kept as ISO text."""
    text = value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, str | int) else "?"
    if not SOURCE_DATE.fullmatch(text):
        raise ArticleError(f"sources: date: {text!r} is no ISO day, month or year")
    return text


def confidence_of(row: Mapping[str, object]) -> Confidence:
    value = text_of(row, "confidence")
    for known in get_args(Confidence):
        if value == known:
            return known  # type: ignore[no-any-return]  # get_args gives the literals themselves
    raise ArticleError(f"sources: confidence: {value!r} is none of {', '.join(get_args(Confidence))}")


def text_of(row: Mapping[str, object], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ArticleError(f"{key}: text is missing")
    return value


def texts_of(row: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise ArticleError(f"{key}: must be a list of texts")
    return tuple(value)


def flag_of(row: Mapping[str, object], key: str) -> bool:
    value = row.get(key)
    if not isinstance(value, bool):
        raise ArticleError(f"{key}: must be true or false")
    return value


def date_of(row: Mapping[str, object], key: str) -> date | None:
    value = row.get(key)
    if value is None:
        return None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ArticleError(f"{key}: must be a date")
    return value


def required_date(row: Mapping[str, object], key: str) -> date:
    value = date_of(row, key)
    if value is None:
        raise ArticleError(f"{key}: date is missing")
    return value
