"""What an error of the WhatsApp Cloud API means for a letter. Meta asks to look at the code, not at the words.

Codes: developers.facebook.com, "Error codes" of the Cloud API, read in November 2026.
"""

from __future__ import annotations

from collections.abc import Callable

from domain.errors import Delayed, DeliveryProblem, Refused

WINDOW_CLOSED = 131047  # more than 24 hours since the resident wrote: only a template may go out
PAIR_LIMIT = 131056
FOUR_HOURS = 4 * 3600.0
TEMPLATE_CODES = range(132000, 132100)  # the template does not exist, is paused, or does not fit its values
Make = Callable[[], DeliveryProblem]


class GraphError(Exception):
    """Meta answered with an error. `code` is 0 where it gave none."""

    def __init__(self, status: int, code: int = 0) -> None:
        super().__init__(f"{status}/{code}")
        self.status = status
        self.code = code


class NotSentError(Exception):
    """Meta was not reached: nothing was sent."""


class UnsureError(Exception):
    """The line broke or timed out after it stood: the message may have gone out."""


def _later(reason: str, seconds: float) -> Make:
    """The whole number must rest; the letter is not to blame."""
    return lambda: Delayed(reason, seconds, pauses=True, counts=False)


def _again(reason: str, seconds: float | None = None) -> Make:
    return lambda: Delayed(reason, seconds)


def _never(reason: str, *, unreachable: bool = False) -> Make:
    return lambda: Refused(reason, unreachable=unreachable)


MEANING: dict[int, Make] = {
    130429: _later("too_many_requests", 5.0),  # messages a second of the number
    80007: _later("too_many_requests", 60.0),  # calls of the account
    4: _later("too_many_requests", 60.0),  # calls of the app
    1: _again("server_error"),
    2: _again("server_error"),
    131000: _again("server_error"),
    131016: _again("server_error"),
    131057: _again("maintenance", 60.0),
    WINDOW_CLOSED: lambda: Delayed("window_closed", awaits=True),
    131026: _never("no_whatsapp", unreachable=True),
    131050: _never("opted_out"),
    131049: _never("held_back"),
    130472: _never("held_back"),
    131062: _never("wrong_identity"),  # a business-scoped id where Meta wants the number
    190: _later("token_revoked", 60.0),
    10: _later("not_permitted", 300.0),
    131031: _later("account_locked", 300.0),
    368: _later("account_locked", 300.0),
    131042: _later("payment_missing", 300.0),
    131048: _later("spam_limited", 300.0),
    131064: _later("spam_limited", 300.0),
    131051: _never("our_request"),
    131052: _never("media"),
    131053: _never("media"),
    100: _never("our_request"),
    131008: _never("our_request"),
    131009: _never("our_request"),
}


def meaning(code: int, attempts: int = 0) -> DeliveryProblem | None:
    """What a code says; None for one that nobody knows here."""
    if code == PAIR_LIMIT:  # one resident got too much at once: 4, 16, 64 … seconds
        return Delayed("pair_limit", min(4.0 ** (attempts + 1), FOUR_HOURS))
    if 200 <= code < 300:
        return MEANING[10]()
    if code in TEMPLATE_CODES:
        return Delayed("template_refused", awaits=True)
    return MEANING[code]() if code in MEANING else None


def problem(error: Exception, attempts: int = 0) -> DeliveryProblem:
    """What went wrong with a call, in the two errors that a channel may raise."""
    if isinstance(error, NotSentError):
        return Delayed("not_reached")
    if not isinstance(error, GraphError):
        return Delayed("line_broke", uncertain=True)
    found = meaning(error.code, attempts) if error.code else None
    return found or _by_status(error.status)


def _by_status(status: int) -> DeliveryProblem:
    """An answer without a code that we know."""
    if status < 400:
        return Delayed("unreadable_answer", uncertain=True)
    if status == 401:
        return MEANING[190]()
    if status == 429:
        return MEANING[130429]()
    return Delayed("server_error") if status >= 500 else Refused("bad_request")
