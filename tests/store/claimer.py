"""One of several processes that work on the same database: `python -m tests.store.claimer URL TIMES`.

Claims that many arrivals and letters and counts that often; prints what it got as JSON. Any error ends it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.build import utc_now
from domain.messages import Rate
from store.engine import open_engine
from store.tables import counters
from store.unit import Store

CHANNEL = "telegram"
COUNTER, READ_AND_WRITTEN = "counted", "read and written"


async def main(url: str, times: int) -> dict[str, list[Any]]:
    engine = open_engine(url)
    store = Store(engine, utc_now)
    got: dict[str, list[Any]] = {"arrivals": [], "letters": [], "numbers": []}
    while len(got["arrivals"]) < times:
        got["arrivals"] += await arrival(store)
    while len(got["letters"]) < times:
        got["letters"] += await letter(store)
    for _ in range(times):
        got["numbers"].append(await number(store))
        if store.is_sqlite:
            await read_and_write(engine)
    await store.close()
    return got


async def arrival(store: Store) -> list[int]:
    async with store.unit() as unit:
        taken = await unit.inbox.take([CHANNEL], utc_now(), 1)
        await unit.inbox.done([one.id for one in taken])
        await unit.commit()
    return [one.id for one in taken]


async def letter(store: Store) -> list[int]:
    async with store.unit() as unit:
        claimed = await unit.outbox.claim(CHANNEL, lambda _: Rate(100_000.0, 100_000), utc_now(), 1)
        await unit.commit()
    return [one.id for one in claimed]


async def number(store: Store) -> int:
    async with store.unit() as unit:
        counted = await unit.tickets.count_up(COUNTER)
        await unit.commit()
    return counted


async def read_and_write(engine: AsyncEngine) -> None:
    """The careless way; SQLite's `BEGIN IMMEDIATE` makes it safe."""
    row = counters.c.name == READ_AND_WRITTEN
    async with engine.begin() as connection:
        value = (await connection.execute(select(counters.c.value).where(row))).scalar_one()
        await asyncio.sleep(0)
        await connection.execute(update(counters).where(row).values(value=value + 1))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main(sys.argv[1], int(sys.argv[2])))))
