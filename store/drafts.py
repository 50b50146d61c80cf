"""Answers of operators that wait for a press."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.messages import Media
from store.tables import drafts


@dataclass(frozen=True, slots=True)
class Draft:
    """`seen`: the version of the ticket that it answers."""

    id: int
    ticket_id: int
    text: str
    media: tuple[Media, ...]
    seen: int


class Drafts:
    """Queries on drafts, within one unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(self, ticket_id: int, text: str, media: Sequence[Media], seen: int, now: datetime) -> int:
        """A new draft; returns its id."""
        row = {"ticket_id": ticket_id, "text": text, "media": [[m.kind, m.ref, m.unique] for m in media], "seen": seen}
        statement = insert(drafts).values(**row, created_at=now).returning(drafts.c.id)
        identifier: int = (await self._connection.execute(statement)).scalar_one()
        return identifier

    async def get(self, draft_id: int, ticket_id: int) -> Draft | None:
        """The draft, if it is of this ticket and was not sent."""
        mine = (drafts.c.id == draft_id) & (drafts.c.ticket_id == ticket_id) & drafts.c.used_at.is_(None)
        row = (await self._connection.execute(select(drafts).where(mine))).first()
        return Draft(row.id, row.ticket_id, row.text, tuple(Media(*file) for file in row.media), row.seen) if row else None

    async def use(self, draft_id: int, now: datetime) -> bool:
        """Use a draft up; False where somebody did before."""
        statement = update(drafts).where(drafts.c.id == draft_id, drafts.c.used_at.is_(None)).values(used_at=now)
        return (await self._connection.execute(statement)).rowcount == 1
