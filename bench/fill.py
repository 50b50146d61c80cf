"""Fills a database with tickets as an office of a few years has them: the newest tenth is open, half of that overdue.

Each table by one `INSERT … WITH RECURSIVE`, which SQLite and PostgreSQL read alike; only sums of moments they spell differently.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.messages import LetterKind
from domain.promise import Stage
from domain.ticket import CHECK_LETTERS, EntryKind, State, TicketKind
from knowledge.region import Region
from services.promises import FIRST
from store.engine import open_engine

AGENCIES = 10  # with a full page of open tickets each, also among a thousand
YEAR = 25  # in the numbers; new tickets of today get others
FIRST_NUMBER = 1_000_000  # so that all have seven digits
SECONDS = 730 * 86_400  # from the first ticket to now
DUE_SECONDS = SECONDS // 20  # half of the open tickets are older than that
TICKETS_OF_A_RESIDENT = 4
SPOKEN = 50  # of so many open tickets one was answered just now


def offices(region: Region) -> list[tuple[str, str, str]]:
    """(agency, category, label), one category for each agency."""
    first = {one.agency: one for one in reversed(region.categories.values()) if one.ours and not one.confidential}
    return [(one.agency, one.id, one.label) for one in reversed(first.values())][:AGENCIES]


def address_of(resident: int) -> str:
    return str(7_000_000 + resident)


def number_of(region: Region, ticket_id: int) -> str:
    """The number of a ticket that was filled in."""
    digits = f"{YEAR}{FIRST_NUMBER + ticket_id}"
    return f"{region.code}-{digits[:2]}-{digits[2:]}-{CHECK_LETTERS[int(digits) % len(CHECK_LETTERS)]}"


async def fill(url: str, region: Region, size: int, now: datetime) -> None:
    """`size` tickets, each with an entry, its promises and the letter of its card, of `size` / 4 residents."""
    engine = open_engine(url)
    try:
        async with engine.connect() as connection:
            for statement in statements(connection, region, size, now):
                await connection.exec_driver_sql(statement)
            await connection.commit()
    finally:
        await engine.dispose()


def statements(connection: AsyncConnection, region: Region, size: int, now: datetime) -> Sequence[str]:
    sums = Sums(connection.dialect.name, now)
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {size})"
    residents = size // TICKETS_OF_A_RESIDENT
    people = f"SELECT 'id', false, {sums.at(str(-SECONDS))} FROM n WHERE i <= {residents}"
    return (
        f"INSERT INTO residents (language, trial, created_at) {numbers} {people}",
        _tickets(numbers, region, size, residents, sums),
        _entries(numbers),
        _promises(numbers, sums),
        _cards(numbers),
    )


class Sums:
    """Moments so many seconds from now, as each database writes them."""

    def __init__(self, dialect: str, now: datetime) -> None:
        self._sqlite, self._now = dialect == "sqlite", now.strftime("%Y-%m-%d %H:%M:%S")

    def at(self, seconds: str) -> str:
        if self._sqlite:
            return f"strftime('%Y-%m-%d %H:%M:%f', '{self._now}', ({seconds}) || ' seconds') || '000'"
        return f"CAST('{self._now}+00' AS timestamptz) + ({seconds}) * interval '1 second'"


def _tickets(numbers: str, region: Region, size: int, residents: int, sums: Sums) -> str:
    kinds = _table("kinds", [(at, *one) for at, one in enumerate(offices(region))])
    villages = _table("villages", [(at, one.code, one.name) for at, one in enumerate(region.villages)])
    age = f"CAST((i - {size}) * ({SECONDS}.0 / {size}) AS INTEGER)"  # seconds, not above 0
    is_open, made = f"i > {size} * 9 / 10", sums.at(age)
    digits = f"{YEAR * 10_000_000 + FIRST_NUMBER} + i"
    number = f"'{region.code}-{YEAR}-' || ({FIRST_NUMBER} + i) || '-' || substr('{CHECK_LETTERS}', ({digits}) % 23 + 1, 1)"
    resident = f"1 + i % {residents}"
    columns = {
        "number": number,
        "kind": f"'{TicketKind.COMPLAINT}'",
        "state": f"CASE WHEN {is_open} THEN '{State.NEW}' ELSE '{State.CONFIRMED}' END",
        "agency_id": "kinds.column2",
        "category": "kinds.column3",
        "topic": "''",
        "text": "kinds.column4 || ' ' || villages.column3 || ' ' || i",
        "place_words": "villages.column3",
        "village": "villages.column2",
        "lat": f"{region.centre_lat} + (i / {AGENCIES} % 97 - 48) * 0.003",
        "lon": f"{region.centre_lon} + (i / {AGENCIES} % 89 - 44) * 0.003",
        "resident_id": resident,
        "channel": "'telegram'",
        "address": f"CAST({address_of(0)} + {resident} AS TEXT)",
        "trial": "false",
        "version": "1",
        "due_at": f"CASE WHEN {is_open} THEN {sums.at(f'{age} + {DUE_SECONDS}')} END",
        "closed_at": f"CASE WHEN NOT ({is_open}) THEN {made} END",
        "spoken_at": f"CASE WHEN {is_open} AND i % {SPOKEN} = 0 THEN {sums.at('-600')} END",
        "created_at": made,
        "changed_at": made,
    }
    return (
        f"INSERT INTO tickets ({', '.join(columns)}) {numbers} SELECT {', '.join(columns.values())} FROM n "
        f"JOIN {kinds} ON kinds.column1 = i % {AGENCIES} JOIN {villages} "
        f"ON villages.column1 = i / {AGENCIES} % {len(region.villages)} ORDER BY i"
    )


def _table(name: str, rows: Iterable[Sequence[object]]) -> str:
    """Rows to join with; their columns are column1, column2 …"""
    listed = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
    return f"(SELECT * FROM (VALUES {listed}) AS listed) AS {name}"


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def _entries(numbers: str) -> str:
    return (
        f"INSERT INTO entries (ticket_id, kind, author, text, media, created_at) {numbers} "
        f"SELECT id, '{EntryKind.RESIDENT}', 'resident:' || resident_id, text, '[]', created_at FROM n JOIN tickets ON id = i"
    )


def _promises(numbers: str, sums: Sums) -> str:
    kinds = _table("kinds", [(kind,) for kind in FIRST])
    late = f"due_at < {sums.at('0')}"
    stage = f"CASE WHEN due_at IS NULL THEN '{Stage.OVER}' WHEN {late} THEN '{Stage.ESCALATED}' ELSE '{Stage.RUNNING}' END"
    return (
        f"INSERT INTO promises (ticket_id, kind, begun_at, due_at, tick_at, stage) {numbers} "
        f"SELECT id, kinds.column1, created_at, coalesce(due_at, created_at), CASE WHEN NOT ({late}) THEN due_at END, {stage} "
        f"FROM n JOIN tickets ON id = i CROSS JOIN {kinds}"
    )


def _cards(numbers: str) -> str:
    group, nothing = f"'-100' || (i % {AGENCIES})", '\'{"text": ""}\''
    columns = {
        "channel": "'telegram'",
        "address": group,
        "bucket": group,
        "kind": f"'{LetterKind.MESSAGE}'",
        "reply": nothing,
        "ticket_id": "id",
        "quotes": "''",
        "quotes_letter": "''",
        "edits_letter": "''",
        "dedupe_key": f"'card:' || id || ':telegram:' || {group}",
        "state": "'sent'",
        "attempts": "1",
        "uncertain": "false",
        "not_before": "created_at",
        "external_id": "CAST(i AS TEXT)",
        "created_at": "created_at",
        "settled_at": "created_at",
    }
    return (
        f"INSERT INTO outbox ({', '.join(columns)}) {numbers} SELECT {', '.join(columns.values())} FROM n JOIN tickets ON id = i"
    )
