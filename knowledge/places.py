"""Find the villages and districts that a message names, typos and missing spaces included."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rapidfuzz.distance import OSA

MAX_CHARS = 500
MIN_FUZZY = 5  # letters: a shorter name is one typo away from half the dictionary, so it must be spelt right
FREE_FUZZY = 7  # letters: a shorter misspelt name counts only after a place word ("durung" is no Duyung)
LONG_NAME = 9  # letters: from here two typos are forgiven
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Village:
    """`code` as in the national list (35.20.01.1005), `kind` "desa" or "kelurahan", `district` its kecamatan."""

    code: str
    name: str
    kind: str
    district: str


@dataclass(frozen=True, slots=True)
class Words:
    """The words around place names in this region, all lower-case except the two labels and the abbreviation.

    `village_marks`, `district_marks`: words before a name ("desa", "kec"). `ordinary`: names that are everyday words
    and count only after a mark. `not_places`: everyday words that look like a misspelt name. `elsewhere`: places of
    other regencies. `street_marks`: what stands before the name of a street, as written ("Jl."). `contact`:
    words for an address or a telephone.
    """

    desa: str
    kelurahan: str
    district: str
    village_marks: frozenset[str]
    district_marks: frozenset[str]
    ordinary: frozenset[str]
    not_places: frozenset[str]
    elsewhere: tuple[str, ...]
    street_marks: tuple[str, ...] = ()
    contact: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Mention:
    """Words start..end (end excluded) name `key`, a name without spaces; `marked` tells which mark stood before."""

    start: int
    end: int
    key: str
    marked: str = ""  # "village" | "district" | ""


def squash(name: str) -> str:
    """A name as compared: lower-case letters and digits only."""
    return "".join(WORD.findall(name.casefold()))


def words_of(text: str) -> list[str]:
    return WORD.findall(text[:MAX_CHARS].casefold())


@dataclass(slots=True)
class PlaceFinder:
    """Built once per region; all look-ups are on precomputed names."""

    villages: tuple[Village, ...]
    districts: tuple[str, ...]
    words: Words
    by_key: dict[str, tuple[Village, ...]] = field(init=False)
    district_by_key: dict[str, str] = field(init=False)
    by_initial: dict[str, tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self.by_key = {}
        for village in self.villages:
            key = squash(village.name)
            self.by_key[key] = (*self.by_key.get(key, ()), village)
        self.district_by_key = {squash(name): name for name in self.districts}
        self.by_initial = by_initial({*self.by_key, *self.district_by_key} - self.words.ordinary)

    def villages_named(self, name: str) -> tuple[Village, ...]:
        return self.by_key.get(squash(name), ())

    def villages_in(self, text: str) -> tuple[Village, ...]:
        """The villages named, in the order of the text; namesakes all of them, unless their district is named too."""
        mentions = self.mentions(text)
        found = [v for m in mentions if m.marked != "district" for v in self.by_key.get(m.key, ())]
        marked = {self.district_by_key[m.key] for m in mentions if m.marked == "district"}
        bare = {self.district_by_key[m.key] for m in mentions if m.key in self.district_by_key} - marked
        beside = bare & {v.district for v in found if squash(v.district) != squash(v.name)}
        own = {m.key for m in mentions if m.marked == "village"}  # "desa Panekan" stays a village, whatever stands beside
        villages = [v for v in found if squash(v.name) in own or self.district_by_key.get(squash(v.name)) not in beside]
        return tuple(dict.fromkeys(v for v in villages if self.stands(v, marked | beside)))

    def stands(self, village: Village, districts: set[str]) -> bool:
        """Of namesakes, only those in a district that the text names, if there are any."""
        named = {v.district for v in self.by_key[squash(village.name)]} & districts
        return not named or village.district in named

    def district_in(self, text: str) -> str | None:
        """The district named after a district mark, else a bare name that no village bears."""
        mentions = self.mentions(text)
        marked = [m.key for m in mentions if m.marked == "district"]
        bare = [m.key for m in mentions if not m.marked and m.key not in self.by_key]
        return next((self.district_by_key[key] for key in (*marked, *bare) if key in self.district_by_key), None)

    def mentions(self, text: str) -> list[Mention]:
        """Every name in the text, left to right, the longest reading first, none overlapping."""
        words = words_of(text)
        found: list[Mention] = []
        at = 0
        while at < len(words):
            mention = self.mention_at(words, at)
            if mention:
                found.append(mention)
            at = mention.end if mention else at + 1
        return found

    def mention_at(self, words: list[str], at: int) -> Mention | None:
        before = words[at - 1] if at else ""
        marked = self.mark(before)
        free = bool(marked) or len(words) == 1 or self.located(words, at)  # may an everyday word be a name here?
        for key, end in self.readings(words, at, free=free):
            if marked == "district" and key not in self.district_by_key:
                continue
            return Mention(at, end, key, marked)
        return None

    def located(self, words: list[str], at: int) -> bool:
        """Does the village's own district follow, as in "Terung Panekan" or "Semen kec. Nguntoronadi"?"""
        after = [word for word in words[at + 1 : at + 3] if word not in self.words.district_marks]
        return bool(after) and any(squash(v.district) == after[0] for v in self.by_key.get(words[at], ()))

    def mark(self, word: str) -> str:
        if word in self.words.district_marks:
            return "district"
        return "village" if word in self.words.village_marks else ""

    def readings(self, words: list[str], at: int, *, free: bool) -> Iterator[tuple[str, int]]:
        """(key, end) of names that may begin at this word: two words before one, exact before misspelt."""
        pair = "".join(words[at : at + 2]) if at + 1 < len(words) else ""
        one = words[at]
        if self.known(pair):
            yield pair, at + 2
        if self.known(one) and (free or one not in self.words.ordinary):
            yield one, at + 1
        elif not self.known(one):
            yield from self.misspelt(pair, one, at, least=MIN_FUZZY if free else FREE_FUZZY)

    def misspelt(self, pair: str, one: str, at: int, *, least: int) -> Iterator[tuple[str, int]]:
        # a pair only when it is long: two everyday words side by side resemble a short name too easily
        long_pair = nearest(pair, self.by_initial, limit=1) if len(pair) > LONG_NAME else ""
        if long_pair and not self.everyday(one):
            yield long_pair, at + 2
        single = "" if self.everyday(one) else nearest(one, self.by_initial, limit=2 if len(one) > LONG_NAME else 1)
        if len(single) >= least:
            yield single, at + 1

    def known(self, key: str) -> bool:
        return key in self.by_key or key in self.district_by_key

    def everyday(self, word: str) -> bool:
        return word in self.words.not_places or word in self.words.elsewhere or bool(self.mark(word))


def by_initial(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Names long enough for typos, under their first letter: a typo rarely hits the first letter."""
    groups: dict[str, list[str]] = {}
    for name in sorted(names):
        if len(name) >= MIN_FUZZY:
            groups.setdefault(name[0], []).append(name)
    return {initial: tuple(group) for initial, group in groups.items()}


def nearest(word: str, groups: dict[str, tuple[str, ...]], *, limit: int) -> str:
    """The name within `limit` typos of the word, "" when there is none or when two are as near."""
    if len(word) < MIN_FUZZY:
        return ""
    scored = [(OSA.distance(word, name, score_cutoff=limit), name) for name in groups.get(word[0], ())]
    best = sorted(pair for pair in scored if pair[0] <= limit)[:2]
    clear = len(best) == 1 or (len(best) == 2 and best[0][0] < best[1][0])
    return best[0][1] if clear else ""
