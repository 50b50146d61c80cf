"""The PIN that opens a ticket from another account, and how wrong tries are slowed.

A ticket's number names it and opens nothing. Only a salted, slow digest of the PIN is kept (scrypt, RFC 7914).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

PIN_DIGITS = 8
WORK, BLOCK, LANES = 2**13, 8, 1  # scrypt: some 25 ms and 8 MiB a try
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=12)
FORGOTTEN_AFTER = timedelta(hours=24)  # without a wrong try


@dataclass(frozen=True, slots=True)
class Pin:
    """What is kept of a ticket's PIN: hexadecimal salt and digest."""

    salt: str
    digest: str


NOBODYS = Pin("00" * 16, "")  # compared where a ticket has no PIN, so that it takes as long


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong tries of one account or at one ticket. `wait_until`: the moment from which the next one is looked at."""

    count: int
    last_at: datetime
    wait_until: datetime


def new_pin() -> str:
    """Eight digits; they are shown once."""
    return "".join(secrets.choice("0123456789") for _ in range(PIN_DIGITS))


def kept(pin: str) -> Pin:
    """What is kept of a new PIN, with a salt of its own."""
    salt = secrets.token_bytes(16).hex()
    return Pin(salt, _digest(pin, salt))


def opens(pin: str, known: Pin | None) -> bool:
    """Whether the PIN is the ticket's; takes as long where the ticket has none."""
    against = known or NOBODYS
    return hmac.compare_digest(_digest(pin, against.salt), against.digest) and known is not None


def _digest(pin: str, salt: str) -> str:
    return hashlib.scrypt(pin.encode(), salt=bytes.fromhex(salt), n=WORK, r=BLOCK, p=LANES).hex()[:64]


def must_wait(tries: Tries | None, now: datetime) -> bool:
    return tries is not None and now < tries.wait_until


def one_more(tries: Tries | None, now: datetime, free: int) -> Tries:
    """One more wrong try. After `free` of them each one makes the wait twice as long, up to half a day."""
    if tries is None or now - max(tries.last_at, tries.wait_until) > FORGOTTEN_AFTER:
        return Tries(1, now, now)
    count = tries.count + 1
    if count < free:
        return Tries(count, now, now)
    doublings = min(count - free, 16)
    return Tries(count, now, now + min(FIRST_WAIT * 2**doublings, LONGEST_WAIT))
