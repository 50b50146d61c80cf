"""Claims of an article that need a source: numbers, fees, hours, dates, streets. Each must stand in what a source says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from knowledge.article import Article

NUMBER = re.compile(r"\d(?:[\d.,:/()\- ]*\d)?")
LIST_MARK = re.compile(r"^ *\d+[.)] ", re.MULTILINE)
NAME = r" +((?:[A-Z][\w.']* ?)+)"
ADDRESS = re.compile(r"https?://[^\s)>\]]+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,4}\b(?:/[^\s)>\]]*)?")


def unsourced(article: Article, street_marks: Sequence[str]) -> list[str]:
    """Numbers, streets and addresses on the net in the article's parts that no source of its says, in order.

    `street_marks`: what stands before the name of a street.
    """
    said = [text for source in article.sources for text in (*source.says, source.date)] + [article.verified_on.isoformat()]
    numbers = {number for text in said for number in numbers_of(text)}
    streets = " ".join(said).casefold()
    places = " ".join([*article.links, *said, *(source.where for source in article.sources)]).casefold()
    street = street_name(street_marks)
    return list(dict.fromkeys(missing(article.parts.values(), street, numbers, streets, places)))


def street_name(street_marks: Sequence[str]) -> re.Pattern[str]:
    """A street with its mark, the name alone as the group; matches nothing where there are no marks."""
    marks = "|".join(re.escape(mark) for mark in sorted(street_marks, key=len, reverse=True))
    return re.compile(rf"\b(?:{marks}){NAME}" if marks else r"(?!)()")


def missing(texts: Iterable[str], street_name: re.Pattern[str], numbers: set[str], streets: str, places: str) -> Iterator[str]:
    for text in texts:
        bare = ADDRESS.sub(" ", LIST_MARK.sub("", text))
        yield from (number for number in numbers_of(bare) if number not in numbers)
        yield from (street for street in map(str.strip, street_name.findall(bare)) if street.casefold() not in streets)
        yield from (address for address in addresses(text) if address.casefold() not in places)


def numbers_of(text: str) -> Iterator[str]:
    """Digits of every number, without what stands between them: "Rp 10.000" is 10000, "(0351) 891111" 0351891111.

    A row such as "08.00-14.00" or "2019/2020" also counts piece by piece, so that one of its ends may be told alone.
    """
    for found in NUMBER.findall(text):
        pieces = re.split(r"[\-/ ()]+", found)
        yield from dict.fromkeys(re.sub(r"\D", "", piece) for piece in (found, *pieces) if re.search(r"\d", piece))


def addresses(text: str) -> Iterator[str]:
    """Addresses on the net without scheme and closing punctuation."""
    for found in ADDRESS.findall(text):
        yield re.sub(r"^https?://(www\.)?", "", found).rstrip(".,;:/")
