"""python-telegram-bot's network layer on one aiohttp session: several times quicker than its own, and our errors kept apart.

The difference that matters to a letter: `NotSent` (nothing left this machine) and `Unsure` (it may have arrived).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import aiohttp
import orjson
from telegram.error import NetworkError
from telegram.request import BaseRequest, RequestData
from yarl import URL

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
JSON = {"Content-Type": "application/json"}
NEEDLESS = ("Accept", "Accept-Encoding", "User-Agent")  # headers that no Bot API server looks at

address = lru_cache(maxsize=64)(URL)  # one for each method


class NotSent(NetworkError):
    """The server was not reached: nothing was sent."""


class Unsure(NetworkError):
    """The line broke or timed out after it stood: the request may have been carried out."""


@dataclass(frozen=True, slots=True)
class Plain:
    """Plain parameters in the form of the library's RequestData, which it makes only for its own objects."""

    parameters: Mapping[str, Any]
    contains_files = False

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

    async def call(self, url: str, parameters: Mapping[str, Any], read_timeout: float | None = None) -> Any:
        """One Bot API request; empty parameters are left out. Returns the result as plain JSON. Raises TelegramError."""
        data = Plain({name: value for name, value in parameters.items() if value not in (None, "")})
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
