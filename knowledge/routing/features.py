"""What the model sees of a message: words as written, standard stems and their pairs, and letters of words.

Each kind of feature is brought to the same length, so that a long message does not outvote a short one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from math import log

import numpy as np

from knowledge.routing.linear import Floats, Ids, Vector
from knowledge.routing.normalise import Lexicon, stem, words_of

LETTERS = (3, 4, 5)  # lengths of the runs of letters
KINDS = "wsbcp"  # word as written, stem, pair of stems, letters, punctuation: in the order of `seen`
SHARE = np.array((1.0, 1.0, 0.7, 1.0, 0.2), np.float32)  # length of each kind, in the order of KINDS
MOST_REMEMBERED = 50_000  # words
LEAST_LINES = 2  # a feature of a single line tells nothing about another one

remembered = lru_cache(maxsize=50_000)


@remembered
def letters(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    return tuple("c" + padded[at : at + size] for size in LETTERS for at in range(len(padded) - size + 1))


remembered_stem = remembered(stem)


def features(text: str, lexicon: Lexicon) -> Counter[str]:
    """Feature → how often. Never raises."""
    written, stems, pairs, spelled = seen(text, lexicon)
    found = Counter("w" + word for word in written)
    found.update("s" + word for word in stems)
    found.update("b" + pair for pair in pairs)
    for word in spelled:
        found.update(letters(word))
    if "?" in text:
        found["p?"] = 1
    return found


def seen(text: str, lexicon: Lexicon) -> tuple[list[str], list[str], list[str], list[str]]:
    """Words as written, stems, pairs of stems, and the words whose letters count: as written, and other standard ones."""
    written = words_of(text)
    standard = lexicon.translate(written)
    stems = [remembered_stem(word) for word in standard]
    pairs = [f"{one} {other}" for one, other in pairwise(stems)]
    known = set(written)
    return written, stems, pairs, [*written, *(word for word in dict.fromkeys(standard) if word not in known)]


@dataclass(slots=True)
class Found:
    """Features of a message: numbers of the known ones (with repeats), and how many of each kind were never seen."""

    numbers: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=lambda: [0] * len(KINDS))


class Space:
    """The features that training lines share, each with its weight: the rarer, the heavier."""

    def __init__(self, lexicon: Lexicon, names: Sequence[str], weights: Floats) -> None:
        self.lexicon = lexicon
        self.names = list(names)
        self.weights = weights
        self._heaviest = float(weights.max(initial=1.0))
        self._numbers = {name: number for number, name in enumerate(names)}
        self._kinds = np.array([KINDS.index(name[0]) for name in names], np.int64)
        self._remembered: dict[tuple[int, str], tuple[list[int], int]] = {}

    @property
    def size(self) -> int:
        return len(self.names)

    def knows_a_word(self, ids: Ids) -> bool:
        """Whether any whole word is among the features, not only letters of one."""
        return bool(np.any(self._kinds[ids] < KINDS.index("b")))

    def vector(self, text: str) -> Vector:
        """Numbers and amounts of the known features; empty where none is known.

        What was never seen counts in the length: a message of strange words stays quiet, however its few known ones shout.
        """
        found = self._found(text)
        if not found.numbers:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        ids, counts = np.unique(np.array(found.numbers, np.int64), return_counts=True)
        amounts = (1 + np.log(counts.astype(np.float32))) * self.weights[ids]
        return ids, self._even(ids, amounts, np.array(found.unknown))

    def _found(self, text: str) -> Found:
        written, stems, pairs, spelled = seen(text, self.lexicon)
        found = Found()
        for kind, words in enumerate((written, stems, pairs, spelled)):
            for word in words:
                numbers, unknown = self._of_word(kind, word)
                found.numbers += numbers
                found.unknown[kind] += unknown
        if "?" in text and "p?" in self._numbers:
            found.numbers.append(self._numbers["p?"])
        return found

    def _of_word(self, kind: int, word: str) -> tuple[list[int], int]:
        """The numbers of a word's known features of one kind, and how many are unknown; remembered, as words come again."""
        known = self._remembered.get((kind, word))
        if known is None:
            names = letters(word) if KINDS[kind] == "c" else (KINDS[kind] + word,)
            numbers = [self._numbers[name] for name in names if name in self._numbers]
            known = numbers, len(names) - len(numbers)
            if len(self._remembered) < MOST_REMEMBERED:
                self._remembered[kind, word] = known
        return known

    def _even(self, ids: Ids, amounts: Floats, unknown: Ids) -> Floats:
        """Every kind of feature brought to its share of the length."""
        kinds = self._kinds[ids]
        squares = np.bincount(kinds, amounts * amounts, minlength=len(KINDS)) + unknown * self._heaviest**2
        scale = np.divide(SHARE, np.sqrt(squares), out=np.zeros(len(KINDS)), where=squares > 0)
        return (amounts * scale[kinds]).astype(np.float32)


def space_of(lines: Iterable[Counter[str]], lexicon: Lexicon) -> Space:
    """The space of training lines, given by their features."""
    counted: Counter[str] = Counter()
    total = 0
    for line in lines:
        counted.update(line.keys())
        total += 1
    names = [name for name, lines_with in counted.items() if lines_with >= LEAST_LINES]
    weights = np.array([log((1 + total) / (1 + counted[name])) + 1 for name in names], np.float32)
    return Space(lexicon, names, weights)
