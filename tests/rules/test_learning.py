"""What the router learns from becomes one matrix; with topics by the thousand it still learns, and tells them apart."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from knowledge.routing.labels import MOST_ALONE, columns_of
from knowledge.routing.material import OTHER_KINDS, Material, load_material
from knowledge.routing.matrix import space_of
from knowledge.routing.model import build
from tests.learned import CONTENT, KNOWLEDGE

SYLLABLES = ("ba", "du", "gi", "ko", "le", "ma", "nu", "pi", "ro", "se", "ta", "wu")


def test_the_row_of_a_line_is_what_the_router_sees_of_the_message() -> None:
    material = load_material(CONTENT, KNOWLEDGE.articles, KNOWLEDGE.region)
    lines = list(dict.fromkeys(line for group in material.topics.values() for line in group[:5]))
    space, kinds = space_of(lines, material.lexicon)
    rows = sum(kinds.values(), start=kinds["w"] * 0)
    for number, line in enumerate(lines[::20]):
        ids, amounts = space.vector(line)
        expected = np.zeros(space.size, np.float32)
        expected[ids] = amounts
        assert rows[[number * 20]].toarray()[0] == pytest.approx(expected, abs=1e-5)


def many_topics() -> Material:
    """More topics than have a column each; every one asks for two made-up things."""
    words = ["".join(three) for three in product(SYLLABLES, repeat=3)]
    pairs = [(words[at], words[-at - 1]) for at in range(MOST_ALONE // 2 + 100)]
    pairs += [(words[at], words[at + 40]) for at in range(MOST_ALONE // 2 + 100)]
    topics = {f"uji/topik-{at}": (f"{a} {b}", f"minta {a} dan {b}", f"{b} untuk {a}") for at, (a, b) in enumerate(pairs)}
    own = load_material(CONTENT, {}, KNOWLEDGE.region)
    return Material(topics, {}, {name: own.kinds[name][:20] for name in OTHER_KINDS}, (), own.lexicon)


def test_thousands_of_topics_share_columns_and_are_told_apart() -> None:
    material = many_topics()
    model = build(material)
    assert model.weights.shape[1] < len(material.topics) / 2
    asked = list(material.topics)[::50]
    found = [model.scores("cari " + " ".join(reversed(material.topics[topic][0].split()))).best[0][0] for topic in asked]
    assert sum(one == other for one, other in zip(asked, found, strict=True)) >= len(asked) * 0.9


def test_who_shares_a_column_follows_from_the_id_alone() -> None:
    few, more = [[f"uji/{at}" for at in range(MOST_ALONE + extra)] for extra in (1, 9)]
    for own, others in zip(columns_of(few, ()), columns_of(more, ()), strict=True):
        assert list(own[: len(few)]) == list(others[: len(few)])
