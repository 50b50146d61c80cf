"""What the words tell beside the matter: which part of an answer they ask for, thanks, distress, and the language they are in."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from knowledge.article import Article
from knowledge.routing.features import remembered, remembered_stem
from knowledge.routing.lexicon import FOLDER, Phrase, PhraseBook, rows
from knowledge.routing.normalise import Lexicon, words_of

GOES_ON = "+"  # stands in parts.tsv instead of a part
NO_DISTRESS = "none"  # stands in distress.tsv where words take others back
FEW = 6  # words that a question may have that only makes sense after an answer
REMEMBERED = 256  # messages
COURTEOUS = 8  # words that thanks may have
TELLING = 2  # words that must speak for a language
INDONESIAN, JAVANESE, ENGLISH = "id", "jv", "en"


class Distress(StrEnum):
    """What needs a gentle answer and a person."""

    SUICIDE = "suicide"
    VIOLENCE = "violence"


@dataclass(frozen=True, slots=True)
class Asked:
    """A short message, in stems. `part`: what it asks for ("" = none), by `words`; `rest`: what tells of a matter besides."""

    part: str
    words: frozenset[str]
    goes_on: bool
    rest: frozenset[str]

    @property
    def incomplete(self) -> bool:
        """Whether it only makes sense after something else."""
        return bool(self.part) or self.goes_on


class Ear:
    """Word lists as data; all of them are compared as stems of standard words. Nothing here raises on a string."""

    def __init__(self, standard: Lexicon, folder: Path = FOLDER) -> None:
        cues = tomllib.loads((folder / "cues.toml").read_text(encoding="utf-8"))
        self.standard = standard
        self._stems = lru_cache(maxsize=REMEMBERED)(self._cut)  # one message is listened to several times
        self._standard_stems = remembered(self._cut_word)
        self.parts = {self._phrase(words): part for part, words in reversed(list(rows(folder / "parts.tsv", columns=2)))}
        self.part_book = PhraseBook(self.parts)
        self.distress = {self._phrase(words): _distress(kind) for kind, words in rows(folder / "distress.tsv", columns=2)}
        self.distress_book = PhraseBook(self.distress)
        self.stop, self.thanks, self.courtesy = (self._all(cues[name]) for name in ("stop", "thanks", "courtesy"))
        self.telling = _telling(folder, cues["stop"])

    def _cut(self, text: str) -> tuple[str, ...]:
        """Standard words cut to stems; where only the stem has a standard word, that one's."""
        return tuple(stem for word in self.standard.words_of(text) for stem in self._standard_stems(word))

    def _cut_word(self, word: str) -> tuple[str, ...]:
        stem = remembered_stem(word)
        return tuple(remembered_stem(standard) for standard in self.standard.standard.get(stem, stem).split())

    def _phrase(self, text: str) -> Phrase:
        return self._stems(text)

    def _all(self, lines: Iterable[str]) -> frozenset[str]:
        """The words of the lines, as written and as stems."""
        return frozenset(word for line in lines for word in (*words_of(line), *self._stems(line)))

    def asked(self, text: str) -> Asked | None:
        """What a short message asks for; None for a longer one. Of several phrases the longest wins, then the first one."""
        if len(words_of(text)) > FEW:
            return None
        stems = self._stems(text)
        said = self.part_book.said(stems)
        ranked = sorted((phrase for phrase in reversed(self.parts) if phrase in said), key=len, reverse=True)
        best = next((phrase for phrase in ranked if self.parts[phrase] != GOES_ON), ())
        goes_on = any(self.parts[phrase] == GOES_ON and stems[: len(phrase)] == phrase for phrase in ranked)
        rest = frozenset(stems) - self.stop - {word for phrase in ranked for word in phrase}
        return Asked(self.parts[best] if best else "", frozenset(best), goes_on, rest)

    def mentioned(self, words: frozenset[str], article: Article) -> str:
        """The first part of the article in which all of the stems stand; "" for none, and for no words."""
        return next((name for name, text in article.parts.items() if words and words <= set(self._stems(text))), "")

    def is_thanks(self, text: str) -> bool:
        """Nothing but thanks or a goodbye, with what courtesy adds."""
        words = words_of(text)
        if len(words) > COURTEOUS or self.thanks.isdisjoint(words):
            return False
        polite = self.thanks | self.courtesy
        return all(self._among(word, polite) for word in words)

    def _among(self, word: str, known: frozenset[str]) -> bool:
        return word in known or known.issuperset(self._stems(word))

    def distress_in(self, text: str) -> Distress | None:
        """The first of the kinds that the words name: what is said to a suicidal person must fit before all else."""
        said = self.distress_book.said(self._stems(text))
        calm = [set(phrase) for phrase in said if self.distress[phrase] is None]
        meant = {self.distress[phrase] for phrase in said if not any(words.issuperset(phrase) for words in calm)}
        return next((kind for kind in Distress if kind in meant), None)

    def language_of(self, text: str) -> str | None:
        """The language that the telling words are in; None where they are few or balanced."""
        return spoken(words_of(text), self.telling)


def _distress(kind: str) -> Distress | None:
    """The kind of a line in distress.tsv; None for words that take others back. Raises ValueError on an unknown kind."""
    return None if kind == NO_DISTRESS else Distress(kind)


def spoken(words: Sequence[str], telling: dict[str, str]) -> str | None:
    """The language of most of the telling words, at least TELLING of them, and more than of the others together."""
    told = [telling[word] for word in words if word in telling]
    if len(told) < TELLING:
        return None
    best = max(INDONESIAN, JAVANESE, ENGLISH, key=told.count)
    count = told.count(best)
    return best if count >= TELLING and count > len(told) - count else None


def _telling(folder: Path, stop: Iterable[str]) -> dict[str, str]:
    """Words that only one of the languages writes → that language. Javanese: what stands in no other list, nor is a standard
    word."""
    slang, synonyms, javanese = (list(_pairs(folder / f"{name}.tsv")) for name in ("slang", "sinonim", "jawa"))
    standard = {word for _, line in (*slang, *synonyms, *javanese) for word in words_of(line)}
    everyday = {word for line in stop for word in words_of(line)}
    informal = {form for form, _ in slang}
    jv = {word for form, _ in javanese for word in words_of(form)} - standard - informal
    id_ = (everyday | {form for form, word in slang if word in everyday}) - jv
    en = {word for (word,) in rows(folder / "english.tsv", columns=1)} - jv - standard
    return dict.fromkeys(id_ - en, INDONESIAN) | dict.fromkeys(jv, JAVANESE) | dict.fromkeys(en, ENGLISH)


def _pairs(file: Path) -> Iterable[tuple[str, str]]:
    return ((cells[0], cells[1]) for line in file.read_text(encoding="utf-8").splitlines() if len(cells := line.split("\t")) > 1)
