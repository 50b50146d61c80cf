"""Residents, operators and the places where operators work."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
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

    `language_chosen`: they said which language they want; before that we answer in the one they write. `stopped_at`: since when
    they want no letters; `blocked_until`: until when nothing of theirs is taken.
    """

    id: int
    language: str = DEFAULT_LANGUAGE
    trial: bool = False
    language_chosen: bool = False
    stopped_at: datetime | None = None
    blocked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Nothing of the resident is taken until then but calls for help.

    `reason`: id in the region's list; `author`: who decided, as audits name them.
    """

    resident_id: int
    reason: str
    author: str
    until: datetime
    id: int = 0


@dataclass(frozen=True, slots=True)
class Gone:
    """A resident who is being erased: their accounts (channel, id there), chats, keyed hashes, and what was learned from them."""

    resident_id: int
    accounts: Sequence[tuple[str, str]]
    chats: Sequence[str]
    fingerprints: Sequence[str]
    answers: Sequence[str]
    questions: Sequence[int]


class Role(StrEnum):
    """What somebody is at an agency; each may do all that those before may."""

    OPERATOR = "operator"
    HEAD = "head"
    COORDINATOR = "coordinator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Operator:
    """A person who works tickets. `roles`: by the agencies whose tickets they may touch."""

    id: int
    name: str
    roles: Mapping[str, Role]

    @property
    def agencies(self) -> frozenset[str]:
        return frozenset(self.roles)

    def role_at(self, *agencies: str) -> Role | None:
        """The highest of their roles at these agencies; None where they have none."""
        held = [self.roles[agency] for agency in agencies if agency in self.roles]
        return max(held, key=list(Role).index, default=None)


@dataclass(frozen=True, slots=True)
class Member:
    """An operator's place at one agency, as administrators see it."""

    operator_id: int
    name: str
    channel: str
    agency: str
    role: Role


@dataclass(frozen=True, slots=True)
class Desk:
    """A group in which an agency's tickets appear. `trial`: trial tickets only. `forum`: each in a topic of its own."""

    channel: str
    address: str
    agency: str
    trial: bool = False
    forum: bool = False


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
