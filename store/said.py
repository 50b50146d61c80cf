"""What we said: letters that went out, found by the messenger's ids of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.messages import LetterKind, Reply
from domain.seal import Seal
from store.letters import reply_of
from store.tables import outbox


@dataclass(frozen=True, slots=True)
class Said:
    """A message of ours. `ticket_version`: what it tells of its ticket was so then, 0 = not known."""

    ticket_id: int | None
    ticket_version: int
    dedupe_key: str


class Sayings:
    """Queries on letters that went out, within one unit of work."""

    def __init__(self, connection: AsyncConnection, seal: Seal) -> None:
        self._connection = connection
        self._seal = seal

    async def at(self, channel: str, address: str, external_id: str) -> Said | None:
        """The message behind the messenger's id of it; the beginning of a topic is none."""
        columns = outbox.c.ticket_id, outbox.c.ticket_version, func.coalesce(outbox.c.dedupe_key, "")
        place = (outbox.c.channel == channel) & (outbox.c.address == address) & (outbox.c.external_id == external_id)
        query = select(*columns).where(place, outbox.c.kind == LetterKind.MESSAGE.value).limit(1)
        row = (await self._connection.execute(query)).first()
        return Said(*row) if row else None

    async def topic(self, channel: str, address: str, thread: str) -> int | None:
        """The ticket whose topic this is."""
        place = (outbox.c.channel == channel) & (outbox.c.address == address) & (outbox.c.external_id == thread)
        query = select(outbox.c.ticket_id).where(place, outbox.c.kind == LetterKind.TOPIC.value).limit(1)
        found: int | None = (await self._connection.execute(query)).scalar()
        return found

    async def version(self, said: Said, until: datetime) -> int:
        """The version of its ticket that a message told of at a moment, after the edits that had been sent by then."""
        edits = (outbox.c.edits_letter == said.dedupe_key) & (outbox.c.state == "sent") & (outbox.c.settled_at <= until)
        query = select(func.max(outbox.c.ticket_version)).where(edits, outbox.c.edits_letter != "")
        newest: int | None = (await self._connection.execute(query)).scalar() if said.dedupe_key else None
        return max(said.ticket_version, newest or 0)

    async def latest(self, channel: str, address: str, most: int) -> list[Reply]:
        """What was posted last to an address, the newest first."""
        query = select(outbox.c.reply).where(outbox.c.channel == channel, outbox.c.address == address)
        rows = await self._connection.execute(query.where(outbox.c.kind == "message").order_by(outbox.c.id.desc()).limit(most))
        return [reply_of(row.reply, self._seal) for row in rows]

    async def shown(self, channel: str, address: str, external_id: str) -> Reply | None:
        """What a message of ours said, by the messenger's id of it."""
        at = (outbox.c.channel == channel) & (outbox.c.address == address) & (outbox.c.external_id == external_id)
        row = (await self._connection.execute(select(outbox.c.reply).where(at).limit(1))).first()
        return reply_of(row.reply, self._seal) if row else None
