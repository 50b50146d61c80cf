"""From a message to one decision, in layers: danger, plain commands, none of our business, then topic or category, or abstain.

What was learned gives probabilities; the thresholds below were set by error budget on messages of an author who wrote none of
the material (see docs/routing.md). Deterministic, without I/O, never raises on a string.
"""

from __future__ import annotations

import re

from knowledge.region import Region
from knowledge.routing.decision import Decision, DecisionKind, Option
from knowledge.routing.familiar import Familiar
from knowledge.routing.lexicon import Lexicon, PhraseBook
from knowledge.routing.material import DANGER, GREETING, OPERATOR, OUTSIDE, STATUS
from knowledge.routing.model import Model, Scores

DANGEROUS = 0.3  # probability from which a message counts as danger; a false alarm costs a line, a missed one a life
DANGER_SAID = 0.002  # the same, where a phrase of danger is said without a sign of calm
DANGER_CALM = 0.5  # the same, where someone asks calmly
DANGER_FEW = 0.95  # the same, where only few words are said and none of them names a danger: "tidak ada", a village
FEW = 4  # words
CRY = 6  # words that a cry for help may have
COMMAND = 0.5
OPERATOR_SAID = 0.05  # the same for an officer, where a phrase asks for one: many tell what an officer did
OUTSIDE_SURE = 0.9  # below it, the options are worth a question
FOREIGN = 0.02  # the same, where another regency is named and no place of ours
ANSWER = 0.46  # how far a topic must be ahead of everything else to be given at once
FAMILIAR = 0.45  # share of a message's words that the topic's own lines must have, too
REPORT = 0.65  # of all categories together, from which a report is begun
OFFER = 0.003  # probability from which an option is worth a button
OFFER_ALL = 0.11  # what the options must reach together
MOST_OPTIONS = 3
SHORT = 8  # words that a greeting may have
READ = 500  # characters in which a ticket number is looked for


class Router:
    """Built anew with every edition; shared by all turns."""

    def __init__(self, model: Model, familiar: Familiar, region: Region, lexicon: Lexicon) -> None:
        self.model = model
        self.familiar = familiar
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
        return self.danger(words, scores) or self.command(text, words, scores) or self.matter(text, words, scores)

    def danger(self, words: list[str], scores: Scores) -> Decision | None:
        """Phrases that leave no doubt, what was learned, or both a little."""
        said = self.lexicon.dangers_in(words)
        learned = scores.kinds[DANGER] if scores.known else 0.0
        certain = any(danger.certain for danger in said)
        if not (certain or self._feels_like_danger(words, learned) or (said and self._now(words, learned))):
            return None
        named = (danger.category for danger in said if danger.category in self.region.categories)
        options = tuple(option for option in _options(scores) if option.id in self.region.categories)[:MOST_OPTIONS]
        sure = round(1.0 if certain else learned, 3)
        return Decision(DecisionKind.EMERGENCY, category=next(named, None), confidence=sure, options=options)

    def _feels_like_danger(self, words: list[str], learned: float) -> bool:
        """What was learned says so; few words, or a calm question, must sound very much like it."""
        if len(words) <= FEW:
            return learned >= DANGER_FEW
        return learned >= (DANGER_CALM if self.lexicon.count("calm", words) else DANGEROUS)

    def _now(self, words: list[str], learned: float) -> bool:
        """A phrase of danger was said: is it a cry, or does someone tell or ask?"""
        if self.lexicon.count("urgent", words):
            return True
        if self.lexicon.count("calm", words):
            return False
        return len(words) <= CRY or learned >= DANGER_SAID

    def command(self, text: str, words: list[str], scores: Scores) -> Decision | None:
        sure, count = {kind for kind, chance in scores.kinds.items() if chance >= COMMAND}, self.lexicon.count
        if self.ticket.search(text[:READ]) or count("status", words) or STATUS in sure:
            return Decision(DecisionKind.STATUS)
        if OPERATOR in sure or (count("operator", words) and scores.kinds[OPERATOR] >= OPERATOR_SAID):
            return Decision(DecisionKind.OPERATOR)
        if self._greeting(words) or (GREETING in sure and len(words) <= SHORT):
            return Decision(DecisionKind.GREET)
        return None

    def _greeting(self, words: list[str]) -> bool:
        """Short, and nothing in it but greeting words and words that tell nothing."""
        said = set(words) - self.lexicon.stop - self.home_words
        return len(words) <= SHORT and bool(said) and said <= self.lexicon.greet

    def matter(self, text: str, words: list[str], scores: Scores) -> Decision:
        """A topic, a category, a choice, or nothing."""
        outside = scores.kinds[OUTSIDE]
        if not scores.known or outside >= (FOREIGN if self._foreign(words) else OUTSIDE_SURE):
            return Decision(DecisionKind.DECLINE, confidence=round(outside, 3))
        options = _options(scores)
        if scores.complains >= REPORT * (1 - scores.kinds[DANGER]):
            return self._report(scores, options)
        if len(words) > 1 and options and self._sure(text, options[0].id, scores):
            topics = tuple(option for option in options if option.id not in self.region.categories)
            return Decision(
                DecisionKind.ANSWER, topic=topics[0].id, confidence=topics[0].confidence, options=topics[:MOST_OPTIONS]
            )
        return _offered(options)

    def _sure(self, text: str, best: str, scores: Scores) -> bool:
        """A topic, well ahead of everything else, in whose words the message is put."""
        return best not in self.region.categories and _margin(scores) >= ANSWER and self.familiar.share(text, best) >= FAMILIAR

    def _report(self, scores: Scores, options: list[Option]) -> Decision:
        """A complaint; its categories are offered until the resident says which."""
        categories = tuple(option for option in options if option.id in self.region.categories)[:MOST_OPTIONS]
        best = categories[0].id if categories else None
        return Decision(DecisionKind.REPORT, category=best, confidence=round(scores.complains, 3), options=categories)

    def _foreign(self, words: list[str]) -> bool:
        """About another regency and no place of ours, or about a matter that no public office has."""
        named = self.elsewhere.said(words) and self.here.isdisjoint(words)
        return bool(named) or self.lexicon.count("outside", words) > 0


def _options(scores: Scores) -> list[Option]:
    """What is worth a button, best first."""
    return [Option(key, round(sure, 3)) for key, sure in scores.best if sure >= OFFER]


def _margin(scores: Scores) -> float:
    """How far the best label is ahead of the next one, or of being none of our business; 0 where there is none."""
    ahead, behind, *_ = *(sure for _, sure in scores.best[:2]), 0.0, 0.0
    return ahead - max(behind, *scores.kinds.values())


def _offered(options: list[Option]) -> Decision:
    """The options that are worth a button, as a question back; else decline."""
    best = tuple(option for option in options[:MOST_OPTIONS] if option.confidence >= OFFER)
    if sum(option.confidence for option in best) < OFFER_ALL:
        return Decision(DecisionKind.DECLINE)
    return Decision(DecisionKind.CLARIFY, confidence=best[0].confidence, options=best)
