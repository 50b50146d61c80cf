"""The two statements that SQLite and PostgreSQL spell alike but SQLAlchemy keeps in their dialects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Row = Mapping[str, Any]


def _insert(connection: AsyncConnection, table: Table) -> Any:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)


async def insert_or_nothing(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Insert each row, or leave the one that is there already."""
    if rows:
        await connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


async def insert_or_update(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Insert each row by primary key, or replace the columns named in the rows."""
    if not rows:
        return
    statement = _insert(connection, table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    await connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)
