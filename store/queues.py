"""What an agency has before it: its queue, what it looks for, and its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.ticket import State, Ticket
from store.sql import insert_or_nothing
from store.tables import counters, tickets
from store.tickets import OPEN, ticket_of

SEARCHED = 2000  # newest tickets that a search for words looks at


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one agency. `new`, `answered`, `confirmed`, `rating`: since a moment; `open`, `overdue`, `held`: now.

    `rating`: the mean of 1 to 4, None where nobody rated.
    """

    new: int
    open: int
    overdue: int
    held: int
    answered: int
    confirmed: int
    rating: float | None

    @property
    def anything(self) -> bool:
        return any((self.new, self.open, self.answered, self.confirmed))


class Queues:
    """Queries over many tickets, within one unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def owed(self, agency: str, trial: bool, most: int) -> list[Ticket]:
        """Tickets to which the agency owes an answer, the one due first at the beginning: so overdue ones lead."""
        mine = (tickets.c.agency_id == agency) & (tickets.c.trial == trial) & tickets.c.due_at.is_not(None)
        query = select(tickets).where(mine).order_by(tickets.c.due_at, tickets.c.id).limit(most)
        return [ticket_of(row) for row in await self._connection.execute(query)]

    async def count_owed(self, agency: str, trial: bool, most: int) -> int:
        """How many they are, up to `most`: to count a long queue would take longer than to show its beginning."""
        mine = (tickets.c.agency_id == agency) & (tickets.c.trial == trial) & tickets.c.due_at.is_not(None)
        counted = select(tickets.c.id).where(mine).limit(most).subquery()
        return (await self._connection.execute(select(func.count()).select_from(counted))).scalar_one()

    async def with_words(self, agencies: Sequence[str] | None, trial: bool, words: Sequence[str], most: int) -> list[Ticket]:
        """The newest tickets of these agencies (None = of all) that have all the words in their text or place."""
        mine: list[ColumnElement[bool]] = [tickets.c.trial == trial]
        mine += [tickets.c.agency_id.in_(agencies)] if agencies is not None else []
        newest = select(tickets.c.id).where(*mine).order_by(tickets.c.id.desc()).limit(SEARCHED).subquery()
        has = [_has(word) for word in words]
        query = select(tickets).join(newest, newest.c.id == tickets.c.id).where(*has).order_by(tickets.c.id.desc()).limit(most)
        return [ticket_of(row) for row in await self._connection.execute(query)]

    async def figures(self, agency: str, trial: bool, since: datetime, now: datetime) -> Figures:
        """The figures of an agency."""
        done = (tickets.c.state == State.CONFIRMED.value) & (tickets.c.closed_at >= since)
        counted = {
            "new": tickets.c.created_at >= since,
            "open": tickets.c.state.in_(OPEN),
            "overdue": and_(tickets.c.due_at.is_not(None), tickets.c.due_at < now),
            "held": tickets.c.state == State.HELD.value,
            "answered": tickets.c.answered_at >= since,
            "confirmed": done,
        }
        columns = [_count(condition).label(name) for name, condition in counted.items()]
        rated = func.avg(case((done & (tickets.c.rating > 0), tickets.c.rating))).label("rating")
        mine = (tickets.c.agency_id == agency) & (tickets.c.trial == trial)
        row = (await self._connection.execute(select(*columns, rated).where(mine))).mappings().one()
        counts = {name: int(row[name] or 0) for name in counted}
        return Figures(**counts, rating=None if row["rating"] is None else float(row["rating"]))

    async def reach(self, counter: str, value: int) -> bool:
        """Raise a counter to a value; False where it stood there already: so a thing is done once."""
        await insert_or_nothing(self._connection, counters, [{"name": counter, "value": 0}])
        statement = update(counters).where(counters.c.name == counter, counters.c.value < value).values(value=value)
        return (await self._connection.execute(statement)).rowcount == 1

    async def reached(self, counter: str) -> int:
        query = select(counters.c.value).where(counters.c.name == counter)
        return (await self._connection.execute(query)).scalar() or 0


def _has(word: str) -> ColumnElement[bool]:
    return or_(tickets.c.text.icontains(word, autoescape=True), tickets.c.place_words.icontains(word, autoescape=True))


def _count(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((condition, 1), else_=0))
