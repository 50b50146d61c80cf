"""Promises: what each ticket owes, and which clocks have something to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.promise import Promise, PromiseKind, Stage
from store.sql import insert_or_update
from store.tables import promises


class Promises:
    """Queries on promises, within one unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(self, kept: Sequence[Promise]) -> None:
        """Write promises, new ones and changed ones; a kind stands once for each ticket."""
        await insert_or_update(self._connection, promises, [_row(promise) for promise in kept])

    async def of(self, ticket_id: int) -> dict[PromiseKind, Promise]:
        """All promises of a ticket."""
        found = await self._connection.execute(select(promises).where(promises.c.ticket_id == ticket_id))
        return {promise.kind: promise for promise in map(_promise, found)}

    async def ticking(self, now: datetime, most: int) -> list[Promise]:
        """Those whose clocks have something to do by now, oldest first; no other worker gets them meanwhile."""
        due = promises.c.tick_at.is_not(None) & promises.c.paused_at.is_(None) & (promises.c.tick_at <= now)
        query = select(promises).where(due).order_by(promises.c.tick_at).limit(most)
        if self._connection.dialect.name != "sqlite":
            query = query.with_for_update(skip_locked=True)
        return [_promise(row) for row in await self._connection.execute(query)]


def _row(promise: Promise) -> dict[str, Any]:
    return {
        "ticket_id": promise.ticket_id,
        "kind": promise.kind.value,
        "begun_at": promise.begun_at,
        "due_at": promise.due_at,
        "tick_at": promise.tick_at,
        "stage": promise.stage.value,
        "paused_at": promise.paused_at,
    }


def _promise(row: Row[Any]) -> Promise:
    return Promise(row.ticket_id, PromiseKind(row.kind), row.begun_at, row.due_at, row.tick_at, Stage(row.stage), row.paused_at)
