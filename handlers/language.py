"""Which language the bot speaks with a resident: the one they chose, else the one they write."""

from __future__ import annotations

from domain.messages import Button, Kind
from handlers import memory
from handlers.start import back_row, menu_rows
from handlers.turn import Replies, Turn
from knowledge.routing.ear import ENGLISH


async def choose(turn: Turn) -> Replies:
    names = [Button(f"language:{code}", turn.app.say("language.name", code)) for code in turn.app.phrases.languages]
    return [turn.reply("language.choose", *((name,) for name in names), back_row(turn))]


async def change(turn: Turn) -> Replies:
    if turn.argument not in turn.app.phrases.languages:
        return await choose(turn)
    memory.speak(turn, turn.argument, chosen=True)
    return [turn.reply("language.changed", *menu_rows(turn))]


def writes_english(turn: Turn) -> bool:
    """English, for the first time in this conversation."""
    is_new = turn.incoming.kind is Kind.TEXT and "english" not in turn.data
    return is_new and turn.app.knowledge.ear.language_of(turn.text) == ENGLISH
