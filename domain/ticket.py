"""The rules of a ticket: its number, its states and the moves between them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.errors import WrongMoment
from domain.messages import Location, Media

CHECK_LETTERS = "ABCDEFGHJKLMNPQRSTVWXYZ"  # 23, a prime: one wrong digit and a neighbour swap always change it
NUMBER = re.compile(r"\b([A-Z]{2,4})[\s-]?(\d{2})[\s-]?(\d{6,})[\s-]?([A-Z])\b", re.IGNORECASE)


class TicketKind(StrEnum):
    COMPLAINT = "pengaduan"
    QUESTION = "pertanyaan"  # a question that the bot passed on
    WISH = "aspirasi"
    INFORMATION = "permintaan_informasi"


class State(StrEnum):
    """Where a ticket stands. `HELD` is the only state in which its clocks stand still."""

    NEW = "baru"
    VERIFYING = "verifikasi"
    HELD = "tunda"  # the resident is asked to complete it
    NOT_OURS = "bukan_wewenang"
    ARCHIVED = "arsip"
    ASSIGNED = "disposisi"
    WORKING = "proses"
    ANSWERED = "dijawab"
    CONFIRMED = "selesai_dikonfirmasi"  # fixed: the resident says so
    LAPSED = "selesai_otomatis"  # closed: the resident said nothing
    REOPENED = "dibuka_lagi"


class Move(StrEnum):
    VERIFY = "verifikasi"
    TAKE = "ambil"
    REPLY = "balas"
    REASSIGN = "disposisi"
    REFUSE = "tolak"  # not our agency's: back to verification
    HOLD = "tunda"
    COMPLETE = "lengkap"
    REDIRECT = "bukan_wewenang"
    ARCHIVE = "arsip"
    CLOSE = "selesai"  # the agency is done, with a reason code; the resident has the last word
    CONFIRM = "sudah"
    LAPSE = "otomatis"
    REOPEN = "buka"


_UNSEEN = (State.NEW, State.VERIFYING, State.ASSIGNED)
_AT_WORK = (*_UNSEEN, State.WORKING, State.REOPENED)
_DONE = (State.ANSWERED, State.CONFIRMED, State.LAPSED)
# Where each move may begin, and where it leads.
TABLE: dict[Move, tuple[tuple[State, ...], State]] = {
    Move.VERIFY: ((State.NEW,), State.VERIFYING),
    Move.TAKE: ((*_UNSEEN, State.REOPENED), State.WORKING),
    Move.REPLY: ((*_AT_WORK, State.HELD, State.ANSWERED), State.ANSWERED),
    Move.REASSIGN: ((*_AT_WORK, State.ANSWERED), State.ASSIGNED),
    Move.REFUSE: ((State.NEW, State.ASSIGNED, State.WORKING), State.VERIFYING),
    Move.HOLD: (_AT_WORK, State.HELD),
    Move.COMPLETE: ((State.HELD,), State.WORKING),
    Move.REDIRECT: ((*_AT_WORK, State.HELD), State.NOT_OURS),
    Move.ARCHIVE: ((*_AT_WORK, State.HELD), State.ARCHIVED),
    Move.CLOSE: ((State.ANSWERED,), State.ANSWERED),
    Move.CONFIRM: ((State.ANSWERED, State.LAPSED), State.CONFIRMED),
    Move.LAPSE: ((State.ANSWERED,), State.LAPSED),
    Move.REOPEN: (_DONE, State.REOPENED),
}
MOVES: dict[tuple[State, Move], State] = {(begin, move): end for move, (begins, end) in TABLE.items() for begin in begins}
FINAL_STATES = frozenset({State.NOT_OURS, State.ARCHIVED, State.CONFIRMED, State.LAPSED})
OPEN_STATES = frozenset(State) - FINAL_STATES
ALARMING_REFUSALS = 2  # agencies play ping-pong with it


class EntryKind(StrEnum):
    RESIDENT = "resident"
    OPERATOR = "operator"
    EVENT = "event"
    NOTE = "note"  # among operators; no resident ever sees it


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is: the resident's words, the village's code, a pin; any of them may be missing."""

    words: str = ""
    village: str = ""
    pin: Location | None = None


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What is needed to open a ticket. `channel` and `address` say where its resident is answered.

    `edition`: of the knowledge that the resident saw. `anonymous`: nobody at a desk learns who it is; `confidential`: the public
    learns nothing of it. `field_check`: somebody must go and look, which takes longer. `routed_by`: why it went to this agency (a
    phrase `routed.*`). `missing`: ids of what the category needs and the resident did not tell.
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
    anonymous: bool = False
    confidential: bool = False
    urgent: bool = False
    field_check: bool = False
    routed_by: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as stored. `version` rises with every change.

    `alias`: the number under which desks know its resident. `due_at`: when the answer is owed, empty while nothing is.
    `answered_at`: first of all. `outcome`: the reason code with which it was closed, archived or redirected.
    `rating`: 1 (bad) to 4 (very good), 0 = none.
    """

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
    topic: str
    anonymous: bool
    confidential: bool
    urgent: bool
    field_check: bool
    routed_by: str
    missing: tuple[str, ...]
    alias: int
    outcome: str
    rating: int
    followers: int
    refusals: int
    due_at: datetime | None
    answered_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


@dataclass(frozen=True, slots=True)
class Entry:
    """One line in a ticket's history. For an event, `text` is its constant name and `detail` says more (reason, agency …).

    `version`: of the ticket once this had happened.
    """

    ticket_id: int
    kind: EntryKind
    text: str
    created_at: datetime
    author: str = ""
    media: tuple[Media, ...] = ()
    version: int = 0
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Follower:
    """Another resident whom the same thing concerns, and where they hear of it."""

    resident_id: int
    channel: str
    address: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """An operator wrote to a ticket's resident, last at `at`."""

    ticket_id: int
    number: str
    agency: str
    state: State
    at: datetime

    @property
    def key(self) -> str:
        """Names this one thing that was said."""
        return f"{self.ticket_id}:{self.at.isoformat()}"


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
