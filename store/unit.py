"""The unit of work: everything in it is committed together, or none of it happened."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.errors import StoreAway
from domain.messages import Arrival
from domain.seal import NoSeal, Seal
from store.articles import Articles
from store.conversations import Conversations
from store.drafts import Drafts
from store.engine import READ_ONLY, compact
from store.erasure import Erasure
from store.feedback import Feedback
from store.files import Files
from store.holders import Holders
from store.inbox import Inbox, put_in_one_hop
from store.migrate import is_current
from store.outbox import Outbox
from store.people import People
from store.privacy import Privacy
from store.promises import Promises
from store.queues import Queues
from store.receipts import Receipts
from store.records import Records
from store.said import Sayings
from store.sql import write_and_commit
from store.tickets import Tickets

ARRIVALS, LETTERS = "arrivals", "letters"  # what a worker may be woken for


class Unit:
    """All queries on one connection. Leaving without `commit` undoes everything."""

    def __init__(self, connection: AsyncConnection, ring: Callable[[str], None], seal: Seal) -> None:
        self._connection = connection
        self._ring = ring
        self.inbox = Inbox(connection, seal)
        self.outbox = Outbox(connection, seal)
        self.receipts = Receipts(connection, seal)
        self.conversations = Conversations(connection, seal)
        self.people = People(connection)
        self.tickets = Tickets(connection)
        self.articles = Articles(connection)
        self.feedback = Feedback(connection)
        self.promises = Promises(connection)
        self.said = Sayings(connection, seal)
        self.drafts = Drafts(connection)
        self.queues = Queues(connection)
        self.files = Files(connection)
        self.holders = Holders(connection)
        self.records = Records(connection)
        self.privacy = Privacy(connection)
        self.erasure = Erasure(connection, seal)

    async def commit(self, wake: str = "") -> None:
        """Write what waits and commit; then wake those who wait for it."""
        names = [name for name in (wake, LETTERS if self.outbox.posts else "") if name]
        await self._notify(names)
        last = (*self.inbox.last_writes(), *self.conversations.last_writes(), *self.outbox.last_writes())
        await write_and_commit(self._connection, last)
        for name in names:
            self._ring(name)

    async def _notify(self, names: list[str]) -> None:
        """PostgreSQL wakes the other processes, too, at the moment of the commit."""
        if self._connection.dialect.name == "postgresql":
            for name in names:
                await self._connection.execute(text(f"NOTIFY sapa_{name}"))


class Store:
    """Opens units of work. On SQLite one writer at a time within this process, so that none waits by sleeping.

    `seal`: makes unreadable what people say before it is written.
    """

    def __init__(self, engine: AsyncEngine, seal: Seal | None = None) -> None:
        self._engine = engine
        self._seal = seal or NoSeal()
        self._writer = asyncio.Lock()
        self._listeners: dict[str, list[Callable[[], None]]] = {}

    @property
    def is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    def on(self, name: str, listener: Callable[[], None]) -> None:
        """Call `listener` when arrivals or letters were committed in this process."""
        self._listeners.setdefault(name, []).append(listener)

    def ring(self, name: str) -> None:
        for listener in self._listeners.get(name, []):
            listener()

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Unit]:
        """A unit that may write. Raises StoreAway when the database does not answer."""
        with _naming_outages():
            async with self._one_writer(), self._engine.connect() as connection:
                yield Unit(connection, self.ring, self._seal)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Unit]:
        """A unit that only reads and blocks no writer."""
        with _naming_outages():
            async with self._engine.connect() as connection:
                await connection.execution_options(**{READ_ONLY: True})
                yield Unit(connection, self.ring, self._seal)

    async def put(self, arrivals: Sequence[Arrival], now: datetime) -> None:
        """The door's group commit. On SQLite the whole transaction is one job of the database's thread. Raises StoreAway."""
        if not self.is_sqlite:
            async with self.unit() as unit:
                await unit.inbox.put(arrivals, now)
                await unit.commit(wake=ARRIVALS)
            return
        with _naming_outages():
            async with self._writer:
                await put_in_one_hop(self._engine, self._seal, arrivals, now)
        self.ring(ARRIVALS)

    def _one_writer(self) -> AbstractAsyncContextManager[None]:
        return self._writer if self.is_sqlite else nullcontext()

    async def compact(self) -> None:
        """On SQLite: write the file anew without what was erased, and empty the log beside it. No unit may be open."""
        if self.is_sqlite:
            with _naming_outages():
                async with self._writer:
                    await compact(self._engine)

    async def is_current(self) -> bool:
        """Whether the database stands at the newest migration. Raises StoreAway."""
        with _naming_outages():
            return await is_current(self._engine)

    async def close(self) -> None:
        await self._engine.dispose()


# PostgreSQL's classes of errors that are no mistake of ours: the line, resources, shutting down or starting up, its machine.
AWAY = ("08", "53", "57P", "58")


@contextmanager
def _naming_outages() -> Iterator[None]:
    """A database that does not answer is StoreAway; every other error is a mistake of ours and passes."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout, sqlite3.OperationalError, OSError) as away:
        raise StoreAway(type(away).__name__) from away
    except DBAPIError as error:
        if error.connection_invalidated or str(getattr(error.orig, "sqlstate", "")).startswith(AWAY):
            raise StoreAway(type(error).__name__) from error
        raise
