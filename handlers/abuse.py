"""Who writes too fast or is blocked. Calls for help come before all of this in the table of routes."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.messages import Kind, Rate
from domain.rates import Bucket
from handlers.emergency import numbers_text
from handlers.turn import Replies, Turn
from services.abuse import is_blocked

COUNTED = (Kind.TEXT, Kind.BUTTON, Kind.PHOTO, Kind.FILE, Kind.LOCATION, Kind.EDIT, Kind.UNSUPPORTED)
TOLD_EVERY = timedelta(minutes=1)  # who goes on writing too fast is told no more often


def spend(turn: Turn) -> None:
    """Count the message against the resident's budget."""
    limits = turn.app.region.limits
    if turn.incoming.kind in COUNTED:
        turn.over_budget = not _take(turn, "pace", Rate(limits.messages_a_minute / 60, limits.messages_at_once))


def _take(turn: Turn, name: str, rate: Rate) -> bool:
    """One token of a bucket that the conversation remembers."""
    now, known = turn.app.now(), turn.data.get(name)
    bucket = Bucket(rate, datetime.fromisoformat(known) if known else now)
    taken = bucket.take(now)
    turn.data[name] = bucket.full_at.isoformat()
    return taken


def writes_too_fast(turn: Turn) -> bool:
    return turn.over_budget


async def slow_down(turn: Turn) -> Replies:
    """Told once a minute; in between there is silence."""
    now, told = turn.app.now(), turn.data.get("slowed")
    turn.toast = turn.say("abuse.too_fast_toast")
    if told and now - datetime.fromisoformat(told) < TOLD_EVERY:
        return []
    turn.data["slowed"] = now.isoformat()
    return [turn.reply("abuse.too_fast")]


def blocked(turn: Turn) -> bool:
    return turn.incoming.kind in COUNTED and is_blocked(turn.conversation.resident.blocked_until, turn.app.now())


async def say_blocked(turn: Turn) -> Replies:
    """Until when and why, whom to ask, and the numbers that help all the same."""
    resident, region = turn.conversation.resident, turn.app.region
    found = await turn.unit.privacy.block_of(resident.id, turn.app.now())
    reason = region.limits.blocks.get(found.reason) if found else None
    until = turn.app.day_and_hour(resident.blocked_until or turn.app.now(), turn.language)
    why = reason.told if reason else turn.say("abuse.some_reason")
    contact = region.privacy.contact
    return [turn.reply("abuse.blocked", until=until, reason=why, numbers=numbers_text(turn), contact=contact)]
