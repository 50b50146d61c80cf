"""One of several processes that work on the same database: `python -m tests.store.claimer URL TIMES`.

Claims that many arrivals and letters and counts that often; prints what it got as JSON. Any error ends it.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.messages import Rate
from services.keys import Vault
from store.engine import open_engine
from store.tables import counters
from store.unit import Store
from tests.doubles.process import VAULT_KEY

CHANNEL = "telegram"
COUNTER, READ_AND_WRITTEN = "counted", "read and written"


async def main(url: str, times: int) -> dict[str, list[Any]]:
    engine = open_engine(url)
    store = Store(engine, Vault([VAULT_KEY]))
    try:
        return {
            "arrivals": await until(times, lambda: arrival(store)),
            "letters": await until(times, lambda: letter(store)),
            "numbers": await until(times, lambda: number(store)),
            "careless": await until(times, lambda: read_and_write(engine)) if store.is_sqlite else [],
        }
    finally:
        await store.close()


async def until(times: int, claim: Callable[[], Awaitable[list[int]]]) -> list[int]:
    got: list[int] = []
    while len(got) < times:
        claimed = await claim()
        got += claimed
        if not claimed:  # somebody else was faster
            await asyncio.sleep(random.uniform(0, 0.05))
    return got


async def arrival(store: Store) -> list[int]:
    async with store.unit() as unit:
        taken = await unit.inbox.take([CHANNEL], datetime.now(UTC), 1)
        unit.inbox.done([one.id for one in taken])
        await unit.commit()
    return [one.id for one in taken]


async def letter(store: Store) -> list[int]:
    async with store.unit() as unit:
        claimed = await unit.outbox.claim(CHANNEL, lambda _: Rate(100_000.0, 100_000), datetime.now(UTC), 1)
        await unit.commit()
    return [one.id for one in claimed]


async def number(store: Store) -> list[int]:
    async with store.unit() as unit:
        counted = await unit.tickets.count_up(COUNTER)
        await unit.commit()
    return [counted]


async def read_and_write(engine: AsyncEngine) -> list[int]:
    """Read, then write: the way that loses updates where the write lock is not taken first."""
    row = counters.c.name == READ_AND_WRITTEN
    async with engine.begin() as connection:
        value: int = (await connection.execute(select(counters.c.value).where(row))).scalar_one()
        await asyncio.sleep(0)
        await connection.execute(update(counters).where(row).values(value=value + 1))
    return [value]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main(sys.argv[1], int(sys.argv[2])))))
