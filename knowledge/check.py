"""What is wrong with articles, each finding in a sentence: for the editor before they are published, and for `make check`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from knowledge.allowed import Allowed
from knowledge.article import Article, ArticleError, article_files, parse_article
from knowledge.claims import addresses, unsourced
from knowledge.region import Region
from knowledge.topics import Topic, load_topics

LONGEST_MESSAGE = 3500  # characters: messengers take 4096, and title, agency and date stand around the text
SENTENCE = 15  # words that a sentence has on average, at most; articles that read well have 6 to 11
LONG_WORD = 12  # letters
LONG_WORDS = 0.06  # of all words; articles that read well have up to 3 %
SENTENCE_END = re.compile(r"[.!?]\s+|\n+")
WORD = re.compile(r"[^\W\d_]+")
SCHEME = re.compile(r"^https?://(www\.)?")


@dataclass(frozen=True, slots=True)
class Finding:
    """`article`: its id, or the file that is none. An error keeps the article from being published, a warning does not."""

    article: str
    what: str
    error: bool = True


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What articles are checked against. `today`: the region's day."""

    region: Region
    topics: Mapping[str, Topic]
    allowed: Allowed
    today: date


Check = Callable[[Article, Surroundings], Iterator[str]]


def check_folder(content: Path, region: Region, allowed: Allowed, today: date) -> list[Finding]:
    """All findings over a content folder, by article. Raises RegionError on a broken catalogue."""
    around = Surroundings(region, load_topics(content), allowed, today)
    files = article_files(content)
    lost = sorted(set(content.rglob("*.md")) - set(files.values()))
    found = [Finding(str(file.relative_to(content)), "not <domain>/<slug>.md: nobody reads it") for file in lost]
    return found + [finding for identifier, file in files.items() for finding in check_file(identifier, file, around)]


def check_file(identifier: str, file: Path, around: Surroundings) -> list[Finding]:
    try:
        text = file.read_text(encoding="utf-8")
    except ValueError:
        return [Finding(identifier, "is not UTF-8")]
    return check_text(identifier, text, around)


def check_text(identifier: str, text: str, around: Surroundings) -> list[Finding]:
    """Findings over one article that should bear this id."""
    try:
        article = parse_article(text)
    except ArticleError as error:
        return [Finding(identifier, str(error))]
    wrong = [] if article.id == identifier else [Finding(identifier, f"id: the text says {article.id}")]
    errors = [Finding(identifier, what) for check in ERRORS for what in check(article, around)]
    warnings = [Finding(identifier, what, error=False) for check in WARNINGS for what in check(article, around)]
    return wrong + errors + warnings


def homeless(article: Article, around: Surroundings) -> Iterator[str]:
    """Topics, agencies, places and domains that nobody knows."""
    if article.id not in around.topics:
        yield f"id: {article.id} is not in the catalogue"
    if article.agency not in around.region.agencies:
        yield f"agency: no agency {article.agency}"
    if article.domain not in around.region.domains:
        yield f"id: no domain {article.domain}"
    yield from (f"related: no topic {one}" for one in article.related if one not in around.topics or one == article.id)
    yield from (f"places: no place {one}" for one in article.places if one not in around.region.facilities.all)


def out_of_date(article: Article, around: Surroundings) -> Iterator[str]:
    if article.verified_on > around.today:
        yield f"verified_on: {article.verified_on} is still to come"
    if article.expired(around.today):
        yield f"expired on {article.expires_on}: nobody gets it as an answer"


def claims(article: Article, around: Surroundings) -> Iterator[str]:
    """Numbers, streets and addresses that no source says."""
    yield from (f"no source says: {claim}" for claim in unsourced(article, around.region.words.street_marks))


def links(article: Article, around: Surroundings) -> Iterator[str]:
    """Addresses in the text that are not declared, and declared ones that are not official."""
    declared = [SCHEME.sub("", link) for link in article.links]
    said = dict.fromkeys(address for text in article.parts.values() for address in addresses(text))
    for address in said:
        if not any(link == address or link.startswith((f"{address}/", f"{address}?")) for link in declared):
            yield f"link: {address} is not among the links"
    hosts = dict.fromkeys((*article.links, *said))
    yield from (f"link: the host of {one} is not in links.toml" for one in hosts if not around.allowed.host(one))


def persons(article: Article, around: Surroundings) -> Iterator[str]:
    """Offices stay, officials change."""
    for name, text in article.parts.items():
        yield from (f"{name}: names an official: {person}" for person in around.allowed.persons(text))


def too_long(article: Article, _around: Surroundings) -> Iterator[str]:
    """The parts have limits of their own; what can grow over a message are the sources."""
    length = sum(len(f"{one.title}{one.publisher}{one.date}{one.where}") + len("• (, )\n\n") for one in article.sources)
    if length > LONGEST_MESSAGE:
        yield f"sources: {length} characters do not fit into one message ({LONGEST_MESSAGE})"


def unlike_the_catalogue(article: Article, around: Surroundings) -> Iterator[str]:
    topic = around.topics.get(article.id)
    for name in ("title", "agency", "ours") if topic else ():
        mine, theirs = getattr(article, name), getattr(topic, name)
        if mine != theirs:
            yield f"{name}: {mine}, but the catalogue says {theirs}"


def review_due(article: Article, around: Surroundings) -> Iterator[str]:
    if article.review_due(around.today):
        yield f"should have been reviewed after {article.review_after}"


def hard_to_read(article: Article, _around: Surroundings) -> Iterator[str]:
    """Long sentences and long words tire whoever reads on a telephone."""
    text = "\n".join(article.parts.values())
    sentences = [words for piece in SENTENCE_END.split(text) if (words := piece.split())]
    words = WORD.findall(text)
    mean = sum(map(len, sentences)) / max(1, len(sentences))
    share = sum(len(word) >= LONG_WORD for word in words) / max(1, len(words))
    if mean > SENTENCE:
        yield f"hard to read: {mean:.0f} words a sentence ({SENTENCE} at most)"
    if share > LONG_WORDS:
        yield f"hard to read: {share:.0%} of the words have {LONG_WORD} letters or more ({LONG_WORDS:.0%} at most)"


ERRORS: tuple[Check, ...] = (homeless, out_of_date, claims, links, persons, too_long)
WARNINGS: tuple[Check, ...] = (unlike_the_catalogue, review_due, hard_to_read)
