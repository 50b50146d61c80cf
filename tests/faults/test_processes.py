"""Processes that die, stop, start or find their neighbours away."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import TypeVar

import asyncpg
import pytest
from aiohttp import ClientSession
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.schema import DropTable

from bot.build import SECRETS_KEPT_SECONDS, utc_now
from bot.channels.telegram import derived_secret
from store import engine
from store.engine import open_engine
from store.tables import metadata, outbox, tickets
from tests.doubles import telegram_faults as faults
from tests.doubles.postgres import Postgres
from tests.doubles.process import Sapa, free_port
from tests.doubles.telegram_fake import TelegramFake
from tests.faults.instance import Instance, says, until_none, until_sent, until_turned
from tests.faults.traffic import Account, Traffic, account_of
from tests.ledger import age, count, look

T = TypeVar("T")

# ------------------------------------------------------------------ killed


@pytest.mark.parametrize(("arrived", "copies"), [(False, 1), (True, 2)], ids=["not arrived", "arrived"])
async def test_c6_a_letter_whose_sender_was_killed_is_rescued(
    database_url: str, fake: TelegramFake, arrived: bool, copies: int
) -> None:
    """C6: within a minute; it ends once, or says that it may have arrived before."""
    async with Sapa(database_url=database_url, telegram_url=fake.url) as sapa:
        await fake.wait_called("setMyCommands")
        fake.fail_next(with_=faults.hang(60, accepted=arrived))
        fake.person(11).says("/start")
        await fake.wait_called("sendMessage")
        await sapa.kill()
        letter = (await look(database_url, select(outbox)))[0]
        assert letter.state == "claimed"
        assert letter.lease_until - utc_now() < timedelta(seconds=50)  # and a look every 5 s: within a minute

        await age(database_url, outbox.c.lease_until, timedelta(minutes=1))
        await sapa.start()
        await until_none(lambda: count(database_url, outbox, outbox.c.state == "claimed"), 5)
        await age(database_url, outbox.c.not_before, timedelta(seconds=10), outbox.c.state == "due")
        await until_sent(database_url)
        letter = (await look(database_url, select(outbox)))[0]
        assert (letter.state, letter.uncertain, len(fake.chat(11))) == ("sent", True, copies)


ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@ON_POSTGRESQL
async def test_c6_a_worker_killed_in_the_middle_of_a_turn_leaves_one_effect(
    database_url: str, postgres: Postgres, fake: TelegramFake
) -> None:
    """C6: its transaction waits for a lock when the kill comes; the next worker answers."""
    async with Sapa(database_url=database_url, telegram_url=fake.url) as serve:
        await fake.wait_called("setMyCommands")
        await fake.person(11).asks("/petugas")
        await until_sent(database_url)  # a letter left behind under way would hold up the next one
        other = await asyncpg.connect(database_url.replace("+asyncpg", ""))
        async with other.transaction():
            await other.execute("LOCK TABLE counters")
            fake.person(11).says("Kapan kantor buka?")
            await fake.drained()
            await until_waiting(postgres)
            await serve.kill()
        await other.close()
        await serve.start()
        await fake.wait_sent(11, 2, timeout=10)
        assert await count(database_url, tickets) == 1
        assert len(fake.chat(11)) == 2


async def until_waiting(postgres: Postgres) -> None:
    """Somebody waits for a lock."""
    async with asyncio.timeout(5):
        while postgres.sql("SELECT count(*) FROM pg_locks WHERE NOT granted") == "0":  # noqa: ASYNC110 - no event there
            await asyncio.sleep(0.02)


async def test_c6_kills_around_a_single_turn_leave_one_effect(database_url: str, fake: TelegramFake) -> None:
    """C6: the kill comes some milliseconds after the message that opens a ticket."""
    async with Sapa(database_url=database_url, telegram_url=fake.url) as serve:
        await fake.wait_called("setMyCommands")
        for chat in range(11, 14):
            await fake.person(chat).asks("/petugas")
            fake.person(chat).says("Kapan kantor buka?")
            await asyncio.sleep(random.uniform(0, 0.03))
            await serve.restart(hard=True)
        await fake.drained(10)
        await until_turned(database_url)
        assert await count(database_url, tickets) == 3
        assert await count(database_url, outbox) == 6


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
        await says(worker, "working")
        await fake.wait_for(lambda: len(fake.delivered) > 60, timeout=20)
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


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
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
    """C9: killed at random moments on a fresh database: all tables or none; then it works, and equals `store.tables`."""
    program = Sapa(database_url=empty_database_url, command="migrate", ready=None)
    began = time.monotonic()
    await program.start()
    assert await program.wait() == 0
    whole = time.monotonic() - began
    for _ in range(3):
        await drop_everything(empty_database_url)
        await program.start()
        await asyncio.sleep(random.uniform(whole * 0.6, whole * 1.05))
        await program.kill()
        assert await tables_of(empty_database_url) in (set(), {*metadata.tables, "alembic_version"})

    await asyncio.gather(*(program.run("migrate") for _ in range(2)))  # also two at once
    assert await differences(empty_database_url) == []
    assert (await program.run("migrate")).code == 0
    program.log.unlink()


async def drop_everything(url: str) -> None:
    def drop(connection: Connection) -> None:
        metadata.drop_all(connection)
        connection.execute(DropTable(Table("alembic_version", MetaData()), if_exists=True))

    await on(url, drop)


async def tables_of(url: str) -> set[str]:
    return await on(url, lambda connection: set(inspect(connection).get_table_names()))


async def differences(url: str) -> list[object]:
    """Between the migrations and `store.tables`."""
    return await on(url, lambda connection: list(compare_metadata(MigrationContext.configure(connection), metadata)))


async def on(url: str, do: Callable[[Connection], T]) -> T:
    engine = open_engine(url)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(do)
    finally:
        await engine.dispose()


# ------------------------------------------------------------------ Telegram is away


EMPTY = faults.Refusal(200, '{"ok": true}')
WAYS_IN = pytest.mark.parametrize(
    ("database_url", "public"), [("sqlite", False), ("postgresql", True)], indirect=["database_url"], ids=["polling", "webhook"]
)


@WAYS_IN
async def test_sapa_serves_while_telegram_is_down_and_connects_when_it_is_back(
    database_url: str, fake: TelegramFake, public: bool
) -> None:
    """The doors open all the same; garbage from the Bot API does not end the trying either."""
    await fake.stop()
    async with Sapa(database_url=database_url, telegram_url=fake.url, public=public) as sapa:
        assert await status(f"{sapa.url}/healthz") == 200
        assert await status(f"{sapa.url}/readyz") == 200
        fake.fail_next(None, with_=EMPTY)
        fake.fail_next("getUpdates", with_=faults.Refusal(200, '{"ok": true, "result": true}'))
        await fake.start()
        siti = fake.person(11)
        siti.says("/start")
        await fake.wait_sent(11, timeout=40)
        await siti.asks("/start")
        assert "loop_failed" not in sapa.log_text()


async def status(url: str) -> int:
    async with ClientSession() as client, client.get(url) as answer:
        return answer.status


CANARY = "kenari-7f3a"


@WAYS_IN
async def test_no_secret_and_no_words_of_residents_reach_the_log(database_url: str, fake: TelegramFake, public: bool) -> None:
    """At DEBUG, while the Bot API answers garbage, refuses the token, hangs up and is away."""
    env = {"SAPA_LOG_LEVEL": "DEBUG", "SAPA_TELEGRAM_SECRET": f"rahasia-{CANARY}"}
    async with Sapa(database_url=database_url, telegram_url=fake.url, public=public, env=env) as sapa:
        await fake.wait_called("setMyCommands")
        await fake.person(11, f"Siti {CANARY}").asks(f"/start {CANARY}")
        garbage = (EMPTY, faults.not_json(), faults.Refusal(200, "[]"), faults.Refusal(418, "[]"))
        for fault in (*garbage, faults.reset_after(), faults.bad_gateway(), faults.unauthorized()):
            fake.fail_next("sendMessage", with_=fault)
        for chat in range(20, 30):
            fake.person(chat).says(f"{CANARY}")
        await fake.push({"message": {"text": CANARY, "chat": {"id": 31}}})
        if public:
            await fake.knock(CANARY.encode())
            await fake.knock(b"{}", CANARY)
        await fake.wait_for(lambda: all(rule.left == 0 for rule in fake.script.rules))
        await fake.stop()
        await sapa.terminate()
        down = await sapa.start()
        assert down < 10
        await asyncio.sleep(1.2)  # it tries to reach Telegram in vain
        await sapa.terminate()
        log = sapa.log_text()
    assert CANARY not in log
    assert fake.token.split(":")[1] not in log
    assert derived_secret(fake.token) not in log
    assert '"event": "turn_failed"' in log


async def test_a_password_of_the_database_never_shows(postgres: Postgres) -> None:
    """Neither where the server is away nor where it refuses."""
    for command, where in (("serve", f"127.0.0.1:{free_port()}/x"), ("migrate", f"/x?host={postgres.data}")):
        sapa = Sapa(database_url=f"postgresql+asyncpg://sapa:{CANARY}@{where}", env={"SAPA_LOG_LEVEL": "DEBUG"})
        done = await sapa.run(command)
        assert done.code != 0
        assert CANARY not in done.stdout
        sapa.log.unlink()


# ------------------------------------------------------------------ the database is away


@ON_POSTGRESQL
@pytest.mark.parametrize("how", ["stopped", "crashed"])
async def test_a7_while_the_database_is_away_nothing_is_acknowledged_and_then_all_of_it_flows(
    database_url: str, postgres: Postgres, fake: TelegramFake, how: str
) -> None:
    """A7, C4: 503 with Retry-After; back within 10 s."""
    async with Sapa(database_url=database_url, telegram_url=fake.url) as sapa:
        await fake.wait_called("setMyCommands")
        await fake.person(1).asks("/start")
        (postgres.stop if how == "stopped" else postgres.crash)()
        try:
            people = [fake.person(chat) for chat in range(11, 41)]
            for person in people:
                person.says("/start")
            await asyncio.sleep(SECRETS_KEPT_SECONDS)
            refused = await asyncio.gather(*(refusal(sapa.url, fake) for _ in range(20)))
            assert refused == [(503, "2")] * 20
            assert await status(f"{sapa.url}/healthz") == 200
            assert await status(f"{sapa.url}/readyz") == 503
            assert await status(f"{sapa.url}/metrics") == 200
            assert len(fake.acked) == 1
        finally:
            postgres.start()
        began = time.monotonic()
        await fake.drained(10)
        await fake.wait_for(lambda: all(len(person.sees()) == 1 for person in people), timeout=20)
        assert time.monotonic() - began <= 10.0
        assert await status(f"{sapa.url}/readyz") == 200
        assert "loop_failed" not in sapa.log_text()


async def refusal(url: str, fake: TelegramFake) -> tuple[int, str | None]:
    headers = {"X-Telegram-Bot-Api-Secret-Token": fake.outlet.secret}
    body = json.dumps(fake.build.text(99, "/start")).encode()
    async with ClientSession() as client, client.post(f"{url}/hooks/telegram", data=body, headers=headers) as answer:
        return answer.status, answer.headers.get("Retry-After")


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for SQLite's lock waits a moment, not ten seconds."""
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.2)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a7_a_locked_sqlite_file_is_a_database_that_is_away(
    database_url: str, fake: TelegramFake, instance: Instance
) -> None:
    """A7: somebody holds the write lock longer than we wait for it."""
    with closing(sqlite3.connect(make_url(database_url).database or "", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert await refusal(instance.url, fake) == (503, "2")
        other.execute("ROLLBACK")
    assert await refusal(instance.url, fake) == (200, None)
