"""One of several processes that work on the same database: `python -m tests.store.claimer URL TIMES`.

Claims that many arrivals and letters and counts that often; prints what it got as JSON. Any error ends it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import select, update

from bot.build import open_store, utc_now
from domain.messages import Rate
from store.engine import open_engine
from store.tables import counters
from store.unit import Store
from tests.conftest import settings_for

CHANNEL = "telegram"
COUNTER, READ_AND_WRITTEN = "counted", "read and written"


async def main(url: str, times: int) -> dict[str, list[Any]]:
    async with open_store(settings_for(url)) as store:
        return {
            "arrivals": await until(times, lambda: arrival(store)),
            "letters": await until(times, lambda: letter(store)),
            "numbers": await until(times, lambda: number(store)),
            "careless": await until(times, lambda: read_and_write(url)) if store.is_sqlite else [],
        }


async def until(times: int, claim: Callable[[], Awaitable[list[int]]]) -> list[int]:
    got: list[int] = []
    while len(got) < times:
        got += await claim()
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


async def number(store: Store) -> list[int]:
    async with store.unit() as unit:
        counted = await unit.tickets.count_up(COUNTER)
        await unit.commit()
    return [counted]


async def read_and_write(url: str) -> list[int]:
    """Read, then write: the way that loses updates where the write lock is not taken first."""
    row = counters.c.name == READ_AND_WRITTEN
    engine = open_engine(url)
    async with engine.begin() as connection:
        value: int = (await connection.execute(select(counters.c.value).where(row))).scalar_one()
        await asyncio.sleep(0)
        await connection.execute(update(counters).where(row).values(value=value + 1))
    await engine.dispose()
    return [value]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main(sys.argv[1], int(sys.argv[2])))))
