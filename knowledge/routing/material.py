"""What the router learns from: lines that residents would write, by topic, category and kind of message."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from knowledge.article import Article
from knowledge.region import Region
from knowledge.routing.normalise import Lexicon, lexicon_of

FOLDER = Path(__file__).parent.parent
LEXICON = (
    "kota",
    "slang",
    "sinonim",
    "jawa",
)  # the order in which they win; `kota` makes one word of all places that are not ours
OTHER_KINDS = DANGER, STATUS, OPERATOR, GREETING, OUTSIDE = ("darurat", "status", "operator", "sapaan", "luar-topik")
ENOUGH = 12  # phrasings of a topic: with fewer, its names must do
CALM = "bukan-darurat"  # sounds like danger and is none: told apart from danger, not from a question

Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """`topics` and `categories`: id → lines. `kinds`: name of OTHER_KINDS → its lines. `calm`: what only sounds urgent."""

    topics: Mapping[str, Lines]
    categories: Mapping[str, Lines]
    kinds: Mapping[str, Lines]
    calm: Lines
    lexicon: Lexicon

    @property
    def digest(self) -> str:
        """The same for the same content, on every machine."""
        parts = (self.topics, self.categories, self.kinds, {CALM: self.calm}, self.lexicon.standard)
        whole = repr([sorted((key, value) for key, value in part.items()) for part in parts])
        return hashlib.sha256(whole.encode()).hexdigest()


def load_material(content: Path, articles: Mapping[str, Article], region: Region, folder: Path = FOLDER) -> Material:
    """Read the phrasings beside the articles (`<topic>.tsv`) and those of categories and kinds (`phrasings/`)."""
    topics = {f"{file.parent.name}/{file.stem}": _lines(file) for file in sorted(content.glob("*/*.tsv"))}
    for article in articles.values():
        written = topics.get(article.id, ()) + article.phrasings
        names = (article.title, *article.known_as) if len(written) < ENOUGH else ()
        topics[article.id] = written + names
    categories = {
        key: (*_lines(folder / "phrasings" / f"{key}.tsv"), *region.categories[key].phrasings) for key in region.categories
    }
    kinds = {name: _lines(folder / "phrasings" / f"{name}.tsv") for name in OTHER_KINDS}
    calm = _lines(folder / "phrasings" / f"{CALM}.tsv")
    return Material(dict(sorted(topics.items())), categories, kinds, calm, load_lexicon(folder / "lexicon", region))


def load_lexicon(folder: Path, region: Region) -> Lexicon:
    """The word lists; a place of ours never counts as a place elsewhere, whatever other place bears its name."""
    ours = {name.lower() for name in (region.short_name, *region.districts)}
    pairs = (pair for name in LEXICON for pair in _pairs(folder / f"{name}.tsv"))
    return lexicon_of((form, standard) for form, standard in pairs if form not in ours)


def _lines(file: Path) -> Lines:
    """The second column (the first is the register); nothing where the file is missing: a new region begins small."""
    return tuple(message for _, message, *_ in _rows(file))


def _pairs(file: Path) -> Iterable[tuple[str, str]]:
    return ((form, standard) for form, standard, *_ in _rows(file))


def _rows(file: Path) -> Iterable[list[str]]:
    if file.exists():
        for line in file.read_text(encoding="utf-8").splitlines():
            columns = line.split("\t")
            if len(columns) > 1:
                yield columns
