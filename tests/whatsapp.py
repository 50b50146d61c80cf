"""One Sapa on WhatsApp inside the test's process, its door open, behind our fake of Meta."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from bot import build
from bot.channels.whatsapp import Account, Limits, WhatsApp
from bot.channels.whatsapp_client import Graph
from bot.web import make_web
from bot.worker import Worker
from services.app import App
from store.intake import Intake
from store.unit import Store
from tests.conftest import Clock, remembered_knowledge, settings_for
from tests.doubles.whatsapp_fake import NUMBER_ID, SECRET, TOKEN, VERIFY_TOKEN, WaMessage, WhatsAppFake
from tests.doubles.whatsapp_people import Person
from tests.flows.whatsapp_driver import RENDERER, TEMPLATES

FORMER = "the-secret-before"
NUMBER, BSUID = "6281234567890", "ID.13491208655302741918"


@dataclass
class Running:
    """`settle` does all that can be done now, with what Meta tells of it."""

    app: App
    channel: WhatsApp
    meta: WhatsAppFake
    worker: Worker
    clock: Clock
    url: str
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, number: str = NUMBER, bsuid: str = BSUID) -> Person:
        return Person(self.meta, number, bsuid)

    async def settle(self) -> None:
        """Everything that came is stored, turned and answered."""
        while True:
            await self.meta.wait_for(lambda: not self.meta.outgoing)
            await self.worker.drain()
            if not self.meta.outgoing:
                return

    async def asks(self, person: Person, text: str) -> list[WaMessage]:
        person.says(text)
        await self.settle()
        return person.sees()

    def start_anew(self) -> None:
        """A pause that a process keeps in memory runs on the real clock; this stands in for a restart."""
        self.worker = Worker(self.app)


@asynccontextmanager
async def opened(store: Store, database_url: str, clock: Clock, limits: Limits) -> AsyncIterator[Running]:
    async with WhatsAppFake(clock=clock) as meta:
        meta.approve(TEMPLATES)
        account = Account(NUMBER_ID, (SECRET, FORMER), VERIFY_TOKEN)
        channel = WhatsApp(account, Graph(f"{meta.url}/v26.0", TOKEN), RENDERER, TEMPLATES, now=clock, limits=limits)
        app = await build.build_app(settings_for(database_url), store, [channel], remembered_knowledge)
        app.now = clock
        runner = web.AppRunner(make_web(app, Intake(store, clock), [channel]), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        meta.hook = f"{url}/hooks/whatsapp"
        try:
            yield Running(app, channel, meta, Worker(app), clock, url)
        finally:
            await channel.close()
            await runner.cleanup()
