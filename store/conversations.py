"""Where each chat stands in its dialogue, and which resident sits in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.people import Resident
from store.sql import insert_or_update
from store.tables import conversations, identities, residents


@dataclass(slots=True)
class Conversation:
    """`step` names the question that was asked last ("" = none), `data` is what was gathered: plain JSON values."""

    chat_key: str
    resident: Resident
    step: str = ""
    data: dict[str, Any] = field(default_factory=dict)


class Conversations:
    """Queries on conversations and residents. Kept conversations are written when the unit commits."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._kept: dict[str, dict[str, Any]] = {}

    async def load(self, chat_keys: Sequence[str]) -> dict[str, Conversation]:
        """The known conversations of these chats."""
        query = (
            select(conversations, residents.c.language, residents.c.trial)
            .join(residents)
            .where(conversations.c.chat_key.in_(chat_keys))
        )
        found = await self._connection.execute(query)
        return {
            row.chat_key: Conversation(row.chat_key, Resident(row.resident_id, row.language, row.trial), row.step, row.data)
            for row in found
        }

    async def open(self, chat_key: str, channel: str, identity: str, language: str, trial: bool, now: datetime) -> Conversation:
        """The conversation of a chat seen for the first time; its resident is made unless the identity is known."""
        query = select(residents).join(identities).where(identities.c.channel == channel, identities.c.value == identity)
        row = (await self._connection.execute(query)).first()
        if row:
            return Conversation(chat_key, Resident(row.id, row.language, row.trial))
        return Conversation(chat_key, await self._new_resident(channel, identity, language, trial, now))

    async def _new_resident(self, channel: str, identity: str, language: str, trial: bool, now: datetime) -> Resident:
        values = {"language": language, "trial": trial, "created_at": now}
        resident_id = (await self._connection.execute(insert(residents).values(values).returning(residents.c.id))).scalar_one()
        row = {"channel": channel, "value": identity, "resident_id": resident_id, "reachable": True}
        await self._connection.execute(insert(identities).values(row))
        return Resident(resident_id, language, trial)

    def keep(self, conversation: Conversation, now: datetime) -> None:
        self._kept[conversation.chat_key] = {
            "chat_key": conversation.chat_key,
            "resident_id": conversation.resident.id,
            "step": conversation.step,
            "data": conversation.data,
            "last_inbound_at": now,
        }

    async def flush(self) -> None:
        rows, self._kept = list(self._kept.values()), {}
        await insert_or_update(self._connection, conversations, rows)

    async def speak(self, resident_id: int, language: str) -> None:
        """From now on the resident is answered in `language`."""
        await self._connection.execute(update(residents).where(residents.c.id == resident_id).values(language=language))

    async def language_of(self, resident_id: int) -> str:
        query = select(residents.c.language).where(residents.c.id == resident_id)
        language: str = (await self._connection.execute(query)).scalar_one()
        return language

    async def reachable(self, channel: str, identity: str, yes: bool) -> None:
        key = (identities.c.channel == channel) & (identities.c.value == identity)
        await self._connection.execute(update(identities).where(key).values(reachable=yes))

    async def find(self, chat_key: str) -> Conversation | None:
        return (await self.load([chat_key])).get(chat_key)
