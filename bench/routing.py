"""The router beside common searches over the same lines: `python -m bench.routing [LABELLED.jsonl]`.

Without a labelled file only times are measured. Peers get the same training lines and no thresholds: always their best guess.
"""

from __future__ import annotations

import json
import random
import resource
import sqlite3
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import quantiles

from rapidfuzz import fuzz, process
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.pipeline import make_pipeline, make_union  # type: ignore[import-untyped]

from bot.build import knowledge_of_files
from bot.config import ROOT, Settings
from knowledge.region import Region
from knowledge.routing.decision import DecisionKind
from knowledge.routing.familiar import Familiar
from knowledge.routing.lexicon import load_lexicon
from knowledge.routing.material import Lines, Material, load_material
from knowledge.routing.model import build
from knowledge.routing.normalise import words_of
from knowledge.routing.router import Router

RESULTS = Path(__file__).parent / "routing.md"
LABELLED = ROOT.parent / "shared" / "eval" / "questions-dev.jsonl"
ROUNDS = 3
MANY, PHRASINGS, OWN_WORDS, ASKED = 10_000, 10, 4, 1_000  # made-up topics, lines and words of each, messages asked

Guess = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds to make ready, right at once of all questions (None without labels), milliseconds a message."""

    name: str
    ready: float
    right: float | None
    middle: float
    slow: float


def rapidfuzz_guess(topics: Mapping[str, Lines]) -> Guess:
    lines, labels = flat(topics)

    def guess(text: str) -> str:
        _, _, at = process.extractOne(text, lines, scorer=fuzz.token_set_ratio)
        return labels[at]

    return guess


def fts5_guess(topics: Mapping[str, Lines]) -> Guess:
    lines, labels = flat(topics)
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE lines USING fts5(line, label UNINDEXED)")
    database.executemany("INSERT INTO lines VALUES (?, ?)", zip(lines, labels, strict=True))

    def guess(text: str) -> str | None:
        words = " OR ".join(f'"{word}"' for word in words_of(text)) or '"-"'
        found = database.execute("SELECT label FROM lines WHERE line MATCH ? ORDER BY bm25(lines) LIMIT 1", (words,)).fetchone()
        return str(found[0]) if found else None

    return guess


def sklearn_guess(topics: Mapping[str, Lines]) -> Guess:
    lines, labels = flat(topics)
    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    )
    model = make_pipeline(features, LogisticRegression(C=20, max_iter=200)).fit(lines, labels)
    return lambda text: str(model.predict([text])[0])


def flat(topics: Mapping[str, Lines]) -> tuple[list[str], list[str]]:
    pairs = [(line, topic) for topic, lines in topics.items() for line in lines]
    return [line for line, _ in pairs], [topic for _, topic in pairs]


class MadeUp:
    """Topics of four random words each, put into lines with a few words of real ones."""

    def __init__(self, topics: Mapping[str, Lines]) -> None:
        self.draw = random.Random(20260101)
        self.real = flat(topics)[0]
        self.words = sorted({word for line in self.real for word in words_of(line) if len(word) > OWN_WORDS})

    def topics(self) -> dict[str, Lines]:
        """The last line of each is kept back, to ask with."""
        own = [self.draw.sample(self.words, OWN_WORDS) for _ in range(MANY)]
        return {f"uji/topik-{at}": tuple(self.line(words) for _ in range(PHRASINGS + 1)) for at, words in enumerate(own)}

    def line(self, own: Sequence[str]) -> str:
        said = self.draw.sample(own, self.draw.randint(2, len(own)))
        said += [word for word in words_of(self.draw.choice(self.real)) if self.draw.random() < 1 / 3][:4]
        return " ".join(self.draw.sample(said, len(said)))


def many_topics(material: Material, region: Region) -> Measured:
    """The router with thousands of topics more; `right`: of lines kept back."""
    made = MadeUp(material.topics).topics()
    big = replace(material, topics=dict(sorted({**material.topics, **{key: lines[:-1] for key, lines in made.items()}}.items())))
    rows = [{"text": lines[-1], "expect": key} for key, lines in list(made.items())[:ASKED]]

    def sapa() -> Guess:
        model = build(big)
        return answered(Router(model, Familiar(model.space, big.topics), region, load_lexicon()))

    return measured(f"Sapa's router, {len(big.topics):,} topics", sapa, rows, labelled=True)


def answered(router: Router) -> Guess:
    def guess(text: str) -> str | None:
        decision = router.decide(text)
        return decision.topic if decision.kind is DecisionKind.ANSWER else None

    return guess


def measured(name: str, make: Callable[[], Guess], rows: Sequence[Mapping[str, str]], labelled: bool) -> Measured:
    begun = time.process_time()
    guess = make()
    ready = time.process_time() - begun
    took, right = [], 0
    for _ in range(ROUNDS):
        for row in rows:
            begun = time.process_time()
            found = guess(row["text"])
            took.append((time.process_time() - begun) * 1000)
            right += found == row.get("expect")
    cuts = quantiles(took, n=100)
    return Measured(name, ready, right / len(took) if labelled else None, cuts[49], cuts[98])


def main() -> None:
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else LABELLED
    knowledge = knowledge_of_files(Settings())
    material = load_material(ROOT / "knowledge" / "content", knowledge.articles, knowledge.region)
    labelled = file.exists()
    rows = [json.loads(line) for line in file.read_text().splitlines()] if labelled else []
    questions = [row for row in rows if row["kind"] == "tanya"] or [{"text": line} for line in flat(material.topics)[0][:500]]

    def sapa() -> Guess:
        build(material)  # for the time it takes; `knowledge` holds the same model
        return answered(knowledge.router)

    makers: dict[str, Callable[[], Guess]] = {
        "Sapa's router (abstains)": sapa,
        "rapidfuzz token_set_ratio": lambda: rapidfuzz_guess(material.topics),
        "SQLite FTS5 bm25": lambda: fts5_guess(material.topics),
        "scikit-learn TF-IDF + logistic regression": lambda: sklearn_guess(material.topics),
    }
    found = [measured(name, make, questions, labelled) for name, make in makers.items()]
    found.append(many_topics(material, knowledge.region))
    RESULTS.write_text(table(found, len(flat(material.topics)[0])))
    print(RESULTS.read_text())


def table(found: Sequence[Measured], lines: int) -> str:
    rows = "\n".join(
        f"| {one.name} | {'–' if one.right is None else f'{one.right:.3f}'} | {one.middle:.2f} | {one.slow:.2f} | "
        f"{one.slow / found[0].slow:.1f} | {one.ready:.1f} |"
        for one in found
    )
    return (
        f"# Router beside common searches\n\n{lines} lines of topics. One core; seconds and milliseconds of its own time. "
        f"The last row: {MANY:,} made-up topics more, {PHRASINGS} lines each, asked with lines that were kept back; at its peak "
        f"the process held {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MB.\n\n"
        "| Method | right at once | p50 ms | p99 ms | p99 ÷ Sapa's | ready s |\n"
        f"| --- | ---: | ---: | ---: | ---: | ---: |\n{rows}\n"
    )


if __name__ == "__main__":
    main()
