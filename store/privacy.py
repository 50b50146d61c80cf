"""The vault, consents, blocks, and what an export of a resident's data needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.people import Block
from store.sql import insert_or_nothing
from store.tables import blocks, consents, followers, identities, residents, tickets, vault

Owner = tuple[str, int]  # kind, id


class Privacy:
    """Queries on what is private, within one unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    # The vault

    async def lock_away(self, owner: Owner, token: str, key_id: str, now: datetime) -> None:
        row = {"owner_kind": owner[0], "owner_id": owner[1], "token": token, "key_id": key_id, "created_at": now}
        await self._connection.execute(insert(vault).values(row))

    async def locked_away(self, owner: Owner) -> list[str]:
        """The tokens of an owner, the oldest first."""
        query = select(vault.c.token).where(vault.c.owner_kind == owner[0], vault.c.owner_id == owner[1]).order_by(vault.c.id)
        return list((await self._connection.execute(query)).scalars())

    async def under_other_keys(self, key_id: str) -> list[tuple[int, str]]:
        """(row, token) of everything that was not encrypted under this key."""
        query = select(vault.c.id, vault.c.token).where(vault.c.key_id != key_id)
        return [(row.id, row.token) for row in await self._connection.execute(query)]

    async def relock(self, row_id: int, token: str, key_id: str) -> None:
        await self._connection.execute(update(vault).where(vault.c.id == row_id).values(token=token, key_id=key_id))

    # Consents

    async def agree(self, resident_id: int, version: int, now: datetime) -> None:
        """The resident went on after the notice of this version."""
        await insert_or_nothing(self._connection, consents, [{"resident_id": resident_id, "version": version, "at": now}])

    async def disagree(self, resident_id: int, now: datetime) -> None:
        """The resident takes their consent back: what they told us is to go."""
        await self._connection.execute(delete(consents).where(consents.c.resident_id == resident_id))
        await self._connection.execute(update(residents).where(residents.c.id == resident_id).values(erase_at=now))

    async def consents(self, resident_id: int) -> list[tuple[int, datetime]]:
        """(version, moment), the oldest first."""
        query = select(consents).where(consents.c.resident_id == resident_id).order_by(consents.c.version)
        return [(row.version, row.at) for row in await self._connection.execute(query)]

    # People

    async def identities(self, resident_ids: Sequence[int]) -> list[tuple[str, str]]:
        """(channel, account) of residents."""
        query = select(identities.c.channel, identities.c.value).where(identities.c.resident_id.in_(resident_ids))
        return [(row.channel, row.value) for row in await self._connection.execute(query)]

    async def everybody(self) -> list[tuple[int, str, str]]:
        """(resident, channel, account) of all whom we know: to find those who were erased before a backup came back."""
        query = select(identities.c.resident_id, identities.c.channel, identities.c.value)
        return [(row.resident_id, row.channel, row.value) for row in await self._connection.execute(query)]

    async def followed(self, resident_id: int) -> list[str]:
        """Numbers of the tickets that a resident follows."""
        query = select(tickets.c.number).join(followers).where(followers.c.resident_id == resident_id).order_by(tickets.c.id)
        return list((await self._connection.execute(query)).scalars())

    # Abuse

    async def filed(self, resident_id: int, since: datetime) -> int:
        """How many tickets a resident opened since then."""
        own = (tickets.c.resident_id == resident_id) & (tickets.c.created_at > since)
        return (await self._connection.execute(select(func.count()).select_from(tickets).where(own))).scalar_one()

    async def outcomes(self, resident_id: int, outcome: str, since: datetime) -> int:
        """How many of a resident's tickets ended so since then."""
        own = (tickets.c.resident_id == resident_id) & (tickets.c.outcome == outcome) & (tickets.c.closed_at > since)
        return (await self._connection.execute(select(func.count()).select_from(tickets).where(own))).scalar_one()

    async def block(self, block: Block, now: datetime) -> int:
        """Block a resident; an earlier block is replaced. Returns the block's id."""
        await self._lift((blocks.c.resident_id == block.resident_id), now)
        row = {"resident_id": block.resident_id, "reason": block.reason, "author": block.author, "until": block.until}
        added = insert(blocks).values(row | {"created_at": now}).returning(blocks.c.id)
        block_id: int = (await self._connection.execute(added)).scalar_one()
        await self._set_blocked(block.resident_id, block.until)
        return block_id

    async def unblock(self, block_id: int, now: datetime) -> int | None:
        """Lift a block; the resident whom it concerned, or None where there is none in force."""
        lifted = await self._lift(blocks.c.id == block_id, now)
        for resident_id in lifted:
            await self._set_blocked(resident_id, None)
        return next(iter(lifted), None)

    async def _lift(self, key: Any, now: datetime) -> list[int]:
        in_force = key & blocks.c.lifted_at.is_(None) & (blocks.c.until > now)
        statement = update(blocks).where(in_force).values(lifted_at=now).returning(blocks.c.resident_id)
        return list((await self._connection.execute(statement)).scalars())

    async def _set_blocked(self, resident_id: int, until: datetime | None) -> None:
        await self._connection.execute(update(residents).where(residents.c.id == resident_id).values(blocked_until=until))

    async def blocks(self, now: datetime) -> list[Block]:
        """Those in force, the oldest first."""
        query = select(blocks).where(blocks.c.lifted_at.is_(None), blocks.c.until > now).order_by(blocks.c.id)
        return [_block(row) for row in await self._connection.execute(query)]

    async def block_of(self, resident_id: int, now: datetime) -> Block | None:
        """The block of a resident that is in force."""
        return next((block for block in await self.blocks(now) if block.resident_id == resident_id), None)

    async def hold(self, ticket_id: int, yes: bool) -> None:
        """A legal hold: the words of the ticket stay, whatever their time."""
        await self._connection.execute(update(tickets).where(tickets.c.id == ticket_id).values(legal_hold=yes))

    async def has_agreed(self, resident_id: int) -> bool:
        query = select(exists().where(consents.c.resident_id == resident_id))
        return bool((await self._connection.execute(query)).scalar())


def _block(row: Row[Any]) -> Block:
    return Block(row.resident_id, row.reason, row.author, row.until, row.id)
