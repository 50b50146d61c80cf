"""Statements for many rows, and the two that SQLite and PostgreSQL spell alike but SQLAlchemy keeps in their dialects.

Statements are built once: building one costs more than running it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, cast

from sqlalchemy import Dialect, Insert, Table, Update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.seal import Seal
from store.sqlite_driver import OneHopConnection
from store.tables import Moment

SEALED = "sealed"  # the only key of a JSON value that nobody should read in passing
MOMENTS_REMEMBERED = 256

Row = Mapping[str, Any]
Write = tuple[Insert | Update, Sequence[Row]]
Bound = Callable[[Iterable[Row]], list[tuple[Any, ...]]]


async def insert_or_nothing(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Insert each row, or leave the one that is there already."""
    if rows:
        await execute_many(connection, or_nothing(connection, table), rows)


async def insert_or_update(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Insert each row by primary key, or replace the columns named in the rows."""
    if rows:
        await execute_many(connection, or_update(connection, table, rows), rows)


def or_nothing(connection: AsyncConnection, table: Table) -> Insert:
    """The statement of `insert_or_nothing`."""
    return _or_nothing(connection.dialect.name, table)


def or_update(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> Insert:
    """The statement of `insert_or_update`. There must be a row."""
    return _or_update(connection.dialect.name, table, tuple(rows[0]))


async def write_and_commit(connection: AsyncConnection, writes: Sequence[Write]) -> None:
    """The last writes of a unit, and its commit: on SQLite in one hop to its thread."""
    wanted = [(statement, rows) for statement, rows in writes if rows]
    if wanted and connection.dialect.name == "sqlite":
        pooled = await connection.get_raw_connection()
        compiled = [(_compiled(connection.dialect, statement, tuple(rows[0])), rows) for statement, rows in wanted]
        await cast(OneHopConnection, pooled.driver_connection).write_and_commit(
            [(sql, bound(rows)) for (sql, bound), rows in compiled]
        )
    else:
        for statement, rows in wanted:
            await connection.execute(statement, rows)
    await connection.commit()


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
    places = [(name, compiled.params[name], _processor(compiled.binds[name].type, dialect)) for name in compiled.positiontup]

    def bound(rows: Iterable[Row]) -> list[tuple[Any, ...]]:
        return [tuple([made(row.get(name, constant)) for name, constant, made in places]) for row in rows]

    return str(compiled), bound


def _processor(kind: Any, dialect: Dialect) -> Callable[[Any], Any]:
    """What makes a value of this type one of the driver. The rows of a commit share most of their moments."""
    made: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    if made is None:
        return lambda value: value
    return lru_cache(maxsize=MOMENTS_REMEMBERED)(made) if isinstance(kind, Moment) else made


@cache
def _or_nothing(dialect: str, table: Table) -> Insert:
    return _insert(dialect, table).on_conflict_do_nothing()


@cache
def _or_update(dialect: str, table: Table, names: tuple[str, ...]) -> Insert:
    statement = _insert(dialect, table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def sealed(value: Mapping[str, Any], seal: Seal) -> dict[str, Any]:
    """JSON values as a column keeps them."""
    return {SEALED: seal.seal(json.dumps(value))}


def opened(value: dict[str, Any], seal: Seal) -> dict[str, Any]:
    """JSON values as they were; those of before anything was sealed stand there as they are."""
    found: dict[str, Any] = json.loads(seal.open(value[SEALED])) if SEALED in value else value
    return found
