"""The audit trail as a chain: a digest covers its line and the digest before it, so that no line can be changed unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

BEGINNING = ""  # the digest before the first line


@dataclass(frozen=True, slots=True)
class Line:
    """Who did what to what. `actor` and `thing` are ids, never names; `digest` is "" for lines from before there was a chain."""

    at: datetime
    actor: str
    action: str
    thing: str
    detail: Mapping[str, object] = field(default_factory=dict)
    digest: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: how many lines it has, and the digest of the last."""

    lines: int
    digest: str


def chained(before: str, line: Line) -> str:
    """The digest of a line that follows on the digest `before` (hexadecimal)."""
    at = line.at.astimezone(UTC).isoformat(timespec="microseconds")
    words = json.dumps([before, at, line.actor, line.action, line.thing, line.detail], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(words.encode()).hexdigest()


@dataclass
class Chain:
    """Follows the trail line by line. `broken_at`: id of the first line that does not fit, 0 while all do."""

    lines: int = 0
    digest: str = BEGINNING
    unchained: int = 0  # from before there was a chain
    broken_at: int = 0

    def follow(self, trail: Iterable[Line]) -> None:
        """The next lines, oldest first."""
        for line in trail:
            if not line.digest and not self.lines:
                self.unchained += 1
            elif not self.broken_at:
                self._add(line)

    def _add(self, line: Line) -> None:
        if line.digest != chained(self.digest, line):
            self.broken_at = line.id
        self.lines, self.digest = self.lines + 1, line.digest

    def ends_as(self, head: Head) -> bool:
        """Whether nothing was cut off at the end."""
        return (self.lines, self.digest) == (head.lines, head.digest)
