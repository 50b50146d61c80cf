"""The aiohttp application: channel doors, health and metrics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

import structlog
from aiohttp import web
from prometheus_client import generate_latest

from bot.freshness import expired
from bot.metrics import ARRIVALS, EXPIRED, INBOX_AGE, OUTBOX_AGE, REFUSED, alarm, registry
from domain.errors import Invalid, StoreAway
from domain.messages import Arrival
from services.app import App
from store.intake import Intake

log = structlog.get_logger()

LARGEST_BODY = 4 * 1024 * 1024  # bytes; the largest webhook of any messenger has 3 MB
RETRY_AFTER_SECONDS = 2
STUCK_SECONDS = 120.0  # nothing may wait longer without the instance calling itself not ready


class Door(Protocol):
    """The part of a channel that a door needs."""

    name: str

    async def verify(self, headers: Mapping[str, str], body: bytes) -> bool: ...

    def arrivals(self, body: bytes) -> list[Arrival]: ...


@runtime_checkable
class Challenged(Door, Protocol):
    """A door that the messenger tries with a question before it uses it."""

    def challenge(self, query: Mapping[str, str]) -> str | None: ...


def make_web(app: App, intake: Intake, doors: Sequence[Door]) -> web.Application:
    """All routes of one process."""
    site = web.Application(client_max_size=LARGEST_BODY)
    health = Health(app)
    site.router.add_get("/healthz", health.alive)
    site.router.add_get("/readyz", health.ready)
    site.router.add_get("/metrics", health.metrics)
    for door in doors:
        site.router.add_post(f"/hooks/{door.name}", _door(door, intake))
        if isinstance(door, Challenged):
            site.router.add_get(f"/hooks/{door.name}", _challenge(door))
    return site


def _door(door: Door, intake: Intake) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Verify, name, store, 200. Nothing is understood here."""
    accepted = ARRIVALS.labels(door.name)

    async def enter(request: web.Request) -> web.Response:
        if (request.content_length or 0) > LARGEST_BODY:
            return _refuse(door, 413)
        try:
            body = await request.read()
            if not await door.verify(request.headers, body):
                return _refuse(door, 401)
            arrivals = door.arrivals(body)
            await intake.put(arrivals)
        except web.HTTPRequestEntityTooLarge:
            return _refuse(door, 413)
        except Invalid:
            return _refuse(door, 400)
        except StoreAway:
            return _refuse(door, 503)
        accepted.inc(len(arrivals))
        return web.Response()

    return enter


def _challenge(door: Challenged) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The right answer for whom knows our token, nothing for anybody else."""

    async def answer(request: web.Request) -> web.Response:
        words = door.challenge(request.query)
        return _refuse(door, 403) if words is None else web.Response(text=words)

    return answer


def _refuse(door: Door, status: int) -> web.Response:
    """Turn a request away: constant words, no reason that would help a guesser."""
    REFUSED.labels(door.name, str(status)).inc()
    if status == 503:
        alarm("store_away", channel=door.name)
        return web.Response(status=status, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
    return web.Response(status=status)


class Health:
    """Whether this process lives, and whether it does its work."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def alive(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def ready(self, _request: web.Request) -> web.Response:
        """503 while the database is away, behind its migrations, or work is stuck."""
        try:
            report = await self._report()
        except StoreAway:
            report = {"database": "away", "ready": False}
        return web.json_response(report, status=200 if report["ready"] else 503)

    async def _report(self) -> dict[str, object]:
        inbox, outbox = await self._ages()
        current = await self._app.store.is_current()
        return {
            "ready": current and max(inbox, outbox) < STUCK_SECONDS,
            "database": "ok",
            "migrations": "current" if current else "behind",
            "oldest_arrival_seconds": round(inbox, 1),
            "oldest_letter_seconds": round(outbox, 1),
            "edition": self._app.knowledge.edition,
            "articles_expired": len(expired(self._app)),
        }

    async def _ages(self) -> tuple[float, float]:
        """Seconds that the oldest open arrival and the oldest unsent letter wait."""
        async with self._app.store.reading() as unit:
            arrival, letter = await unit.inbox.oldest_open(), await unit.outbox.oldest_waiting()
        now = self._app.now()
        return _seconds(now, arrival), _seconds(now, letter)

    async def metrics(self, _request: web.Request) -> web.Response:
        try:
            inbox, outbox = await self._ages()
        except StoreAway:
            log.warning("store_away", door="metrics")
        else:
            INBOX_AGE.set(inbox)
            OUTBOX_AGE.set(outbox)
        EXPIRED.set(len(expired(self._app)))
        return web.Response(body=generate_latest(registry), content_type="text/plain", charset="utf-8")


def _seconds(now: datetime, since: datetime | None) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
