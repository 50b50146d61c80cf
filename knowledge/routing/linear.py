"""A linear softmax model over sparse features, learned by stochastic gradient steps with dropout, in a fixed order.

Most of a line's features are hidden at each step: messages of real residents lack most words of any training line.
Same lines and seed, same model: order and dropout are drawn from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
Vector = tuple[Ids, Floats]  # which features, how much of each

LEAST_LEFT = 1e-6  # of a share, so that nothing is divided by zero


@dataclass(frozen=True, slots=True)
class Schedule:
    """`rate` of the first pass, each later one takes `decay` of it; `hidden` is the share of features left out of a step.

    `groups`: how much of the rate groups learn with. `settled`: the last passes whose weights are averaged, so that the order
    in which lines were seen tells little.
    """

    passes: int = 6
    rate: float = 2.4
    decay: float = 0.9
    hidden: float = 0.7
    groups: float = 0.6
    settled: int = 4


@dataclass(frozen=True, slots=True)
class Example:
    """A line as a vector, with its label and the group of it; where `not_this`, all that is known is that it is another."""

    vector: Vector
    label: int
    group: int
    not_this: bool = False


def learn(examples: Sequence[Example], features: int, labels: int, groups: int, schedule: Schedule, seed: int) -> Floats:
    """Weights (features × labels and groups) that tell the labels of the examples apart, and at the same time their groups."""
    weights = np.zeros((features, labels + groups), np.float32)
    order, rate = list(range(len(examples))), schedule.rate
    draw = np.random.default_rng(seed)
    settled = np.zeros_like(weights)
    for past in range(schedule.passes):
        draw.shuffle(order)
        for number in order:
            example = examples[number]
            ids, amounts = _partly_hidden(example.vector, draw, schedule.hidden)
            rows = weights[ids]
            scores = amounts @ rows
            of_labels = slope(softmax(scores[:labels]), example.label, example.not_this)
            of_groups = slope(softmax(scores[labels:]), example.group, example.not_this)
            rows -= np.outer(rate * amounts, np.concatenate((of_labels, schedule.groups * of_groups)))
            weights[ids] = rows
        rate *= schedule.decay
        if past >= schedule.passes - schedule.settled:
            settled += weights / np.float32(schedule.settled)
    return settled


def slope(shares: Floats, label: int, not_this: bool) -> Floats:
    """How the loss rises with each score: minus the logarithm of the label's share, or of what all others share."""
    own = shares[label]
    if not_this:
        shares *= -own / max(1 - own, LEAST_LEFT)
        shares[label] = own
    else:
        shares[label] = own - 1
    return shares


def _partly_hidden(vector: Vector, draw: np.random.Generator, hidden: float) -> Vector:
    """The features that stay, a little louder for those that are gone."""
    ids, amounts = vector
    kept = draw.random(len(ids), np.float32) >= hidden
    return ids[kept], amounts[kept] / np.float32((1 - hidden) ** 0.5)


def softmax(scores: Floats) -> Floats:
    exponentials = np.exp(scores - np.maximum.reduce(scores))
    shares: Floats = exponentials / np.add.reduce(exponentials)
    return shares
