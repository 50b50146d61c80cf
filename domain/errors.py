"""Every error that Sapa names.

Problem                 something a person should be told, in their words
├── NotFound            it does not exist, or is not yours (read alike)
├── NotAllowed          you may not do this
├── WrongMoment         not any more, or not yet: the ticket moved on, the code was used
└── Invalid             what was sent cannot be right
Crossed                 somebody else was faster: read again and try again
DeliveryProblem
├── Delayed             not now; try again
└── Refused             never; do not try again
StoreAway               the database does not answer
KeyMissing              there is no key for what the database keeps encrypted
"""

from __future__ import annotations


class Problem(Exception):
    """`key` names the phrase that explains it, `values` fill it."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


class NotFound(Problem):
    """It does not exist, or is not yours."""


class NotAllowed(Problem):
    """You may not do this."""


class WrongMoment(Problem):
    """Not any more, or not yet."""


class Invalid(Problem):
    """What was sent cannot be right."""


class Crossed(Exception):
    """Somebody else changed it first."""


class DeliveryProblem(Exception):
    """A letter did not go out; `reason` is a short constant name."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Delayed(DeliveryProblem):
    """Not now. `retry_after` seconds if the messenger named them.

    `pauses`: nothing may be sent on this channel until then. `uncertain`: it may have arrived all the same.
    `counts`: False when the letter was not really tried, so that an outage burns no attempts.
    `awaits`: it waits until the resident writes to us, however long that takes.
    """

    def __init__(
        self,
        reason: str,
        retry_after: float | None = None,
        *,
        pauses: bool = False,
        uncertain: bool = False,
        counts: bool = True,
        awaits: bool = False,
    ) -> None:
        super().__init__(reason)
        self.awaits = awaits
        self.retry_after = retry_after
        self.pauses = pauses
        self.uncertain = uncertain
        self.counts = counts


class Refused(DeliveryProblem):
    """Never. `unreachable`: the address itself is gone (blocked, deleted)."""

    def __init__(self, reason: str, *, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.unreachable = unreachable


class StoreAway(Exception):
    """The database does not answer; nothing was stored."""


class KeyMissing(Exception):
    """No key, a broken one, or one that opens nothing: a constant name says which."""
