"""The notice at first contact: told once with our first answer, agreed to by going on, told again when it changes.

What was told and agreed stands in the conversation (`notice`, `agreed`: versions), which every turn loads anyway.
"""

from __future__ import annotations

from dataclasses import replace

from domain.messages import Kind
from handlers import emergency
from handlers.matching import command_of
from handlers.turn import Replies, Turn

GOES_ON = (Kind.TEXT, Kind.BUTTON, Kind.PHOTO, Kind.FILE, Kind.LOCATION)
ABOUT_DATA = ("privasi", "berhenti", "dataku", "hapus")  # commands that agree to nothing
DATA_BUTTONS = ("privacy", "refuse", "erase")
LATER = -1  # instead of a version: the next answer tells it, not this one


def version(turn: Turn) -> int:
    return turn.app.region.privacy.version


def is_open(turn: Turn) -> bool:
    """The notice was told, and the resident has not said anything to it yet."""
    return turn.data.get("notice") == version(turn) != turn.data.get("agreed")


def has_agreed(turn: Turn) -> bool:
    """To this notice or to an earlier one."""
    return bool(turn.data.get("agreed"))


def refuses(turn: Turn) -> bool:
    return is_open(turn) and turn.incoming.kind is Kind.TEXT and turn.said("words.refuse")


async def go_on(turn: Turn) -> None:
    """Who goes on after the notice agrees to it; who writes again after they had enough hears of us again."""
    if not _goes_on(turn):
        return
    resident, unit, now = turn.conversation.resident, turn.unit, turn.app.now()
    if is_open(turn):
        await unit.privacy.agree(resident.id, version(turn), now)
        turn.data["agreed"] = version(turn)
    if resident.stopped_at:
        await unit.conversations.stop(resident.id, None)
        await unit.conversations.reachable(turn.incoming.channel, turn.incoming.sender, True)
        turn.conversation.resident = replace(resident, stopped_at=None)


def _goes_on(turn: Turn) -> bool:
    if turn.incoming.kind not in GOES_ON or refuses(turn):
        return False
    if turn.incoming.kind is Kind.BUTTON:
        return turn.incoming.button.partition(":")[0] not in DATA_BUTTONS
    return command_of(turn.text) not in ABOUT_DATA


def with_notice(turn: Turn, replies: Replies) -> Replies:
    """Our answer with the notice below, if it is not told yet. Who calls for help is told later."""
    told = turn.data.get("notice", 0)
    if told == LATER:
        turn.data["notice"] = 0
    if told in (version(turn), LATER) or not replies or _calls_for_help(turn):
        return replies
    turn.data["notice"] = version(turn)
    *first, last = replies
    key = "privacy.notice_again" if told else "privacy.notice"
    text = f"{last.text}\n\n{turn.say(key, controller=turn.app.region.privacy.controller)}"
    row = () if last.ask_location else ((turn.button("privacy", "button.privacy"),),)  # one keyboard a message
    return [*first, replace(last, text=text, buttons=last.buttons + row)]


def _calls_for_help(turn: Turn) -> bool:
    return turn.incoming.kind is Kind.TEXT and (emergency.danger(turn) or emergency.dangerous_matter(turn))
