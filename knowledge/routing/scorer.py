"""Score a message against every topic and category by shared words and letter groups, weighted by how telling they are.

Each target is the sum of its phrasings, as a vector of unit length; a message scores its cosine with it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rapidfuzz import fuzz

GRAM = 4  # letters in a group
GRAM_WEIGHT = 0.45  # of a letter group against a whole word
COMPARED = 4  # best targets that are compared phrase by phrase
PHRASE_SHARE = 0.35  # of the final score that comes from the nearest single phrasing

Vector = dict[str, float]
Scored = tuple[float, str]


def features(words: Sequence[str], stop: frozenset[str]) -> Iterator[tuple[str, float]]:
    """(feature, weight) of a message: its words, and the letter groups that survive a typo."""
    for word in words:
        if word in stop:
            continue
        yield word, 1.0
        padded = f"^{word}$"
        for at in range(len(padded) - GRAM + 1):
            yield padded[at : at + GRAM], GRAM_WEIGHT


class Scorer:
    """`texts`: target id → its phrasings as lists of standard words. Immutable once built."""

    def __init__(self, texts: Mapping[str, Sequence[Sequence[str]]], stop: frozenset[str]) -> None:
        self.stop = stop
        self.phrases = {target: [self.telling(words) for words in texts[target]] for target in texts}
        self.targets = tuple(texts)
        documents = [dict(features(words, stop)) for phrasings in texts.values() for words in phrasings]
        seen = Counter(feature for document in documents for feature in document)
        self.rare = math.log(1 + len(documents))
        self.idf = {feature: math.log((1 + len(documents)) / n) for feature, n in seen.items()}
        self.postings: dict[str, list[tuple[int, float]]] = {}
        for number, target in enumerate(self.targets):
            for feature, weight in self.centroid(texts[target]).items():
                self.postings.setdefault(feature, []).append((number, weight))

    def vector(self, words: Sequence[str]) -> Vector:
        """Unit length; a feature that no phrasing has counts as rare, so strange messages score low everywhere."""
        raw: Vector = {}
        for feature, weight in features(words, self.stop):
            raw[feature] = weight * self.idf.get(feature, self.rare)
        length = math.sqrt(sum(v * v for v in raw.values())) or 1.0
        return {feature: value / length for feature, value in raw.items()}

    def centroid(self, phrasings: Sequence[Sequence[str]]) -> Vector:
        total: Counter[str] = Counter()
        for words in phrasings:
            total.update(self.vector(words))
        damped = {feature: math.sqrt(value) for feature, value in total.items()}
        length = math.sqrt(sum(v * v for v in damped.values())) or 1.0
        return {feature: value / length for feature, value in damped.items()}

    def scores(self, words: Sequence[str]) -> list[Scored]:
        """(score 0..1, target), best first; targets that share nothing with the message are left out."""
        sums: dict[int, float] = {}
        for feature, value in self.vector(words).items():
            for number, weight in self.postings.get(feature, ()):
                sums[number] = sums.get(number, 0.0) + value * weight
        ranked = sorted(((score, self.targets[number]) for number, score in sums.items()), key=order)
        return sorted(self.compared(words, ranked[:COMPARED]), key=order) + ranked[COMPARED:]

    def compared(self, words: Sequence[str], ranked: list[Scored]) -> list[Scored]:
        """The same targets, each score mixed with the likeness of its nearest phrasing."""
        message = self.telling(words)
        return [(score * (1 + PHRASE_SHARE * (2 * self.likeness(message, key) - 1)), key) for score, key in ranked]

    def several(self, words: Sequence[str]) -> bool:
        """Does more than one word tell something about the subject? One alone is a heading, not a question."""
        return len(set(words) - self.stop) > 1

    def telling(self, words: Sequence[str]) -> str:
        return " ".join(word for word in words if word not in self.stop)

    def likeness(self, message: str, target: str) -> float:
        return max((fuzz.token_set_ratio(message, phrase) for phrase in self.phrases[target]), default=0.0) / 100


def order(scored: Scored) -> Scored:
    """Best first, ties by id, so that the same message always gets the same answer."""
    return -scored[0], scored[1]
