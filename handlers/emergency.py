"""Life or safety now: numbers first, at once, whatever was going on."""

from __future__ import annotations

from domain.messages import Kind, Reply
from handlers import report
from handlers.start import back_row
from handlers.turn import Replies, Turn


def numbers_text(turn: Turn) -> str:
    """The region's numbers, each with what it is for."""
    return "\n".join(f"• **{number.number}** – {number.label}" for number in turn.app.region.emergencies)


def told(turn: Turn) -> str:
    return turn.say("emergency.numbers", numbers=numbers_text(turn))


def in_the_middle(turn: Turn) -> bool:
    """Words of danger that also answer a question of ours, or are said about a ticket: they must not be lost."""
    something_open = bool(turn.conversation.step) or turn.quoted_ticket is not None
    return something_open and turn.incoming.kind is Kind.TEXT and turn.decision.kind == "emergency"


async def numbers(turn: Turn) -> Replies:
    """Call first; then the matter can be recorded."""
    turn.go(emergency=turn.text)
    return [Reply(told(turn), ((turn.button("emergency", "button.record"),), back_row(turn)))]


async def record(turn: Turn) -> Replies:
    """The emergency becomes a report, with what was said already."""
    words = turn.data.pop("emergency", "")
    return report.start_with(turn, text=words)
