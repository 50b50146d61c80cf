"""aiosqlite with one hop to its thread for each statement: SQLAlchemy's cursors make four (open, execute, fetch, close).

BEGIN goes along with the first statement, and all that waits for a commit goes with it. Measured with 32 chats in turn, the hops
were the largest single cost of a turn.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import aiosqlite

Write = tuple[str, Sequence[Sequence[Any]]]  # a statement and rows for it


class OneHopCursor:
    """What SQLAlchemy uses of aiosqlite's cursor. All rows are fetched with the statement."""

    def __init__(self, begun: Callable[[], str], run: Callable[..., Any], connection: sqlite3.Connection) -> None:
        self._begun = begun
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
        await self._run(self._execute, self._begun(), statement, parameters)
        return self

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> OneHopCursor:
        await self._run(self._executemany, self._begun(), statement, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []

    def _execute(self, begin: str, statement: str, parameters: Iterable[Any]) -> None:
        self._begin(begin)
        self._keep(self._connection.execute(statement, tuple(parameters)))

    def _executemany(self, begin: str, statement: str, parameters: Iterable[Sequence[Any]]) -> None:
        self._begin(begin)
        self._keep(self._connection.executemany(statement, parameters))

    def _begin(self, begin: str) -> None:
        if begin:
            self._connection.execute(begin)

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self.description, self.lastrowid = cursor.description, cursor.lastrowid
        self._rows = cursor.fetchall() if cursor.description else []
        self.rowcount = cursor.rowcount
        cursor.close()


class OneHopConnection(aiosqlite.Connection):
    """A connection whose cursors are opened without asking the thread, and that can write and commit in one hop."""

    _to_begin = ""  # what the next statement must be preceded by
    _committed = False  # by `write_and_commit`

    def begin_with_next(self, begin: str) -> None:
        """Open the transaction together with its first statement."""
        self._to_begin = begin

    async def write_and_commit(self, writes: Sequence[Write]) -> None:
        """Execute each statement for all of its rows and commit, with all that was done before: everything, or nothing."""
        await self._execute(self._write_and_commit, self._begun(), writes)  # type: ignore[no-untyped-call]
        self._committed = True

    def _write_and_commit(self, begin: str, writes: Sequence[Write]) -> None:
        if not self._conn.in_transaction:
            self._conn.execute(begin or "BEGIN IMMEDIATE")
        try:
            for statement, rows in writes:
                self._conn.executemany(statement, rows)
            self._conn.execute("COMMIT")
        except BaseException:
            self._conn.rollback()
            raise

    async def commit(self) -> None:
        """Nothing where `write_and_commit` was just here."""
        done, self._committed = self._committed, False
        if not done:
            await super().commit()

    async def rollback(self) -> None:
        self._to_begin, self._committed = "", False
        await super().rollback()

    def cursor(self) -> OneHopCursor:  # type: ignore[override]  # narrower than aiosqlite's, see above
        self._committed = False
        return OneHopCursor(self._begun, self._execute, self._conn)

    def _begun(self) -> str:
        """How to open the transaction, said once: the job takes it along, so that no rollback can come between."""
        begin, self._to_begin = self._to_begin, ""
        return begin


def connect(path: str, timeout: float) -> OneHopConnection:
    """Like `aiosqlite.connect`: a connection that opens when it is awaited."""
    opened = OneHopConnection(lambda: sqlite3.connect(path, timeout=timeout, check_same_thread=False), iter_chunk_size=64)
    opened._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does: a forgotten connection must not keep the process alive
    return opened
