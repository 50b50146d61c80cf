"""The labels that are told apart, and the columns of weights that they have.

With few labels each has a column. With thousands a column each would not fit into memory: there, topics share columns in
several softmax models side by side, another company of topics in each, and together the models tell them apart (Medini et al.,
Merged-Average Classifiers via Hashing, 2019). Who shares follows from the id alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import blake2b

import numpy as np

from knowledge.routing.linear import Ids
from knowledge.routing.material import OTHER_KINDS

MOST_ALONE = 1_000  # topics up to which each has a column of its own
MODELS, SHARED = 3, 160  # models beyond that, and columns of topics in each


def labels_of(topics: Iterable[str], categories: Iterable[str]) -> tuple[str, ...]:
    return (*topics, *categories, *OTHER_KINDS)


def groups_of(topics: Collection[str], categories: Collection[str]) -> list[int]:
    """The group of each label: 0 asks, 1 complains, then one for each other kind."""
    return [0] * len(topics) + [1] * len(categories) + [2 + number for number in range(len(OTHER_KINDS))]


def columns_of(topics: Collection[str], categories: Collection[str]) -> list[Ids]:
    """For each model the column of each label; what is no topic always has its own."""
    others = len(categories) + len(OTHER_KINDS)
    if len(topics) <= MOST_ALONE:
        return [np.arange(len(topics) + others)]
    drawn = np.array([_drawn(topic) for topic in topics])
    return [np.concatenate((drawn[:, model], SHARED + np.arange(others))) for model in range(MODELS)]


def _drawn(topic: str) -> list[int]:
    """A column in each model, the same on every machine."""
    digest = blake2b(topic.encode(), digest_size=4 * MODELS).digest()
    return [int.from_bytes(digest[at : at + 4]) % SHARED for at in range(0, len(digest), 4)]
