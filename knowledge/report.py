"""How well the articles stand: sources, age, expiry and gaps, as Markdown. Told by the files alone, the same on every day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from knowledge.article import Article, Confidence
from knowledge.topics import Topic

BEGIN, END = "<!-- report -->", "<!-- end of report -->"
NO_BASIS = "kosong"  # the catalogue's word for a topic without a sourced procedure
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)  # best first
DATES = ("verified_on", "review_after", "expires_on")


@dataclass(frozen=True, slots=True)
class Row:
    """A topic of the catalogue and its article, if it has one."""

    topic: Topic
    article: Article | None

    @property
    def best(self) -> str:
        """The confidence of its best source; "" without an article."""
        found = {source.confidence for source in self.article.sources} if self.article else set()
        return next((one for one in CONFIDENCES if one in found), "")


def report(topics: Mapping[str, Topic], articles: Mapping[str, Article]) -> str:
    """All tables, in the order of the catalogue."""
    rows = [Row(topic, articles.get(topic.id)) for topic in topics.values()]
    parts = (confidence(rows), months(rows), gaps(rows), every_topic(rows))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def confidence(rows: list[Row]) -> Iterator[str]:
    """A line for each basis of the catalogue: how many topics, and what their articles' best source is."""
    yield "### Topics by basis, and the best source of their articles"
    yield ""
    yield line("basis in the catalogue", "topics", "articles", *CONFIDENCES)
    yield line(*["---"] * (3 + len(CONFIDENCES)))
    bases = dict.fromkeys(row.topic.basis for row in rows)
    for name, some in [*((base, [row for row in rows if row.topic.basis == base]) for base in bases), ("all", rows)]:
        best = Counter(row.best for row in some)
        yield line(name or "–", len(some), len(some) - best[""], *(best[one] for one in CONFIDENCES))


def months(rows: list[Row]) -> Iterator[str]:
    """How many articles were verified, are to be reviewed and expire in each month."""
    found = [row.article for row in rows if row.article]
    counts = [Counter(f"{day:%Y-%m}" if (day := getattr(article, name)) else "never" for article in found) for name in DATES]
    yield "### Age and expiry"
    yield ""
    yield line("month", "verified", "to be reviewed", "expire")
    yield line(*["---"] * 4)
    for month in sorted(set().union(*counts)):
        yield line(month, *(count[month] for count in counts))


def gaps(rows: list[Row]) -> Iterator[str]:
    yield "### Gaps"
    yield ""
    yield listed("No article yet", [row for row in rows if not row.article])
    yield listed("No sourced procedure behind it; the article says so", [row for row in rows if row.topic.basis == NO_BASIS])


def listed(what: str, rows: list[Row]) -> str:
    return f"- {what} ({len(rows)}): {', '.join(f'`{row.topic.id}`' for row in rows) or 'none'}"


def every_topic(rows: list[Row]) -> Iterator[str]:
    yield "### Every topic"
    yield ""
    yield line("topic", "agency", "best source", "sources", "verified", "review after", "expires")
    yield line(*["---"] * 7)
    for row in rows:
        article = row.article
        told = (row.best, len(article.sources), *(getattr(article, name) or "–" for name in DATES)) if article else ["–"] * 5
        yield line(f"`{row.topic.id}`", row.topic.agency, *told)


def line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def placed(document: str, table: str) -> str:
    """The document with the report between its markers. Raises ValueError when it has none."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the markers of the report are missing")
    return f"{before}{BEGIN}\n\n{table}\n{END}{after}"
