"""A Bot API and a Cloud API that take everything and tell who was answered. Alone (`python -m bench.stub PORT`): the quickest."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable
from itertools import count

from bench.wire import message

# chat_id in a form, in JSON, or as a part of a multipart body
_CHAT = re.compile(rb'chat_id"?(?:=|: *"?|\r\n(?:[^\r\n]+\r\n)*\r\n)(-?\d+)')
_ME = b'{"id":123456,"is_bot":true,"first_name":"Sapa","username":"sapa_bot","can_join_groups":true}'
_SENT = b'{"message_id":%d,"date":1763942400,"chat":{"id":%s,"type":"private","first_name":"Sri"},"text":"ok"}'
_ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n{"ok":true,"result":%s}'
_TO = re.compile(rb'"to": ?"(\d+)"')
_WHATSAPP = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
_TAKEN = b'{"messaging_product":"whatsapp","contacts":[{"input":"%s","wa_id":"%s"}],"messages":[{"id":"wamid.S%d"}]}'
_NO_LENGTH = b"HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\n\r\n"

OnReply = Callable[[int], None]


class Stub(asyncio.Protocol):
    """One connection; `on_reply` gets the chat of each sendMessage."""

    numbers = count(1)

    def __init__(self, on_reply: OnReply) -> None:
        self.on_reply = on_reply
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while whole := message(self.buffer):
            head, body, self.buffer = whole
            self.transport.write(self.answer(head, body))

    def answer(self, head: bytes, body: bytes) -> bytes:
        line = head[: head.find(b"\r\n")].lower()
        if line.startswith(b"post /v") and b"/messages" in line:
            return self.taken(body)
        if b"/sendmessage" in line:
            return self.sent(head, body)
        return _answer(_ME if b"/getme" in line else b"true")

    def taken(self, body: bytes) -> bytes:
        """A WhatsApp message, or a sign that one was read."""
        to = _TO.search(body)
        if not to:
            return _WHATSAPP % (16, b'{"success":true}')
        self.on_reply(int(to[1]))
        answer = _TAKEN % (to[1], to[1], next(self.numbers))
        return _WHATSAPP % (len(answer), answer)

    def sent(self, head: bytes, body: bytes) -> bytes:
        chat = _CHAT.search(body)
        if not chat:  # a chunked body, or no body at all
            return _NO_LENGTH
        self.on_reply(int(chat[1]))
        return _answer(_SENT % (next(self.numbers), chat[1]))


def _answer(result: bytes) -> bytes:
    return _ANSWER % (len(result) + 21, result)


async def serve(port: int, on_reply: OnReply) -> asyncio.Server:
    return await asyncio.get_running_loop().create_server(lambda: Stub(on_reply), "127.0.0.1", port)


async def main(port: int) -> None:
    await (await serve(port, lambda _chat: None)).serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
