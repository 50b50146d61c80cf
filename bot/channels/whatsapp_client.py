"""A thin client of Meta's Graph API on one aiohttp session."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bot.channels.whatsapp_errors import GraphError, NotSentError, UnsureError
from domain.errors import Refused

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 25.0
DOWNLOAD_SECONDS = 30.0
SHORT_SECONDS = 3.0  # for what is only a nicety
CHUNK = 64 * 1024
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class File:
    """A file and its MIME type."""

    data: bytes
    mime: str
    name: str = ""


class Graph:
    """`url` with its version (https://graph.facebook.com/v26.0). Calls raise GraphError, NotSentError or UnsureError."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}", "User-Agent": "sapa/0.1.0"}
        self._session: aiohttp.ClientSession | None = None

    async def get(self, path: str, **query: str) -> Json:
        return await self._call("GET", path, params=query)

    async def post(self, path: str, body: Mapping[str, Any], seconds: float = TOTAL_SECONDS) -> Json:
        return await self._call("POST", path, seconds, json=body)

    async def upload(self, number: str, file: File) -> str:
        """Hand a file to Meta, for 30 days; returns its id there."""
        form = aiohttp.FormData({"messaging_product": "whatsapp", "type": file.mime})
        form.add_field("file", file.data, filename=file.name or "file", content_type=file.mime)
        return str((await self._call("POST", f"{number}/media", data=form))["id"])

    async def download(self, url: str, into: Path, most: int) -> None:
        """Write what lies behind a link that Meta gave us; the link is good for minutes. Raises Refused beyond `most` bytes."""
        try:
            timeout = aiohttp.ClientTimeout(total=DOWNLOAD_SECONDS, sock_connect=CONNECT_SECONDS)
            async with self._open().get(url, headers=self._headers, timeout=timeout, allow_redirects=False) as answer:
                if answer.status != 200:
                    raise GraphError(answer.status)
                await _save(answer, into, most)
        except aiohttp.ClientConnectorError as error:
            raise NotSentError(type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise UnsureError(type(error).__name__) from None

    async def _call(self, method: str, path: str, seconds: float = TOTAL_SECONDS, **content: Any) -> Json:
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        try:
            url = f"{self._url}/{path}"
            async with self._open().request(method, url, headers=self._headers, timeout=timeout, **content) as answer:
                return _answer(answer.status, await answer.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSentError(type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise UnsureError(type(error).__name__) from None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64, ttl_dns_cache=60))
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


async def _save(answer: aiohttp.ClientResponse, into: Path, most: int) -> None:
    """In pieces, so that no file stands in memory as a whole. What is said of its length is not trusted."""
    left = most
    with into.open("wb") as stream:
        async for chunk in answer.content.iter_chunked(CHUNK):
            left -= len(chunk)
            if left < 0:
                raise Refused("too_large")
            stream.write(chunk)


def _answer(status: int, body: bytes) -> Json:
    """The JSON of a good answer. Raises GraphError."""
    try:
        answer = json.loads(body)
    except ValueError:
        raise GraphError(status) from None
    if status == 200 and isinstance(answer, dict) and "error" not in answer:
        return answer
    error = answer.get("error") if isinstance(answer, dict) else None
    code = error.get("code") if isinstance(error, dict) else 0
    raise GraphError(status if status != 200 or error is None else 400, code if isinstance(code, int) else 0)
