"""What the model sees of a message: words as written, standard stems and their pairs, and letters of words.

Each kind of feature is brought to the same length, so that a long message does not outvote a short one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log, sqrt

import numpy as np

from knowledge.routing.linear import Floats, Ids, Vector
from knowledge.routing.normalise import Lexicon, stem, words_of

LETTERS = (3, 4, 5)  # lengths of the runs of letters
SHARE = {"w": 1.0, "s": 1.0, "b": 0.7, "c": 1.0, "p": 0.2}  # length of each kind: words, stems, pairs, letters, punctuation
LEAST_LINES = 2  # a feature of a single line tells nothing about another one

remembered = lru_cache(maxsize=50_000)


@remembered
def letters(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    return tuple("c" + padded[at : at + size] for size in LETTERS for at in range(len(padded) - size + 1))


remembered_stem = remembered(stem)


def features(text: str, lexicon: Lexicon) -> Counter[str]:
    """Feature → in how many words. Never raises."""
    return Counter(name for kind, words in seen(text, lexicon) for word in words for name in names_of(kind, word))


def seen(text: str, lexicon: Lexicon) -> tuple[tuple[str, Collection[str]], ...]:
    """By kind, each word once: as written, stems, pairs of stems, words whose letters count (written, other standard ones)."""
    written = words_of(text)
    standard = lexicon.translate(written)
    stems = [remembered_stem(word) for word in standard]
    pairs = [f"{one} {other}" for one, other in pairwise(stems)]
    own = dict.fromkeys(written)
    mark = ("?",) if "?" in text else ()
    return ("w", own), ("s", dict.fromkeys(stems)), ("b", dict.fromkeys(pairs)), ("c", own | dict.fromkeys(standard)), ("p", mark)


def names_of(kind: str, word: str) -> tuple[str, ...]:
    """The features of a word in one kind."""
    return letters(word) if kind == "c" else (kind + word,)


@dataclass(frozen=True, slots=True)
class Piece:
    """What one word tells in one kind: its known features, how much they weigh, and how many were never seen."""

    ids: Ids
    unknown: int


class Space:
    """The features that training lines share, each with its weight: the rarer, the heavier.

    A message is the sum of its words, each kind of feature brought to its share of the length. What was never seen counts in
    the length: a message of strange words stays quiet, however its few known ones shout.
    """

    def __init__(self, lexicon: Lexicon, names: Sequence[str], weights: Floats) -> None:
        self.lexicon = lexicon
        self.names = list(names)
        self.weights = weights
        self._strange = float(weights.max(initial=1.0)) ** 2
        self._numbers = {name: number for number, name in enumerate(names)}

    @property
    def size(self) -> int:
        return len(self.names)

    def piece(self, kind: str, word: str) -> Piece:
        names = names_of(kind, word)
        known = [self._numbers[name] for name in names if name in self._numbers]
        return Piece(np.array(known, np.int64), len(names) - len(known))

    def square(self, piece: Piece) -> float:
        """What a word adds to the squared length of its kind."""
        weights = self.weights[piece.ids]
        return float(weights @ weights) + piece.unknown * self._strange

    def vector(self, text: str) -> Vector:
        """Numbers and amounts of the known features; empty where none is known."""
        ids, amounts = [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
        for kind, words in seen(text, self.lexicon):
            pieces = [self.piece(kind, word) for word in words]
            scale = scale_of(kind, sum(map(self.square, pieces)))
            ids += [piece.ids for piece in pieces]
            amounts += [np.float32(scale) * self.weights[piece.ids] for piece in pieces]
        once, where = np.unique(np.concatenate(ids), return_inverse=True)
        return once, np.bincount(where, np.concatenate(amounts), minlength=len(once)).astype(np.float32)


def scale_of(kind: str, squares: float) -> float:
    """What brings a kind of feature to its share of the length."""
    return SHARE[kind] / sqrt(squares) if squares else 0.0


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
