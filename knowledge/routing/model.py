"""What was learned of the material: one probability for each topic, each category and each other kind of message."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np

from knowledge.routing.features import SHARE, Space, scale_of, seen, space_of
from knowledge.routing.linear import Example, Floats, Schedule, learn, softmax
from knowledge.routing.material import DANGER, OTHER_KINDS, OUTSIDE, Material
from knowledge.routing.normalise import Lexicon

SCHEDULE = Schedule()
SEEDS = (20260101, 20260102)  # two models, averaged: one alone is a point better or worse by luck
RARE_SHOWN, CALM_SHOWN = 4, 2  # how often lines of rare kinds, and of danger that is none, are shown in a pass
SHOWN = 5  # words that explain a decision
WHOLE = "ws"  # kinds of features that are whole words
LEARNERS = ("normalise", "features", "linear", "model")
FIRST_KEPT, MOST_KEPT = 1024, 50_000  # rows, at most about 40 MB
LEAST = 1e-9  # of a share that divides
BEST = 6  # labels that are told with a score

# Changes with the code that learns: what another version kept must not be read.
RECIPE = sha256(b"".join((Path(__file__).parent / f"{name}.py").read_bytes() for name in LEARNERS)).hexdigest()


@dataclass(frozen=True, slots=True)
class Scores:
    """Probabilities. `best`: topics and categories, best first; `kinds`: the other kinds of message, by name.

    `asks` and `complains`: of all topics, of all categories. `known`: any whole word of the message was ever seen.
    """

    best: tuple[tuple[str, float], ...]
    kinds: Mapping[str, float]
    asks: float
    complains: float
    known: bool


class Words:
    """What words say in each kind of feature, kept as they come again: a row of scores each, and what it adds to the length."""

    def __init__(self, space: Space, weights: Floats) -> None:
        self._space = space
        self._weights = weights
        self._forget()

    def _forget(self) -> None:
        self.rows = np.zeros((FIRST_KEPT, self._weights.shape[1]), np.float32)
        self.squares: list[float] = []
        self.known: list[bool] = []
        self._numbers: dict[str, dict[str, int]] = {kind: {} for kind in SHARE}

    def numbers(self, kind: str, words: Collection[str]) -> list[int]:
        """The rows of the words."""
        known = self._numbers[kind]
        return [known[word] if word in known else self._learn(kind, word) for word in words]

    def make_room(self) -> None:
        """Before a message, as its rows must not move under it."""
        if len(self.squares) > MOST_KEPT:
            self._forget()

    def _learn(self, kind: str, word: str) -> int:
        number, piece = len(self.squares), self._space.piece(kind, word)
        if number == len(self.rows):
            self.rows = np.concatenate((self.rows, np.zeros_like(self.rows)))
        self.rows[number] = piece.weights @ self._weights[piece.ids]
        self.squares.append(piece.square)
        self.known.append(kind in WHOLE and len(piece.ids) > 0)
        self._numbers[kind][word] = number
        return number


class Model:
    """`weights`: features × (topics, categories, other kinds of message; then the groups of these: see `groups_of`).

    What a message is about and what kind it is are learned side by side, and both have the same say.
    """

    def __init__(self, space: Space, topics: tuple[str, ...], categories: tuple[str, ...], weights: Floats) -> None:
        self.space = space
        self.topics = topics
        self.categories = categories
        self.labels = labels_of(topics, categories)
        # Labels of one group stand side by side; a group may have none.
        self._said, self._starts, self._sizes = np.unique(groups_of(topics, categories), return_index=True, return_counts=True)
        self.weights = weights
        self._words = Words(space, weights)

    def scores(self, text: str) -> Scores:
        words = self._words
        words.make_room()
        found: list[int] = []
        scales: list[float] = []
        for kind, said in seen(text, self.space.lexicon):
            numbers = words.numbers(kind, said)
            found += numbers
            scales += [scale_of(kind, sum([words.squares[number] for number in numbers]))] * len(numbers)
        logits = np.array(scales, np.float32) @ words.rows.take(found, 0) if found else np.zeros_like(words.rows[0])
        return self._scores(self._shares(logits), any(words.known[number] for number in found))

    def _shares(self, logits: Floats) -> Floats:
        """Of each label: the geometric mean of what both say, brought to a sum of 1."""
        labels, groups = softmax(logits[: len(self.labels)]), softmax(logits[len(self.labels) :])
        said = np.add.reduceat(labels, self._starts)
        shares = labels * np.sqrt(groups[self._said] / np.maximum(said, LEAST)).repeat(self._sizes)
        return np.asarray(shares / np.add.reduce(shares), np.float32)

    def _scores(self, shares: Floats, known: bool) -> Scores:
        topics, matters = len(self.topics), len(self.topics) + len(self.categories)
        best, sure = (-shares[:matters]).argsort(kind="stable")[:BEST].tolist(), shares.tolist()
        return Scores(
            tuple([(self.labels[at], sure[at]) for at in best]),
            dict(zip(OTHER_KINDS, sure[matters:], strict=True)),
            sum(sure[:topics]),
            sum(sure[topics:matters]),
            known,
        )

    def why(self, text: str, label: str) -> list[tuple[str, float]]:
        """The words, pairs and letters of the message that spoke most for a label, with their part of the score."""
        ids, amounts = self.space.vector(text)
        parts = amounts * self.weights[ids, self.labels.index(label)]
        return [
            (self.space.names[ids[at]][1:].strip(), round(float(parts[at]), 2))
            for at in np.argsort(-parts)[:SHOWN]
            if parts[at] > 0
        ]


def labels_of(topics: Iterable[str], categories: Iterable[str]) -> tuple[str, ...]:
    return (*topics, *categories, *OTHER_KINDS)


def groups_of(topics: Collection[str], categories: Collection[str]) -> list[int]:
    """The group of each label: 0 asks, 1 complains, then one for each other kind."""
    return [0] * len(topics) + [1] * len(categories) + [2 + number for number in range(len(OTHER_KINDS))]


def build(material: Material) -> Model:
    """Learn from the material. Takes seconds of one processor: never in the event loop."""
    space = space_of(dict.fromkeys(line for line, _, _ in shown(material)), material.lexicon)
    labels = labels_of(material.topics, material.categories)
    pieces, numbers = cache(space.piece), {label: number for number, label in enumerate(labels)}
    vectors = {line: space.vector(line, pieces) for line, _, _ in shown(material)}
    groups = groups_of(material.topics, material.categories)
    examples = [
        Example(vectors[line], number := numbers[label], groups[number], not is_it)
        for line, label, is_it in shown(material)
        if len(vectors[line][0])
    ]
    learned = [learn(examples, space.size, len(labels), len(OTHER_KINDS) + 2, SCHEDULE, seed) for seed in SEEDS]
    return Model(space, tuple(material.topics), tuple(material.categories), np.mean(learned, axis=0))


def shown(material: Material) -> Iterator[tuple[str, str, bool]]:
    """Every line that is shown in a pass, with a label and whether it is one of it."""
    for label, lines in (*material.topics.items(), *material.categories.items()):
        yield from ((line, label, True) for line in lines)
    for label, lines in material.kinds.items():
        yield from ((line, label, True) for line in lines * (1 if label == OUTSIDE else RARE_SHOWN))
    yield from ((line, DANGER, False) for line in material.calm * CALM_SHOWN)


def save(model: Model, file: Path) -> None:
    """Keep a model on disk; a half-written one is never seen."""
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(f".{id(model)}.half")
    with half.open("wb") as out:
        np.savez(
            out,
            weights=model.weights,
            rarity=model.space.weights,
            names=np.array("\n".join(model.space.names)),
            topics=np.array("\n".join(model.topics)),
            categories=np.array("\n".join(model.categories)),
        )
    half.replace(file)


def load(file: Path, lexicon: Lexicon) -> Model:
    """A kept model. Raises OSError or ValueError when the file cannot be read."""
    with np.load(file) as kept:
        names = {name: str(kept[name]).split("\n") for name in ("names", "topics", "categories")}
        space = Space(lexicon, names["names"], kept["rarity"])
        return Model(space, tuple(names["topics"]), tuple(names["categories"]), kept["weights"])
