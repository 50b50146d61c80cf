"""Find the offices and facilities that a message names: typos, missing spaces, Javanese spelling, old names, abbreviations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.agencies import Agency
from knowledge.facilities import Facilities, Facility
from knowledge.places import words_of

MIN_FUZZY = 7  # letters: a shorter name is one typo away from everyday words, and an abbreviation must be spelt right
LONG_NAME, MOST_TYPOS = 12, 2  # letters: in a longer name two typos are forgiven
JAVANESE = (("dh", "d"), ("th", "t"), ("oe", "u"), ("tj", "c"), ("dj", "j"))  # old or Javanese letters → those of today
DOUBLED = re.compile(r"(.)\1+")


@dataclass(frozen=True, slots=True)
class Named:
    """Words start..end (end excluded) of the message name all of these ids; more than one where the name is shared."""

    start: int
    end: int
    ids: tuple[str, ...]


@lru_cache(maxsize=50_000)
def fold(word: str) -> str:
    """A word as compared: old and Javanese spelling as today's, no letter doubled."""
    for old, new in JAVANESE:
        word = word.replace(old, new)
    return DOUBLED.sub(r"\1", word)


class NameFinder:
    """Built once per region from id → names."""

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        self.by_key: dict[str, tuple[str, ...]] = {}
        self.longest = 1
        for identifier, own in names.items():
            for name in own:
                self._enter(identifier, words_of(name))
        # (first letter, length) of a word → what it may be meant for: a typo rarely hits the first letter
        self.by_shape: dict[tuple[str, int], list[str]] = {}
        for key in filter(lambda key: len(key) >= MIN_FUZZY, sorted(self.by_key)):
            for length in range(max(MIN_FUZZY, len(key) - MOST_TYPOS), len(key) + MOST_TYPOS + 1):
                if abs(length - len(key)) <= typos(length):
                    self.by_shape.setdefault((key[0], length), []).append(key)

    def _enter(self, identifier: str, words: list[str]) -> None:
        key = "".join(map(fold, words))
        if key and identifier not in self.by_key.get(key, ()):
            self.by_key[key] = (*self.by_key.get(key, ()), identifier)
            self.longest = max(self.longest, len(words) + 1)

    def find(self, text: str) -> list[Named]:
        """What the text names, left to right, the longest reading first, none overlapping. Never raises."""
        words = [fold(word) for word in words_of(text)]
        found: list[Named] = []
        at = 0
        while at < len(words):
            named = self._at(words, at)
            if named:
                found.append(named)
            at = named.end if named else at + 1
        return found

    def ids(self, text: str) -> list[str]:
        """The ids alone, each once, in the order of the text."""
        return list(dict.fromkeys(identifier for named in self.find(text) for identifier in named.ids))

    def _at(self, words: list[str], at: int) -> Named | None:
        """Exact readings before misspelt ones, long ones before short ones."""
        ends = range(min(len(words), at + self.longest), at, -1)
        keys = {end: "".join(words[at:end]) for end in ends}
        exact = next(((end, keys[end]) for end in ends if keys[end] in self.by_key), None)
        near = next(((end, key) for end in ends if (key := self._nearest(keys[end]))), None)
        # "dinas kesehatn" is a misspelt longer name, and "dinas" alone none; of two readings the longer one is meant
        best = near if near and (exact is None or near[0] > exact[0] + 1) else exact
        return Named(at, best[0], self.by_key[best[1]]) if best else None

    def _nearest(self, word: str) -> str:
        """The key within one or two typos of the word; "" for none, or when two are as near and mean different things."""
        alike = self.by_shape.get((word[0], len(word)))
        if not alike:
            return ""
        scored = process.extract(word, alike, scorer=OSA.distance, score_cutoff=typos(len(word)), limit=None)
        best = sorted((distance, key) for key, distance, _ in scored)[:2]
        clear = len(best) == 1 or (len(best) == 2 and (best[0][0] < best[1][0] or self._alike(best[0][1], best[1][1])))
        return best[0][1] if clear else ""

    def _alike(self, one: str, other: str) -> bool:
        return self.by_key[one] == self.by_key[other]


def typos(length: int) -> int:
    """How many are forgiven in a name of so many letters."""
    return MOST_TYPOS if length > LONG_NAME else 1


def agency_finder(agencies: Mapping[str, Agency]) -> NameFinder:
    return NameFinder({agency.id: agency.names for agency in agencies.values()})


def facility_finder(facilities: Facilities) -> NameFinder:
    """Facilities by their names, and by each word for their kind before what is proper to them ("pkm Taji")."""
    return NameFinder({facility.id: list(names_of(facility, facilities)) for facility in facilities.all.values()})


def names_of(facility: Facility, facilities: Facilities) -> Iterable[str]:
    kind = facilities.kinds[facility.kind]
    for name in (facility.name, *facility.aliases):
        yield name
        proper = name.casefold().removeprefix(f"{kind.label.casefold()} ")
        if proper != name.casefold():
            yield from (f"{word} {proper}" for word in kind.words)
