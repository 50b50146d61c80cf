"""python-telegram-bot's network layer on one aiohttp session: several times quicker than its own, and our errors kept apart.

The difference that matters to a letter: `NotSent` (nothing left this machine) and `Unsure` (it may have arrived).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import aiohttp
import orjson
from telegram.error import NetworkError
from telegram.request import BaseRequest, RequestData
from yarl import URL

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
DOWNLOAD_SECONDS = 60.0
CHUNK = 65_536
JSON = {"Content-Type": "application/json"}
NEEDLESS = ("Accept", "Accept-Encoding", "User-Agent")  # headers that no Bot API server looks at

address = lru_cache(maxsize=64)(URL)  # one for each method

Files = Mapping[str, tuple[str, bytes, str]]  # name of the parameter → file name, content, type


class NotSent(NetworkError):
    """The server was not reached: nothing was sent."""


class NotThere(NetworkError):
    """A link to a file does not work, or not any more."""


class TooLarge(NetworkError):
    """A file has more bytes than we take."""


class Unsure(NetworkError):
    """The line broke or timed out after it stood: the request may have been carried out."""


@dataclass(frozen=True, slots=True)
class Plain:
    """Plain parameters in the form of the library's RequestData, which it makes only for its own objects."""

    parameters: Mapping[str, Any]
    multipart_data: Files = field(default_factory=dict)

    @property
    def contains_files(self) -> bool:
        return bool(self.multipart_data)

    @property
    def json_parameters(self) -> dict[str, str]:
        """For a form: everything as text."""
        return {
            name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in self.parameters.items()
        }

    @property
    def json_payload(self) -> bytes:
        return orjson.dumps(self.parameters)


class AiohttpRequest(BaseRequest):
    """One session, opened on first use and closed by `shutdown`."""

    def __init__(self, connections: int = 64) -> None:
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return READ_SECONDS

    async def initialize(self) -> None:
        """Open the session."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=60)
            jar = aiohttp.DummyCookieJar()  # there are none, and looking for them takes its time
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=jar, skip_auto_headers=NEEDLESS)

    async def shutdown(self) -> None:
        """Close the session and its connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(
        self, url: str, parameters: Mapping[str, Any], read_timeout: float | None = None, files: Files | None = None
    ) -> Any:
        """One Bot API request; empty parameters are left out. Returns the result as plain JSON. Raises TelegramError."""
        data = Plain({name: value for name, value in parameters.items() if value not in (None, "")}, files or {})
        return await self.post(url, cast(RequestData, data), read_timeout=read_timeout)

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Send one request; returns status and body. Raises NotSent or Unsure."""
        await self.initialize()
        assert self._session is not None  # noqa: S101 - just opened
        timeout = _timeout(_seconds(read_timeout, READ_SECONDS), _seconds(connect_timeout, CONNECT_SECONDS))
        try:
            body, headers = _body(request_data)
            async with self._session.request(method, address(url), data=body, headers=headers, timeout=timeout) as response:
                return response.status, await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unsure(type(error).__name__) from None

    async def download(self, url: str, into: Path, most: int) -> None:
        """Write what lies at `url`. Raises NotThere, TooLarge, NotSent or Unsure."""
        await self.initialize()
        assert self._session is not None  # noqa: S101 - just opened
        timeout = aiohttp.ClientTimeout(total=DOWNLOAD_SECONDS, sock_connect=CONNECT_SECONDS)
        try:
            async with self._session.get(url, timeout=timeout, allow_redirects=False) as response:
                if response.status != HTTPStatus.OK:
                    raise NotThere(str(response.status))
                await _save(response, into, most)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unsure(type(error).__name__) from None


async def _save(response: aiohttp.ClientResponse, into: Path, most: int) -> None:
    """In pieces, so that no file stands in memory as a whole. What the sender says of its length is not trusted."""
    left = most
    with into.open("wb") as stream:
        async for piece in response.content.iter_chunked(CHUNK):
            left -= len(piece)
            if left < 0:
                raise TooLarge("more than we take")
            stream.write(piece)
    declared = response.content_length
    if declared is not None and declared != most - left:
        raise Unsure("cut off")


@lru_cache(maxsize=64)
def _timeout(read: float, connect: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=read + CONNECT_SECONDS, sock_connect=connect)


def _seconds(given: Any, default: float) -> float:
    return float(given) if isinstance(given, int | float) else default


def _body(data: RequestData | None) -> tuple[aiohttp.FormData | bytes | None, Mapping[str, str]]:
    """Parameters as JSON, half the work of a form; with files as multipart. And the headers that say so."""
    if data is None or not data.parameters:
        return None, {}
    if not data.contains_files:
        return data.json_payload, JSON
    form = aiohttp.FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in (data.multipart_data or {}).items():
        form.add_field(name, content, filename=filename, content_type=mime)
    return form, {}
