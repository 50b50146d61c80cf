"""WhatsApp, on Meta's Cloud API: verify and name arrivals, parse them, send letters, and keep to the 24-hour window.

A thin client of our own: libraries take only the first message of a body and want ids that may be missing (decision 0004).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.channels.whatsapp_client import SHORT_SECONDS, File, Graph
from bot.channels.whatsapp_errors import WINDOW_CLOSED, GraphError, NotSentError, UnsureError, problem
from bot.channels.whatsapp_parse import NAME, name_all, parse
from bot.channels.whatsapp_render import Renderer, in_one_line
from domain.errors import Delayed, Refused
from domain.messages import Arrival, Button, Incoming, Kind, Letter, LetterKind, Media, Ordinary, Rate, Reply, Sent, Traits
from domain.text import plain
from knowledge.templates import Template, chosen

SIGNATURE_HEADER = "X-Hub-Signature-256"
WINDOW = timedelta(hours=24) - timedelta(minutes=1)  # Meta's clock is not ours
GATHERS_OUTSIDE = timedelta(minutes=10)  # a template costs money: what else is new in this time goes into the same one
PAIR_RATE = Rate(1 / 6, 40)  # to one resident: one in 6 s, up to 45 in a burst that is borrowed from the time after it
MERGED_UNITS = 900  # news of one ticket in one message with its buttons
TICKET_NEWS = "ticket_news"
TYPING_SECONDS = 2.0  # that a letter waits for our own "is typing": coming later it would stay below the answer
UPLOADS_KEPT = 500
ANSWERED = frozenset(Kind) - {Kind.SILENT, Kind.RECEIPT, Kind.MIGRATION, Kind.MEMBERSHIP, Kind.REACTION}
CallError = (GraphError, NotSentError, UnsureError)
Files = Callable[[Media], Awaitable[File]]


@dataclass(frozen=True, slots=True)
class Account:
    """One business number. `secrets`: of the app, the one in force and those that are still good."""

    number_id: str
    secrets: tuple[str, ...]
    verify_token: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Messages `per_second` of the whole number; seconds that news of a ticket `gathers` (0: each goes out by itself)."""

    per_second: float = 80.0
    gathers: float = 0.0


class WhatsApp(Ordinary):
    """The channel. `files` gives the bytes of clean copies."""

    name = NAME
    trial = False

    def __init__(
        self,
        account: Account,
        graph: Graph,
        words: Renderer,
        templates: Sequence[Template] = (),
        *,
        now: Callable[[], datetime],
        limits: Limits = Limits(),
        files: Files | None = None,
    ) -> None:
        self._account, self._graph, self._words, self._templates = account, graph, words, tuple(templates)
        self._now, self._files = now, files
        self._overall = Rate(limits.per_second, max(3, int(limits.per_second / 8)))
        self._typing: dict[str, asyncio.Task[None]] = {}
        self._uploaded: dict[str, str] = {}
        self._gathers_outside = GATHERS_OUTSIDE if limits.gathers else timedelta(0)
        merges = MERGED_UNITS if limits.gathers else 0
        self.traits = Traits(toasts=False, waits=True, gathers=limits.gathers, merges=merges)

    # ------------------------------------------------------------------ coming in

    async def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the raw body carries the signature of one of our secrets; compared in constant time."""
        given = headers.get(SIGNATURE_HEADER, "").encode("utf-8", "replace")
        fits = [hmac.compare_digest(given, signature(secret, body).encode()) for secret in self._account.secrets]
        return any(fits)

    def challenge(self, query: Mapping[str, str]) -> str | None:
        """What Meta wants echoed when it is told our address; None for anybody who does not know the verify token."""
        token, wanted = query.get("hub.verify_token", "").encode("utf-8", "replace"), self._account.verify_token.encode()
        fits = bool(wanted) and hmac.compare_digest(token, wanted)
        return query.get("hub.challenge", "") if fits and query.get("hub.mode") == "subscribe" else None

    def arrivals(self, body: bytes) -> list[Arrival]:
        return name_all(body)

    def parse(self, arrival: Arrival) -> Incoming:
        return parse(arrival, self._account.number_id)

    def seen(self, incoming: Incoming) -> None:
        """Two blue ticks and "is typing", which ends with our answer. Only a nicety: it may fail."""
        if incoming.private and incoming.message_id and incoming.kind in ANSWERED:
            task = asyncio.create_task(self._show_typing(incoming.message_id))
            self._typing[incoming.chat] = task
            task.add_done_callback(lambda done: self._typing.get(incoming.chat) is done and self._typing.pop(incoming.chat))

    async def _show_typing(self, message_id: str) -> None:
        body = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id, "typing_indicator": {"type": "text"}}
        try:
            await self._graph.post(f"{self._account.number_id}/messages", body, SHORT_SECONDS)
        except CallError:
            return

    async def fetch(self, ref: str, into: Path, most: int) -> None:
        """Write a resident's file. A link that ran out is asked for once more. Raises Delayed or Refused."""
        try:
            try:
                await self._download(ref, into, most)
            except GraphError as error:
                if error.status not in (401, 403, 404, 410):
                    raise
                await self._download(ref, into, most)
        except CallError as error:
            raise problem(error) from None

    async def _download(self, ref: str, into: Path, most: int) -> None:
        about = await self._graph.get(ref, phone_number_id=self._account.number_id)
        await self._graph.download(str(about["url"]), into, most)

    # ------------------------------------------------------------------ going out

    def parts(self, reply: Reply) -> list[Reply]:
        return self._words.parts(reply)

    def numbered(self, reply: Reply) -> tuple[Button, ...]:
        return self._words.numbered(reply)

    def bucket(self, letter: Letter) -> str:
        return letter.address

    def rate(self, bucket: str) -> Rate:
        return PAIR_RATE if bucket else self._overall

    async def send(self, letter: Letter) -> Sent:
        """Hand a letter over, in the form that the window allows. Raises Delayed or Refused, each with a constant reason."""
        if letter.kind is not LetterKind.MESSAGE:
            raise Refused("not_possible")  # messages of a business cannot be changed, and presses need no answer
        if typing := self._typing.get(letter.address):
            await asyncio.wait({typing}, timeout=TYPING_SECONDS)
        try:
            if letter.uncertain:
                await self._probe()
            return await self._send(letter)
        except CallError as error:
            raise problem(error, letter.attempts) from None

    async def _probe(self) -> None:
        """A harmless request, before a copy of a letter is risked: where it fails, nothing was tried."""
        try:
            await self._graph.get(self._account.number_id, fields="id")
        except CallError as error:
            found = problem(error)
            raise Delayed(found.reason, getattr(found, "retry_after", None), counts=False) from None

    async def _send(self, letter: Letter) -> Sent:
        if letter.heard_at is None or self._now() - letter.heard_at > WINDOW:
            return await self._outside(letter)
        try:
            return Sent(await self._free(letter))
        except GraphError as error:
            if error.code != WINDOW_CLOSED:
                raise
            return await self._outside(letter)

    async def _free(self, letter: Letter) -> str:
        media_id = await self._media_id(letter.reply.media) if letter.reply.media else ""
        return await self._post(letter, self._words.content(letter.reply, letter.language, media_id))

    async def _outside(self, letter: Letter) -> Sent:
        """News of a ticket goes out as a template; where it had to be shortened, the whole waits like everything else."""
        template = chosen(self._templates, TICKET_NEWS, letter.language) if letter.ticket_id else None
        if template is None:
            raise Delayed("window_closed", awaits=True)
        if (
            letter.created_at
            and (left := letter.created_at + GATHERS_OUTSIDE - self._now()) > timedelta(0)
            and self.traits.merges
        ):
            raise Delayed("gathering", left.total_seconds(), counts=False)
        words = in_one_line(letter.reply.text, template.room)
        whole = not letter.reply.media and len(" ".join(plain(letter.reply.text).split())) <= template.room
        return Sent(await self._post(letter, _filled(template, words, letter)), announced=not whole)

    async def _post(self, letter: Letter, content: Mapping[str, Any]) -> str:
        """One message; returns Meta's id of it. Our own id of the letter comes back with each status."""
        where = {"recipient": letter.address} if "." in letter.address else {"to": letter.address}
        body = {"messaging_product": "whatsapp", "recipient_type": "individual", **where, **content}
        if letter.id:
            body["biz_opaque_callback_data"] = f"letter:{letter.id}"
        if letter.quotes:
            body["context"] = {"message_id": letter.quotes}
        answer = await self._graph.post(f"{self._account.number_id}/messages", body)
        try:
            return str(answer["messages"][0]["id"])
        except (KeyError, IndexError, TypeError):
            raise GraphError(200) from None

    async def _media_id(self, media: Media) -> str:
        """Where Meta has the file; a clean copy of ours is handed over first."""
        if media.ref.isdecimal() and not media.copy:
            return media.ref
        name = media.copy or media.ref
        if name not in self._uploaded:
            if self._files is None:
                raise Refused("media")
            file = await self._files(media)
            if len(self._uploaded) >= UPLOADS_KEPT:
                self._uploaded.pop(next(iter(self._uploaded)))
            self._uploaded[name] = await self._graph.upload(self._account.number_id, file)
        return self._uploaded[name]

    async def close(self) -> None:
        tasks = list(self._typing.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._graph.close()


def signature(secret: str, body: bytes) -> str:
    """The value of Meta's signature header for a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _filled(template: Template, words: str, letter: Letter) -> dict[str, Any]:
    """A template with its value; its button opens the ticket."""
    components: list[dict[str, Any]] = [{"type": "body", "parameters": [{"type": "text", "text": words}]}]
    if template.button:
        payload = {"type": "payload", "payload": f"ticket:{letter.ticket_id}"}
        components.append({"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": [payload]})
    language = {"policy": "deterministic", "code": template.language}
    content = {"name": template.name, "language": language, "components": components}
    return {"type": "template", "template": content}
