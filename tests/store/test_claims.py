"""Several workers on one database: each thing is claimed by one of them."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from typing import Any

from sqlalchemy import insert, select

from bot.build import utc_now
from domain.messages import Arrival, Letter, Reply
from store.tables import counters
from store.unit import Store
from tests.doubles.process import ROOT
from tests.ledger import change, look
from tests.store.claimer import CHANNEL, READ_AND_WRITTEN

PROCESSES, TIMES = 6, 50


async def test_c3_six_processes_claim_fifty_each_without_a_lock_or_a_double(database_url: str, store: Store) -> None:
    """C3: arrivals, letters, ticket numbers; on SQLite also a counter that is read and then written."""
    total = PROCESSES * TIMES
    async with store.unit() as unit:
        chats = [str(chat) for chat in range(total)]
        await unit.inbox.put([Arrival(CHANNEL, chat, f"{CHANNEL}:{chat}", 1, "{}") for chat in chats], utc_now())
        for chat in chats:
            unit.outbox.add(Letter(CHANNEL, chat, Reply("halo")), chat, utc_now())
        await unit.commit()
    await change(database_url, insert(counters).values(name=READ_AND_WRITTEN, value=0))

    results = await asyncio.gather(*(claimer(database_url) for _ in range(PROCESSES)))

    for name in ("arrivals", "letters", "numbers", *(["careless"] if store.is_sqlite else [])):
        got = [one for result in results for one in result[name]]
        assert (name, len(got), len(set(got))) == (name, total, total)
    if store.is_sqlite:
        counted = await look(database_url, select(counters.c.value).where(counters.c.name == READ_AND_WRITTEN))
        assert counted[0].value == total


async def claimer(url: str) -> dict[str, list[Any]]:
    """What one process got; whatever it had to say against it fails the test."""
    command = (sys.executable, "-m", "tests.store.claimer", url, str(TIMES))
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=PIPE)
    out, errors = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, errors.decode()) == (0, "")
    found: dict[str, list[Any]] = json.loads(out)
    return found
