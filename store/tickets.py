"""Tickets and their history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.errors import Crossed
from domain.messages import Location, Media
from domain.ticket import OPEN_STATES, Entry, EntryKind, NewTicket, Place, State, Ticket, TicketKind
from store.sql import insert_or_nothing
from store.tables import Moment, counters, entries, tickets

OPEN = [state.value for state in OPEN_STATES]


ANSWERED = (
    select(tickets.c.resident_id, tickets.c.id, tickets.c.version)
    .where(tickets.c.resident_id.in_(bindparam("residents", expanding=True)), tickets.c.state == State.ANSWERED.value)
    .where(tickets.c.changed_at > bindparam("since", type_=Moment))
    .order_by(tickets.c.changed_at)
)


class Tickets:
    """Queries on tickets, within one unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def count_up(self, counter: str) -> int:
        """The next value of a counter, from 1; a unit that is undone gives its value back."""
        await insert_or_nothing(self._connection, counters, [{"name": counter, "value": 0}])
        step = update(counters).where(counters.c.name == counter).values(value=counters.c.value + 1).returning(counters.c.value)
        value: int = (await self._connection.execute(step)).scalar_one()
        return value

    async def add(self, new: NewTicket, number: str, now: datetime) -> Ticket:
        statement = insert(tickets).values(_row(new, number, now)).returning(tickets)
        return _ticket((await self._connection.execute(statement)).one())

    async def get(self, ticket_id: int) -> Ticket | None:
        return await self._one(tickets.c.id == ticket_id)

    async def by_number(self, number: str) -> Ticket | None:
        return await self._one(tickets.c.number == number)

    async def _one(self, key: ColumnElement[bool]) -> Ticket | None:
        row = (await self._connection.execute(select(tickets).where(key))).first()
        return _ticket(row) if row else None

    async def of_resident(self, resident_id: int, most: int) -> list[Ticket]:
        """The resident's tickets, newest first."""
        query = select(tickets).where(tickets.c.resident_id == resident_id).order_by(tickets.c.id.desc()).limit(most)
        return [_ticket(row) for row in await self._connection.execute(query)]

    async def open_of_agency(self, agency: str, trial: bool, most: int) -> list[Ticket]:
        """The agency's open tickets, oldest first."""
        query = select(tickets).where(tickets.c.agency_id == agency, tickets.c.trial == trial, tickets.c.state.in_(OPEN))
        return [_ticket(row) for row in await self._connection.execute(query.order_by(tickets.c.id).limit(most))]

    async def answered(self, resident_ids: Sequence[int], since: datetime) -> dict[int, str]:
        """Resident → "id:version" of their ticket that an operator answered last, if that was after `since`."""
        found = await self._connection.execute(ANSWERED, {"residents": list(resident_ids), "since": since})
        return {row.resident_id: f"{row.id}:{row.version}" for row in found}

    async def change(self, ticket: Ticket, now: datetime, **values: Any) -> Ticket:
        """Write new values if nobody changed the ticket since it was read. Raises Crossed."""
        key = (tickets.c.id == ticket.id) & (tickets.c.version == ticket.version)
        statement = update(tickets).where(key).values(**values, version=ticket.version + 1, changed_at=now).returning(tickets)
        row = (await self._connection.execute(statement)).first()
        if row is None:
            raise Crossed
        return _ticket(row)

    async def write(self, entry: Entry) -> None:
        """Add a line to a ticket's history."""
        row = {"ticket_id": entry.ticket_id, "kind": entry.kind.value, "author": entry.author, "text": entry.text}
        media = [[m.kind, m.ref, m.unique] for m in entry.media]
        await self._connection.execute(insert(entries).values(**row, media=media, created_at=entry.created_at))

    async def history(self, ticket_id: int) -> list[Entry]:
        """All lines of a ticket, oldest first."""
        query = select(entries).where(entries.c.ticket_id == ticket_id).order_by(entries.c.id)
        return [_entry(row) for row in await self._connection.execute(query)]


def _row(new: NewTicket, number: str, now: datetime) -> dict[str, Any]:
    return {
        "number": number,
        "kind": new.kind.value,
        "state": State.NEW.value,
        "agency_id": new.agency,
        "category": new.category,
        "topic": new.topic,
        "edition": new.edition,
        "text": new.text,
        "place_words": new.place.words,
        "village": new.place.village,
        "lat": new.place.pin.lat if new.place.pin else None,
        "lon": new.place.pin.lon if new.place.pin else None,
        "resident_id": new.resident_id,
        "channel": new.channel,
        "address": new.address,
        "trial": new.trial,
        "version": 1,
        "created_at": now,
        "changed_at": now,
    }


def _ticket(row: Row[Any]) -> Ticket:
    pin = Location(row.lat, row.lon) if row.lat is not None else None
    return Ticket(
        id=row.id,
        number=row.number,
        kind=TicketKind(row.kind),
        state=State(row.state),
        agency=row.agency_id,
        category=row.category,
        text=row.text,
        resident_id=row.resident_id,
        channel=row.channel,
        address=row.address,
        trial=row.trial,
        place=Place(row.place_words, row.village, pin),
        operator_id=row.operator_id,
        version=row.version,
        created_at=row.created_at,
    )


def _entry(row: Row[Any]) -> Entry:
    media = tuple(Media(*item) for item in row.media)
    return Entry(row.ticket_id, EntryKind(row.kind), row.text, row.created_at, row.author, media)
