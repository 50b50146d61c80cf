"""What editors learn from: votes on answers, and questions that found none."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.feedback import Given, Unmatched, Vote
from store.sql import insert_or_update
from store.tables import feedback, unmatched


class Feedback:
    """Queries on votes and unmatched questions, within one unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def vote(self, given: Given, vote: Vote, now: datetime) -> None:
        """One vote an answer: a later one replaces it."""
        await insert_or_update(self._connection, feedback, [{**asdict(given), "vote": vote.value, "created_at": now}])

    async def miss(self, question: Unmatched, now: datetime) -> int:
        """Returns the row's id, by which it can be erased."""
        row = {**asdict(question), "kind": question.kind.value, "created_at": now}
        added: int = (await self._connection.execute(insert(unmatched).returning(unmatched.c.id), row)).scalar_one()
        return added
