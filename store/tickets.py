"""Tickets and their history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, bindparam, delete, insert, select, union, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.errors import Crossed
from domain.messages import Location, Media
from domain.ticket import OPEN_STATES, Entry, EntryKind, Follower, NewTicket, Place, Spoken, State, Ticket, TicketKind
from store.sql import insert_or_nothing
from store.tables import Moment, corrections, counters, entries, followers, holders, tickets

OPEN = [state.value for state in OPEN_STATES]


RESIDENTS: BindParameter[Any] = bindparam("residents", expanding=True)
SAID = (tickets.c.id, tickets.c.number, tickets.c.agency_id, tickets.c.state, tickets.c.spoken_at)
LATELY = (tickets.c.spoken_at > bindparam("since", type_=Moment)) | (tickets.c.state == State.HELD.value)
OPENED = select(tickets.c.resident_id, *SAID).where(tickets.c.resident_id.in_(RESIDENTS), tickets.c.closed_at.is_(None), LATELY)
BY_PIN = (
    select(holders.c.resident_id, *SAID)
    .join(tickets, tickets.c.id == holders.c.ticket_id)
    .where(holders.c.resident_id.in_(RESIDENTS), tickets.c.closed_at.is_(None), LATELY)
)
SPOKEN = union_all(OPENED, BY_PIN).order_by("spoken_at")
MOST_ALIKE = 50  # newest tickets of a village, or around a pin, that are looked at


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

    async def add(self, new: NewTicket, number: str, alias: int, due_at: datetime, now: datetime) -> Ticket:
        """`alias`: under which desks know the resident; `due_at`: when its answer is owed."""
        values = _row(new, number, now) | {"alias": alias, "due_at": due_at}
        statement = insert(tickets).values(values).returning(tickets)
        return ticket_of((await self._connection.execute(statement)).one())

    async def get(self, ticket_id: int) -> Ticket | None:
        return await self._one(tickets.c.id == ticket_id)

    async def by_number(self, number: str) -> Ticket | None:
        return await self._one(tickets.c.number == number)

    async def _one(self, key: ColumnElement[bool]) -> Ticket | None:
        row = (await self._connection.execute(select(tickets).where(key))).first()
        return ticket_of(row) if row else None

    async def of_resident(self, resident_id: int, most: int) -> list[Ticket]:
        """The resident's tickets, newest first; also those that they opened from another account."""
        own = select(tickets.c.id).where(tickets.c.resident_id == resident_id)
        held = select(holders.c.ticket_id).where(holders.c.resident_id == resident_id)
        # Not "own OR held": for that PostgreSQL reads all tickets.
        query = select(tickets).where(tickets.c.id.in_(union(own, held))).order_by(tickets.c.id.desc()).limit(most)
        return [ticket_of(row) for row in await self._connection.execute(query)]

    async def followed_by(self, resident_id: int, most: int) -> list[Ticket]:
        """The tickets of others that the resident follows, newest first."""
        query = select(tickets).join(followers).where(followers.c.resident_id == resident_id)
        return [ticket_of(row) for row in await self._connection.execute(query.order_by(tickets.c.id.desc()).limit(most))]

    async def alike(self, new: NewTicket, since: datetime, span: tuple[float, float]) -> list[Ticket]:
        """Open public tickets of others, of the same category, in the same village or around the same pin, newest first.

        `span`: degrees of latitude and longitude on each side of the pin.
        """
        place, pin = new.place, new.place.pin
        near = [tickets.c.village == place.village] if place.village else []
        if pin:
            near.append(_around(tickets.c.lat, pin.lat, span[0]) & _around(tickets.c.lon, pin.lon, span[1]))
        found = {ticket.id: ticket for key in near for ticket in await self._alike(new, since, key)}
        return sorted(found.values(), key=lambda ticket: -ticket.id)

    async def _alike(self, new: NewTicket, since: datetime, near: ColumnElement[bool]) -> list[Ticket]:
        is_open = tickets.c.closed_at.is_(None) & tickets.c.state.in_(OPEN) & (tickets.c.kind == new.kind.value)
        others = (tickets.c.resident_id != new.resident_id) & (tickets.c.trial == new.trial) & ~tickets.c.confidential
        query = select(tickets).where(tickets.c.category == new.category, near, is_open, others, tickets.c.created_at > since)
        return [ticket_of(row) for row in await self._connection.execute(query.order_by(tickets.c.id.desc()).limit(MOST_ALIKE))]

    async def open_of_agency(self, agency: str, trial: bool, most: int) -> list[Ticket]:
        """The agency's open tickets, oldest first."""
        query = select(tickets).where(tickets.c.agency_id == agency, tickets.c.trial == trial, tickets.c.state.in_(OPEN))
        return [ticket_of(row) for row in await self._connection.execute(query.order_by(tickets.c.id).limit(most))]

    async def spoken(self, resident_ids: Sequence[int], since: datetime) -> dict[int, Spoken]:
        """Resident → their open ticket on which an operator wrote to them last, if that was after `since` or they must answer."""
        found = await self._connection.execute(SPOKEN, {"residents": list(resident_ids), "since": since})
        return {row.resident_id: Spoken(row.id, row.number, row.agency_id, State(row.state), row.spoken_at) for row in found}

    async def change(self, ticket: Ticket, now: datetime, **values: Any) -> Ticket:
        """Write new values if nobody changed the ticket since it was read. Raises Crossed."""
        key = (tickets.c.id == ticket.id) & (tickets.c.version == ticket.version)
        statement = update(tickets).where(key).values(**values, version=ticket.version + 1, changed_at=now).returning(tickets)
        row = (await self._connection.execute(statement)).first()
        if row is None:
            raise Crossed
        return ticket_of(row)

    async def write(self, entry: Entry) -> None:
        """Add a line to a ticket's history."""
        row: dict[str, Any] = {"ticket_id": entry.ticket_id, "kind": entry.kind.value, "author": entry.author, "text": entry.text}
        row |= {"version": entry.version, "detail": dict(entry.detail) or None, "created_at": entry.created_at}
        media = [[m.kind, m.ref, m.unique] for m in entry.media]
        await self._connection.execute(insert(entries).values(**row, media=media))

    async def correct(self, ticket: Ticket, words: str, belongs_to: str, now: datetime) -> None:
        """An operator knew better where this belongs: kept for learning. `words`: masked."""
        row = {"ticket_id": ticket.id, "category": ticket.category, "words": words, "went_to": ticket.agency}
        await self._connection.execute(insert(corrections).values(**row, belongs_to=belongs_to, created_at=now))

    async def follow(self, ticket: Ticket, follower: Follower, now: datetime) -> bool:
        """Somebody else is concerned, too; tells whether they are new."""
        if any(known.resident_id == follower.resident_id for known in await self.followers(ticket.id)):
            return False
        row = {"ticket_id": ticket.id, "resident_id": follower.resident_id, "channel": follower.channel}
        await insert_or_nothing(self._connection, followers, [row | {"address": follower.address, "since": now}])
        return True

    async def unfollow(self, ticket_id: int, resident_id: int) -> bool:
        """Tells whether they followed it."""
        key = (followers.c.ticket_id == ticket_id) & (followers.c.resident_id == resident_id)
        return bool((await self._connection.execute(delete(followers).where(key).returning(followers.c.ticket_id))).first())

    async def followers(self, ticket_id: int) -> list[Follower]:
        """Who follows a ticket, the first first."""
        query = select(followers).where(followers.c.ticket_id == ticket_id).order_by(followers.c.since)
        return [Follower(row.resident_id, row.channel, row.address) for row in await self._connection.execute(query)]

    async def since(self, ticket_id: int, version: int) -> list[Entry]:
        """What happened to a ticket after a version of it, oldest first."""
        later = (entries.c.ticket_id == ticket_id) & (entries.c.version > version)
        return [_entry(row) for row in await self._connection.execute(select(entries).where(later).order_by(entries.c.id))]

    async def history(self, ticket_id: int) -> list[Entry]:
        """All lines of a ticket, oldest first."""
        query = select(entries).where(entries.c.ticket_id == ticket_id).order_by(entries.c.id)
        return [_entry(row) for row in await self._connection.execute(query)]


def _around(column: ColumnElement[float], middle: float, span: float) -> ColumnElement[bool]:
    return column.between(middle - span, middle + span)


# Columns that are named and written as the attributes of a ticket are.
OF_BOTH = ("category", "topic", "text", "resident_id", "channel", "address", "trial", "routed_by")
FLAGS = ("anonymous", "confidential", "urgent", "field_check")
OF_NEW = (*OF_BOTH, *FLAGS, "edition")
COUNTS = ("version", "alias", "rating", "followers", "refusals")
OF_OLD = (*OF_BOTH, *FLAGS, *COUNTS, "id", "number", "operator_id", "outcome", "created_at", "due_at", "answered_at")


def _row(new: NewTicket, number: str, now: datetime) -> dict[str, Any]:
    pin = new.place.pin
    return {name: getattr(new, name) for name in OF_NEW} | {
        "number": number,
        "kind": new.kind.value,
        "state": State.NEW.value,
        "agency_id": new.agency,
        "place_words": new.place.words,
        "village": new.place.village,
        "lat": pin.lat if pin else None,
        "lon": pin.lon if pin else None,
        "missing": " ".join(new.missing),
        "version": 1,
        "created_at": now,
        "changed_at": now,
    }


def ticket_of(row: Row[Any]) -> Ticket:
    """A ticket from its row."""
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name for the row as a mapping
    return Ticket(
        **{name: found[name] for name in OF_OLD},
        kind=TicketKind(row.kind),
        state=State(row.state),
        agency=row.agency_id,
        place=Place(row.place_words, row.village, Location(row.lat, row.lon) if row.lat is not None else None),
        missing=tuple(row.missing.split()),
    )


def _entry(row: Row[Any]) -> Entry:
    media = tuple(Media(*item) for item in row.media)
    return Entry(row.ticket_id, EntryKind(row.kind), row.text, row.created_at, row.author, media, row.version, row.detail or {})
