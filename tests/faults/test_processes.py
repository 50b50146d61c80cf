"""Processes that die, stop, start or find their neighbours away."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest
from aiohttp import ClientSession
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, select

from bot.build import utc_now
from store.engine import open_engine
from store.tables import inbox, metadata, outbox, tickets
from tests.conftest import sqlite_url
from tests.doubles import telegram_faults as faults
from tests.doubles.postgres import Postgres
from tests.doubles.process import Sapa
from tests.doubles.telegram_fake import TelegramFake
from tests.faults.instance import until_sent, until_turned
from tests.faults.traffic import Account, Traffic, account_of
from tests.ledger import age, count, look

# ------------------------------------------------------------------ killed


@pytest.mark.parametrize(("arrived", "copies"), [(False, 1), (True, 2)], ids=["not arrived", "arrived"])
async def test_c6_a_letter_whose_sender_was_killed_is_rescued(
    database_url: str, fake: TelegramFake, arrived: bool, copies: int
) -> None:
    """C6: within a minute; it ends once, or says that it may have arrived before."""
    serve = Sapa(database_url=database_url, telegram_url=fake.url)
    worker = Sapa(database_url=database_url, telegram_url=fake.url, command="worker", ready=None)
    async with serve, worker:
        await fake.wait_called("setMyCommands")
        fake.fail_next(with_=faults.hang(60, accepted=arrived))
        fake.person(11).says("/start")
        await fake.wait_called("sendMessage")
        await asyncio.gather(serve.kill(), worker.kill())

        letter = (await look(database_url, select(outbox)))[0]
        assert letter.state == "claimed"
        assert letter.lease_until - utc_now() < timedelta(seconds=50)  # and a look every 5 s: within a minute

        await age(database_url, outbox.c.lease_until, timedelta(minutes=1))
        await worker.start()
        await until_sent(database_url)
        letter = (await look(database_url, select(outbox)))[0]
        assert (letter.state, letter.uncertain, len(fake.chat(11))) == ("sent", True, copies)


async def test_c6_a_worker_killed_in_the_middle_of_a_turn_leaves_one_effect(postgres: Postgres, fake: TelegramFake) -> None:
    """C6: its transaction waits for a lock when the kill comes; the next worker answers."""
    async with a_copy(postgres) as url, Sapa(database_url=url, telegram_url=fake.url) as serve:
        await fake.wait_called("setMyCommands")
        await fake.person(11).asks("/petugas")
        other = await asyncpg.connect(url.replace("+asyncpg", ""))
        async with other.transaction():
            await other.execute("LOCK TABLE counters")
            fake.person(11).says("Kapan kantor buka?")
            await fake.drained()
            await until_waiting(postgres, url)
            await serve.kill()
        await other.close()
        await serve.start()
        await fake.wait_sent(11, 2, timeout=10)
        assert await count(url, tickets) == 1
        assert len(fake.chat(11)) == 2


@asynccontextmanager
async def a_copy(postgres: Postgres) -> AsyncIterator[str]:
    url = postgres.new_database("sapa_1")
    yield url
    postgres.drop(url)


async def until_waiting(postgres: Postgres, url: str) -> None:
    """Somebody waits for a lock."""
    async with asyncio.timeout(5):
        while postgres.sql("SELECT count(*) FROM pg_locks WHERE NOT granted") == "0":  # noqa: ASYNC110 - no event there
            await asyncio.sleep(0.02)


async def test_c6_kills_around_a_single_turn_leave_one_effect(database_url: str, fake: TelegramFake) -> None:
    """C6: the kill comes some milliseconds after the message that opens a ticket."""
    async with Sapa(database_url=database_url, telegram_url=fake.url) as serve:
        await fake.wait_called("setMyCommands")
        for chat in range(11, 15):
            await fake.person(chat).asks("/petugas")
            fake.person(chat).says("Kapan kantor buka?")
            await asyncio.sleep(random.uniform(0, 0.03))
            await serve.restart(hard=True)
        await fake.drained(10)
        await until_turned(database_url)
        assert await count(database_url, tickets) == 4
        assert await count(database_url, outbox) == 8


# ------------------------------------------------------------------ told to stop


async def test_c9_sigterm_under_load_drains_and_loses_nothing(database_url: str, fake: TelegramFake) -> None:
    """C9: at 50 updates a second; within 20 s, exit code 0, and no letter is left in doubt."""
    traffic, stop = Traffic(fake), asyncio.Event()
    env = {"SAPA_TELEGRAM_MESSAGES_PER_SECOND": "1000"}
    serve = Sapa(database_url=database_url, telegram_url=fake.url, env=env)
    worker = Sapa(database_url=database_url, telegram_url=fake.url, env=env, command="worker", ready=None)
    async with serve, worker:
        await fake.wait_called("setMyCommands")
        flowing = asyncio.create_task(traffic.flow(stop))
        await fake.wait_for(lambda: len(fake.delivered) > 60, timeout=10)
        ends = await asyncio.gather(serve.terminate(), worker.terminate())
        assert await count(database_url, outbox, outbox.c.state == "claimed") == 0
        await serve.start()
        stop.set()
        await flowing
        await fake.drained(20)
        await until_turned(database_url, 20)
        await until_sent(database_url, 20)
        account = await account_of(traffic, database_url)
    assert [end.code for end in ends] == [0, 0]
    assert max(end.seconds for end in ends) <= 20.0
    assert account == Account([], [], [], [], 0, 0)


async def test_c9_sigterm_does_not_wait_for_a_telegram_that_hangs(database_url: str, fake: TelegramFake) -> None:
    """C9: what is under way is broken off in time, and marked as uncertain."""
    async with Sapa(database_url=database_url, telegram_url=fake.url) as serve:
        await fake.wait_called("setMyCommands")
        fake.fail_always("sendMessage", with_=faults.hang(60))
        fake.person(11).says("/start")
        await fake.wait_called("sendMessage")
        ended = await serve.terminate()
        assert (ended.code, ended.seconds <= 20.0) == (0, True)
    letter = (await look(database_url, select(outbox)))[0]
    assert (letter.state, letter.uncertain) == ("due", True)


async def test_c9_kills_during_migrate_leave_a_database_that_migrates(empty_database_url: str) -> None:
    """C9: killed at random moments, on a fresh database; then it works, and equals `store.tables`."""
    program = Sapa(database_url=empty_database_url)
    whole = time.monotonic()
    await asyncio.to_thread(migrate_and_kill, program, 60.0)
    whole = time.monotonic() - whole
    """The first went through; from here on the tables are taken away again before each try."""
    await drop_everything(empty_database_url)
    for _ in range(6):
        await asyncio.to_thread(migrate_and_kill, program, random.uniform(whole * 0.5, whole))
        assert await tables_of(empty_database_url) in (set(), {*metadata.tables, "alembic_version"})
        await drop_everything(empty_database_url)
    assert (await program.run("migrate")).code == 0
    assert await differences(empty_database_url) == []
    assert (await program.run("migrate")).code == 0
    program.log.unlink()
