"""The migrations add up to exactly `store.tables`, on both databases."""

from __future__ import annotations

import asyncio

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from store.engine import open_engine
from store.migrate import is_current, migrate
from store.tables import metadata


async def test_a_migrated_database_equals_the_tables(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    assert not await is_current(engine)
    await migrate(engine)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    assert await is_current(engine)
    await engine.dispose()


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


async def test_several_processes_may_migrate_at_once(empty_database_url: str) -> None:
    engines = [open_engine(empty_database_url) for _ in range(3)]
    await asyncio.gather(*(migrate(engine) for engine in engines))
    assert await is_current(engines[0])
    for engine in engines:
        await engine.dispose()
