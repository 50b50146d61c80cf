"""The unit of work: all of it or nothing, whatever interrupts it."""

from __future__ import annotations

import asyncio
import random
import threading

import asyncpg
import pytest

from bot.build import open_store, utc_now
from bot.config import Settings
from domain.errors import StoreAway
from domain.messages import Arrival, Letter, Reply
from store.engine import open_engine
from store.tables import outbox
from store.unit import LETTERS, Store
from tests.doubles.postgres import Postgres
from tests.ledger import count


async def one_more(store: Store) -> int:
    async with store.unit() as unit:
        number = await unit.tickets.count_up("test")
        await asyncio.sleep(0)
        await unit.commit()
    return number


async def fail(store: Store) -> None:
    async with store.unit() as unit:
        await unit.tickets.count_up("test")
        raise RuntimeError("in the middle")


async def test_what_is_not_committed_did_not_happen(database_url: str, store: Store) -> None:
    async with store.unit() as unit:
        unit.outbox.add(Letter("telegram", "7", Reply("halo")), "7", utc_now())
        await unit.tickets.count_up("test")
    with pytest.raises(RuntimeError):
        await fail(store)
    assert await count(database_url, outbox) == 0
    assert await one_more(store) == 1


async def test_listeners_hear_of_letters_only_after_the_commit(store: Store) -> None:
    heard: list[str] = []
    store.on(LETTERS, lambda: heard.append("letters"))
    async with store.unit() as unit:
        unit.outbox.add(Letter("telegram", "7", Reply("halo")), "7", utc_now())
    assert heard == []
    async with store.unit() as unit:
        unit.outbox.add(Letter("telegram", "7", Reply("halo")), "7", utc_now())
        await unit.commit()
    assert heard[0] == "letters"


async def test_a_unit_that_is_cancelled_at_any_moment_leaves_no_lock_behind(database_url: str, store: Store) -> None:
    """As when a process is told to stop in the middle of a turn."""
    for _ in range(80):
        writing = asyncio.create_task(one_more(store))
        await asyncio.sleep(random.uniform(0, 0.004))
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        async with asyncio.timeout(2.0):
            await one_more(store)


async def test_many_units_at_once_lose_nothing(store: Store) -> None:
    numbers = await asyncio.gather(*(one_more(store) for _ in range(60)))
    assert sorted(numbers) == list(range(1, 61))


async def test_the_doors_group_commit_leaves_no_connection_open(settings: Settings) -> None:
    """A connection that is forgotten keeps its thread, and with it the whole process, alive for ever."""
    before = set(threading.enumerate())
    async with open_store(settings) as store:
        for number in range(10):
            arrivals = [Arrival("telegram", f"{number}", "telegram:7", number, "{}")]
            await asyncio.gather(*(look_around(store) for _ in range(12)), store.put(arrivals, utc_now()))
    left = [thread for thread in threading.enumerate() if thread not in before and not thread.daemon]
    assert left == []


async def look_around(store: Store) -> int:
    async with store.reading() as unit:
        return await unit.inbox.count("open")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_connection_cut_in_the_middle_of_a_statement_is_an_outage_and_the_next_unit_works(
    database_url: str, postgres: Postgres, store: Store
) -> None:
    other = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    await other.execute("BEGIN; LOCK TABLE counters")
    writing = asyncio.create_task(one_more(store))
    await asyncio.sleep(0.2)
    postgres.cut(database_url)
    with pytest.raises(StoreAway):
        await writing
    assert await one_more(store) == 1
    other.terminate()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_server_that_takes_no_more_connections_is_an_outage(database_url: str, postgres: Postgres) -> None:
    """Its error (53300) has no class of its own in the driver."""
    postgres.sql("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN CONNECTION LIMIT 0")
    refused = Store(open_engine(database_url.replace("postgres@", "guest@")))
    with pytest.raises(StoreAway):
        await one_more(refused)
    await refused.close()
