"""The two statements that SQLite and PostgreSQL spell alike but SQLAlchemy keeps in their dialects; sealed JSON.

Statements are built once: building one costs more than running it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.seal import Seal

SEALED = "sealed"  # the only key of a JSON value that nobody should read in passing
Row = Mapping[str, Any]


async def insert_or_nothing(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Insert each row, or leave the one that is there already."""
    if rows:
        await connection.execute(_or_nothing(connection.dialect.name, table), rows)


async def insert_or_update(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Insert each row by primary key, or replace the columns named in the rows."""
    if rows:
        await connection.execute(_or_update(connection.dialect.name, table, tuple(rows[0])), rows)


@cache
def _or_nothing(dialect: str, table: Table) -> Any:
    return _insert(dialect, table).on_conflict_do_nothing()


@cache
def _or_update(dialect: str, table: Table, names: tuple[str, ...]) -> Any:
    statement = _insert(dialect, table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


def _insert(dialect: str, table: Table) -> Any:
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


def sealed(value: Mapping[str, Any], seal: Seal) -> dict[str, Any]:
    """JSON values as a column keeps them."""
    return {SEALED: seal.seal(json.dumps(value))}


def opened(value: dict[str, Any], seal: Seal) -> dict[str, Any]:
    """JSON values as they were; those of before anything was sealed stand there as they are."""
    found: dict[str, Any] = json.loads(seal.open(value[SEALED])) if SEALED in value else value
    return found
