"""What passes between a channel and a handler: arrivals in, replies and letters out. No messenger's words here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from domain.errors import DeliveryProblem
from domain.text import split


@dataclass(frozen=True, slots=True)
class Arrival:
    """A stored incoming event, not yet understood.

    `external_id` is unique within the channel (Telegram update_id, WhatsApp wamid); `rank` orders the arrivals of one chat.
    """

    channel: str
    external_id: str
    chat_key: str
    rank: int
    body: str
    id: int = 0
    attempts: int = 0
    received_at: datetime | None = None


class Kind(StrEnum):
    """What a resident or an operator did."""

    TEXT = "text"
    BUTTON = "button"
    PHOTO = "photo"
    FILE = "file"  # document, voice, video: kept and passed on as it is
    LOCATION = "location"
    EDIT = "edit"  # an earlier message was changed
    UNSUPPORTED = "unsupported"  # sticker, poll, view-once …: answered kindly, kept raw
    MEMBERSHIP = "membership"  # the bot was blocked, unblocked, added or removed
    MIGRATION = "migration"  # the group, or the resident's account, got another id; `text` holds the new one
    REACTION = "reaction"  # a sign put on an earlier message: `text` is the emoji, `reply_to` the message
    RECEIPT = "receipt"  # what became of one of our letters; no person did anything
    SILENT = "silent"  # kept, needs no reaction


AS_IT_IS = ("photo", "voice")


@dataclass(frozen=True, slots=True)
class Media:
    """A file at the messenger: `ref` fetches it, `unique` is the same for the same file. `copy` names a clean one on our disk."""

    kind: str  # photo | document | voice | video | audio
    ref: str
    unique: str = ""
    copy: str = ""

    @property
    def passes_as_it_is(self) -> bool:
        """Whoever made it took out whatever is hidden in such files: it may be passed on by its reference."""
        return self.kind in AS_IT_IS


@dataclass(frozen=True, slots=True)
class Location:
    """Degrees, WGS 84."""

    lat: float
    lon: float


class Progress(StrEnum):
    """How far a letter that the messenger took has come. It never goes back."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The messenger's word on a letter: by its `external_id`, or by our own id of it where we never heard the former.

    `problem` says why it failed. `billable`: it costs money.
    """

    external_id: str
    progress: Progress
    letter_id: int = 0
    billable: bool = False
    problem: DeliveryProblem | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """An arrival, parsed. `chat` is where to answer, `sender` who wrote: equal in private chats.

    `also`: other ids of the same account, as the messenger itself says. `sent_at`: by the messenger's clock, where it tells.
    """

    channel: str
    chat: str
    sender: str
    kind: Kind
    text: str = ""
    button: str = ""  # id of the pressed button
    callback: str = ""  # messenger's id of the press, to be acknowledged
    message_id: str = ""
    reply_to: str = ""  # message_id that this one quotes
    album: str = ""
    media: Media | None = None
    location: Location | None = None
    private: bool = True
    blocked: bool = False  # MEMBERSHIP: the resident does not want us any more
    name: str = ""
    thread: str = ""  # topic of a forum in which it was written
    forum: bool = False  # the group has topics
    also: tuple[str, ...] = ()
    sent_at: datetime | None = None
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """`id` at most 64 bytes, `label` as the resident reads it."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Reply:
    """Words with buttons, still without a channel. `**bold**` is the only mark-up in `text`.

    `secret`: the words are blotted out of the outbox once they went out.
    """

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    ask_location: str = ""  # label of a "send my place" key, where the channel has one
    media: Media | None = None
    secret: bool = False


def in_parts(reply: Reply) -> list[Reply]:
    """A reply whose text is too long for one message; buttons and file below the last part."""
    *first, last = split(reply.text)
    return [*(Reply(part) for part in first), replace(reply, text=last)]


class LetterKind(StrEnum):
    MESSAGE = "message"
    EDIT = "edit"  # replaces the words and buttons of an earlier letter
    ACK = "ack"  # acknowledges a pressed button; worthless after a few seconds
    TOPIC = "topic"  # opens a topic in a forum; its words are the title
    CLOSE_TOPIC = "close"
    REOPEN_TOPIC = "reopen"


@dataclass(frozen=True, slots=True)
class Letter:
    """An outgoing message with an address.

    `quotes` is the messenger's id of the message it answers to. `quotes_letter` and `edits_letter` name one of our own
    letters by its `dedupe_key`; the outbox turns them into the messenger's ids (`quotes`, `edits`) when the letter goes out,
    and tells then in what `language` the resident is spoken to and when they were last heard (`heard_at`).
    So it does with `thread_letter`, the letter that opened a topic; without it, or where it failed, `thread` is the topic.
    `ticket_version`: what the letter tells of its ticket was so in this version. `prompt`: it answers what the resident just did.
    `uncertain`: an earlier try may have arrived, so the channel asks first whether the messenger answers at all.
    """

    channel: str
    address: str
    reply: Reply
    kind: LetterKind = LetterKind.MESSAGE
    ticket_id: int | None = None
    ticket_version: int = 0
    quotes: str = ""
    quotes_letter: str = ""
    edits_letter: str = ""
    edits: str = ""
    thread: str = ""
    thread_letter: str = ""
    dedupe_key: str = ""
    not_before: datetime | None = None
    id: int = 0
    attempts: int = 0
    uncertain: bool = False
    created_at: datetime | None = None
    prompt: bool = False
    language: str = ""
    heard_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The messenger took the letter; `external_id` names it there ("" where it gives none).

    `announced`: only that there is something to read; the whole letter waits until the resident writes.
    """

    external_id: str = ""
    announced: bool = False


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_second` messages on average, `burst` at once."""

    per_second: float
    burst: int


@dataclass(frozen=True, slots=True)
class Traits:
    """What a messenger is like, where that changes what we do.

    `toasts`: a press can be answered on the button itself. `waits`: letters may have to wait until the resident writes.
    `gathers`: seconds that news of a ticket waits for more of it. `merges`: UTF-16 units up to which such news is put into
    one message; 0 = never.
    """

    toasts: bool = True
    waits: bool = False
    gathers: float = 0.0
    merges: int = 0


class Ordinary:
    """What most messengers have in common, for channels to begin with."""

    traits = Traits()

    def parts(self, reply: Reply) -> list[Reply]:
        return in_parts(reply)

    def numbered(self, reply: Reply) -> tuple[Button, ...]:
        return ()

    def seen(self, incoming: Incoming) -> None:
        return


class Channel(Protocol):
    """One messenger. `send` and `fetch` raise only `Delayed` and `Refused`; `parse` may raise anything on an unreadable body."""

    name: str
    trial: bool  # its residents only try Sapa out: nothing of theirs reaches an agency
    traits: Traits

    def arrivals(self, body: bytes) -> list[Arrival]:
        """Name each arrival in a verified body without understanding it. Raises `Invalid` when it is not JSON at all."""
        ...

    def parse(self, arrival: Arrival) -> Incoming:
        """Understand one stored arrival."""
        ...

    def bucket(self, letter: Letter) -> str:
        """The name of the limit that the letter falls under ("" = only the overall one)."""
        ...

    def rate(self, bucket: str) -> Rate:
        """The limit of a bucket; "" asks for the overall one."""
        ...

    async def send(self, letter: Letter) -> Sent:
        """Hand one letter to the messenger."""
        ...

    async def fetch(self, ref: str, into: Path, most: int) -> None:
        """Write the file behind a reference of the messenger; Refused("too_large") beyond `most` bytes."""
        ...

    def parts(self, reply: Reply) -> list[Reply]:
        """The messages that a reply has to become, each of them small enough."""
        ...

    def numbered(self, reply: Reply) -> tuple[Button, ...]:
        """The buttons of a reply that the resident presses by writing their number, in that order; empty: none."""
        ...

    def seen(self, incoming: Incoming) -> None:
        """It was taken and is being answered: the messenger may show so. Never raises, never waits."""
        ...
