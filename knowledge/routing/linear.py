"""Linear softmax models over sparse features, learned by stochastic gradient steps with dropout, in a fixed order.

Half of a line's features are hidden at each step: messages of real residents lack most words of any training line.
Same lines, same model: order and dropout are drawn from a fixed seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
Vector = tuple[Ids, Floats]  # which features, how much of each

SEED = 20260101


@dataclass(frozen=True, slots=True)
class Schedule:
    """`rate` of the first pass, each later one takes `decay` of it; `hidden` is the share of features left out of a step."""

    passes: int = 6
    rate: float = 2.4
    decay: float = 0.8
    hidden: float = 0.6


def learn(vectors: Sequence[Vector], labels: Sequence[int], size: tuple[int, int], schedule: Schedule) -> Floats:
    """Weights (features × classes) that tell the labels of the vectors apart."""
    weights = np.zeros(size, np.float32)
    order, rate = list(range(len(vectors))), schedule.rate
    draw = np.random.default_rng(SEED)
    for _ in range(schedule.passes):
        draw.shuffle(order)
        for number in order:
            ids, amounts = _partly_hidden(vectors[number], draw, schedule.hidden)
            rows = weights[ids]
            wrong = softmax(amounts @ rows)
            wrong[labels[number]] -= 1
            rows -= np.outer(rate * amounts, wrong)
            weights[ids] = rows
        rate *= schedule.decay
    return weights


def _partly_hidden(vector: Vector, draw: np.random.Generator, hidden: float) -> Vector:
    """The features that stay, a little louder for those that are gone."""
    ids, amounts = vector
    kept = draw.random(len(ids), np.float32) >= hidden
    return ids[kept], amounts[kept] / np.float32((1 - hidden) ** 0.5)


def softmax(scores: Floats) -> Floats:
    exponentials = np.exp(scores - scores.max())
    shares: Floats = exponentials / exponentials.sum()
    return shares
