"""From a message to one decision, in layers: danger, plain commands, none of our business, then topic or category, or abstain.

What was learned gives probabilities; the thresholds below were set by error budget on messages of an author who wrote none of
the material (see docs/routing.md). Deterministic, without I/O, never raises on a string.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge.region import Region
from knowledge.routing.decision import Decision, DecisionKind, Option
from knowledge.routing.lexicon import Lexicon, PhraseBook
from knowledge.routing.material import COMPLAINT, EMERGENCY, GREETING, OPERATOR, OUTSIDE, QUESTION, STATUS
from knowledge.routing.model import Model, Scores

DANGER = 0.06  # probability from which a message counts as danger; a false alarm costs a line, a missed one a life
DANGER_SAID = 0.002  # the same, where a phrase of danger is said without a sign of calm
DANGER_CALM = 0.5  # the same, where someone asks calmly
DANGER_FEW = 0.95  # the same, where only few words are said and none of them names a danger: "tidak ada", a village
FEW = 4  # words
CRY = 6  # words that a cry for help may have
COMMAND = 0.5
OUTSIDE_SURE = 0.2
FOREIGN = 0.02  # the same, where another regency is named and no place of ours
ASKS = 0.4  # share of question against complaint and neither, from which an article may be given
ANSWER = 0.4  # how far the topic must be ahead of the next one, then
REPORT = 0.7  # share of complaint against question from which a report is begun
OFFER = 0.015  # probability from which an option is worth a button
OFFER_ALL = 0.06  # what the options must reach together
MOST_OPTIONS = 3
SHORT = 8  # words that a greeting may have
READ = 500  # characters in which a ticket number is looked for


@dataclass(frozen=True, slots=True)
class Likely:
    """Probabilities of question, complaint and neither, and the options of both, best first."""

    asks: float
    complains: float
    outside: float
    options: list[Option]


class Router:
    """Built anew with every edition; shared by all turns."""

    def __init__(self, model: Model, region: Region, lexicon: Lexicon) -> None:
        self.model = model
        self.region = region
        self.lexicon = lexicon
        self.ticket = re.compile(rf"\b{re.escape(region.code)}[\s-]?\d\d[\s-]?\d{{4,6}}[\s-]?[A-Z0-9]?\b", re.IGNORECASE)
        self.elsewhere = PhraseBook(tuple(lexicon.words(name)) for name in region.words.elsewhere)
        self.home_words = frozenset(lexicon.words(region.short_name))
        districts = {word for name in region.districts for word in lexicon.words(name)}
        self.here = self.home_words | (districts - region.words.ordinary)

    def decide(self, text: str) -> Decision:
        """What the message asks for. Never raises."""
        words = self.lexicon.words(text)
        scores = self.model.scores(text)
        return self.danger(words, scores) or self.command(text, words, scores) or self.matter(words, scores)

    def danger(self, words: list[str], scores: Scores) -> Decision | None:
        """Phrases that leave no doubt, what was learned, or both a little."""
        said = self.lexicon.dangers_in(words)
        learned = float(scores.kinds[EMERGENCY]) if scores.known else 0.0
        certain = any(danger.certain for danger in said)
        if not (certain or self._feels_like_danger(words, learned) or (said and self._now(words, learned))):
            return None
        named = (danger.category for danger in said if danger.category in self.region.categories)
        return Decision(DecisionKind.EMERGENCY, category=next(named, None), confidence=round(1.0 if certain else learned, 3))

    def _feels_like_danger(self, words: list[str], learned: float) -> bool:
        """What was learned says so; few words, or a calm question, must sound very much like it."""
        if len(words) <= FEW:
            return learned >= DANGER_FEW
        return learned >= (DANGER_CALM if self.lexicon.count("calm", words) else DANGER)

    def _now(self, words: list[str], learned: float) -> bool:
        """A phrase of danger was said: is it a cry, or does someone tell or ask?"""
        if self.lexicon.count("calm", words) and not self.lexicon.count("urgent", words):
            return False
        return len(words) <= CRY or learned >= DANGER_SAID

    def command(self, text: str, words: list[str], scores: Scores) -> Decision | None:
        sure, count = scores.kinds >= COMMAND, self.lexicon.count
        if self.ticket.search(text[:READ]) or count("status", words) or sure[STATUS]:
            return Decision(DecisionKind.STATUS)
        if count("operator", words) or sure[OPERATOR]:
            return Decision(DecisionKind.OPERATOR)
        if self._greeting(words) or (sure[GREETING] and len(words) <= SHORT):
            return Decision(DecisionKind.GREET)
        return None

    def _greeting(self, words: list[str]) -> bool:
        """Short, and nothing in it but greeting words and words that tell nothing."""
        said = set(words) - self.lexicon.stop - self.home_words
        return len(words) <= SHORT and bool(said) and said <= self.lexicon.greet

    def matter(self, words: list[str], scores: Scores) -> Decision:
        """A topic, a category, a choice, or nothing."""
        outside = float(scores.kinds[OUTSIDE])
        if not scores.known or outside >= (FOREIGN if self._foreign(words) else OUTSIDE_SURE):
            return Decision(DecisionKind.DECLINE, confidence=round(outside, 3))
        likely = self.likely(scores)
        if likely.complains >= REPORT:
            return self._report(likely, scores)
        if len(words) > 1 and likely.asks >= ASKS and _margin(scores) >= ANSWER:
            topic, sure = scores.topics[0]
            return Decision(DecisionKind.ANSWER, topic=topic, confidence=round(sure, 3), options=_topics(scores))
        return _offered(likely.options)

    def likely(self, scores: Scores) -> Likely:
        """Topics and categories on one scale: how probably it asks, times how probably this topic; likewise complaints."""
        asks, complains, outside = (float(scores.kinds[kind]) for kind in (QUESTION, COMPLAINT, OUTSIDE))
        whole = asks + complains + outside
        asks, complains, outside = asks / whole, complains / whole, outside / whole
        options = [Option(key, round(asks * sure, 3)) for key, sure in scores.topics]
        options += [Option(key, round(complains * sure, 3)) for key, sure in scores.categories]
        return Likely(asks, complains, outside, sorted(options, key=lambda option: (-option.confidence, option.id)))

    def _report(self, likely: Likely, scores: Scores) -> Decision:
        options = tuple(Option(key, round(likely.complains * sure, 3)) for key, sure in scores.categories[:MOST_OPTIONS])
        best = options[0].id if options else None
        return Decision(DecisionKind.REPORT, category=best, confidence=round(likely.complains, 3), options=options)

    def _foreign(self, words: list[str]) -> bool:
        """About another regency and no place of ours, or about a matter that no public office has."""
        named = self.elsewhere.said(words) and self.here.isdisjoint(words)
        return bool(named) or self.lexicon.count("outside", words) > 0


def _margin(scores: Scores) -> float:
    """How far the best topic is ahead of the next one, or of none at all; 0 where there is no topic."""
    ahead, *behind = [*(sure for _, sure in scores.topics[:2]), 0.0]
    return ahead - max(*behind, scores.nothing)


def _topics(scores: Scores) -> tuple[Option, ...]:
    return tuple(Option(key, round(sure, 3)) for key, sure in scores.topics[:MOST_OPTIONS] if sure >= OFFER)


def _offered(options: list[Option]) -> Decision:
    """The options that are worth a button, as a question back; else decline."""
    best = tuple(option for option in options[:MOST_OPTIONS] if option.confidence >= OFFER)
    if sum(option.confidence for option in best) < OFFER_ALL:
        return Decision(DecisionKind.DECLINE)
    return Decision(DecisionKind.CLARIFY, confidence=best[0].confidence, options=best)
