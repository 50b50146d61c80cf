"""What the router decides about one message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DecisionKind(StrEnum):
    """What the resident wants from us."""

    ANSWER = "answer"  # one topic, sure enough
    CLARIFY = "clarify"  # two or three candidates
    REPORT = "report"  # something is wrong, somewhere
    EMERGENCY = "emergency"  # life or safety, now
    STATUS = "status"  # how far is my ticket
    OPERATOR = "operator"  # a human, please
    GREET = "greet"
    DECLINE = "decline"  # none of our business, or nothing fits


@dataclass(frozen=True, slots=True)
class Option:
    """A topic or category id, with a confidence of 0 to 1."""

    id: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Decision:
    """`topic` goes with ANSWER, `category` with REPORT, perhaps EMERGENCY, `options` (best first, ≤ 3) with CLARIFY."""

    kind: DecisionKind
    topic: str | None = None
    category: str | None = None
    confidence: float = 1.0
    options: tuple[Option, ...] = ()
