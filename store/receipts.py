"""What a messenger tells of letters that it took. Their progress never goes back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.messages import Letter, Progress, Receipt
from domain.seal import Seal
from store.letters import letter_of
from store.tables import counters, outbox

# Failed comes before delivered: a failure that is told late takes nothing back.
RANKS = {Progress.SENT: 1, Progress.FAILED: 2, Progress.DELIVERED: 3, Progress.READ: 4}


class Receipts:
    """Queries on letters that a messenger speaks of, within one unit of work."""

    def __init__(self, connection: AsyncConnection, seal: Seal) -> None:
        self._connection = connection
        self._seal = seal

    async def letter(self, channel: str, receipt: Receipt) -> Letter | None:
        """The letter that a messenger speaks of; by our own id while we do not know the messenger's."""
        unknown = outbox.c.external_id.is_(None) & ((outbox.c.state == "claimed") | outbox.c.uncertain)
        named = (outbox.c.external_id == receipt.external_id) | (unknown & (outbox.c.id == receipt.letter_id))
        query = select(outbox).where(outbox.c.channel == channel, named).order_by(outbox.c.id.desc()).limit(1)
        row = (await self._connection.execute(query.with_for_update())).first()
        return letter_of(row, self._seal) if row else None

    async def advance(self, letter_id: int, receipt: Receipt, now: datetime) -> bool:
        """Note how far a letter has come; False where it was there or further already.

        A letter of which we were not sure turns out to have been sent.
        """
        behind = [word for word, rank in RANKS.items() if rank < RANKS[receipt.progress]]
        values = {"progress": receipt.progress.value, "external_id": receipt.external_id}
        if receipt.problem is None:
            unsure = outbox.c.state.in_(("due", "uncertain")) & outbox.c.uncertain
            await self._change(letter_id, unsure, state="sent", settled_at=now, uncertain=False)
        earlier = outbox.c.progress.is_(None) | outbox.c.progress.in_(behind)
        return await self._change(letter_id, earlier, **values)

    async def bill(self, letter_id: int) -> bool:
        """It costs money; False where that was counted before."""
        return await self._change(letter_id, ~outbox.c.billed, billed=True)

    async def counted(self, counter: str) -> int:
        """What a counter stands at; 0 where nothing was counted."""
        query = select(counters.c.value).where(counters.c.name == counter)
        return (await self._connection.execute(query)).scalar() or 0

    async def take_back(self, letter_id: int) -> bool:
        """A letter that counted as sent did not arrive after all: it can be settled anew."""
        sent = outbox.c.state.in_(("sent", "claimed"))
        return await self._change(letter_id, sent, state="claimed", external_id=None, progress=None)

    async def _change(self, letter_id: int, condition: ColumnElement[bool], **values: object) -> bool:
        """Whether the letter was as the condition says, and was changed."""
        statement = update(outbox).where(outbox.c.id == letter_id, condition).values(values)
        return (await self._connection.execute(statement)).rowcount > 0
