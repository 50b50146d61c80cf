"""How familiar a message is to a topic: "halal bihalal, what to wear" sounds much like it and is put in other words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from knowledge.routing.features import Space, remembered, stems_of
from knowledge.routing.material import Lines


class Familiar:
    """The words that the lines of each topic are made of; gathered when a topic is first asked for."""

    def __init__(self, space: Space, topics: Mapping[str, Lines]) -> None:
        self._space = space
        self._weight = remembered(partial(space.weight, "s"))
        self._topics = topics
        self._stems: dict[str, frozenset[str]] = {}

    def share(self, text: str, topic: str) -> float:
        """What part of the message's words, weighed by rarity, any line of the topic uses: 0 to 1."""
        known = self._stems_of(topic)
        weights = {stem: self._weight(stem) for stem in stems_of(text, self._space.lexicon)}
        whole = sum(weights.values())
        return sum(weight for stem, weight in weights.items() if stem in known) / whole if whole else 0.0

    def _stems_of(self, topic: str) -> frozenset[str]:
        if topic not in self._stems:
            self._stems[topic] = frozenset(self._gathered(self._topics.get(topic, ())))
        return self._stems[topic]

    def _gathered(self, lines: Lines) -> Iterable[str]:
        for line in lines:
            yield from stems_of(line, self._space.lexicon)
