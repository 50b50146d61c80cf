"""Statements for many rows, and the two that SQLite and PostgreSQL spell alike but SQLAlchemy keeps in their dialects.

Statements are built once: building one costs more than running it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Dialect, Insert, Table, Update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.seal import Seal

SEALED = "sealed"  # the only key of a JSON value that nobody should read in passing
Row = Mapping[str, Any]
Bound = Callable[[Iterable[Row]], list[tuple[Any, ...]]]


async def insert_or_nothing(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Insert each row, or leave the one that is there already."""
    if rows:
        await execute_many(connection, _or_nothing(connection.dialect.name, table), rows)


async def insert_or_update(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Insert each row by primary key, or replace the columns named in the rows."""
    if rows:
        await execute_many(connection, _or_update(connection.dialect.name, table, tuple(rows[0])), rows)


async def execute_many(connection: AsyncConnection, statement: Insert | Update, rows: Sequence[Row]) -> None:
    """A statement that is kept for good, once for each of the rows, which have the same names.

    On SQLite as SQLAlchemy compiled it the first time: its own way looks at every value of every row anew, and took several
    times as long as the database.
    """
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        sql, bound = _compiled(connection.dialect, statement, tuple(rows[0]))
        await connection.exec_driver_sql(sql, bound(rows))
    else:
        await connection.execute(statement, rows)


@lru_cache(maxsize=64)  # the dialect of each engine is another one
def _compiled(dialect: Dialect, statement: Insert | Update, names: tuple[str, ...]) -> tuple[str, Bound]:
    """The SQL, and what makes its positional values out of rows."""
    compiled: Any = statement.compile(dialect=dialect, column_keys=names if isinstance(statement, Insert) else None)
    places = [(name, compiled.params[name], _as_is(compiled.binds[name].type, dialect)) for name in compiled.positiontup]

    def bound(rows: Iterable[Row]) -> list[tuple[Any, ...]]:
        return [tuple([made(row.get(name, constant)) for name, constant, made in places]) for row in rows]

    return str(compiled), bound


def _as_is(kind: Any, dialect: Dialect) -> Callable[[Any], Any]:
    """What makes a value of this type one of the driver."""
    return kind.dialect_impl(dialect).bind_processor(dialect) or (lambda value: value)


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
