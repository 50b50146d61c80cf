"""Life or safety now: numbers first, at once, whatever was going on."""

from __future__ import annotations

from domain.messages import Reply
from handlers import report
from handlers.start import back_row
from handlers.turn import Replies, Turn


def numbers_text(turn: Turn) -> str:
    """The region's numbers, each with what it is for."""
    return "\n".join(f"• **{number.number}** – {number.label}" for number in turn.app.region.emergencies)


async def numbers(turn: Turn) -> Replies:
    """Call first; then the matter can be recorded, or the open report goes on."""
    told = turn.say("emergency.numbers", numbers=numbers_text(turn))
    if report.draft_of(turn):
        return [Reply(told), *report.ask_again(turn)]
    turn.go(emergency=turn.text)
    return [Reply(told, ((turn.button("emergency", "button.record"),), back_row(turn)))]


async def record(turn: Turn) -> Replies:
    """The emergency becomes a report, with what was said already."""
    words = turn.data.pop("emergency", "")
    return report.start_with(turn, text=words)
