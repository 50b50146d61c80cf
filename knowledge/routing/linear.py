"""Linear softmax models over sparse features, learned side by side by gradient steps with dropout, in a fixed order.

Most of a line's features are hidden at each step: messages of real residents lack most words of any training line.
Same lines, same weights: order and dropout are drawn from one seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

# The two loops under scipy's products, as they add to weights in place: a product by `@` would make new ones at every step.
from scipy.sparse._sparsetools import csc_matvecs, csr_matvecs

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
Vector = tuple[Ids, Floats]  # which features, how much of each

BATCH = 64  # lines to a step; each holds the interpreter for less than a millisecond
LEAST_LEFT = 1e-6  # of a share, so that nothing is divided by zero


@dataclass(frozen=True, slots=True)
class Schedule:
    """`rate` of the first pass, each later one takes `decay` of it.

    `settled`: the last passes whose weights are averaged, so that the order in which lines were seen tells little.
    """

    passes: int = 10
    rate: float = 2.4
    decay: float = 0.9
    settled: int = 6
    seed: int = 20260101


@dataclass(frozen=True, slots=True)
class Rows:
    """Sparse rows over `features`: those of row n stand from `ends[n]` to `ends[n + 1]`."""

    ends: Places
    ids: Places
    amounts: Floats

    def between(self, begin: int, end: int) -> Rows:
        first, last = self.ends[begin], self.ends[end]
        return Rows(self.ends[begin : end + 1] - first, self.ids[first:last], self.amounts[first:last])

    def add_scores(self, weights: Floats, scores: Floats) -> None:
        """scores += rows @ weights"""
        shape = (len(scores), *weights.shape)
        csr_matvecs(*shape, self.ends, self.ids, self.amounts, weights.ravel(), scores.ravel())

    def add_slopes(self, slopes: Floats, weights: Floats) -> None:
        """weights += rows.T @ slopes"""
        shape = (len(weights), len(slopes), weights.shape[1])
        csc_matvecs(*shape, self.ends, self.ids, self.amounts, slopes.ravel(), weights.ravel())


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the features of all lines (lines × features), and the share of them that a step sees."""

    matrix: sparse.csr_array
    seen: float

    def drawn(self, draw: np.random.Generator) -> Rows:
        """The features that stay in one pass, a little louder for those that are hidden. Draws the gaps between them."""
        whole = self.matrix
        gaps = draw.geometric(self.seen, int(whole.nnz * self.seen * 1.1) + 1000)
        places = np.cumsum(gaps) - 1
        places = places[: np.searchsorted(places, whole.nnz)]
        ends = np.searchsorted(places, whole.indptr).astype(np.int32)
        return Rows(ends, whole.indices[places], whole.data[places] / np.float32(self.seen**0.5))


@dataclass(frozen=True, slots=True)
class Head:
    """One softmax over `size` columns. `targets`: the column of each line; `rate`: how much of the rate it learns with."""

    size: int
    targets: Ids
    rate: float = 1.0


def learn(parts: Sequence[Part], heads: Sequence[Head], is_it: npt.NDArray[np.bool_], schedule: Schedule) -> Floats:
    """Weights (features × the columns of all heads) that tell the targets of the lines apart.

    Where not `is_it`, all that is known of a line is that its target is another.
    """
    draw = np.random.default_rng(schedule.seed)
    order = draw.permutation(len(is_it))
    parts = [Part(part.matrix[order], part.seen) for part in parts]
    heads = [Head(head.size, head.targets[order], head.rate) for head in heads]
    weights = np.zeros((parts[0].matrix.shape[1], sum(head.size for head in heads)), np.float32)
    settled, rate = np.zeros_like(weights), schedule.rate
    for past in range(schedule.passes):
        drawn = [part.drawn(draw) for part in parts]
        for begin in range(0, len(order), BATCH):
            end = min(begin + BATCH, len(order))
            _step([rows.between(begin, end) for rows in drawn], heads, slice(begin, end), is_it[order[begin:end]], rate, weights)
        rate *= schedule.decay
        if past >= schedule.passes - schedule.settled:
            settled += weights
    settled /= schedule.settled
    return settled


def _step(
    batch: Sequence[Rows], heads: Sequence[Head], lines: slice, is_it: npt.NDArray[np.bool_], rate: float, weights: Floats
) -> None:
    """Change the weights in place by what some lines tell."""
    scores = np.zeros((len(is_it), weights.shape[1]), np.float32)
    for rows in batch:
        rows.add_scores(weights, scores)
    first = 0
    for head in heads:
        own = scores[:, first : first + head.size]
        own[:] = slopes(softmax(own), head.targets[lines], is_it) * np.float32(-rate * head.rate)
        first += head.size
    for rows in batch:
        rows.add_slopes(scores, weights)


def slopes(shares: Floats, targets: Ids, is_it: npt.NDArray[np.bool_]) -> Floats:
    """How the loss rises with each score: minus the logarithm of the target's share, or of what all others share."""
    lines = np.arange(len(targets))
    own = shares[lines, targets]
    others = ~is_it
    shares[others] *= (-own[others] / np.maximum(1 - own[others], LEAST_LEFT))[:, None]
    shares[lines, targets] = np.where(is_it, own - 1, own)
    return shares


def softmax(scores: Floats) -> Floats:
    """Over the last axis."""
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return shares
