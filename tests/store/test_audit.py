"""The audit trail: nobody changes, removes or adds a line unseen."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Executable, delete, insert, select, update

from bot.build import utc_now
from services.audit import verify
from store.engine import open_engine
from store.tables import audit
from store.unit import Store

LAST = select(audit.c.id).order_by(audit.c.id.desc()).limit(1).scalar_subquery()
SECOND = select(audit.c.id).order_by(audit.c.id).limit(1).offset(1).scalar_subquery()


async def write(store: Store, *actions: str) -> None:
    for action in actions:
        async with store.unit() as unit:
            await unit.records.audit(utc_now(), "operator:1", action, "ticket:1", before="baru", times=2)
            await unit.commit()


async def broken_at(store: Store) -> int:
    async with store.reading() as unit:
        return (await verify(unit)).broken_at


async def tamper(url: str, *statements: Executable) -> None:
    """As somebody would who has the database but not our code."""
    engine = open_engine(url)
    async with engine.begin() as connection:
        for statement in statements:
            await connection.execute(statement)
    await engine.dispose()


async def test_an_untouched_trail_is_whole(store: Store) -> None:
    await write(store, "ambil", "balas", "selesai")
    assert await broken_at(store) == 0


@pytest.mark.parametrize(
    "statement",
    [
        update(audit).where(audit.c.id == SECOND).values(actor="operator:2"),
        update(audit).where(audit.c.id == SECOND).values(detail={"before": "proses", "times": 2}),
        delete(audit).where(audit.c.id == SECOND),
        update(audit).where(audit.c.id == SECOND).values(digest=""),
        delete(audit).where(audit.c.id == LAST),
        insert(audit).values(at=utc_now(), actor="operator:9", action="sudah", object="ticket:1", detail={}, digest="0" * 64),
    ],
    ids=["another actor", "another detail", "a line less", "no digest", "cut off at the end", "a line more"],
)
async def test_a_change_is_seen(store: Store, database_url: str, statement: Executable) -> None:
    await write(store, "ambil", "balas", "selesai")
    await tamper(database_url, statement)
    assert await broken_at(store) != 0


async def test_many_writers_make_one_chain(store: Store) -> None:
    await asyncio.gather(*(write(store, "ambil", "balas", "selesai") for _ in range(8)))
    async with store.reading() as unit:
        chain = await verify(unit)
    assert chain.broken_at == 0
    assert chain.lines >= 24
