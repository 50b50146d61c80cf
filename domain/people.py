"""Residents, operators and the places where operators work."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that is read as something else
CODE_LENGTH = 10
CODE_LIFETIME = timedelta(hours=24)
DEFAULT_LANGUAGE = "id"


@dataclass(frozen=True, slots=True)
class Resident:
    """A person who writes to us. `trial`: tries Sapa out, so nothing of theirs reaches an agency.

    `language_chosen`: they said which language they want; before that we answer in the one they write.
    """

    id: int
    language: str = DEFAULT_LANGUAGE
    trial: bool = False
    language_chosen: bool = False


class Role(StrEnum):
    OPERATOR = "operator"
    HEAD = "head"
    COORDINATOR = "coordinator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Operator:
    """A person who works tickets. `agencies`: those whose tickets they may touch."""

    id: int
    name: str
    agencies: frozenset[str]


@dataclass(frozen=True, slots=True)
class Desk:
    """A group in which an agency's tickets appear. `trial` desks see trial tickets only."""

    channel: str
    address: str
    agency: str
    trial: bool = False


class InviteKind(StrEnum):
    DESK = "desk"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Invite:
    """A one-time code, kept only as its hash."""

    digest: str
    kind: InviteKind
    agency: str
    role: Role
    expires_at: datetime


def new_code() -> str:
    """A one-time code as an admin passes it on: 50 bits, easy to type."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def code_digest(code: str) -> str:
    """What is stored of a code; spaces, dashes and lower case do not matter."""
    plain = "".join(c for c in code.upper() if c in CODE_ALPHABET)
    return hashlib.sha256(plain.encode()).hexdigest()
