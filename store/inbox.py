"""Arrivals: stored before they are understood, answered in the order of each chat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Integer, bindparam, func, select, text, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.messages import Arrival
from domain.seal import Seal
from store.sql import Write, insert_or_nothing
from store.sqlite_driver import OneHopConnection
from store.tables import Moment, inbox

MOST_TRIES = 5
LOCK_CHATS = text(
    "SELECT chat FROM unnest(CAST(:chats AS text[])) AS chat WHERE pg_try_advisory_xact_lock(hashtextextended(chat, 0))"
)
TRY_DELAYS = (0.1, 0.4, 0.8, 1.5)  # seconds: a poisoned arrival must be out of the way within 5 s


_ahead = inbox.alias()
_first_of_chat = ~(
    select(1)
    .where(_ahead.c.state == "open", _ahead.c.chat_key == inbox.c.chat_key)
    .where((_ahead.c.rank < inbox.c.rank) | ((_ahead.c.rank == inbox.c.rank) & (_ahead.c.id < inbox.c.id)))
    .exists()
)
OLDEST = (
    select(*(inbox.c[field.name] for field in fields(Arrival)))
    .where(inbox.c.state == "open", inbox.c.channel.in_(bindparam("channels", expanding=True)), _first_of_chat)
    .where(inbox.c.not_before <= bindparam("now", type_=Moment))
    .order_by(inbox.c.id)
    .limit(bindparam("most", type_=Integer))
)
DONE = update(inbox).where(inbox.c.id == bindparam("arrival")).values(state="done")


_sqlite = sqlite.dialect()
SQLITE_MOMENT: Any = Moment().dialect_impl(_sqlite).bind_processor(_sqlite)
COLUMNS = ("channel", "external_id", "chat_key", "rank", "body", "state", "attempts", "not_before", "received_at")
SQLITE_PUT = str(sqlite.insert(inbox).on_conflict_do_nothing().compile(dialect=_sqlite, column_keys=COLUMNS))


class Inbox:
    """Queries on arrivals, within one unit of work."""

    def __init__(self, connection: AsyncConnection, seal: Seal) -> None:
        self._connection = connection
        self._seal = seal
        self._done: list[int] = []

    async def put(self, arrivals: Sequence[Arrival], now: datetime) -> None:
        """Store each arrival once: a repeated one changes nothing."""
        await insert_or_nothing(self._connection, inbox, [_row(arrival, self._seal, now) for arrival in arrivals])

    async def take(self, channels: Sequence[str], now: datetime, most: int) -> list[Arrival]:
        """The oldest open arrival of up to `most` chats, held against other workers until the unit ends."""
        found = await self._oldest(channels, now, most)
        # SQLite has one writer: what was just read cannot be anybody else's.
        return found if self._connection.dialect.name == "sqlite" or not found else await self.hold(found)

    async def _oldest(self, channels: Sequence[str], now: datetime, most: int) -> list[Arrival]:
        values = {"channels": list(channels), "now": now, "most": most}
        found = await self._connection.execute(OLDEST, values)
        return [_opened(Arrival(*row), self._seal) for row in found]

    async def hold(self, found: Sequence[Arrival]) -> list[Arrival]:
        """Those of `found` whose chats nobody else holds and that are still open: the holder may just have answered them."""
        mine = {arrival.chat_key for arrival in found}
        if self._connection.dialect.name != "sqlite":
            mine = set((await self._connection.execute(LOCK_CHATS, {"chats": list(mine)})).scalars())
        still = select(inbox.c.id).where(inbox.c.id.in_([a.id for a in found if a.chat_key in mine]), inbox.c.state == "open")
        open_ids = set((await self._connection.execute(still)).scalars())
        return [arrival for arrival in found if arrival.id in open_ids]

    def done(self, ids: Iterable[int]) -> None:
        """They are answered; written when the unit commits."""
        self._done += ids

    def last_writes(self) -> Iterator[Write]:
        """What the commit is to write."""
        done, self._done = self._done, []
        yield DONE, [{"arrival": identifier} for identifier in done]

    async def failed(self, arrival: Arrival, error: str, now: datetime) -> bool:
        """Count a failed try of an arrival; True when it was the last one and the arrival is set aside."""
        attempts = arrival.attempts + 1
        dead = attempts >= MOST_TRIES
        wait = timedelta(seconds=0 if dead else TRY_DELAYS[attempts - 1])
        values = {
            "attempts": attempts,
            "error": error[:80],
            "state": "dead" if dead else "open",
            "not_before": now + wait,
        }
        await self._connection.execute(update(inbox).where(inbox.c.id == arrival.id, inbox.c.state == "open").values(values))
        return dead

    async def oldest_open(self) -> datetime | None:
        """When the oldest open arrival came in; None where nothing waits."""
        query = select(func.min(inbox.c.received_at)).where(inbox.c.state == "open")
        found: datetime | None = (await self._connection.execute(query)).scalar()
        return found

    async def count(self, state: str) -> int:
        query = select(func.count()).select_from(inbox).where(inbox.c.state == state)
        return (await self._connection.execute(query)).scalar_one()


async def put_in_one_hop(engine: AsyncEngine, seal: Seal, arrivals: Sequence[Arrival], now: datetime) -> None:
    """`Inbox.put` and its commit, on SQLite."""
    written = SQLITE_MOMENT(now)
    rows = [tuple(_row(arrival, seal, written).values()) for arrival in arrivals]
    async with engine.connect() as connection:  # not `raw_connection`: its close forgets one that the pool has no room for
        pooled = await connection.get_raw_connection()
        await cast(OneHopConnection, pooled.driver_connection).write_and_commit([(SQLITE_PUT, rows)])


def _row(arrival: Arrival, seal: Seal, now: datetime | str) -> dict[str, Any]:
    return {
        "channel": arrival.channel,
        "external_id": arrival.external_id,
        "chat_key": arrival.chat_key,
        "rank": arrival.rank,
        "body": seal.seal(arrival.body),
        "state": "open",
        "attempts": 0,
        "not_before": now,
        "received_at": now,
    }


def _opened(stored: Arrival, seal: Seal) -> Arrival:
    return replace(stored, body=seal.open(stored.body))
