"""Questions and their articles."""

from __future__ import annotations

from collections.abc import Sequence

from domain.feedback import Miss
from domain.messages import Button, Reply
from domain.text import one_line
from handlers import memory
from handlers.article import SOURCES, first_answer, renewing
from handlers.article import part as one_part
from handlers.start import back_row, menu_rows
from handlers.turn import Replies, Rows, Turn
from knowledge.article import Article
from knowledge.topics import Topic

BUTTON_LABEL = 40  # characters that a phone shows of a wide button
MOST_OTHERS = 3  # candidates that are offered when the first ones did not fit
ENOUGH = 2  # failures in a row after which a person is offered straight away


async def domain(turn: Turn) -> Replies:
    """The topics of one domain."""
    topics = turn.app.knowledge.topics_of(turn.argument)
    if not topics:
        return [turn.reply("start.stale", *menu_rows(turn))]
    rows = tuple((Button(f"topic:{article.id}", one_line(article.title, BUTTON_LABEL)),) for article in topics)
    return [turn.reply("ask.topics", *rows, back_row(turn), domain=turn.app.region.domains[turn.argument])]


async def topic(turn: Turn) -> Replies:
    """A topic chosen by its button."""
    question = turn.data.get("question", "") if "shown" in turn.data else ""
    return _tell(turn, turn.argument, question, None) or [turn.reply("start.stale", *menu_rows(turn))]


async def answer(turn: Turn) -> Replies:
    """The router is sure of one topic."""
    return _tell(turn, turn.decision.topic or "", turn.text, turn.decision.confidence) or await unanswered(turn)


def _tell(turn: Turn, topic_id: str, question: str, confidence: float | None) -> Replies:
    """The article of a topic; where there is none yet, whose matter it is. Nothing for a topic that does not exist."""
    article, known = turn.app.knowledge.article(topic_id), turn.app.knowledge.topics.get(topic_id)
    if article:
        return [_answer(turn, article, question, confidence)]
    return [_whose(turn, known, question)] if known else []


def _whose(turn: Turn, known: Topic, question: str) -> Reply:
    """No article yet: say so, and offer to pass the question on to whom it concerns."""
    memory.remember(turn, known.id)
    turn.data["question"] = question[: memory.QUESTION_KEPT]
    key = "ask.not_answered_yet" if known.ours else "ask.not_ours"
    row = (turn.button("pass:yes", "button.pass_on"),)
    agency = turn.app.region.agencies[known.agency].name
    return turn.reply(key, row, (turn.button("menu", "button.menu"),), title=known.title, agency=agency)


def _answer(turn: Turn, article: Article, question: str, confidence: float | None) -> Reply:
    """An article's short answer with thumbs; past its date a person instead of it."""
    if article.expired(turn.today):
        return renewed(turn, article, question)
    memory.remember(turn, article.id, question)
    name = memory.give(turn, article.id, confidence, question)
    thumbs = (turn.button(f"vote:up:{name}", "button.vote_up"), turn.button(f"vote:down:{name}", "button.vote_down"))
    return first_answer(turn.say, turn.app.region, article, question, thumbs)


def renewed(turn: Turn, article: Article, question: str) -> Reply:
    """The article is past its date: what we are doing about it, and a person."""
    memory.remember(turn, article.id)
    turn.go("ask.pass", question=question[: memory.QUESTION_KEPT])
    return renewing(turn.say, turn.app.region, article)


async def part(turn: Turn) -> Replies:
    """One part of an article, or its sources."""
    topic_id, _, name = turn.argument.rpartition(":")
    article = turn.app.knowledge.article(topic_id)
    if article is None or name not in (*article.parts, SOURCES):
        return [turn.reply("start.stale", *menu_rows(turn))]
    if name == "ringkas" or article.expired(turn.today):
        return [_answer(turn, article, "", None)]
    memory.remember(turn, article.id)
    return [told(turn, article, name)]


def told(turn: Turn, article: Article, name: str) -> Reply:
    """One part of an article with the ways to the others; past its date a person instead of it."""
    return (
        renewed(turn, article, turn.text) if article.expired(turn.today) else one_part(turn.say, turn.app.region, article, name)
    )


async def clarify(turn: Turn) -> Replies:
    """Two or three candidates: the resident chooses."""
    shown = [option.id for option in turn.decision.options]
    rows = _option_rows(turn, shown)
    if not rows:
        return await unanswered(turn)
    turn.go(question=turn.text[: memory.QUESTION_KEPT], shown=shown)
    return [turn.reply("ask.clarify", *rows, (turn.button("none", "button.none"),))]


def _option_rows(turn: Turn, options: Sequence[str]) -> Rows:
    """A button for each that exists."""
    return tuple((button,) for option in options if (button := _option(turn, option)))


def _option(turn: Turn, option_id: str) -> Button | None:
    """A topic, or a category to report in."""
    known = turn.app.knowledge.topics.get(option_id)
    if known:
        return Button(f"topic:{known.id}", one_line(known.title, BUTTON_LABEL))
    category = turn.app.region.categories.get(option_id)
    return turn.button(f"report:{category.id}", "button.report_category", category=category.label) if category else None


async def none_of_these(turn: Turn) -> Replies:
    """Nothing fitted: first other candidates, then a person."""
    question = str(turn.data.get("question", ""))
    if memory.failed(turn) >= ENOUGH:
        await memory.miss(turn, Miss.REJECTED, question)
        return [_offer_a_person(turn, "ask.twice", question)]
    return [_widen(turn, question)]


def _widen(turn: Turn, question: str) -> Reply:
    """The next candidates and the topics of their neighbourhood; without a question, the domains."""
    shown = turn.data.get("shown", [])
    others = [option.id for option in turn.app.knowledge.others(question, shown)][:MOST_OTHERS] if question else []
    turn.go(shown=[*shown, *others])
    domains = {key.partition("/")[0] for key in (*shown, *others)} & set(turn.app.region.domains) or turn.app.region.domains
    rows = [(Button(f"domain:{key}", label),) for key, label in turn.app.region.domains.items() if key in domains]
    last = (turn.button("none", "button.none"), turn.button("operator", "button.operator"))
    return turn.reply("ask.others", *_option_rows(turn, others), *rows, last)


async def unanswered(turn: Turn) -> Replies:
    """No article, and none is made up."""
    if not turn.text:
        return [turn.reply("start.empty", *menu_rows(turn))]
    await memory.miss(turn, Miss.DECLINED, turn.text)
    return [_offer_a_person(turn, "ask.twice" if memory.failed(turn) >= ENOUGH else "ask.unanswered", turn.text)]


async def which_matter(turn: Turn) -> Replies:
    """It asks for a price, a place, a time; of what?"""
    return [turn.reply("ask.which_matter", *menu_rows(turn))]


def _offer_a_person(turn: Turn, key: str, question: str) -> Reply:
    turn.go("ask.pass", question=question[: memory.QUESTION_KEPT])
    row = (turn.button("pass:yes", "button.pass_on"),)
    return turn.reply(key, row, (turn.button("report", "button.report"), turn.button("menu", "button.menu")))
