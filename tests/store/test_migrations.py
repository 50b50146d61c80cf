"""Migrations, several at once. That they add up to `store.tables` is a guard; kills in the middle are a fault test."""

from __future__ import annotations

import asyncio

from store.engine import open_engine
from store.migrate import is_current, migrate


async def test_several_processes_may_migrate_at_once(empty_database_url: str) -> None:
    engines = [open_engine(empty_database_url) for _ in range(3)]
    assert not await is_current(engines[0])
    await asyncio.gather(*(migrate(engine) for engine in engines))
    assert await is_current(engines[0])
    for engine in engines:
        await engine.dispose()
