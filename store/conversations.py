"""Where each chat stands in its dialogue, and which resident sits in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.people import Resident
from domain.seal import Seal
from store.sql import Write, insert_or_nothing, opened, or_update, sealed
from store.tables import conversations, followers, holders, identities, outbox, residents, tickets


@dataclass(slots=True)
class Conversation:
    """`step` names the question that was asked last ("" = none), `data` is what was gathered: plain JSON values.

    `heard_at`: when the resident wrote here before, None for the first time.
    """

    chat_key: str
    resident: Resident
    step: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    heard_at: datetime | None = None


Identity = tuple[str, str]  # channel, the person's id there

OF_RESIDENT = "language", "trial", "language_chosen", "stopped_at", "blocked_until"
KNOWN = (
    select(
        *(conversations.c[name] for name in ("chat_key", "step", "data", "last_inbound_at", "resident_id")),
        *(residents.c[name] for name in OF_RESIDENT),
    )
    .join(residents)
    .where(conversations.c.chat_key.in_(bindparam("chats", expanding=True)))
)
BY_IDENTITY = (
    select(residents, identities.c.channel, identities.c.value)
    .join(identities)
    .where(identities.c.value.in_(bindparam("values", expanding=True)))
)
SPEAK = (
    update(residents)
    .where(residents.c.id == bindparam("resident"))
    .values(language=bindparam("new_language"), language_chosen=bindparam("chosen"))
)
NEW_RESIDENTS = insert(residents).returning(residents.c.id, sort_by_parameter_order=True)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who writes in a chat for the first time, and how they would be entered if they are new altogether."""

    chat_key: str
    channel: str
    identity: str
    language: str
    trial: bool


class Conversations:
    """Queries on conversations and residents. Kept conversations are written when the unit commits."""

    def __init__(self, connection: AsyncConnection, seal: Seal) -> None:
        self._connection = connection
        self._seal = seal
        self._kept: dict[str, dict[str, Any]] = {}
        self._speaking: dict[int, Resident] = {}

    async def load(self, chat_keys: Sequence[str]) -> dict[str, Conversation]:
        """The known conversations of these chats."""
        found = await self._connection.execute(KNOWN, {"chats": list(chat_keys)})
        return {
            chat: Conversation(chat, Resident(*resident), step, opened(data, self._seal), heard)
            for chat, step, data, heard, *resident in found
        }

    async def open(self, newcomers: Sequence[Newcomer], now: datetime) -> dict[str, Conversation]:
        """Conversations of chats seen for the first time; a resident is made for each identity that is not known yet.

        A known account that is called by another of its ids from now on goes on where it was.
        """
        known = await self._residents(newcomers)
        moved = await self._followed(newcomers, known) if known else {}
        newcomers = [one for one in newcomers if one.chat_key not in moved]
        strangers = {(one.channel, one.identity): one for one in newcomers if (one.channel, one.identity) not in known}
        known |= await self._new_residents(list(strangers.values()), now)
        fresh = {one.chat_key: Conversation(one.chat_key, known[one.channel, one.identity]) for one in newcomers}
        return moved | fresh

    async def _residents(self, newcomers: Sequence[Newcomer]) -> dict[Identity, Resident]:
        found = await self._connection.execute(BY_IDENTITY, {"values": [one.identity for one in newcomers]})
        return {(row.channel, row.value): _resident(row.id, row) for row in found}

    async def _followed(self, newcomers: Sequence[Newcomer], known: dict[Identity, Resident]) -> dict[str, Conversation]:
        """The conversations of known accounts, moved to what these are called now."""
        for one in newcomers:
            resident = known.get((one.channel, one.identity))
            if resident:
                of_them = (identities.c.resident_id == resident.id) & (identities.c.channel == one.channel)
                query = select(identities.c.value).where(of_them, identities.c.value != one.identity)
                others = (await self._connection.execute(query)).scalars().all()
                await self._move(one.channel, others, one.identity)
        return await self.load([one.chat_key for one in newcomers])

    async def _new_residents(self, strangers: Sequence[Newcomer], now: datetime) -> dict[Identity, Resident]:
        if not strangers:
            return {}
        rows = [{"language": one.language, "language_chosen": False, "trial": one.trial, "created_at": now} for one in strangers]
        ids = (await self._connection.execute(NEW_RESIDENTS, rows)).scalars().all()
        named = list(zip(ids, strangers, strict=True))
        accounts = [
            {"channel": one.channel, "value": one.identity, "resident_id": resident_id, "reachable": True}
            for resident_id, one in named
        ]
        await self._connection.execute(insert(identities), accounts)
        return {(one.channel, one.identity): Resident(resident_id, one.language, one.trial) for resident_id, one in named}

    def keep(self, conversation: Conversation, now: datetime) -> None:
        self._kept[conversation.chat_key] = {
            "chat_key": conversation.chat_key,
            "resident_id": conversation.resident.id,
            "step": conversation.step,
            "data": sealed(conversation.data, self._seal),
            "last_inbound_at": now,
        }

    def last_writes(self) -> Iterator[Write]:
        """What the commit is to write."""
        kept, self._kept = list(self._kept.values()), {}
        if kept:
            yield or_update(self._connection, conversations, kept), kept
        speaking, self._speaking = self._speaking, {}
        yield SPEAK, [_speaking_row(speaking[key]) for key in sorted(speaking)]

    def speak(self, resident: Resident) -> None:
        """From now on the resident is answered in this language, whether they chose it or just write it."""
        self._speaking[resident.id] = resident

    async def hears_in(self, resident_id: int) -> str | None:
        """The language in which a resident is written to; None when they want no letters."""
        query = select(residents.c.language).where(residents.c.id == resident_id, residents.c.stopped_at.is_(None))
        language: str | None = (await self._connection.execute(query)).scalar()
        return self._speaking[resident_id].language if language and resident_id in self._speaking else language

    async def reachable(self, channel: str, identity: str, yes: bool) -> None:
        key = (identities.c.channel == channel) & (identities.c.value == identity)
        await self._connection.execute(update(identities).where(key).values(reachable=yes))

    async def stop(self, resident_id: int, now: datetime | None) -> None:
        """The resident wants no more letters; with None they want them again."""
        await self._connection.execute(update(residents).where(residents.c.id == resident_id).values(stopped_at=now))

    async def seal_anew(self) -> int:
        """Seal all conversations under the key of now; returns how many."""
        rows = (await self._connection.execute(select(conversations.c.chat_key, conversations.c.data))).all()
        for row in rows:
            again = sealed(opened(row.data, self._seal), self._seal)
            key = conversations.c.chat_key == row.chat_key
            await self._connection.execute(update(conversations).where(key).values(data=again))
        return len(rows)

    async def adopt(self, accounts: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Each is a channel and the ids of one account there, as the messenger says: all of them lead to the same resident.

        What was under another of them goes on under the first.
        """
        ids = {one for _, account in accounts for one in account}
        found = await self._connection.execute(BY_IDENTITY, {"values": list(ids)})
        known = {(row.channel, row.value): row.id for row in found}
        for channel, account in accounts:
            residents_ = [known[channel, one] for one in account if (channel, one) in known]
            missing = [one for one in account if (channel, one) not in known]
            if residents_ and missing:
                await self._link(channel, account, missing, residents_[0])

    async def _link(self, channel: str, account: Sequence[str], missing: Sequence[str], resident: int) -> None:
        rows = [{"channel": channel, "value": one, "resident_id": resident, "reachable": True} for one in missing]
        await insert_or_nothing(self._connection, identities, rows)
        if account[0] in missing:
            await self._move(channel, [one for one in account if one not in missing], account[0])

    async def _move(self, channel: str, old: Sequence[str], new: str) -> None:
        """Dialogue, tickets and letters of an account that is called otherwise now."""
        keys = [f"{channel}:{one}" for one in old]
        chat = conversations.c.chat_key.in_(keys)
        latest = select(conversations.c.chat_key).where(chat).order_by(conversations.c.last_inbound_at.desc()).limit(1)
        key = (await self._connection.execute(latest)).scalar()
        if key:
            moved = update(conversations).where(conversations.c.chat_key == key).values(chat_key=f"{channel}:{new}")
            await self._connection.execute(moved)
        for table in (tickets, followers, holders, outbox):
            theirs = (table.c.channel == channel) & table.c.address.in_(old)
            await self._connection.execute(update(table).where(theirs).values(address=new))

    async def closed(self, channel: str, address: str, at: datetime) -> None:
        """The messenger says that the resident was last heard before `at`."""
        later = (conversations.c.chat_key == f"{channel}:{address}") & (conversations.c.last_inbound_at > at)
        await self._connection.execute(update(conversations).where(later).values(last_inbound_at=at))

    async def find(self, chat_key: str) -> Conversation | None:
        return (await self.load([chat_key])).get(chat_key)


def _speaking_row(resident: Resident) -> dict[str, Any]:
    return {"resident": resident.id, "new_language": resident.language, "chosen": resident.language_chosen}


def _resident(identifier: int, row: Row[Any]) -> Resident:
    return Resident(identifier, *(getattr(row, name) for name in OF_RESIDENT))
