"""Logs: JSON lines of constant event names with ids; never a text, a name, a number or a token.

Tracebacks are cut to the kind of error and the places it came through: messages of errors may quote residents.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog

TOKEN = re.compile(
    r"\b\d{3,}(:|%3A)[A-Za-z0-9_-]{20,}|\bEA[A-Za-z0-9]{20,}", re.IGNORECASE
)  # Telegram's or Meta's, also in a URL
_render = structlog.processors.JSONRenderer()
LIBRARIES = ("telegram", "aiohttp", "asyncio", "sqlalchemy", "aiosqlite", "alembic", "httpx")


def set_up(level: str, stream: TextIO | None = None) -> None:
    """Send our events and the warnings of libraries to `stream` (standard error), one JSON object a line."""
    stream = stream or sys.stderr
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _places_only,
            _line,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    _quieten_libraries()
    sys.excepthook = _uncaught


def _quieten_libraries() -> None:
    """At DEBUG they write whole messages and URLs, so they are heard from WARNING on, and only where and what kind."""
    handler = _LibraryHandler(logging.WARNING)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)


class _LibraryHandler(logging.Handler):
    """Passes a library's warning on as one event, without its message."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().warning(
            "library", logger=record.name, place=f"{record.module}:{record.lineno}", exc_info=record.exc_info
        )


def _places_only(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """exc_info → the kinds of error and the places, without messages and values."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["places"] = [
            f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
        if error.__cause__ is not None:
            event["cause"] = type(error.__cause__).__name__
    return event


def _line(logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
    """One JSON line, with anything that looks like a token cut out."""
    return TOKEN.sub("<token>", str(_render(logger, method, event)))


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger().critical("uncaught", exc_info=(kind, error, trace))


def loop_errors(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """asyncio's own reports, without the values they carry."""
    structlog.get_logger().error("loop_error", exc_info=context.get("exception"))
