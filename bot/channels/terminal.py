"""The terminal as a messenger: one resident and one desk that plays every agency. Nothing leaves this machine."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from domain.errors import Refused
from domain.messages import Arrival, Incoming, Kind, Letter, LetterKind, Location, Media, Ordinary, Rate, Sent
from domain.text import clean

NAME = "terminal"
RESIDENT, DESK, OPERATOR = "resident", "desk", "operator"
EXAMPLE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)  # a dot
UNLIMITED = Rate(100_000.0, 100_000)


class Terminal(Ordinary):
    """The channel. `show` gets every letter with its message id, the moment it is delivered."""

    name = NAME
    trial = True

    def __init__(self, show: Callable[[Letter, str], None]) -> None:
        self._show = show
        self._session = uuid4().hex[:8]
        self._ranks = count(1)
        self._messages = count(1)

    def arrival(self, chat: str, sender: str, kind: Kind, **content: Any) -> Arrival:
        """What a person did, as an arrival. `content`: text, button, reply_to, media (kind, ref), location (lat, lon)."""
        rank = next(self._ranks)
        body = json.dumps({"chat": chat, "sender": sender, "kind": kind.value, "message_id": f"in{rank}", **content})
        return Arrival(NAME, f"{self._session}:{rank}", f"{NAME}:{chat}", rank, body)

    def arrivals(self, body: bytes) -> list[Arrival]:
        """The terminal has no door."""
        raise NotImplementedError

    def parse(self, arrival: Arrival) -> Incoming:
        said = json.loads(arrival.body)
        media, place = said.get("media"), said.get("location")
        return Incoming(
            channel=NAME,
            chat=said["chat"],
            sender=said["sender"],
            kind=Kind(said["kind"]),
            text=clean(said.get("text", "")),
            button=clean(said.get("button", "")),
            callback=arrival.external_id if said.get("button") else "",
            message_id=said["message_id"],
            reply_to=said.get("reply_to", ""),
            media=Media(media[0], media[1], media[1]) if media else None,
            location=Location(*place) if place else None,
            private=said["chat"] != DESK,
            name=said["sender"],
        )

    def bucket(self, letter: Letter) -> str:
        return ""

    def rate(self, bucket: str) -> Rate:
        return UNLIMITED

    async def send(self, letter: Letter) -> Sent:
        """Show the letter; an edit keeps its message's id."""
        if letter.kind is LetterKind.ACK and not letter.reply.text:
            return Sent()
        message_id = letter.edits or f"{self._session}-{next(self._messages)}"
        self._show(letter, message_id)
        return Sent(message_id)

    async def fetch(self, ref: str, into: Path, most: int) -> None:
        """A file of this machine, or the example where the reference names none."""
        await asyncio.to_thread(_copy, Path(ref), into, most)


def _copy(file: Path, into: Path, most: int) -> None:
    content = file.read_bytes() if file.is_file() else EXAMPLE
    if len(content) > most:
        raise Refused("too_large")
    into.write_bytes(content)
