"""What the model sees of a message: words as written, standard stems and their pairs, and letters of words.

Each kind of feature is brought to the same length, so that a long message does not outvote a short one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import sqrt

import numpy as np

from knowledge.routing.linear import Floats, Ids, Vector
from knowledge.routing.normalise import Lexicon, stem, words_of

RUNS = (3, 4, 5)  # lengths of the runs of letters
WHOLE, LETTERS = "ws", "c"  # kinds of features that are whole words; the one of runs of letters
SHARE = {"w": 1.0, "s": 1.0, "b": 0.7, "c": 1.0, "p": 0.6}  # length of each kind: words, stems, pairs, letters, form
MARKS = "?!.,"
LENGTH_STEP, LENGTHS = 4, 5  # words to a class of length, and classes

remembered = lru_cache(maxsize=50_000)


@remembered
def letters(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    return tuple(LETTERS + padded[at : at + size] for size in RUNS for at in range(len(padded) - size + 1))


remembered_stem = remembered(stem)


def seen(text: str, lexicon: Lexicon) -> tuple[tuple[str, Collection[str]], ...]:
    """By kind, each once: words as written, stems, pairs of stems, words whose letters count, and the form of the sentence."""
    written, standard = words_of(text), lexicon.words_of(text)
    stems = [remembered_stem(word) for word in standard]
    pairs = [f"{one} {other}" for one, other in pairwise(stems)]
    own = dict.fromkeys(written)
    return (
        ("w", own),
        ("s", dict.fromkeys(stems)),
        ("b", dict.fromkeys(pairs)),
        ("c", own | dict.fromkeys(standard)),
        ("p", form(text, stems, pairs)),
    )


def stems_of(text: str, lexicon: Lexicon) -> list[str]:
    return [remembered_stem(word) for word in lexicon.words_of(text)]


def form(text: str, stems: Sequence[str], pairs: Sequence[str]) -> list[str]:
    """How the sentence begins and ends, its marks and length: they tell a question from a complaint on the same matter."""
    marks = [mark for mark in MARKS if mark in text]
    ends = [f"^{stems[0]}", f"{stems[-1]}$", f"#{min(LENGTHS, len(stems) // LENGTH_STEP)}"] if stems else []
    return marks + ends + ([f"^{pairs[0]}", f"{pairs[-1]}$"] if pairs else [])


def names_of(kind: str, word: str) -> tuple[str, ...]:
    """The features of a word in one kind."""
    return letters(word) if kind == LETTERS else (kind + word,)


@dataclass(frozen=True, slots=True)
class Piece:
    """A word in one kind: its known features, their weights, and what all of them, also strange ones, add to the length."""

    ids: Ids
    weights: Floats
    square: float


class Space:
    """The features that training lines share, each with its weight: the rarer, the heavier.

    A message is the sum of its words, each kind of feature brought to its share of the length. What was never seen counts in
    the length: a message of strange words stays quiet, however its few known ones shout.
    """

    def __init__(self, lexicon: Lexicon, names: Sequence[str], weights: Floats) -> None:
        self.lexicon = lexicon
        self.names = list(names)
        self.weights = weights
        self.heaviest = float(weights.max(initial=1.0))
        self._numbers = {name: number for number, name in enumerate(names)}

    @property
    def size(self) -> int:
        return len(self.names)

    def weight(self, kind: str, word: str) -> float:
        """How rare a word is; a strange one weighs as much as the rarest."""
        number = self._numbers.get(kind + word)
        return self.heaviest if number is None else float(self.weights[number])

    def piece(self, kind: str, word: str) -> Piece:
        """What a word of a message tells in one kind."""
        names = names_of(kind, word)
        ids = np.array([self._numbers[name] for name in names if name in self._numbers], np.int64)
        weights = self.weights[ids]
        return Piece(ids, weights, float(weights @ weights) + (len(names) - len(ids)) * self.heaviest**2)

    def vector(self, text: str) -> Vector:
        """Numbers and amounts of the known features; empty where none is known."""
        found, scales = [], []
        for kind, words in seen(text, self.lexicon):
            pieces = [self.piece(kind, word) for word in words]
            found += pieces
            scales += [scale_of(kind, sum(one.square for one in pieces))] * len(pieces)
        if not found:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        amounts = np.concatenate([one.weights for one in found])
        amounts *= np.repeat(np.array(scales, np.float32), [len(one.ids) for one in found])
        ids, where = np.unique(np.concatenate([one.ids for one in found]), return_inverse=True)
        return ids, np.bincount(where, amounts, minlength=len(ids)).astype(np.float32)


def scale_of(kind: str, squares: float) -> float:
    """What brings a kind of feature to its share of the length."""
    return SHARE[kind] / sqrt(squares) if squares else 0.0
