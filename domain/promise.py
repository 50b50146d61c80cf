"""Promises: times that we owe. What begins them, when their agency is warned and when they count as broken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.clock import Calendar, warned_at


class PromiseKind(StrEnum):
    REACTION = "reaction"  # somebody at the agency looks at it: the local promise beside the legal ones
    VERIFICATION = "verification"  # it lies with the agency that it belongs to
    ANSWER = "answer"  # the first answer with substance
    CLOSING = "closing"  # the resident's time to say whether it is done


class Stage(StrEnum):
    """How far a promise's clock has come. Each stage is reached once."""

    RUNNING = "running"
    WARNED = "warned"
    BROKEN = "broken"  # the head of the agency was told
    ESCALATED = "escalated"  # the coordinator was told
    OVER = "over"  # kept, or nothing is owed any more


@dataclass(frozen=True, slots=True)
class Promise:
    """`tick_at`: when the clock next has something to do; None = never. `paused_at`: since when it stands still."""

    ticket_id: int
    kind: PromiseKind
    begun_at: datetime
    due_at: datetime
    tick_at: datetime | None
    stage: Stage = Stage.RUNNING
    paused_at: datetime | None = None


def begin(calendar: Calendar, ticket_id: int, kind: PromiseKind, now: datetime, due_at: datetime, warn_at: float) -> Promise:
    """A promise that starts now. `warn_at`: the share of its office time after which the agency is warned.

    The resident's own time is nobody's to be warned of.
    """
    first = due_at if kind is PromiseKind.CLOSING else warned_at(calendar, now, due_at, warn_at)
    return Promise(ticket_id, kind, now, due_at, first)


def ticked(promise: Promise, calendar: Calendar, now: datetime) -> Promise:
    """The next stage of a running promise whose `tick_at` has come; itself where there is nothing to do.

    After a long sleep a stage is not skipped, but a warning is pointless once the time is over.
    """
    if promise.tick_at is None or promise.paused_at or promise.tick_at > now:
        return promise
    if promise.kind is PromiseKind.CLOSING:
        return over(promise)
    if promise.stage is Stage.RUNNING and now < promise.due_at:
        return replace(promise, stage=Stage.WARNED, tick_at=promise.due_at)
    if promise.stage in (Stage.RUNNING, Stage.WARNED):
        return replace(promise, stage=Stage.BROKEN, tick_at=calendar.after_days(max(now, promise.due_at), 1))
    return replace(promise, stage=Stage.ESCALATED, tick_at=None)


def paused(promise: Promise, now: datetime) -> Promise:
    """Its clock stands still from now on."""
    return replace(promise, paused_at=promise.paused_at or now)


def resumed(promise: Promise, calendar: Calendar, now: datetime) -> Promise:
    """Its clock goes on; the office time for which it stood still is added to all that lies ahead."""
    if promise.paused_at is None:
        return promise
    stood = calendar.worked(promise.paused_at, now)
    tick = calendar.later(promise.tick_at, stood) if promise.tick_at else None
    return replace(promise, due_at=calendar.later(promise.due_at, stood), tick_at=tick, paused_at=None)


def over(promise: Promise) -> Promise:
    """Kept, or nothing is owed any more."""
    return replace(promise, stage=Stage.OVER, tick_at=None)
