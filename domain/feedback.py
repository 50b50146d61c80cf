"""What residents think of answers, and what nothing answered. Neither says who asked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum


class Vote(StrEnum):
    UP = "up"
    DOWN = "down"


class Miss(StrEnum):
    """Why a question is shown to editors."""

    DECLINED = "declined"  # nothing fitted
    REJECTED = "rejected"  # none of what was offered, twice
    DISLIKED = "disliked"  # the answer was voted down
    MISSING = "missing"  # the article lacks the part that was asked for


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that was given, under a name drawn by lot. `confidence` 0 to 1, None where the resident chose the topic.

    `words`: the question, masked.
    """

    answer: str
    topic: str
    edition: int
    confidence: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Unmatched:
    """`words` are masked; `topic` "" where the question belongs to none."""

    kind: Miss
    words: str
    language: str
    edition: int
    topic: str = ""


def new_answer() -> str:
    """A name for an answer: nobody can guess it, and it leads to nobody."""
    return secrets.token_hex(6)
