"""The little HTTP/1.1 that the stub and the load need: whole messages with a Content-Length, kept-alive connections."""

from __future__ import annotations

import re

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def message(data: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Head, body and what follows; None until the message is complete."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    length = _LENGTH.search(data, 0, end)
    stop = end + 4 + (int(length[1]) if length else 0)
    if len(data) < stop:
        return None
    return data[:end], data[end + 4 : stop], data[stop:]
