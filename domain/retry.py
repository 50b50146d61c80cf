"""When a letter that did not go out is tried again, and when it is given up (acceptance goal 10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import Delayed, DeliveryProblem
from domain.messages import Letter, LetterKind

DELAYS = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0)  # seconds; the last one repeats
JITTER = 0.2
LIFETIME = timedelta(hours=24)
ACK_LIFETIME = timedelta(seconds=15)  # the messenger forgets a pressed button about as fast


class End(StrEnum):
    """How a letter ended, as its state in the outbox."""

    FAILED = "failed"
    UNCERTAIN = "uncertain"  # it may have arrived: a second copy would be a guess


@dataclass(frozen=True, slots=True)
class Again:
    """Try again at `at`."""

    at: datetime
    uncertain: bool
    counted: bool


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Final; `reason` is shown to the operator."""

    end: End
    reason: str


def decide(letter: Letter, problem: DeliveryProblem, now: datetime, chance: Callable[[], float]) -> Again | GiveUp:
    """What becomes of `letter` after `problem`. `chance` gives a number in [0, 1) for the jitter."""
    if not isinstance(problem, Delayed):
        return GiveUp(End.FAILED, problem.reason)
    if problem.uncertain and letter.uncertain:
        return GiveUp(End.UNCERTAIN, problem.reason)
    at = again_at(letter.attempts, problem, now, chance, _expires(letter, now))
    uncertain = letter.uncertain or problem.uncertain
    if at is None:
        return GiveUp(End.UNCERTAIN if uncertain else End.FAILED, problem.reason)
    return Again(at, uncertain, problem.counts)


def again_at(
    attempts: int, problem: DeliveryProblem, now: datetime, chance: Callable[[], float], until: datetime
) -> datetime | None:
    """When something that failed after so many attempts is tried again; None where that is no use, or would be after `until`."""
    if not isinstance(problem, Delayed):
        return None
    at = now + timedelta(seconds=_wait(attempts, problem, chance))
    return at if at <= until else None


def _wait(attempts: int, problem: Delayed, chance: Callable[[], float]) -> float:
    """The messenger's own word is obeyed and never shortened by jitter."""
    if problem.retry_after is not None:
        return problem.retry_after + chance() * JITTER
    delay = DELAYS[min(attempts, len(DELAYS) - 1)]
    return delay * (1 - JITTER + 2 * JITTER * chance())


def _expires(letter: Letter, now: datetime) -> datetime:
    life = ACK_LIFETIME if letter.kind is LetterKind.ACK else LIFETIME
    return (letter.created_at or now) + life
