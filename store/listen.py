"""PostgreSQL tells every process when another one commits arrivals or letters. A poll makes up for what is missed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from store.unit import ARRIVALS, LETTERS, Store

RECONNECT_SECONDS = 3.0


async def listen(engine: AsyncEngine, store: Store) -> None:
    """Ring the store's listeners for commits of other processes, until cancelled. Does nothing on SQLite."""
    if store.is_sqlite:
        return
    while True:
        with suppress(Exception):  # whatever cut the line, the poll carries on and we connect again
            await _listen_once(engine, store)
        await asyncio.sleep(RECONNECT_SECONDS)


async def _listen_once(engine: AsyncEngine, store: Store) -> None:
    connection = await engine.raw_connection()
    driver: Any = connection.driver_connection
    cut = asyncio.Event()
    driver.add_termination_listener(lambda _: cut.set())
    try:
        for name in (ARRIVALS, LETTERS):
            await driver.add_listener(f"sapa_{name}", lambda *_, name=name: store.ring(name))
        await cut.wait()
    finally:
        connection.invalidate()
