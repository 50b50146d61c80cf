"""The first router: danger, then plain commands, then the nearest topic or complaint, and decline rather than guess.

Deterministic, without I/O, never raises on a string. Everything that does not depend on the message is computed once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from knowledge.article import Article
from knowledge.region import Region
from knowledge.routing.decision import Decision, DecisionKind, Option
from knowledge.routing.lexicon import MAX_CHARS, Lexicon, PhraseBook
from knowledge.routing.scorer import Scored, Scorer, order

SURE = 0.30  # score from which one topic is given as the answer
FAIR = 0.17  # score from which a topic is worth offering
CLEAR = 1.25  # the best topic must be this many times the second
CLEAR_OF_REPORTS = 1.5  # and, unless the sentence asks, this many times the best category
# a wrong category is mended by whoever reads the report, a wrong article misleads: reports need less
SURE_REPORT = 0.15
FAIR_REPORT = 0.11
CUE = 0.15  # how much each question or complaint cue moves the balance between topics and categories
MAX_CUES = 2
MAX_OPTIONS = 3
SHORT = 8  # words that a greeting may have


class Router:
    """Built anew with every edition; shared by all turns."""

    def __init__(self, articles: Mapping[str, Article], region: Region, lexicon: Lexicon) -> None:
        self.region = region
        self.lexicon = lexicon
        self.categories = frozenset(region.categories)
        code = re.escape(region.code)
        self.ticket = re.compile(rf"\b{code}[\s-]?\d\d[\s-]?\d{{4,6}}[\s-]?[A-Z0-9]?\b", re.IGNORECASE)
        self.elsewhere = PhraseBook(tuple(lexicon.words(name)) for name in region.words.elsewhere)
        self.home_words = frozenset(lexicon.words(region.short_name))
        districts = {word for name in region.districts for word in lexicon.words(name)}
        self.here = self.home_words | (districts - region.words.ordinary)
        self.scorer = Scorer(
            {target: [lexicon.words(line) for line in lines] for target, lines in lines_of(articles, region).items()},
            lexicon.stop,
        )

    def decide(self, text: str) -> Decision:
        """What the message asks for. Reads the first 500 characters. Never raises."""
        words = self.lexicon.words(text)
        asks = self.lexicon.count("question", words) + ("?" in text[:MAX_CHARS])
        return self.danger(words) or self.command(text, words) or self.ranked(words, asks)

    def danger(self, words: list[str]) -> Decision | None:
        found = self.lexicon.dangers_in(words)
        if not found or not (any(danger.certain for danger in found) or self.now(words)):
            return None
        category = next((danger.category for danger in found if danger.category in self.categories), None)
        return Decision(DecisionKind.EMERGENCY, category=category)

    def now(self, words: list[str]) -> bool:
        """Is it happening now, or does someone ask calmly?"""
        return self.lexicon.count("urgent", words) > 0 or self.lexicon.count("calm", words) == 0

    def command(self, text: str, words: list[str]) -> Decision | None:
        count = self.lexicon.count
        if self.ticket.search(text[:MAX_CHARS]) or count("status", words):
            return Decision(DecisionKind.STATUS)
        if count("operator", words):
            return Decision(DecisionKind.OPERATOR)
        if self.greeting(words):
            return Decision(DecisionKind.GREET)
        return Decision(DecisionKind.DECLINE) if self.foreign(words) else None

    def greeting(self, words: list[str]) -> bool:
        """Short, and nothing in it but greeting words and words that tell nothing."""
        said = set(words) - self.lexicon.stop - self.home_words
        return len(words) <= SHORT and bool(said) and said <= self.lexicon.greet

    def foreign(self, words: list[str]) -> bool:
        """About another regency and no place of ours, or about a matter that no public office has."""
        named = self.elsewhere.said(words) and self.here.isdisjoint(words)
        return bool(named) or self.lexicon.count("outside", words) > 0

    def ranked(self, words: list[str], asks: int) -> Decision:
        """`asks`: how many cues say that it is a question."""
        complains = self.lexicon.count("complaint", words)
        topics, reports = self.balanced(words, min(asks, MAX_CUES) - min(complains, MAX_CUES))
        topic, report = first(topics), first(reports)
        if report[0] > topic[0] and (report[0] >= SURE or (report[0] >= SURE_REPORT and not asks)):
            return Decision(DecisionKind.REPORT, category=report[1], confidence=confidence(report[0], SURE_REPORT))
        meant = asks or (self.scorer.several(words) and topic[0] >= CLEAR_OF_REPORTS * report[0])
        if meant and topic[0] >= SURE and topic[0] >= CLEAR * first(topics[1:])[0]:
            return Decision(DecisionKind.ANSWER, topic=topic[1], confidence=confidence(topic[0], SURE))
        return offered(topics, reports if complains or not asks else [])

    def balanced(self, words: list[str], balance: int) -> tuple[list[Scored], list[Scored]]:
        """Scores of topics and of categories, topics raised when the sentence asks, categories when it complains."""
        scores = self.scorer.scores(words)
        topics = [(score * (1 + CUE * balance), key) for score, key in scores if key not in self.categories]
        return topics, [(score * (1 - CUE * balance), key) for score, key in scores if key in self.categories]


def offered(topics: list[Scored], reports: list[Scored]) -> Decision:
    """The topics and categories that are worth offering, as a question back; else decline."""
    fair = [(confidence(score, SURE), key) for score, key in topics if score >= FAIR]
    fair += [(confidence(score, SURE_REPORT), key) for score, key in reports if score >= FAIR_REPORT]
    options = tuple(Option(key, sure) for sure, key in sorted(fair, key=order)[:MAX_OPTIONS])
    if not options:
        return Decision(DecisionKind.DECLINE)
    return Decision(DecisionKind.CLARIFY, confidence=options[0].confidence, options=options)


def lines_of(articles: Mapping[str, Article], region: Region) -> dict[str, tuple[str, ...]]:
    """Topic or category id → all that residents may say about it."""
    topics = {a.id: (a.title, *a.known_as, *a.phrasings) for a in articles.values()}
    return topics | {c.id: (c.label, c.covers, *c.phrasings) for c in region.categories.values()}


def first(ranked: list[Scored]) -> Scored:
    return ranked[0] if ranked else (0.0, "")


def confidence(score: float, sure: float) -> float:
    """A score as a number of 0 to 1, one half being sure enough to act; not yet a calibrated probability."""
    return round(min(1.0, score / (2 * sure)), 3)
