"""Life or safety now: numbers first, at once, whatever was going on."""

from __future__ import annotations

from domain.messages import Kind, Reply
from handlers import report
from handlers.start import back_row
from handlers.turn import Replies, Turn

ANSWERS = ("words.yes", "words.skip", "words.continue", "words.fresh", "words.thanks")


def numbers_text(turn: Turn) -> str:
    """The region's numbers, each with what it is for."""
    return "\n".join(f"• **{number.number}** – {number.label}" for number in turn.app.region.emergencies)


def told(turn: Turn) -> str:
    return turn.say("emergency.numbers", numbers=numbers_text(turn))


def danger(turn: Turn) -> bool:
    """Words of danger. A plain "tidak ada" is an answer, whatever it sounds like without its question."""
    answers = any(turn.said(key) for key in ANSWERS)
    return turn.incoming.kind is Kind.TEXT and not answers and turn.decision.kind == "emergency"


def in_the_middle(turn: Turn) -> bool:
    """Words of danger that also answer a question of ours, or are said about a ticket: they must not be lost."""
    asked = turn.conversation.step.partition(".")[0] in ("report", "ticket", "operator")
    return (asked or turn.quoted_ticket is not None) and danger(turn)


def dangerous_matter(turn: Turn) -> bool:
    """A complaint of a category in which somebody may be in danger."""
    if turn.incoming.kind is not Kind.TEXT or turn.decision.kind != "report":
        return False
    category = turn.app.region.categories.get(turn.decision.category or "")
    return category is not None and category.emergency


async def numbers(turn: Turn) -> Replies:
    """Call first; then the matter can be recorded."""
    turn.go(emergency=turn.text)
    return [Reply(told(turn), ((turn.button("emergency", "button.record"),), back_row(turn)))]


async def record(turn: Turn) -> Replies:
    """The emergency becomes a report, with what was said already."""
    words = turn.data.pop("emergency", "")
    return report.start_with(turn, text=words)
