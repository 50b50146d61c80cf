"""Stories on WhatsApp: residents at our fake of the Cloud API, desks at our fake of Telegram, one program between them."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any, Self

from bot import build
from bot.channels.whatsapp import Account, Files, Limits, WhatsApp
from bot.channels.whatsapp_client import Graph
from bot.channels.whatsapp_render import DECORATION, Renderer
from bot.config import ROOT
from bot.worker import Worker
from domain.messages import Channel, Rate
from domain.people import Role
from knowledge.templates import load_templates
from services.shelf import Shelf
from store.intake import Intake
from store.tables import outbox
from store.unit import Store
from tests.conftest import Clock, remembered_knowledge, settings_for
from tests.doubles.process import Sapa
from tests.doubles.telegram_fake import TelegramFake
from tests.doubles.whatsapp_fake import NUMBER_ID, SECRET, TOKEN, VERIFY_TOKEN, WaMessage, WhatsAppFake
from tests.doubles.whatsapp_people import Person
from tests.flows.drivers import (
    CLOCK,
    GROUPS,
    PATIENCE,
    PHRASES,
    UNLIMITED,
    FakePerson,
    FakeProcessWorld,
    FakeWorld,
    Hurried,
    Message,
    Parts,
    TurnsWorld,
    Voice,
    alarms,
    shown_of,
)
from tests.ledger import count

Json = dict[str, Any]

RENDERER = Renderer(PHRASES.say, PHRASES.words("words.joining"))
TEMPLATES = load_templates(ROOT / "knowledge" / "region")
UNGATHERED = Limits()
ACCOUNT = Account(NUMBER_ID, (SECRET,), VERIFY_TOKEN)


class HurriedWhatsApp(WhatsApp):
    """The real channel without Meta's limits, which only cost time in this process."""

    def rate(self, bucket: str) -> Rate:
        return UNLIMITED


def channel_at(fake: WhatsAppFake, clock: Clock, files: Files) -> HurriedWhatsApp:
    graph = Graph(f"{fake.url}/v26.0", TOKEN)
    return HurriedWhatsApp(ACCOUNT, graph, RENDERER, TEMPLATES, now=clock, limits=UNGATHERED, files=files)


class WrittenMessage(Message):
    """Choices that are written are labels, too: in a request for the place only their words stand."""

    @property
    def labels(self) -> list[str]:
        return self.shown.labels + [whole_label(word) for row in self.shown.keyboard for word in row]


def whole_label(word: str) -> str:
    labels = (PHRASES.say(one, key) for one in PHRASES.languages for key, values in PHRASES.keys(one).items() if not values)
    return next((label for label in labels if DECORATION.sub("", label) == word and label != word), word)


class WhatsAppPerson(Voice):
    """A resident at the fake Cloud API."""

    world: OnWhatsApp

    def __init__(self, world: OnWhatsApp, person: Person) -> None:
        super().__init__(world, person.address)
        self.person = person

    async def says(self, text: str, to: Message | None = None) -> Any:
        await self.world.knows(to)
        await self.world.hears(self.person.says(text, at(to)))

    async def sends_photo(self, caption: str | None = None, album: str | None = None, to: Message | None = None) -> None:
        await self.world.hears(self.person.sends_photo(caption or "", at(to)))

    async def sends_place(self, lat: float, lon: float) -> None:
        await self.world.hears(self.person.sends_place(lat, lon))

    async def presses_data(self, message: Message, data: str, times: int = 1) -> None:
        """A choice that the message numbers is written."""
        shown = at(message)
        assert shown
        for _ in range(times):
            act = self.person.says(data[1:]) if data.startswith("#") else self.person.taps(shown, data)
            await self.world.hears(act)

    def _key(self, label: str) -> str:
        """What a request for the place offers in words, is written."""
        shown = self.messages()
        written = [whole_label(word) for row in shown[-1].shown.keyboard for word in row] if shown else []
        return label if label in written else ""


def at(message: Message | None) -> WaMessage | None:
    shown = shown_of(message)
    assert shown is None or isinstance(shown, WaMessage)
    return shown


class OnWhatsApp(FakeWorld):
    """What both worlds share: residents on WhatsApp, desks and everybody in groups on Telegram."""

    speaks_toasts = True
    meta: WhatsAppFake
    people: dict[str, WhatsAppPerson]

    def opened_at(self, meta: WhatsAppFake) -> None:
        self.meta, self.people = meta, {}
        meta.approve(TEMPLATES)

    @abstractmethod
    async def hears(self, body: Json) -> None:
        """Returns when the program has the body."""

    def resident(self) -> WhatsAppPerson:  # type: ignore[override]  # a resident on the other messenger
        number = next(self.numbers)
        voice = WhatsAppPerson(self, Person(self.meta, f"62812{number:07d}", f"ID.{number:016d}"))
        self.people[voice.chat] = voice
        return voice

    async def desk(self, agency: str, role: Role = Role.OPERATOR, *, forum: bool = False) -> FakePerson:
        """On Telegram: WhatsApp has no groups for us."""
        group = self.group(forum=forum)
        operator = self.member(group, self._on_telegram("Budi"))
        await operator.says(f"/ikat {await self.invite(agency, role=role)}")
        await operator.sees("Grup ini sekarang meja")
        self.bound.add(group)
        return operator

    async def colleague(self, desk: Voice, agency: str, role: Role = Role.OPERATOR) -> Voice:
        person = self._on_telegram("Agus")
        await person.says(f"/gabung {await self.invite(agency, 'operator', role=role)}")
        await person.sees("operator.joined")
        return self.member(desk.chat, person)

    def _on_telegram(self, name: str) -> FakePerson:
        return FakePerson(self, self.fake.person(next(self.numbers), name))

    def member(self, group: str, person: Voice, topic: int | None = None) -> FakePerson:
        """The same person in a group, where everybody is on Telegram."""
        there = person if isinstance(person, FakePerson) else self._on_telegram("Siti")
        return super().member(group, there, topic)

    def messages(self, chat: str) -> list[Message]:
        person = self.people.get(chat)
        return [WrittenMessage(shown) for shown in person.person.sees()] if person else super().messages(chat)

    async def _is_written(self, message: Message) -> bool:
        shown = message.shown
        if not isinstance(shown, WaMessage):
            return await super()._is_written(message)
        return await count(self.database_url, outbox, outbox.c.external_id == shown.wamid, outbox.c.state == "sent") > 0


class WhatsAppWorld(OnWhatsApp, TurnsWorld):
    """Both real channels in this process."""

    abilities = frozenset({CLOCK, GROUPS})

    def __init__(self, meta: WhatsAppFake, fake: TelegramFake, store: Store, database_url: str, clock: Clock) -> None:
        super().__init__(fake, store, database_url, clock)
        self.opened_at(meta)
        meta.clock = clock

    async def __aenter__(self) -> Self:
        self.settings, secrets = settings_for(self.database_url), build.known_secrets(self.store, "telegram")
        shelf = Shelf(self.settings.media_dir)
        self.channel = Hurried(self.fake.token, self.fake.url, 1000.0, secrets, shelf.path)
        self.whatsapp = channel_at(self.meta, self.clock, files=build.copies_on(shelf))
        await self.restart()
        return self

    async def restart(self) -> None:
        channels: list[Channel] = [self.whatsapp, self.channel]
        app = await build.build_app(self.settings, self.store, channels, remembered_knowledge)
        app.now = self.clock
        self.parts = Parts(app, Intake(self.store, self.clock), Worker(app))

    async def __aexit__(self, *_: object) -> None:
        await self.channel.close()
        await self.whatsapp.close()

    async def hears(self, body: Json) -> None:
        """The body, and all that Meta tells of what came of it."""
        assert body in self.meta.outgoing
        await self._told()

    async def take(self, updates: list[Json]) -> None:
        await super().take(updates)
        await self._told()

    async def _told(self) -> None:
        while self.meta.outgoing:
            bodies, self.meta.outgoing = self.meta.outgoing, []
            await self.parts.take([one for body in bodies for one in self.whatsapp.arrivals(json.dumps(body).encode())])

    async def until(self, condition: Callable[[], object]) -> None:
        assert condition(), f"not so:\n{self.meta.picture()}\n{self.fake.picture()}"

    @property
    def trouble(self) -> list[str]:
        return self.meta.refused


class WhatsAppProcessWorld(OnWhatsApp, FakeProcessWorld):
    """The real process behind both fakes, called by both webhooks."""

    abilities = frozenset({GROUPS})

    def __init__(self, meta: WhatsAppFake, fake: TelegramFake, database_url: str) -> None:
        super().__init__(fake, database_url)
        self.opened_at(meta)

    async def __aenter__(self) -> Self:
        self.stack = AsyncExitStack()
        await self.stack.enter_async_context(self.fake)
        await self.stack.enter_async_context(self.meta)
        sapa = Sapa(
            database_url=self.database_url,
            telegram_url=self.fake.url,
            telegram_token=self.fake.token,
            env=settings_of(self.meta),
        )
        self.sapa = await self.stack.enter_async_context(sapa)
        self.meta.hook = f"{self.sapa.url}/hooks/whatsapp"
        await self.fake.wait_called("setMyCommands", timeout=20)
        return self

    async def hears(self, body: Json) -> None:
        await self.meta.wait_for(lambda: body not in self.meta.outgoing, PATIENCE)

    async def until(self, condition: Callable[[], object]) -> None:
        await self.meta.wait_for(condition, PATIENCE)

    @property
    def trouble(self) -> list[str]:
        return self.meta.refused + alarms(self.sapa)


def settings_of(meta: WhatsAppFake) -> dict[str, str]:
    """The environment of a process that has the fake for Meta."""
    values = {
        "TOKEN": TOKEN,
        "PHONE_NUMBER_ID": NUMBER_ID,
        "APP_SECRET": SECRET,
        "VERIFY_TOKEN": VERIFY_TOKEN,
        "API_URL": meta.url,
        "GATHER_SECONDS": "0",
    }
    return {f"SAPA_WHATSAPP_{name}": value for name, value in values.items()}
