"""The menu, the ways out, and everything that needs no more than a friendly word."""

from __future__ import annotations

from domain.messages import Button, Kind
from handlers.turn import Replies, Rows, Turn


def menu_rows(turn: Turn) -> Rows:
    """The three domains and what one can do."""
    domains = tuple((Button(f"domain:{key}", label),) for key, label in turn.app.region.domains.items())
    return (
        *domains,
        (turn.button("report", "button.report"), turn.button("status", "button.status")),
        (turn.button("operator", "button.operator"),),
    )


def back_row(turn: Turn) -> tuple[Button, ...]:
    """Always a way to a person and back to the menu."""
    return (turn.button("operator", "button.operator"), turn.button("menu", "button.menu"))


async def menu(turn: Turn) -> Replies:
    turn.forget()
    return [turn.reply("start.greeting", *menu_rows(turn), region=turn.app.region.name)]


async def cancel(turn: Turn) -> Replies:
    had_something = bool(turn.conversation.step)
    turn.forget()
    return [turn.reply("start.cancelled" if had_something else "start.nothing_to_cancel", *menu_rows(turn))]


async def help_(turn: Turn) -> Replies:
    return [turn.reply("start.help", *menu_rows(turn))]


def says_thanks(turn: Turn) -> bool:
    """Thanks, a goodbye, or "fine" after an answer: not the beginning of anything."""
    return turn.incoming.kind is Kind.TEXT and (turn.said("words.thanks") or turn.app.knowledge.ear.is_thanks(turn.text))


async def thanks(turn: Turn) -> Replies:
    """One line, and no menu: the resident is content."""
    return [turn.reply("start.thanks")]


async def unknown_command(turn: Turn) -> Replies:
    return [turn.reply("start.unknown_command", back_row(turn))]


async def unsupported(turn: Turn) -> Replies:
    return [turn.reply("start.unsupported", back_row(turn))]


async def stale(turn: Turn) -> Replies:
    """A button of long ago, or one that we never made."""
    turn.toast = turn.say("start.stale_toast")
    return [turn.reply("start.stale", back_row(turn))]


async def membership(turn: Turn) -> Replies:
    """The resident blocked or unblocked us: letters stop or go on."""
    await turn.unit.conversations.reachable(turn.incoming.channel, turn.incoming.sender, not turn.incoming.blocked)
    return []


async def nothing(_turn: Turn) -> Replies:
    """Kept, needs no answer."""
    return []
