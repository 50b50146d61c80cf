"""Agencies, the desks where they work, their operators and the one-time codes that bind both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.people import Desk, Invite, InviteKind, Member, Operator, Role
from store.sql import insert_or_nothing, insert_or_update
from store.tables import agencies, desks, invites, memberships, operators


class People:
    """Queries on agencies, desks, operators and invites, within one unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def seed_agencies(self, names: Mapping[str, str]) -> None:
        """Make the agencies known, id → name; a changed name replaces the old one."""
        await insert_or_update(self._connection, agencies, [{"id": key, "name": name} for key, name in names.items()])

    async def desks_of(self, agency: str, trial: bool) -> list[Desk]:
        query = (
            select(desks).where(desks.c.agency_id == agency, desks.c.trial == trial).order_by(desks.c.channel, desks.c.address)
        )
        return [_desk(row) for row in await self._connection.execute(query)]

    async def desks_at(self, channel: str, address: str) -> list[Desk]:
        """The agencies that work in one group; empty where the group is not bound."""
        query = select(desks).where(desks.c.channel == channel, desks.c.address == address).order_by(desks.c.agency_id)
        return [_desk(row) for row in await self._connection.execute(query)]

    async def bind_desk(self, desk: Desk, now: datetime) -> None:
        row = {
            "channel": desk.channel,
            "address": desk.address,
            "agency_id": desk.agency,
            "trial": desk.trial,
            "forum": desk.forum,
            "bound_at": now,
        }
        await insert_or_nothing(self._connection, desks, [row])

    async def move_desk(self, channel: str, old: str, new: str) -> None:
        """The messenger gave the group another id."""
        key = (desks.c.channel == channel) & (desks.c.address == old)
        await self._connection.execute(update(desks).where(key).values(address=new))

    async def set_forum(self, channel: str, address: str, forum: bool) -> None:
        """The group has topics now, or has none any more."""
        key = (desks.c.channel == channel) & (desks.c.address == address)
        await self._connection.execute(update(desks).where(key).values(forum=forum))

    async def all_desks(self) -> list[Desk]:
        return [_desk(row) for row in await self._connection.execute(select(desks).order_by(desks.c.channel, desks.c.address))]

    async def operator(self, channel: str, value: str) -> Operator | None:
        """The operator behind an account, with their roles at agencies; None for everybody else, and for who was removed."""
        query = select(operators.c.id, operators.c.name, memberships.c.agency_id, memberships.c.role).join(memberships)
        rows = (await self._connection.execute(query.where(operators.c.channel == channel, operators.c.value == value))).all()
        return Operator(rows[0].id, rows[0].name, {row.agency_id: Role(row.role) for row in rows}) if rows else None

    async def members(self) -> list[Member]:
        """Everybody who works at a desk, by agency."""
        query = select(operators.c.id, operators.c.name, operators.c.channel, memberships.c.agency_id, memberships.c.role)
        found = await self._connection.execute(query.join(memberships).order_by(memberships.c.agency_id, operators.c.id))
        return [Member(*row[:4], Role(row.role)) for row in found]

    async def dismiss(self, operator_id: int, agency: str = "") -> list[str]:
        """Take an operator's place at an agency away, or all places; returns the agencies. What they did stays theirs."""
        key = memberships.c.operator_id == operator_id
        key = key & (memberships.c.agency_id == agency) if agency else key
        gone = await self._connection.execute(delete(memberships).where(key).returning(memberships.c.agency_id))
        return sorted(gone.scalars())

    async def channel_of(self, operator_id: int) -> str:
        """The messenger that an operator writes on."""
        channel: str = (
            await self._connection.execute(select(operators.c.channel).where(operators.c.id == operator_id))
        ).scalar_one()
        return channel

    async def accounts(self, agency: str, role: Role) -> list[tuple[str, str]]:
        """(channel, account) of those who have a role at an agency."""
        query = select(operators.c.channel, operators.c.value).join(memberships).order_by(operators.c.id)
        found = await self._connection.execute(query.where(memberships.c.agency_id == agency, memberships.c.role == role.value))
        return [(row.channel, row.value) for row in found]

    async def enrol(self, channel: str, value: str, name: str, agency: str, role: Role, now: datetime) -> int:
        """Make an account an operator of an agency; returns the operator's id."""
        account = {"channel": channel, "value": value, "name": name, "created_at": now}
        await insert_or_nothing(self._connection, operators, [account])
        query = select(operators.c.id).where(operators.c.channel == channel, operators.c.value == value)
        operator_id: int = (await self._connection.execute(query)).scalar_one()
        row = {"operator_id": operator_id, "agency_id": agency, "role": role.value}
        await insert_or_update(self._connection, memberships, [row])
        return operator_id

    async def invite(self, invite: Invite) -> None:
        row = {
            "digest": invite.digest,
            "kind": invite.kind.value,
            "agency_id": invite.agency,
            "role": invite.role.value,
        }
        await self._connection.execute(insert(invites).values(**row, expires_at=invite.expires_at))

    async def redeem(self, digest: str, kinds: Sequence[InviteKind], now: datetime) -> Invite | None:
        """Use up a code; None when it is unknown, used, expired or of another kind."""
        valid = (invites.c.digest == digest) & invites.c.used_at.is_(None) & (invites.c.expires_at > now)
        statement = (
            update(invites)
            .where(valid, invites.c.kind.in_([kind.value for kind in kinds]))
            .values(used_at=now)
            .returning(invites)
        )
        row = (await self._connection.execute(statement)).first()
        return _invite(row) if row else None


def _desk(row: Row[Any]) -> Desk:
    return Desk(row.channel, row.address, row.agency_id, row.trial, row.forum)


def _invite(row: Row[Any]) -> Invite:
    return Invite(row.digest, InviteKind(row.kind), row.agency_id, Role(row.role), row.expires_at)
