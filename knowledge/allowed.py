"""What an article of this region may name: the hosts it may send residents to, and officials only by their office."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from knowledge.claims import street_name
from knowledge.region import Region
from knowledge.tables import Table, read_toml, texts_of

RUN = r"\.?((?: +[A-Z][\w'’/-]*)+)"  # words with a capital, up to a mark that ends them
WORD = re.compile(r"\w+")
NAMED = 2  # words of a name that nobody takes for an office


@dataclass(frozen=True, slots=True)
class Allowed:
    """`hosts`: with all below them. `titles`, `honorifics`: as they stand before a name. `known`: words of no person's name."""

    hosts: tuple[str, ...]
    titles: tuple[str, ...]
    honorifics: tuple[str, ...]
    known: frozenset[str]
    street_marks: tuple[str, ...]

    def host(self, address: str) -> bool:
        """Whether residents may be sent to the address, with or without its scheme."""
        host = urlsplit(address if "://" in address else f"//{address}").hostname or ""
        return any(host == one or host.endswith(f".{one}") for one in self.hosts)

    def persons(self, text: str) -> Iterator[str]:
        """What reads like the name of an official, without the names of streets."""
        bare = street_name(self.street_marks).sub(" ", text.replace("**", ""))
        for run in re.findall(rf"\b(?:{_any(self.titles)})\b{RUN}", bare):
            yield from self._unknown(run.split())
        yield from re.findall(rf"(?<!\w)(?:{_any(self.honorifics)}) +[A-Z][a-z]+", bare)

    def _unknown(self, words: list[str]) -> Iterator[str]:
        """Neighbours in a run of words that name no office, no place and are no abbreviation."""
        for pair in pairwise(words):
            if not any(word.isupper() or self.known & set(_parts(word)) for word in pair):
                yield " ".join(pair)


def load_allowed(folder: Path, region: Region) -> Allowed:
    """links.toml and officials.toml of a region; without the one no host is allowed, without the other no title known.

    Raises RegionError.
    """
    links, officials = _table(folder / "links.toml"), _table(folder / "officials.toml")
    return Allowed(
        hosts=texts_of(links, "hosts", folder / "links.toml"),
        titles=texts_of(officials, "titles", folder / "officials.toml"),
        honorifics=texts_of(officials, "honorifics", folder / "officials.toml"),
        known=_known(region) | set(_parts(" ".join(texts_of(officials, "not_names", folder / "officials.toml")))),
        street_marks=region.words.street_marks,
    )


def _table(file: Path) -> Table:
    return read_toml(file) if file.exists() else {}


def _known(region: Region) -> frozenset[str]:
    """The words of all offices and places of the region."""
    agencies = (name for one in region.agencies.values() for name in (one.name, one.short, *one.aliases))
    places = (region.name, region.short_name, *region.districts, *(village.name for village in region.villages))
    return frozenset(word for name in (*agencies, *places) for word in _parts(name))


def _parts(words: str) -> list[str]:
    return WORD.findall(words.casefold())


def _any(words: tuple[str, ...]) -> str:
    """One of the words, as a pattern; none of them matches nothing."""
    return "|".join(re.escape(word) for word in words) or "(?!)"
