"""A message as two lists of words side by side: as written, and as standard Indonesian.

Replacing words blindly would hurt: an unknown Javanese word, a name or a typo keeps its own form in the first list.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

MAX_CHARS = 800  # of a message that are read: the matter stands at the beginning of a long story
LONGEST_FORM = 3  # words of the longest entry of the lexicon
REMEMBERED = 256  # messages: one is looked at from several sides
MIN_STEM = 4  # letters that must remain when an affix is cut off
WORD = re.compile(r"\w+")
REDUPLICATED = re.compile(r"\b([^\W\d]{2,})(?:2|²)(?=\b|[a-z])")  # "kata2", "tanya2nya"
DRAWN_OUT = re.compile(r"([^\W\d])\1{2,}")  # "tuluuung"
HIDDEN = ("Mn", "Cf")  # accents, zero-width and direction signs
SUFFIXES = ("nipun", "ipun", "kaken", "aken", "akan", "ake", "kan", "nya", "kne", "ne", "an", "en", "i", "e")
PREFIXES = (
    "dipun",
    "meng",
    "meny",
    "mem",
    "men",
    "ngge",
    "nge",
    "peng",
    "pem",
    "pen",
    "ber",
    "ter",
    "di",
    "ke",
    "me",
    "ng",
    "ny",
    "pe",
    "se",
    "tak",
    "kok",
)


@dataclass(frozen=True)
class Lexicon:
    """`standard`: a spelling, slang or Javanese form (one to three words) → the standard words that it stands for."""

    standard: Mapping[str, str]

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """First words of entries of several words."""
        return frozenset(form.split()[0] for form in self.standard if " " in form)

    @cached_property
    def words_of(self) -> Callable[[str], tuple[str, ...]]:
        """The standard words of a message."""
        return lru_cache(maxsize=REMEMBERED)(lambda text: tuple(self.translate(words_of(text))))

    def translate(self, words: Sequence[str]) -> list[str]:
        """The standard words; the longest entry wins, and what no entry knows stays."""
        found: list[str] = []
        at = 0
        while at < len(words):
            length, standard = self._longest(words, at)
            found.extend(standard.split())
            at += length
        return found

    def _longest(self, words: Sequence[str], at: int) -> tuple[int, str]:
        if words[at] in self.beginnings:
            for length in range(min(LONGEST_FORM, len(words) - at), 1, -1):
                standard = self.standard.get(" ".join(words[at : at + length]))
                if standard is not None:
                    return length, standard
        return 1, self.standard.get(words[at], words[at])


@lru_cache(maxsize=REMEMBERED)
def words_of(text: str) -> tuple[str, ...]:
    """The words as written: lower case, without accents and hidden signs, drawn-out letters shortened. Never raises."""
    decomposed = text[:MAX_CHARS].lower()
    if not decomposed.isascii():
        decomposed = unicodedata.normalize("NFKD", decomposed)
        decomposed = "".join(char for char in decomposed if unicodedata.category(char) not in HIDDEN)
    return tuple(word for written in WORD.findall(decomposed) for word in shortened(written))


@lru_cache(maxsize=50_000)
def shortened(word: str) -> tuple[str, ...]:
    """A word without drawn-out letters; "kata2" is twice the word."""
    return tuple(REDUPLICATED.sub(r"\1 \1 ", DRAWN_OUT.sub(r"\1", word)).split())


def stem(word: str) -> str:
    """Without one suffix and one prefix, Indonesian or Javanese, as far as enough of the word remains."""
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= MIN_STEM:
            word = word[: -len(suffix)]
            break
    for prefix in PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= MIN_STEM:
            return word[len(prefix) :]
    return word


def lexicon_of(pairs: Iterable[tuple[str, str]]) -> Lexicon:
    """Later pairs give way to earlier ones; chains (slang → Javanese → Indonesian) are followed once."""
    first: dict[str, str] = {}
    for form, standard in pairs:
        first.setdefault(form, standard)
    return Lexicon({form: first.get(standard, standard) for form, standard in first.items() if form != standard})
