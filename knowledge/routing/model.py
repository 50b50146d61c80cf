"""What was learned of the material: one probability for each topic, each category and each other kind of message."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge.routing.features import LETTERS, SHARE, WHOLE, Space, scale_of, seen
from knowledge.routing.labels import columns_of, groups_of, labels_of
from knowledge.routing.linear import Floats, Head, Part, Schedule, learn, softmax
from knowledge.routing.material import DANGER, OTHER_KINDS, OUTSIDE, Material
from knowledge.routing.matrix import space_of
from knowledge.routing.normalise import Lexicon

Halves = npt.NDArray[np.float16]  # half the memory, and no decision that differs

SCHEDULE = Schedule()
WORDS_SEEN, LETTERS_SEEN = 0.45, 0.1  # share of the features that a step sees; runs of letters abound
GROUPS_RATE = 0.6  # how much of the rate the groups learn with
RARE_SHOWN, CALM_SHOWN = 4, 2  # how often lines of rare kinds, and of danger that is none, are shown in a pass
SHOWN = 5  # words that explain a decision
LEARNERS = ("normalise", "features", "matrix", "labels", "linear", "model")
FIRST_KEPT = 1024  # rows of what words say
MOST_KEPT = 9_000_000  # numbers in all of them, about 36 MB
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

    def __init__(self, space: Space, weights: Halves) -> None:
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
        if len(self.squares) * self.rows.shape[1] > MOST_KEPT:
            self._forget()

    def _learn(self, kind: str, word: str) -> int:
        number, piece = len(self.squares), self._space.piece(kind, word)
        if number == len(self.rows):
            self.rows = np.concatenate((self.rows, np.zeros_like(self.rows)))
        self.rows[number] = piece.weights @ self._weights[piece.ids].astype(np.float32)
        self.squares.append(piece.square)
        self.known.append(kind in WHOLE and len(piece.ids) > 0)
        self._numbers[kind][word] = number
        return number


class Model:
    """`weights`: features × columns: those of the labels (see `columns_of`), then those of the groups (see `groups_of`).

    What a message is about and what kind it is are learned side by side, and both have the same say.
    """

    def __init__(self, space: Space, topics: tuple[str, ...], categories: tuple[str, ...], weights: Halves) -> None:
        self.space = space
        self.topics = topics
        self.categories = categories
        self.labels = labels_of(topics, categories)
        self._groups = np.array(groups_of(topics, categories), np.int64)
        models = columns_of(topics, categories)
        firsts = np.cumsum([0, *(int(own.max()) + 1 for own in models)])
        self._columns = np.stack([own + first for own, first in zip(models, firsts, strict=False)])  # models × labels
        self._first_group = int(firsts[-1])
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
        labels, groups = softmax(logits[self._columns].sum(axis=0)), softmax(logits[self._first_group :])
        said = np.bincount(self._groups, labels, minlength=len(groups))
        shares = labels * np.sqrt(groups / np.maximum(said, LEAST))[self._groups]
        return np.asarray(shares / shares.sum(), np.float32)

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
        columns = self._columns[:, self.labels.index(label)]
        parts = amounts * self.weights[np.ix_(ids, columns)].astype(np.float32).sum(axis=1)
        return [
            (self.space.names[ids[at]][1:].strip(), round(float(parts[at]), 2))
            for at in np.argsort(-parts)[:SHOWN]
            if parts[at] > 0
        ]


def build(material: Material) -> Model:
    """Learn from the material. Takes a second or two of one processor: never in the event loop."""
    topics, categories = tuple(material.topics), tuple(material.categories)
    numbers = {label: number for number, label in enumerate(labels_of(topics, categories))}
    lines, labels, is_it = zip(*shown(material), strict=True)
    targets = np.array([numbers[label] for label in labels])
    heads = [Head(int(own.max()) + 1, own[targets]) for own in columns_of(topics, categories)]
    groups = np.array(groups_of(topics, categories))
    heads.append(Head(len(OTHER_KINDS) + 2, groups[targets], GROUPS_RATE))
    space, parts = _seen_parts(lines, material.lexicon)
    return Model(space, topics, categories, learn(parts, heads, np.array(is_it), SCHEDULE).astype(np.float16))


def _seen_parts(lines: Sequence[str], lexicon: Lexicon) -> tuple[Space, list[Part]]:
    """The space of the lines, and the lines in it: their words, and the letters of these."""
    distinct = {line: number for number, line in enumerate(dict.fromkeys(lines))}
    space, kinds = space_of(list(distinct), lexicon)
    rows = np.array([distinct[line] for line in lines])
    words = sum((kinds[kind] for kind in kinds if kind != LETTERS), start=kinds[WHOLE[0]] * 0)
    return space, [Part(words[rows], WORDS_SEEN), Part(kinds[LETTERS][rows], LETTERS_SEEN)]


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
