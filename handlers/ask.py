"""Questions and their articles."""

from __future__ import annotations

from domain.messages import Button, Reply
from domain.text import one_line
from handlers.article import SOURCES, first_answer, renewing
from handlers.article import part as one_part
from handlers.start import back_row, menu_rows
from handlers.turn import Replies, Turn
from knowledge.article import Article
from knowledge.topics import Topic

BUTTON_LABEL = 40  # characters that a phone shows of a wide button
QUESTION_KEPT = 1000


async def domain(turn: Turn) -> Replies:
    """The topics of one domain."""
    topics = turn.app.knowledge.topics_of(turn.argument)
    if not topics:
        return [turn.reply("start.stale", *menu_rows(turn))]
    rows = tuple((Button(f"topic:{article.id}", one_line(article.title, BUTTON_LABEL)),) for article in topics)
    return [turn.reply("ask.topics", *rows, back_row(turn), domain=turn.app.region.domains[turn.argument])]


async def topic(turn: Turn) -> Replies:
    """A topic chosen by its button."""
    return _tell(turn, turn.argument, turn.data.get("question", "")) or [turn.reply("start.stale", *menu_rows(turn))]


async def answer(turn: Turn) -> Replies:
    """The router is sure of one topic."""
    return _tell(turn, turn.decision.topic or "", turn.text) or await unanswered(turn)


def _tell(turn: Turn, topic_id: str, question: str) -> Replies:
    """The article of a topic; where there is none yet, whose matter it is. Nothing for a topic that does not exist."""
    article, known = turn.app.knowledge.article(topic_id), turn.app.knowledge.topics.get(topic_id)
    if article:
        return [_answer(turn, article, question)]
    return [_whose(turn, known, question)] if known else []


def _whose(turn: Turn, known: Topic, question: str) -> Reply:
    """No article yet: say so, and offer to pass the question on to whom it concerns."""
    turn.go(topic=known.id, question=question[:QUESTION_KEPT])
    key = "ask.not_answered_yet" if known.ours else "ask.not_ours"
    row = (turn.button("pass:yes", "button.pass_on"),)
    agency = turn.app.region.agencies[known.agency].name
    return turn.reply(key, row, (turn.button("menu", "button.menu"),), title=known.title, agency=agency)


def _answer(turn: Turn, article: Article, question: str) -> Reply:
    """An article's short answer; past its date a person instead of it."""
    if article.expired(turn.today):
        return _renewing(turn, article, question)
    turn.go(topic=article.id)
    return first_answer(turn.say, turn.app.region, article, question)


def _renewing(turn: Turn, article: Article, question: str) -> Reply:
    turn.go("ask.pass", topic=article.id, question=question[:QUESTION_KEPT])
    return renewing(turn.say, turn.app.region, article)


async def part(turn: Turn) -> Replies:
    """One part of an article, or its sources."""
    topic_id, _, name = turn.argument.rpartition(":")
    article = turn.app.knowledge.article(topic_id)
    if article is None or name not in (*article.parts, SOURCES):
        return [turn.reply("start.stale", *menu_rows(turn))]
    if name == "ringkas" or article.expired(turn.today):
        return [_answer(turn, article, "")]
    turn.go(topic=article.id)
    return [one_part(turn.say, turn.app.region, article, name)]


async def clarify(turn: Turn) -> Replies:
    """Two or three candidates: the resident chooses."""
    turn.go(question=turn.text[:QUESTION_KEPT])
    options = [button for option in turn.decision.options if (button := _option(turn, option.id))]
    rows = tuple((button,) for button in options)
    return [turn.reply("ask.clarify", *rows, (turn.button("none", "button.none"),))] if rows else await unanswered(turn)


def _option(turn: Turn, option_id: str) -> Button | None:
    """A topic, or a category to report in."""
    known = turn.app.knowledge.topics.get(option_id)
    if known:
        return Button(f"topic:{known.id}", one_line(known.title, BUTTON_LABEL))
    category = turn.app.region.categories.get(option_id)
    return turn.button(f"report:{category.id}", "button.report_category", category=category.label) if category else None


async def none_of_these(turn: Turn) -> Replies:
    """Nothing fitted: the question can go to a person."""
    return [_offer_a_person(turn, turn.data.get("question", ""))]


async def unanswered(turn: Turn) -> Replies:
    """No article, and none is made up."""
    if not turn.text:
        return [turn.reply("start.empty", *menu_rows(turn))]
    return [_offer_a_person(turn, turn.text)]


def _offer_a_person(turn: Turn, question: str) -> Reply:
    turn.go("ask.pass", question=question[:QUESTION_KEPT])
    row = (turn.button("pass:yes", "button.pass_on"),)
    return turn.reply("ask.unanswered", row, (turn.button("report", "button.report"), turn.button("menu", "button.menu")))
