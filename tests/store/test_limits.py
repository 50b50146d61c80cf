"""The limits of a messenger hold over all workers; the clock is given, so that no test waits for a minute."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.build import open_store, utc_now
from bot.channels.telegram import Telegram
from bot.config import Settings
from domain.messages import Letter, Reply
from store.outbox import Settled
from store.tables import limits
from store.unit import Store
from tests.ledger import look

CHANNEL = "telegram"
GROUP = "-1001"


@pytest.fixture
async def workers(settings: Settings) -> AsyncIterator[list[Store]]:
    """Two workers, each with its own connections."""
    async with open_store(settings) as one, open_store(settings) as other:
        yield [one, other]


async def no_secrets() -> list[str]:
    return []


CHANNEL_LIMITS = Telegram("1:x", "http://127.0.0.1:9", 25.0, no_secrets)


async def post(store: Store, addresses: list[str], now: datetime) -> None:
    async with store.unit() as unit:
        for address in addresses:
            unit.outbox.add(Letter(CHANNEL, address, Reply("halo")), address, now)
        await unit.commit()


async def sent_at(workers: list[Store], start: datetime, seconds: float, step: float) -> list[float]:
    """Both workers claim at the same time, again and again; the seconds at which letters went out."""
    times = []
    for tick in range(int(seconds / step)):
        now = start + timedelta(seconds=tick * step)
        claimed = await asyncio.gather(*(claim(store, now) for store in workers))
        times += [tick * step] * sum(claimed)
    return times


async def claim(store: Store, now: datetime) -> int:
    async with store.unit() as unit:
        letters = await unit.outbox.claim(CHANNEL, CHANNEL_LIMITS.rate, now, 64)
        await unit.outbox.settle([Settled(letter.id, "sent", 1, False, now) for letter in letters], now)
        await unit.commit()
    return len(letters)


def most_within(times: list[float], seconds: float) -> int:
    return max(sum(start <= time < start + seconds for time in times) for start in times)


async def test_25_a_second_over_all_chats(workers: list[Store]) -> None:
    start = utc_now()
    await post(workers[0], [str(chat) for chat in range(150)], start)
    times = await sent_at(workers, start, seconds=5.0, step=0.05)
    assert most_within(times, 1.0) <= 28
    assert len(times) >= 25 * 4.9


async def test_one_a_second_to_one_chat_after_a_burst_of_three(workers: list[Store]) -> None:
    start = utc_now()
    await post(workers[0], ["7"] * 12, start)
    times = await sent_at(workers, start, seconds=9.0, step=0.125)
    assert times == [0.0, 0.125, 0.25, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0] or times == [
        0.0, 0.0, 0.125, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]  # fmt: skip


async def test_at_most_18_a_minute_to_one_group(workers: list[Store]) -> None:
    start = utc_now()
    await post(workers[0], [GROUP] * 60, start)
    times = await sent_at(workers, start, seconds=150.0, step=0.5)
    assert most_within(times, 60.0) <= 18
    assert len(times) >= 2.5 * 16


async def test_one_slow_chat_holds_up_no_other(workers: list[Store]) -> None:
    start = utc_now()
    await post(workers[0], ["7"] * 20, start)
    await post(workers[0], [str(chat) for chat in range(100, 120)], start)
    times = await sent_at(workers, start, seconds=1.0, step=0.05)
    assert len(times) == 20 + 3


async def test_a_pause_holds_for_every_worker_and_is_never_shortened(workers: list[Store]) -> None:
    start = utc_now()
    await post(workers[0], ["7"], start)
    for seconds in (35, 2):
        async with workers[0].unit() as unit:
            await unit.outbox.pause(CHANNEL, start + timedelta(seconds=seconds), start)
            await unit.commit()
    assert await claim(workers[1], start + timedelta(seconds=34.9)) == 0
    assert await claim(workers[1], start + timedelta(seconds=35.1)) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_pause_and_a_claim_at_the_same_moment_forget_neither(database_url: str, workers: list[Store]) -> None:
    """One worker writes the tokens that it took while another one is told to pause. (SQLite has one writer.)"""
    start = utc_now()
    await post(workers[0], ["7", "8", "9"], start)
    async with workers[0].unit() as claiming:
        await claiming.outbox.claim(CHANNEL, CHANNEL_LIMITS.rate, start, 64)
        pausing = asyncio.create_task(pause(workers[1], start))
        await asyncio.sleep(0.2)
        await claiming.commit()
    await pausing
    row = (await look(database_url, select(limits).where(limits.c.bucket == "")))[0]
    assert row.paused_until == start + timedelta(seconds=35)
    assert row.full_at == start + timedelta(seconds=3 / 25)


async def pause(store: Store, now: datetime) -> None:
    async with store.unit() as unit:
        await unit.outbox.pause(CHANNEL, now + timedelta(seconds=35), now)
        await unit.commit()
