"""Opens the database: SQLite with the rules that keep it safe, or PostgreSQL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import aiosqlite
import orjson
from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from store.sqlite_driver import OneHopConnection, connect

READ_ONLY = "sapa_read_only"  # execution option: this unit only reads
BUSY_SECONDS = 10
# secure_delete: what was erased is overwritten, not only forgotten.
PRAGMAS = "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", f"busy_timeout={BUSY_SECONDS * 1000}"


def _dumps(value: Any) -> str:
    """JSON, quickly; what only the standard library writes (half a surrogate, a number of more than 64 bits), as it does."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value)


def _loads(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text)


COMMON: dict[str, Any] = {"hide_parameters": True, "json_serializer": _dumps, "json_deserializer": _loads}


def open_engine(url: str) -> AsyncEngine:
    """An engine for `sqlite+aiosqlite:///path` or `postgresql+asyncpg://…`. Values never reach an error message."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(url, parsed.database or "")
    return create_async_engine(url, pool_size=10, pool_pre_ping=True, connect_args={"timeout": BUSY_SECONDS}, **COMMON)


def _sqlite(url: str, path: str) -> AsyncEngine:
    """A unit always ends its own transaction, so the pool need not roll back once more."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)

    async def opened() -> aiosqlite.Connection:
        return await connect(path, BUSY_SECONDS)

    engine = create_async_engine(url, async_creator=opened, pool_reset_on_return=None, **COMMON)
    event.listen(engine.sync_engine, "connect", _configure)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _configure(connection: Any, _record: object) -> None:
    """The driver's own transactions lose updates silently, so it opens none: `_begin` does."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    """A writer takes the write lock first: upgrading a read later fails at once, whatever the busy timeout."""
    read_only = connection.get_execution_options().get(READ_ONLY)
    opened = connection.connection.driver_connection
    assert isinstance(opened, OneHopConnection)  # noqa: S101 - as `_sqlite` opened it
    opened.begin_with_next("BEGIN" if read_only else "BEGIN IMMEDIATE")


async def compact(engine: AsyncEngine) -> None:
    """Write a SQLite file anew, so that nothing is left of what was erased: pages keep pieces when rows move between them."""
    async with engine.connect() as connection:
        pooled = await connection.get_raw_connection()
        driver = cast(aiosqlite.Connection, pooled.driver_connection)
        for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            async with driver.execute(statement):
                pass
