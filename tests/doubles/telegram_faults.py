"""What can go wrong between us and Telegram, as objects that a test scripts: `fake.fail_next(with_=too_many(35))`."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from aiohttp import web

Answering = Callable[[], Awaitable[web.Response]]


class Fault(Protocol):
    """`early`: strikes before the body is read, so it cannot know the chat."""

    early: ClassVar[bool]

    async def play(self, request: web.Request, answer: Answering) -> web.StreamResponse:
        """Misbehave; `answer()` does what Telegram would have done (the message is then delivered)."""
        ...


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer instead of the work."""

    early: ClassVar[bool] = False
    status: int
    body: str
    content_type: str = "application/json"

    async def play(self, request: web.Request, answer: Answering) -> web.StreamResponse:
        return web.Response(status=self.status, text=self.body, content_type=self.content_type)


@dataclass(frozen=True, slots=True)
class Hang:
    """Silence for `seconds`. `accepted`: the message was delivered before the silence."""

    early: ClassVar[bool] = False
    seconds: float
    accepted: bool = False

    async def play(self, request: web.Request, answer: Answering) -> web.StreamResponse:
        early_answer = await answer() if self.accepted else None
        await asyncio.sleep(self.seconds)
        return early_answer or await answer()


@dataclass(frozen=True, slots=True)
class ResetBefore:
    """RST before the body was read: surely not delivered."""

    early: ClassVar[bool] = True

    async def play(self, request: web.Request, answer: Answering) -> web.StreamResponse:
        _reset(request)
        return web.Response()


@dataclass(frozen=True, slots=True)
class ResetAfter:
    """Delivered, then RST instead of an answer: the sender cannot know."""

    early: ClassVar[bool] = False

    async def play(self, request: web.Request, answer: Answering) -> web.StreamResponse:
        reply = await answer()
        _reset(request)
        return reply


@dataclass(frozen=True, slots=True)
class Drip:
    """Delivered; the answer comes byte by byte."""

    early: ClassVar[bool] = False
    bytes_per_second: float = 1.0

    async def play(self, request: web.Request, answer: Answering) -> web.StreamResponse:
        whole = (await answer()).body
        body = whole if isinstance(whole, bytes) else b"{}"
        response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
        await response.prepare(request)
        for byte in body:
            await response.write(bytes([byte]))
            await asyncio.sleep(1 / self.bytes_per_second)
        return response


def _reset(request: web.Request) -> None:
    transport = request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


def refusal(status: int, description: str, parameters: dict[str, Any] | None = None) -> Refusal:
    """The Bot API's error answer."""
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if parameters:
        body["parameters"] = parameters
    return Refusal(status, json.dumps(body))


def too_many(retry_after: int) -> Refusal:
    return refusal(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after})


def blocked() -> Refusal:
    return refusal(403, "Forbidden: bot was blocked by the user")


def deactivated() -> Refusal:
    return refusal(403, "Forbidden: user is deactivated")


def bad_request(text: str) -> Refusal:
    """`text` without the "Bad Request: " in front."""
    return refusal(400, f"Bad Request: {text}")


def migrated(new_chat_id: int) -> Refusal:
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    return refusal(400, text, {"migrate_to_chat_id": new_chat_id})


def unauthorized() -> Refusal:
    return refusal(401, "Unauthorized")


def server_error() -> Refusal:
    return refusal(500, "Internal Server Error")


def bad_gateway() -> Refusal:
    page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center>nginx</center></body>\r\n</html>\r\n"
    return Refusal(502, page, "text/html")


def not_json() -> Refusal:
    return Refusal(200, "<html>masuk ke jaringan hotel</html>", "text/html")


def hang(seconds: float, accepted: bool = False) -> Hang:
    return Hang(seconds, accepted)


def reset_before() -> ResetBefore:
    return ResetBefore()


def reset_after() -> ResetAfter:
    return ResetAfter()


def drip(bytes_per_second: float = 1.0) -> Drip:
    return Drip(bytes_per_second)


@dataclass(slots=True)
class Rule:
    """`left` = how often it still strikes, None = until healed."""

    fault: Fault
    method: str | None
    chat_id: int | None
    left: int | None

    def fits(self, method: str, chat_id: int | None, early: bool) -> bool:
        return self.fault.early == early and self.left != 0 and self.method in (None, method) and self.chat_id in (None, chat_id)


@dataclass(slots=True)
class Script:
    """The faults that a test has ordered, oldest first."""

    rules: list[Rule] = field(default_factory=list)

    def add(self, fault: Fault, method: str | None, chat_id: int | None, times: int | None) -> None:
        if fault.early and chat_id is not None:
            raise ValueError("a fault before the body is read cannot know the chat")
        self.rules.append(Rule(fault, method, chat_id, times))

    def take(self, method: str, chat_id: int | None, *, early: bool) -> Fault | None:
        for rule in self.rules:
            if rule.fits(method, chat_id, early):
                if rule.left is not None:
                    rule.left -= 1
                return rule.fault
        return None
