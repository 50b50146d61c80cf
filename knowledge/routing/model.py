"""What was learned of the material: which kind of message it is, which topic if it asks, which category if it complains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from knowledge.routing.features import Space, features, scale_of, seen, space_of
from knowledge.routing.linear import Floats, Schedule, Vector, learn, softmax
from knowledge.routing.material import COMPLAINT, KINDS, OUTSIDE, QUESTION, Lines, Material
from knowledge.routing.normalise import Lexicon

TOPICS = Schedule(passes=6)
CATEGORIES = Schedule(passes=8)
KIND = Schedule(passes=4, rate=1.5)
COMPLAINTS_SHOWN = 3  # how often each line is shown, so that no kind is drowned by the many questions
CALM_SHOWN = 3
KIND_SHOWN = 3000  # lines of each other kind, by repeating
NOTHING = "-"  # the topic of what is none of our business
SHOWN = 5  # words that explain a decision
WHOLE = "ws"  # kinds of features that are whole words
LEARNERS = ("normalise", "features", "linear", "model")
FIRST_KEPT, MOST_KEPT = 1024, 50_000  # rows, at most about 40 MB
# Changes with the code that learns: what another version kept must not be read.
RECIPE = sha256(b"".join((Path(__file__).parent / f"{name}.py").read_bytes() for name in LEARNERS)).hexdigest()


@dataclass(frozen=True, slots=True)
class Scores:
    """Probabilities: of each kind (in the order of KINDS), of topics if it asks, of categories if it complains. Best first."""

    kinds: Floats
    topics: tuple[tuple[str, float], ...]
    nothing: float  # of no topic at all
    categories: tuple[tuple[str, float], ...]
    known: bool  # any whole word of the message was ever seen


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
        self._numbers: dict[tuple[str, str], int] = {}

    def numbers(self, kind: str, words: Collection[str]) -> list[int]:
        """The rows of the words."""
        return [number if (number := self._numbers.get((kind, word))) is not None else self._learn(kind, word) for word in words]

    def make_room(self) -> None:
        """Before a message, as its rows must not move under it."""
        if len(self.squares) > MOST_KEPT:
            self._forget()

    def _learn(self, kind: str, word: str) -> int:
        number, piece = len(self.squares), self._space.piece(kind, word)
        if number == len(self.rows):
            self.rows = np.concatenate((self.rows, np.zeros_like(self.rows)))
        self.rows[number] = self._space.weights[piece.ids] @ self._weights[piece.ids]
        self.squares.append(self._space.square(piece))
        self.known.append(kind in WHOLE and len(piece.ids) > 0)
        self._numbers[kind, word] = number
        return number


class Model:
    """`weights`: features × (kinds | topics, the last of them NOTHING | categories)."""

    def __init__(self, space: Space, topics: tuple[str, ...], categories: tuple[str, ...], weights: Floats) -> None:
        self.space = space
        self.topics = topics
        self.categories = categories
        self.weights = weights
        self._words = Words(space, weights)

    def scores(self, text: str, most: int = 4) -> Scores:
        words = self._words
        words.make_room()
        found: list[int] = []
        scales: list[float] = []
        for kind, said in seen(text, self.space.lexicon):
            numbers = words.numbers(kind, said)
            found += numbers
            scales += [scale_of(kind, sum([words.squares[number] for number in numbers]))] * len(numbers)
        logits = np.array(scales, np.float32) @ words.rows[found] if found else np.zeros_like(words.rows[0])
        return self._scores(logits, most, any(words.known[number] for number in found))

    def _scores(self, logits: Floats, most: int, known: bool) -> Scores:
        topics_from, topics_to = len(KINDS), len(KINDS) + len(self.topics)
        of_topics, of_categories = softmax(logits[topics_from:topics_to]), softmax(logits[topics_to:])
        return Scores(
            softmax(logits[:topics_from]),
            _best(self.topics, of_topics[:-1], most),
            float(of_topics[-1]),
            _best(self.categories, of_categories, most),
            known,
        )

    def why(self, text: str, target: str) -> list[tuple[str, float]]:
        """The words, pairs and letters of the message that spoke most for a topic or category, with their part of the score."""
        column = (*KINDS, *self.topics, *self.categories).index(target)
        ids, amounts = self.space.vector(text)
        parts = amounts * self.weights[ids, column]
        return [
            (self.space.names[ids[at]][1:].strip(), round(float(parts[at]), 2))
            for at in np.argsort(-parts)[:SHOWN]
            if parts[at] > 0
        ]


def _best(names: Sequence[str], probabilities: Floats, most: int) -> tuple[tuple[str, float], ...]:
    order = np.argsort(-probabilities, kind="stable")[:most]
    return tuple((names[at], sure) for at, sure in zip(order, probabilities[order].tolist(), strict=True))


def build(material: Material) -> Model:
    """Learn from the material. Takes seconds of one processor: never in the event loop."""
    found = Features(material.lexicon)
    space = space_of(found.all(material), material.lexicon)
    vectors = {line: space.vector(line) for line in found.known}
    topics = {**material.topics, NOTHING: material.kinds[KINDS[OUTSIDE]]}
    heads = [
        (kind_lines(material), len(KINDS), KIND),
        (_numbered(topics), len(topics), TOPICS),
        (_numbered(material.categories), len(material.categories), CATEGORIES),
    ]
    weights = np.hstack([_head(lines, vectors, (space.size, classes), schedule) for lines, classes, schedule in heads])
    return Model(space, tuple(topics), tuple(material.categories), np.ascontiguousarray(weights))


@dataclass
class Features:
    """The features of every line, found once."""

    lexicon: Lexicon

    def __post_init__(self) -> None:
        self.known: dict[str, Counter[str]] = {}

    def all(self, material: Material) -> list[Counter[str]]:
        groups = (*material.topics.values(), *material.categories.values(), *material.kinds.values(), material.calm)
        for lines in groups:
            for line in lines:
                if line not in self.known:
                    self.known[line] = features(line, self.lexicon)
        return list(self.known.values())


def kind_lines(material: Material) -> list[tuple[str, int]]:
    """Lines with their kind. Danger that is none counts as a question."""
    questions = [line for lines in material.topics.values() for line in lines]
    complaints = [line for lines in material.categories.values() for line in lines]
    found = [(line, QUESTION) for line in (*questions, *material.calm * CALM_SHOWN)]
    found += [(line, COMPLAINT) for line in complaints * COMPLAINTS_SHOWN]
    others = [(line, KINDS.index(name)) for name, lines in material.kinds.items() for line in _evenly(lines)]
    return found + others


def _evenly(lines: Lines) -> Lines:
    """A rare kind is shown more often, so that no kind is drowned by the others."""
    return lines * max(1, KIND_SHOWN // max(1, len(lines)))


def _numbered(groups: Mapping[str, Lines]) -> list[tuple[str, int]]:
    return [(line, number) for number, lines in enumerate(groups.values()) for line in lines]


def _head(lines: Sequence[tuple[str, int]], vectors: Mapping[str, Vector], size: tuple[int, int], schedule: Schedule) -> Floats:
    usable = [(vectors[line], label) for line, label in lines if len(vectors[line][0])]
    return learn([vector for vector, _ in usable], [label for _, label in usable], size, schedule)


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
