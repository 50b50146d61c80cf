"""The words the router knows: everyday spellings and Javanese → one standard word, cue words, commands, emergencies."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "lexicon"
MAX_CHARS = 500  # of a message that are read
MAX_GAP = 2  # words that may stand between two words of a phrase
WORDS_REMEMBERED = 50_000
MIN_STEM = 4  # letters that must remain when an ending is cut off
WORD = re.compile(r"\w+")
HIDDEN = ("Mn", "Cf")  # accents; zero-width and direction signs
DRAWN_OUT = re.compile(r"(\D)\1{2,}")

CUES = ("question", "complaint", "calm", "urgent", "operator", "status", "outside")
WORD_LISTS = ("stop", "greet")
CERTAINTIES = ("pasti", "mungkin")

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Danger:
    """What a phrase of danger tells. `category` "" when none is obvious. `certain`: no cue of calm takes it back."""

    category: str
    certain: bool


@dataclass(frozen=True)
class Spelling:
    """`standard`: everyday or Javanese spelling → standard word or words. `endings` are cut off what is left over."""

    standard: dict[str, str]
    endings: tuple[str, ...]

    def words(self, text: str) -> list[str]:
        """The standard words of a text, in order. Never raises."""
        return [standard for word in WORD.findall(plain(text)) for standard in self._standard_words(word)]

    @cached_property
    def _standard_words(self) -> Callable[[str], tuple[str, ...]]:
        """One word as standard words, remembered: residents use the same ones again and again."""
        return lru_cache(maxsize=WORDS_REMEMBERED)(lambda word: tuple(self.standardise(word).split()))

    def standardise(self, word: str) -> str:
        """One word as its standard, which may be several words ("rs" is two)."""
        known = self.standard.get(word)
        if known is not None:
            return known
        stem = next((word.removesuffix(e) for e in self.endings if word.endswith(e)), word)
        return self.standard.get(stem, stem) if len(stem) >= MIN_STEM else word


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All words are standard words, as `spelling.words` returns them. `dangers`: phrase → what it tells."""

    spelling: Spelling
    stop: frozenset[str]
    greet: frozenset[str]
    books: dict[str, PhraseBook]
    dangers: dict[Phrase, Danger]
    danger_book: PhraseBook

    def words(self, text: str) -> list[str]:
        return self.spelling.words(text)

    def count(self, cue: str, words: Sequence[str]) -> int:
        """How many phrases of one list in cues.toml the words say."""
        return len(self.books[cue].said(words))

    def dangers_in(self, words: Sequence[str]) -> list[Danger]:
        """What the words tell of danger, in the order of danger.tsv."""
        said = self.danger_book.said(words)
        return [danger for phrase, danger in self.dangers.items() if phrase in said] if said else []


def plain(text: str) -> str:
    """The first MAX_CHARS characters in lower case, without accents, invisible signs and drawn-out letters."""
    visible = text[:MAX_CHARS]
    if not visible.isascii():
        folded = unicodedata.normalize("NFKD", visible)
        visible = "".join(c for c in folded if unicodedata.category(c) not in HIDDEN)[:MAX_CHARS]
    return DRAWN_OUT.sub(r"\1", visible.casefold())


class PhraseBook:
    """Phrases by their first word, so that a message is only compared with those that can begin in it."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self.by_first: dict[str, tuple[Phrase, ...]] = {}
        for phrase in filter(None, dict.fromkeys(phrases)):
            self.by_first[phrase[0]] = (*self.by_first.get(phrase[0], ()), phrase)

    def said(self, words: Sequence[str]) -> set[Phrase]:
        """The phrases that stand in the words, in order, with at most MAX_GAP words between two of their own."""
        if self.by_first.keys().isdisjoint(words):
            return set()
        starts = ((at, self.by_first[word]) for at, word in enumerate(words) if word in self.by_first)
        return {phrase for at, phrases in starts for phrase in phrases if follows(words, phrase[1:], at)}


def follows(words: Sequence[str], rest: Phrase, at: int) -> bool:
    for word in rest:
        window = words[at + 1 : at + 2 + MAX_GAP]
        if word not in window:
            return False
        at += 1 + window.index(word)
    return True


@cache
def load_lexicon(folder: Path = FOLDER) -> Lexicon:
    """Read words.tsv, cues.toml and danger.tsv. Raises OSError, ValueError or KeyError on a broken file."""
    cues = tomllib.loads((folder / "cues.toml").read_text(encoding="utf-8"))
    spelling = Spelling(dict(rows(folder / "words.tsv", columns=2)), tuple(cues["endings"]))
    phrases = {key: [tuple(spelling.words(line)) for line in cues[key]] for key in (*CUES, *WORD_LISTS)}
    dangers = read_dangers(folder / "danger.tsv", spelling)
    return Lexicon(
        spelling=spelling,
        stop=frozenset(word for phrase in phrases["stop"] for word in phrase),
        greet=frozenset(word for phrase in phrases["greet"] for word in phrase),
        books={key: PhraseBook(phrases[key]) for key in CUES},
        dangers=dangers,
        danger_book=PhraseBook(dangers),
    )


def read_dangers(file: Path, spelling: Spelling) -> dict[Phrase, Danger]:
    """Phrase → danger. Raises ValueError on a certainty that is neither of the two."""
    dangers: dict[Phrase, Danger] = {}
    for words, category, certainty in rows(file, columns=3):
        if certainty not in CERTAINTIES:
            raise ValueError(f"{file}: {words}: {certainty!r} is none of {', '.join(CERTAINTIES)}")
        dangers[tuple(spelling.words(words))] = Danger(category.strip("- "), certainty == CERTAINTIES[0])
    return dangers


def rows(file: Path, *, columns: int) -> Iterator[list[str]]:
    """The rows of a tab-separated file; empty lines and # comments are left out. Raises ValueError with the line."""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != columns:
            raise ValueError(f"{file}: line {number}: needs {columns} columns")
        yield cells
