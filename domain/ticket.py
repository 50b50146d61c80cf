"""The rules of a ticket: its number, its states and the moves between them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.errors import WrongMoment
from domain.messages import Location, Media

CHECK_LETTERS = "ABCDEFGHJKLMNPQRSTVWXYZ"  # 23, a prime: one wrong digit and a neighbour swap always change it
NUMBER = re.compile(r"\b([A-Z]{2,4})[\s-]?(\d{2})[\s-]?(\d{6,})[\s-]?([A-Z])\b", re.IGNORECASE)


class TicketKind(StrEnum):
    COMPLAINT = "pengaduan"
    QUESTION = "pertanyaan"


class State(StrEnum):
    """The part of the ticket's life that stands so far; the whole table comes with the clocks."""

    NEW = "baru"
    WORKING = "proses"
    ANSWERED = "dijawab"
    CLOSED = "selesai"


class Move(StrEnum):
    TAKE = "ambil"
    REPLY = "balas"
    REASSIGN = "disposisi"
    CLOSE = "selesai"
    REOPEN = "buka"


MOVES: dict[tuple[State, Move], State] = {
    (State.NEW, Move.TAKE): State.WORKING,
    (State.NEW, Move.REPLY): State.ANSWERED,
    (State.WORKING, Move.REPLY): State.ANSWERED,
    (State.ANSWERED, Move.REPLY): State.ANSWERED,
    (State.NEW, Move.REASSIGN): State.NEW,
    (State.WORKING, Move.REASSIGN): State.NEW,
    (State.ANSWERED, Move.REASSIGN): State.NEW,
    (State.ANSWERED, Move.CLOSE): State.CLOSED,
    (State.CLOSED, Move.REOPEN): State.WORKING,
}
OPEN_STATES = frozenset(State) - {State.CLOSED}


class EntryKind(StrEnum):
    RESIDENT = "resident"
    OPERATOR = "operator"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is: the resident's words, the village's code, a pin; any of them may be missing."""

    words: str = ""
    village: str = ""
    pin: Location | None = None


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What is needed to open a ticket. `channel` and `address` say where its resident is answered.

    `edition`: of the knowledge that the resident saw.
    """

    kind: TicketKind
    agency: str
    category: str
    text: str
    resident_id: int
    channel: str
    address: str
    trial: bool = False
    place: Place = Place()
    media: tuple[Media, ...] = ()
    topic: str = ""
    edition: int = 0


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as stored. `version` rises with every change."""

    id: int
    number: str
    kind: TicketKind
    state: State
    agency: str
    category: str
    text: str
    resident_id: int
    channel: str
    address: str
    trial: bool
    place: Place
    operator_id: int | None
    version: int
    created_at: datetime

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


@dataclass(frozen=True, slots=True)
class Entry:
    """One line in a ticket's history. For an event, `text` is its constant name."""

    ticket_id: int
    kind: EntryKind
    text: str
    created_at: datetime
    author: str = ""
    media: tuple[Media, ...] = ()


def after(state: State, move: Move) -> State:
    """The state that `move` leads to. Raises WrongMoment where the table has no such move."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise WrongMoment(f"error.move_{move}", state=state) from None


def number(region: str, year: int, counter: int) -> str:
    """`MGT-26-000123-K`: names a ticket and opens nothing."""
    digits = f"{year % 100:02d}{counter:06d}"
    return f"{region}-{digits[:2]}-{digits[2:]}-{check_letter(digits)}"


def check_letter(digits: str) -> str:
    return CHECK_LETTERS[int(digits) % len(CHECK_LETTERS)]


def find_number(text: str) -> str | None:
    """The first well-formed ticket number in a text, in its normal spelling; a wrong check letter is no number."""
    for region, year, counter, letter in NUMBER.findall(text.upper()):
        if check_letter(year + counter) == letter:
            return f"{region}-{year}-{counter}-{letter}"
    return None
