"""Migrations add up to exactly the tables that the code uses, on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, Integer, MetaData, Table

from store.engine import open_engine
from store.migrate import FOLDER, is_current, migrate
from store.tables import metadata


async def differences(url: str, wanted: MetaData) -> list[Any]:
    """What Alembic would still change after all migrations."""
    engine = open_engine(url)
    try:
        await migrate(engine)
        assert await is_current(engine)
        async with engine.connect() as connection:
            return await connection.run_sync(lambda one: compared(one, wanted))
    finally:
        await engine.dispose()


def compared(connection: Connection, wanted: MetaData) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, wanted))


async def test_migrations_make_exactly_our_tables(empty_database_url: str) -> None:
    assert await differences(empty_database_url, metadata) == []


async def test_migrating_twice_changes_nothing(empty_database_url: str) -> None:
    await differences(empty_database_url, metadata)
    assert await differences(empty_database_url, metadata) == []


async def test_the_guard_sees_a_table_without_a_migration(empty_database_url: str) -> None:
    more = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        table.to_metadata(more)
    Table("forgotten", more, Column("id", Integer, primary_key=True))
    assert [change[0] for change in await differences(empty_database_url, more)] == ["add_table"]


def test_migrations_stand_in_one_line() -> None:
    """Numbered, each after the one before: two heads would leave a database that nobody knows."""
    names = sorted(file.name for file in (FOLDER / "versions").glob("*.py"))
    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
