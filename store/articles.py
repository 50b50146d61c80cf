"""Editions: one published state of all articles each. Publishing adds rows and never changes one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.tables import articles, editions


@dataclass(frozen=True, slots=True)
class Edition:
    """One publish."""

    number: int
    author: str
    reason: str
    published_at: datetime


class Articles:
    """Queries on editions, within one unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def newest(self) -> int:
        """The number of the edition in force; 0 before the first."""
        found: int | None = (await self._connection.execute(select(func.max(editions.c.number)))).scalar()
        return found or 0

    async def texts(self, edition: int) -> dict[str, str]:
        """Article id → text with front matter, as published."""
        query = select(articles.c.id, articles.c.text).where(articles.c.edition == edition).order_by(articles.c.id)
        return {row.id: row.text for row in await self._connection.execute(query)}

    async def history(self) -> list[Edition]:
        """Every edition, the newest first."""
        query = select(editions.c.number, editions.c.author, editions.c.reason, editions.c.published_at).order_by(
            editions.c.number.desc()
        )
        return [Edition(*row) for row in await self._connection.execute(query)]

    async def has(self, texts: Mapping[str, str]) -> bool:
        """Whether exactly these texts were ever published."""
        query = select(editions.c.number).where(editions.c.digest == _digest(texts)).limit(1)
        return (await self._connection.execute(query)).first() is not None

    async def publish(self, texts: Mapping[str, str], author: str, reason: str, now: datetime) -> int:
        """Add an edition; returns its number."""
        number = await self.newest() + 1
        edition = {"number": number, "author": author, "reason": reason, "digest": _digest(texts), "published_at": now}
        await self._connection.execute(insert(editions).values(edition))
        rows = [{"edition": number, "id": key, "text": text} for key, text in texts.items()]
        await self._connection.execute(insert(articles), rows)
        return number


def _digest(texts: Mapping[str, str]) -> str:
    whole = "".join(f"{key}\0{text}\0" for key, text in sorted(texts.items()))
    return hashlib.sha256(whole.encode()).hexdigest()
