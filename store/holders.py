"""Who else may open a ticket: PINs, the accounts that a PIN opened it to, and wrong tries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.pin import Pin, Tries
from domain.ticket import Follower
from store.sql import insert_or_nothing, insert_or_update
from store.tables import holders, pins, tries


class Holders:
    """Queries on PINs, holders and tries, within one unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def set_pin(self, ticket_id: int, pin: Pin, now: datetime) -> None:
        """A ticket has one PIN; a new one replaces it."""
        row = {"ticket_id": ticket_id, "salt": pin.salt, "digest": pin.digest, "created_at": now}
        await insert_or_update(self._connection, pins, [row])

    async def pin(self, ticket_id: int) -> Pin | None:
        row = (await self._connection.execute(select(pins).where(pins.c.ticket_id == ticket_id))).first()
        return Pin(row.salt, row.digest) if row else None

    async def drop_pin(self, ticket_id: int) -> None:
        await self._connection.execute(delete(pins).where(pins.c.ticket_id == ticket_id))

    async def add(self, ticket_id: int, holder: Follower, now: datetime) -> None:
        """The ticket's resident proved to be here, too."""
        row = {"ticket_id": ticket_id, "resident_id": holder.resident_id, "channel": holder.channel}
        await insert_or_nothing(self._connection, holders, [row | {"address": holder.address, "since": now}])

    async def of(self, ticket_id: int) -> list[Follower]:
        """The accounts beside the one that opened the ticket, the first first."""
        query = select(holders).where(holders.c.ticket_id == ticket_id).order_by(holders.c.since)
        return [Follower(row.resident_id, row.channel, row.address) for row in await self._connection.execute(query)]

    async def remove_all(self, ticket_id: int) -> None:
        """Only the account that opened the ticket keeps it."""
        await self._connection.execute(delete(holders).where(holders.c.ticket_id == ticket_id))

    async def tries(self, who: str) -> Tries | None:
        row = (await self._connection.execute(select(tries).where(tries.c.who == who))).first()
        return Tries(row.wrong, row.last_at, row.wait_until) if row else None

    async def keep_tries(self, who: str, done: Tries) -> None:
        row = {"who": who, "wrong": done.count, "last_at": done.last_at, "wait_until": done.wait_until}
        await insert_or_update(self._connection, tries, [row])
