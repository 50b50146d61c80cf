"""Which language the bot speaks with a resident."""

from __future__ import annotations

from dataclasses import replace

from domain.messages import Button
from handlers.start import back_row, menu_rows
from handlers.turn import Replies, Turn


async def choose(turn: Turn) -> Replies:
    names = [Button(f"language:{code}", turn.app.say("language.name", code)) for code in turn.app.phrases.languages]
    return [turn.reply("language.choose", *((name,) for name in names), back_row(turn))]


async def change(turn: Turn) -> Replies:
    if turn.argument not in turn.app.phrases.languages:
        return await choose(turn)
    await turn.unit.conversations.speak(turn.conversation.resident.id, turn.argument)
    turn.conversation.resident = replace(turn.conversation.resident, language=turn.argument)
    return [turn.reply("language.changed", *menu_rows(turn))]
