"""kill -9, the honest way to stop: nothing that was acknowledged is lost, nothing happens twice."""

from __future__ import annotations

import asyncio
import os
import random
import statistics
from datetime import timedelta

from store.tables import outbox
from tests.doubles.process import Sapa
from tests.doubles.telegram_fake import TelegramFake
from tests.faults.instance import says, until_sent, until_turned
from tests.faults.traffic import Account, Traffic, account_of
from tests.ledger import age

KILLS = int(os.environ.get("SAPA_TEST_KILLS", "50")) // 2  # on each of the two databases
QUICK = {"SAPA_TELEGRAM_MESSAGES_PER_SECOND": "1000"}


async def test_a6_kills_at_random_lose_nothing_and_double_nothing(database_url: str, fake: TelegramFake) -> None:
    """A6: `serve` and a second `worker` are killed again and again under 50 updates a second."""
    traffic, stop = Traffic(fake), asyncio.Event()
    serve = Sapa(database_url=database_url, telegram_url=fake.url, env=QUICK, fresh=True)  # how long a start takes is measured
    worker = Sapa(database_url=database_url, telegram_url=fake.url, env=QUICK, command="worker", ready=None)
    async with serve, worker:
        await fake.wait_called("setMyCommands")
        flowing = asyncio.create_task(traffic.flow(stop))
        back, _ = await asyncio.gather(killed(serve, "serving", KILLS // 2), killed(worker, "working", KILLS - KILLS // 2))
        stop.set()
        await flowing
        await fake.drained(30)
        await until_turned(database_url, 30)
        await asyncio.gather(serve.kill(), worker.kill())

        await age(database_url, outbox.c.lease_until, timedelta(minutes=1), outbox.c.state == "claimed")
        await asyncio.gather(serve.start(), worker.start())
        await until_sent(database_url, 30)
        account = await account_of(traffic, database_url)

    assert account == Account([], [], [], [], account.copies, account.uncertain)
    assert account.copies <= account.uncertain <= 64 * 2 * KILLS
    assert statistics.median(back or [0.0]) <= 5.0
    assert max(back, default=0.0) <= 15.0  # a machine that has other things to do
    assert len(traffic.chats) > KILLS


async def killed(sapa: Sapa, ready: str, times: int) -> list[float]:
    """Kill and start again, each time a moment after it had begun its work; how long it took to be back."""
    back = []
    for run in range(1, times + 1):
        await says(sapa, ready, run)
        await asyncio.sleep(random.uniform(0, 0.7))
        assert (await sapa.kill()).code == -9
        back.append(await sapa.start())
    return back
