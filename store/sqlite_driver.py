"""aiosqlite with one hop to its thread for each statement: SQLAlchemy's cursors make four (open, execute, fetch, close).

Measured with 32 chats in turn, the hops were the largest single cost of a turn.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import aiosqlite


class OneHopCursor:
    """What SQLAlchemy uses of aiosqlite's cursor. All rows are fetched with the statement."""

    def __init__(self, run: Callable[..., Any], connection: sqlite3.Connection) -> None:
        self._run = run
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> OneHopCursor:
        return self

    async def execute(self, statement: str, parameters: Iterable[Any] = ()) -> OneHopCursor:
        await self._run(self._execute, statement, parameters)
        return self

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> OneHopCursor:
        await self._run(self._executemany, statement, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []

    def _execute(self, statement: str, parameters: Iterable[Any]) -> None:
        self._keep(self._connection.execute(statement, tuple(parameters)))

    def _executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> None:
        self._keep(self._connection.executemany(statement, parameters))

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self.description, self.lastrowid = cursor.description, cursor.lastrowid
        self._rows = cursor.fetchall() if cursor.description else []
        self.rowcount = cursor.rowcount
        cursor.close()


class OneHopConnection(aiosqlite.Connection):
    """A connection whose cursors are opened without asking the thread, and that can do a whole transaction in one hop."""

    async def write_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Execute the statement for every row and commit: all of them, or none."""
        await self._execute(self._write_many, statement, rows)  # type: ignore[no-untyped-call]

    def _write_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        self._conn.execute("BEGIN IMMEDIATE")
        try:
            self._conn.executemany(statement, rows)
            self._conn.execute("COMMIT")
        except BaseException:
            self._conn.execute("ROLLBACK")
            raise

    def cursor(self) -> OneHopCursor:  # type: ignore[override]  # narrower than aiosqlite's, see above
        return OneHopCursor(self._execute, self._conn)


def connect(path: str, timeout: float) -> OneHopConnection:
    """Like `aiosqlite.connect`: a connection that opens when it is awaited."""
    opened = OneHopConnection(lambda: sqlite3.connect(path, timeout=timeout, check_same_thread=False), iter_chunk_size=64)
    opened._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does: a forgotten connection must not keep the process alive
    return opened
