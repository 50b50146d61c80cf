"""One Sapa inside the test's process, with its door open: faults can be put into it, and its clock can be moved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession, web

from bot.channels.telegram import Telegram
from bot.connection import connect
from bot.metrics import registry
from bot.web import make_web
from bot.worker import Worker
from knowledge.phrases import load_phrases
from services.app import App
from store.intake import Intake
from tests.conftest import Clock
from tests.doubles.process import Sapa
from tests.doubles.telegram_world import ShownMessage
from tests.ledger import open_arrivals, unsent_letters

SECRET = "rahasia-pintu_1"
PHRASES = load_phrases()
MARK = "\0"


@dataclass
class Instance:
    """`worker.drain()` does what can be done now; after `start()` it goes on by itself."""

    app: App
    worker: Worker
    url: str
    started: bool = False

    def start(self) -> None:
        self.worker.start()
        self.started = True

    async def stop(self) -> None:
        if self.started:
            self.started = False
            await self.worker.stop()


@asynccontextmanager
async def opened(app: App, telegram: Telegram) -> AsyncIterator[Instance]:
    """Registered at the fake Telegram; no work is done before `start()` or `worker.drain()`."""
    site = make_web(app, Intake(app.store, app.now), [telegram])
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    await connect(app, telegram, (f"{url}/hooks/telegram", SECRET))
    running = Instance(app, Worker(app), url)
    try:
        yield running
    finally:
        await running.stop()
        await runner.cleanup()


async def settled(instance: Instance, clock: Clock) -> None:
    """Everything is turned and sent; the limits' waiting times pass at once."""
    while True:
        await instance.worker.drain()
        async with instance.app.store.reading() as unit:
            if not await unit.outbox.waiting(["telegram"]) and not await unit.inbox.count("open"):
                return
        clock.forward(seconds=1)


async def until_turned(database_url: str, seconds: float = 10.0) -> None:
    """No arrival is open any more."""
    await until_none(lambda: open_arrivals(database_url), seconds)


async def until_sent(database_url: str, seconds: float = 10.0) -> None:
    """No letter waits or is under way any more."""
    await until_none(lambda: unsent_letters(database_url), seconds)


async def until_none(left: Callable[[], Awaitable[int]], seconds: float) -> None:
    """Ask again and again until nothing is left. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while await left():  # noqa: ASYNC110 - what we wait for stands in a database
            await asyncio.sleep(0.05)


async def says(sapa: Sapa, event: str, times: int = 1, seconds: float = 20.0) -> None:
    """A process has logged an event so often: "working" tells that a worker is ready."""
    async with asyncio.timeout(seconds):
        while sapa.log_text().count(f'"event": "{event}"') < times:  # noqa: ASYNC110 - it stands in a file
            await asyncio.sleep(0.03)


async def knock(instance: Instance, body: Any) -> int:
    """A stream to the door, with the right secret."""
    async with ClientSession() as client:
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        async with client.post(f"{instance.url}/hooks/telegram", data=body, headers=headers) as answer:
            return answer.status


def metric(name: str, **labels: str) -> float:
    """The present value of one of our metrics."""
    return registry.get_sample_value(name, labels) or 0.0


def opening(key: str) -> str:
    """A phrase up to its first value, as Telegram shows it."""
    return PHRASES.say("id", key, **dict.fromkeys(PHRASES.keys("id")[key], MARK)).replace("**", "").partition(MARK)[0]


def carries(shown: ShownMessage, key: str) -> bool:
    return shown.text.startswith(opening(key))
