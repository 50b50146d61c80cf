"""Files that people send: what we take, what becomes of each, and when two pictures are one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import PurePath

from domain.errors import DeliveryProblem
from domain.messages import Location, Media
from domain.retry import again_at

MOST_BYTES = 20_000_000  # Telegram lets a bot have no more
MOST_PIXELS = 50_000_000  # the largest pictures that telephones take; checked before anything is decoded
SAME_LOOK = 6  # bits of 64 in which two hashes of one picture may differ
WORDS_OF_LOOK = 4  # of 16 bits each: of two hashes that are alike, one word differs in at most one bit
TRIES = 30  # then a file counts as one that ends whoever opens it
HEAD = 16  # bytes that tell what a file is


class FileState(StrEnum):
    WANTED = "wanted"
    KEPT = "kept"
    REFUSED = "refused"  # not of a kind that we take, too large, broken
    GONE = "gone"  # cannot be had, or was deleted
    LEAVING = "leaving"  # forgotten; its copy is still to be taken from the disk


class Side(StrEnum):
    """Who sent it, and so who sees it."""

    RESIDENT = "resident"  # the desk sees it
    OPERATOR = "operator"  # the resident and followers see it: evidence of what was done
    NOTE = "note"  # only operators


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file at the messenger that belongs to a ticket."""

    ticket_id: int
    side: Side
    author: str
    channel: str
    media: Media


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a ticket.

    `sha256`: of what was sent; `copy`: of the clean copy, and its name on our disk.
    `duplicate_of`: the file of another ticket that it repeats.
    """

    id: int
    ticket_id: int
    side: Side
    author: str
    channel: str
    media: Media
    state: FileState
    attempts: int
    created_at: datetime
    reason: str = ""
    sha256: str = ""
    copy: str = ""
    mime: str = ""
    size: int = 0
    width: int = 0
    height: int = 0
    look: int | None = None
    duplicate_of: int | None = None

    @property
    def shown(self) -> Media:
        """The clean copy, as it is sent on."""
        return Media(_kind(self), "", self.media.unique, self.copy)


@dataclass(frozen=True, slots=True)
class Seen:
    """What an inspection found: hashes of what was sent and of the clean copy; size (bytes, pixels) and type of the copy.

    `look`: the hash of what a picture shows, None for one that shows nothing. `place`: where it was taken.
    """

    sha256: str
    copy: str
    mime: str
    size: int
    width: int = 0
    height: int = 0
    look: int | None = None
    place: Location | None = None


MOST_PHOTO_BYTES = 10_000_000  # more than this, or longer than this, and Telegram takes it as a document only
MOST_PHOTO_RATIO = 18


def _kind(file: StoredFile) -> str:
    long, short = max(file.width, file.height), max(1, min(file.width, file.height))
    if file.mime.startswith("image/"):
        return "photo" if file.size <= MOST_PHOTO_BYTES and long <= short * MOST_PHOTO_RATIO else "document"
    return {"video/mp4": "video", "audio/mp4": "audio", "audio/mpeg": "audio", "audio/ogg": "voice"}.get(file.mime, "document")


TYPES = {"jpeg": "image/jpeg", "png": "image/png", "pdf": "application/pdf", "ogg": "audio/ogg", "mp3": "audio/mpeg",
         "mp4": "video/mp4"}  # fmt: skip


def place_of(copy: str) -> PurePath:
    """Where a copy lies below the folder of media: two levels, so that no folder grows too large."""
    return PurePath(copy[:2], copy[2:4], copy)


def named(copy: str, head: bytes) -> tuple[str, str]:
    """A name for a copy that is sent on, and its type. Names that people gave are never used."""
    form = sniffed(head)
    return f"{copy[:12]}.{form or 'bin'}", TYPES.get(form, "application/octet-stream")


# ------------------------------------------------------------------ what a file is

BEGINNINGS = {b"\xff\xd8\xff": "jpeg", b"\x89PNG\r\n\x1a\n": "png", b"%PDF-": "pdf", b"OggS": "ogg", b"ID3": "mp3"}
BEGINNINGS |= dict.fromkeys((b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2"), "mp3")
BRANDS = dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"), "heic")
BRANDS |= dict.fromkeys((b"mp41", b"mp42", b"avc1", b"M4A ", b"M4V ", b"qt  ", b"MSNV", b"dash", b"mmp4"), "mp4")


def sniffed(head: bytes) -> str:
    """What the first bytes say, whatever the name says: jpeg, png, webp, heic, pdf, ogg, mp3 or mp4; "" for all others."""
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return BRANDS.get(brand, "mp4" if brand[:3] in (b"iso", b"3gp") else "")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return next((form for beginning, form in BEGINNINGS.items() if head.startswith(beginning)), "")


# ------------------------------------------------------------------ pictures that look alike


def words_of_look(look: int) -> list[int]:
    """The four words of a hash, the highest first."""
    return [look >> 16 * place & 0xFFFF for place in reversed(range(WORDS_OF_LOOK))]


def look_of_words(words: list[int]) -> int:
    return sum(word << 16 * place for place, word in enumerate(reversed(words)))


def neighbours(word: int) -> list[int]:
    """A word of 16 bits, and all that differ from it in one bit."""
    return [word, *(word ^ 1 << bit for bit in range(16))]


def alike(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and (one ^ other).bit_count() <= SAME_LOOK


# ------------------------------------------------------------------ another try


def next_try(file: StoredFile, problem: DeliveryProblem, now: datetime, chance: Callable[[], float]) -> datetime | None:
    """When a file that could not be had is asked for again; None: never."""
    return again_at(file.attempts - 1, problem, now, chance, file.created_at + LIFETIME)


LIFETIME = timedelta(hours=24)
