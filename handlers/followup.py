"""A short question right after an answer goes on about the same topic."""

from __future__ import annotations

from domain.feedback import Miss
from domain.messages import Kind, Reply
from handlers import ask, memory, talk
from handlers.start import back_row
from handlers.turn import Replies, Turn
from knowledge.article import Article
from knowledge.routing.decision import DecisionKind
from knowledge.routing.ear import Asked

SURE = 0.95  # confidence in another matter that no word of the question names
LIKELY = 0.5  # the same, where the question has words of its own
COMMANDS = (DecisionKind.EMERGENCY, DecisionKind.STATUS, DecisionKind.OPERATOR)


def asks_on(turn: Turn) -> bool:
    """A short question that only makes sense with the topic of the last answer."""
    topic_id = memory.recent_topic(turn)
    if turn.incoming.kind is not Kind.TEXT or not topic_id or talk.was_answered_lately(turn):
        return False
    asked = turn.app.knowledge.ear.asked(turn.text)
    if asked is None or not asked.incomplete or turn.decision.kind in COMMANDS:
        return False
    limit = LIKELY if asked.rest or not asked.part else SURE
    return not _elsewhere(turn, topic_id, limit) and (_is_bare(asked) or bool(_part_with(turn, topic_id, asked)))


def lacks_a_matter(turn: Turn) -> bool:
    """A question for a part of nothing: how long, how much, with no answer before it."""
    asked = turn.app.knowledge.ear.asked(turn.text) if turn.incoming.kind is Kind.TEXT else None
    return asked is not None and _is_bare(asked) and turn.decision.kind in (DecisionKind.CLARIFY, DecisionKind.DECLINE)


def _is_bare(asked: Asked) -> bool:
    """It names a part and nothing else."""
    return bool(asked.part) and not asked.rest


def _elsewhere(turn: Turn, topic_id: str, limit: float) -> bool:
    """Whether the router takes it for another matter, and how sure it is."""
    decision = turn.decision
    if decision.kind is DecisionKind.CLARIFY and limit >= SURE:
        return False
    other = decision.topic or decision.category or next((option.id for option in decision.options), topic_id)
    return other != topic_id and decision.confidence >= limit


def _part_with(turn: Turn, topic_id: str, asked: Asked) -> str:
    """The part of the article in which the words stand; "" for none."""
    article = turn.app.knowledge.article(topic_id)
    return turn.app.knowledge.ear.mentioned(asked.rest or asked.words, article) if article else ""


async def go_on(turn: Turn) -> Replies:
    """The part of the article that was asked for, or the honest word that it is not known."""
    topic_id = memory.recent_topic(turn)
    article, asked = turn.app.knowledge.article(topic_id), turn.app.knowledge.ear.asked(turn.text)
    name = asked.part if asked else ""
    if article and asked and name not in article.parts:
        name = _part_with(turn, topic_id, asked) or name
    if article and name in article.parts:
        memory.remember(turn, topic_id, turn.text)
        return [ask.told(turn, article, name)]
    return [await _missing(turn, topic_id, name, article)]


async def _missing(turn: Turn, topic_id: str, name: str, article: Article | None) -> Reply:
    """The article, if there is one, says nothing about it: a person may."""
    await memory.miss(turn, Miss.MISSING, turn.text, topic_id)
    turn.go("ask.pass", question=turn.text[: memory.QUESTION_KEPT])
    title = article.title if article else turn.app.knowledge.topics[topic_id].title
    rows = ((turn.button("pass:yes", "button.pass_on"),), back_row(turn))
    return turn.reply("ask.part_missing", *rows, part=turn.say(f"part.{name}").lower(), title=title)
