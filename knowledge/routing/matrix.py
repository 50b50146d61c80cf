"""All training lines at once: the space of their features, and row by row what `Space.vector` says of each line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from scipy import sparse

from knowledge.routing.features import SHARE, Space, names_of, seen
from knowledge.routing.linear import Floats, Ids
from knowledge.routing.normalise import Lexicon

LEAST_LINES = 2  # a feature of a single line tells nothing about another one
MOST_FEATURES = 120_000  # beyond them only the more frequent ones count, so that memory stays bounded


class Counter:
    """What stands in rows; each thing gets its number when it first comes."""

    def __init__(self, rows: Iterable[Iterable[str]] = ()) -> None:
        self.numbers: dict[str, int] = defaultdict(count().__next__)
        self._ids: list[int] = []
        self._ends = [0]
        for row in rows:
            self.add(row)

    def add(self, row: Iterable[str]) -> None:
        self._ids.extend(map(self.numbers.__getitem__, row))
        self._ends.append(len(self._ids))

    def matrix(self) -> sparse.csr_array:
        """Rows × things: how often each stands in each row."""
        ids, ends = np.array(self._ids, np.int32), np.array(self._ends, np.int32)
        counts = sparse.csr_array((np.ones(len(ids), np.float32), ids, ends), shape=(len(ends) - 1, len(self.numbers)))
        counts.sum_duplicates()
        return counts


@dataclass(frozen=True, slots=True)
class Counted:
    """One kind of feature. `words`: lines × words; `spelled`: words × features; `lines_with`: how many lines have a feature."""

    kind: str
    names: list[str]
    words: sparse.csr_array
    spelled: sparse.csr_array
    counts: sparse.csr_array
    lines_with: Ids

    def rows(self, weights: Floats, heaviest: float) -> sparse.csr_array:
        """Amounts of the features, brought to the length of the kind; those that weigh nothing count as strange ones."""
        squares = np.where(weights > 0, weights, heaviest).astype(np.float32) ** 2
        lengths = np.sqrt(self.words @ (self.spelled @ squares))
        scales = np.divide(SHARE[self.kind], lengths, out=np.zeros_like(lengths), where=lengths > 0)
        rows = self.counts.copy()
        rows.data *= weights[rows.indices] * np.repeat(scales, np.diff(rows.indptr))
        return rows[:, weights > 0]


def counted(kind: str, counter: Counter) -> Counted:
    spelling = Counter(names_of(kind, word) for word in counter.numbers)
    words, spelled = counter.matrix(), spelling.matrix()
    counts = words @ spelled
    return Counted(kind, list(spelling.numbers), words, spelled, counts, np.bincount(counts.indices, minlength=spelled.shape[1]))


def space_of(lines: Sequence[str], lexicon: Lexicon) -> tuple[Space, dict[str, sparse.csr_array]]:
    """The space of the lines, and by kind of feature their vectors (lines × all features of the space)."""
    counters = {kind: Counter() for kind in SHARE}
    for line in lines:
        for kind, words in seen(line, lexicon):
            counters[kind].add(words)
    kinds = [counted(kind, counter) for kind, counter in counters.items()]
    least = least_lines(np.concatenate([one.lines_with for one in kinds]))
    weights = [rarity(one.lines_with, len(lines), least) for one in kinds]
    names = [name for one, own in zip(kinds, weights, strict=True) for name, weight in zip(one.names, own, strict=True) if weight]
    space = Space(lexicon, names, np.concatenate([own[own > 0] for own in weights]))
    rows = [one.rows(own, space.heaviest) for one, own in zip(kinds, weights, strict=True)]
    firsts = np.cumsum([0, *(own.shape[1] for own in rows)])
    return space, {one.kind: moved(own, int(first), space.size) for one, own, first in zip(kinds, rows, firsts, strict=False)}


def least_lines(lines_with: Ids) -> int:
    """How many lines must have a feature."""
    if len(lines_with) <= MOST_FEATURES:
        return LEAST_LINES
    return max(LEAST_LINES, int(np.partition(lines_with, -MOST_FEATURES - 1)[-MOST_FEATURES - 1]) + 1)


def rarity(lines_with: Ids, lines: int, least: int) -> Floats:
    """The rarer, the heavier; 0 for a feature of too few lines."""
    return np.where(lines_with >= least, np.log((1 + lines) / (1 + lines_with)) + 1, 0).astype(np.float32)


def moved(rows: sparse.csr_array, first: int, size: int) -> sparse.csr_array:
    """The same rows in a wider matrix, their features from `first` on."""
    return sparse.csr_array((rows.data, rows.indices + np.int32(first), rows.indptr), shape=(rows.shape[0], size))
