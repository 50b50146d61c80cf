"""Questions and their articles."""

from __future__ import annotations

from domain.messages import Button, Reply
from domain.text import one_line
from handlers.start import back_row, menu_rows
from handlers.turn import Replies, Rows, Turn
from knowledge.article import Article

BUTTON_LABEL = 40  # characters that a phone shows of a wide button
PARTS_IN_FRONT = 3  # parts offered as buttons below the first answer
QUESTION_KEPT = 1000


async def domain(turn: Turn) -> Replies:
    """The topics of one domain."""
    topics = turn.app.knowledge.topics_of(turn.argument)
    if not topics:
        return [turn.reply("start.stale", *menu_rows(turn))]
    rows = tuple((Button(f"topic:{article.id}", one_line(article.title, BUTTON_LABEL)),) for article in topics)
    return [turn.reply("ask.topics", *rows, back_row(turn), domain=turn.app.region.domains[turn.argument])]


async def topic(turn: Turn) -> Replies:
    article = turn.app.knowledge.article(turn.argument)
    return [_answer(turn, article)] if article else [turn.reply("start.stale", *menu_rows(turn))]


async def answer(turn: Turn) -> Replies:
    """The router is sure of one topic."""
    article = turn.app.knowledge.article(turn.decision.topic or "")
    return [_answer(turn, article)] if article else await unanswered(turn)


def _answer(turn: Turn, article: Article) -> Reply:
    """An article's short answer, whose it is, how fresh, and buttons for its parts."""
    turn.go(topic=article.id)
    text = turn.say(
        "ask.answer",
        title=article.title,
        summary=article.summary,
        agency=turn.app.region.agencies[article.agency].name,
        verified=f"{article.verified_on:%d/%m/%Y}",
    )
    return Reply(text, _part_rows(turn, article, PARTS_IN_FRONT))


def _part_rows(turn: Turn, article: Article, most: int, shown: str = "") -> Rows:
    names = [name for name in article.parts if name not in ("ringkas", shown)]
    parts = [turn.button(f"part:{article.id}:{name}", f"part.{name}") for name in names[:most]]
    parts.append(turn.button(f"part:{article.id}:sumber", "part.sumber"))
    rows = tuple(tuple(parts[start : start + 2]) for start in range(0, len(parts), 2))
    return (*rows, back_row(turn))


async def part(turn: Turn) -> Replies:
    """One part of an article, or its sources."""
    topic_id, _, name = turn.argument.rpartition(":")
    article = turn.app.knowledge.article(topic_id)
    if article is None or name not in (*article.parts, "sumber"):
        return [turn.reply("start.stale", *menu_rows(turn))]
    turn.go(topic=article.id)
    text = _sources(article) if name == "sumber" else article.parts[name]
    told = turn.say("ask.part", title=article.title, part=turn.say(f"part.{name}"), text=text)
    return [Reply(told, _part_rows(turn, article, len(article.parts), name))]


def _sources(article: Article) -> str:
    lines = (f"• {source.title} ({source.publisher}, {source.date})\n{source.where}" for source in article.sources)
    return "\n".join(lines)


async def clarify(turn: Turn) -> Replies:
    """Two or three candidates: the resident chooses."""
    turn.go(question=turn.text[:QUESTION_KEPT])
    options = [button for option in turn.decision.options if (button := _option(turn, option.id))]
    rows = tuple((button,) for button in options)
    return [turn.reply("ask.clarify", *rows, (turn.button("none", "button.none"),))] if rows else await unanswered(turn)


def _option(turn: Turn, option_id: str) -> Button | None:
    """A topic, or a category to report in."""
    article = turn.app.knowledge.article(option_id)
    if article:
        return Button(f"topic:{article.id}", one_line(article.title, BUTTON_LABEL))
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
    turn.go(question=question[:QUESTION_KEPT])
    row = (turn.button("pass:yes", "button.pass_on"),)
    return turn.reply("ask.unanswered", row, (turn.button("report", "button.report"), turn.button("menu", "button.menu")))
