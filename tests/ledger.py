"""A test's own look into a database, past the program; statements are SQLAlchemy's, so that moments read alike on both."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Executable, Row, Select, Table, func, select, update

from services.keys import Vault
from store.engine import open_engine
from store.sql import opened
from store.tables import inbox, outbox
from tests.doubles.process import VAULT_KEY


async def look(url: str, query: Select[Any]) -> list[Row[Any]]:
    """All rows of a query, as they stand: what is sealed is read with `readable`."""
    engine = open_engine(url)
    try:
        async with engine.connect() as connection:
            return list(await connection.execute(query))
    finally:
        await engine.dispose()


def readable(value: Any) -> Any:
    """A sealed text or JSON value as it was."""
    vault = Vault([VAULT_KEY])
    return opened(value, vault) if isinstance(value, dict) else vault.open(value)


async def change(url: str, *statements: Executable) -> None:
    """Reach into the database, e.g. to let time pass."""
    engine = open_engine(url)
    try:
        async with engine.begin() as connection:
            for statement in statements:
                await connection.execute(statement)
    finally:
        await engine.dispose()


async def count(url: str, table: Table, *where: Any) -> int:
    found = await look(url, select(func.count()).select_from(table).where(*where))
    return int(found[0][0])


async def open_arrivals(url: str) -> int:
    return await count(url, inbox, inbox.c.state == "open")


async def unsent_letters(url: str) -> int:
    return await count(url, outbox, outbox.c.state.in_(("due", "claimed")))


async def age(url: str, column: Any, by: timedelta, *where: Any) -> None:
    """Make all moments in a column older."""
    rows = await look(url, select(*column.table.primary_key, column).where(column.is_not(None), *where))
    keys = list(column.table.primary_key)
    await change(
        url,
        *(
            update(column.table)
            .where(*(key == value for key, value in zip(keys, row, strict=False)))
            .values({column: row[-1] - by})
            for row in rows
        ),
    )
