"""The audit trail, and the digests of the secrets that a door accepts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.audit import Head, Line, chained
from store.sql import insert_or_update
from store.tables import audit, audit_head, door_secrets

ROTATION = timedelta(hours=24)  # so long the former secret of a door stays good


class Records:
    """Queries on audit and door secrets, within one unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def audit(self, at: datetime, actor: str, action: str, thing: str, **detail: Any) -> None:
        """Add a line to the chain: who did what to what. `actor` and `thing` are ids, never names."""
        head = await self._hold_head()
        line = Line(at, actor, action, thing, detail)
        digest = chained(head.digest, line)
        row = {"at": at, "actor": actor, "action": action, "object": thing, "detail": detail, "digest": digest}
        await self._connection.execute(insert(audit).values(row))
        await self._connection.execute(update(audit_head).values(lines=head.lines + 1, digest=digest))

    async def _hold_head(self) -> Head:
        """The end of the chain; whoever else wants to write waits until this unit is over."""
        row = (await self._connection.execute(select(audit_head).with_for_update())).one()
        return Head(row.lines, row.digest)

    async def head(self) -> Head:
        """The end of the chain."""
        row = (await self._connection.execute(select(audit_head))).one()
        return Head(row.lines, row.digest)

    async def trail(self, after: int, most: int) -> list[Line]:
        """The next lines behind an id, oldest first."""
        query = select(audit).where(audit.c.id > after).order_by(audit.c.id).limit(most)
        return [
            Line(row.at, row.actor, row.action, row.object, row.detail, row.digest, row.id)
            for row in await self._connection.execute(query)
        ]

    async def audited(self, thing: str) -> list[tuple[str, str]]:
        """(actor, action) of everything done to a thing, oldest first."""
        query = select(audit.c.actor, audit.c.action).where(audit.c.object == thing).order_by(audit.c.id)
        return [(row.actor, row.action) for row in await self._connection.execute(query)]

    async def change_secret(self, channel: str, digest: str, now: datetime) -> None:
        """Put a secret in force; the one before stays good for a day."""
        former = (door_secrets.c.channel == channel) & (door_secrets.c.digest != digest) & door_secrets.c.valid_until.is_(None)
        await self._connection.execute(update(door_secrets).where(former).values(valid_until=now + ROTATION))
        await insert_or_update(self._connection, door_secrets, [{"channel": channel, "digest": digest, "valid_until": None}])

    async def secrets(self, channel: str, now: datetime) -> list[str]:
        """The digests that are good now."""
        good = or_(door_secrets.c.valid_until.is_(None), door_secrets.c.valid_until > now)
        query = select(door_secrets.c.digest).where(door_secrets.c.channel == channel, good)
        return list((await self._connection.execute(query)).scalars())
