"""Stories on WhatsApp: residents at our fake of the Cloud API, desks at our fake of Telegram, one program between them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Self

from bot import build
from bot.channels.whatsapp import Account, Limits, WhatsApp
from bot.channels.whatsapp_client import Graph
from bot.channels.whatsapp_render import DECORATION, Renderer
from bot.config import ROOT
from bot.worker import Worker
from domain.messages import Rate
from knowledge.templates import load_templates
from store.intake import Intake
from store.unit import Store
from tests.conftest import Clock, settings_for
from tests.doubles.telegram_fake import TelegramFake
from tests.doubles.whatsapp_fake import NUMBER_ID, SECRET, TOKEN, VERIFY_TOKEN, WaMessage, WhatsAppFake
from tests.doubles.whatsapp_people import Person
from tests.flows.drivers import (
    CLOCK,
    GROUPS,
    PHRASES,
    UNLIMITED,
    FakePerson,
    Hurried,
    Message,
    Parts,
    TurnsWorld,
    Voice,
    shown_of,
)

Json = dict[str, Any]

RENDERER = Renderer(PHRASES.say, PHRASES.words("words.joining"))
TEMPLATES = load_templates(ROOT / "knowledge" / "region")
UNGATHERED = Limits()
ACCOUNT = Account(NUMBER_ID, (SECRET,), VERIFY_TOKEN)


class HurriedWhatsApp(WhatsApp):
    """The real channel without Meta's limits, which only cost time in this process."""

    def rate(self, bucket: str) -> Rate:
        return UNLIMITED


def channel_at(fake: WhatsAppFake, clock: Clock, limits: Limits = UNGATHERED) -> HurriedWhatsApp:
    return HurriedWhatsApp(ACCOUNT, Graph(f"{fake.url}/v26.0", TOKEN), RENDERER, TEMPLATES, now=clock, limits=limits)


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

    world: WhatsAppWorld

    def __init__(self, world: WhatsAppWorld, person: Person) -> None:
        super().__init__(world, person.address)
        self.person = person

    async def says(self, text: str, to: Message | None = None) -> Any:
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


class WhatsAppWorld(TurnsWorld):
    """Both real channels in this process; `take` of Telegram's updates is inherited."""

    abilities = frozenset({CLOCK, GROUPS})
    speaks_toasts = True

    def __init__(self, meta: WhatsAppFake, fake: TelegramFake, store: Store, database_url: str, clock: Clock) -> None:
        super().__init__(fake, store, database_url, clock)
        self.meta = meta
        meta.clock = clock
        meta.approve(TEMPLATES)
        self.people: dict[str, WhatsAppPerson] = {}

    async def __aenter__(self) -> Self:
        self.channel = Hurried(self.fake.token, self.fake.url, 1000.0, build.known_secrets(self.store, "telegram"))
        self.whatsapp = channel_at(self.meta, self.clock)
        app = await build.build_app(settings_for(self.database_url), self.store, [self.whatsapp, self.channel])
        app.now = self.clock
        self.parts = Parts(app, Intake(self.store, self.clock), Worker(app))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.channel.close()
        await self.whatsapp.close()

    def resident(self) -> WhatsAppPerson:  # type: ignore[override]  # a resident on the other messenger
        number = next(self.numbers)
        voice = WhatsAppPerson(self, Person(self.meta, f"62812{number:07d}", f"ID.{number:016d}"))
        self.people[voice.chat] = voice
        return voice

    async def desk(self, agency: str) -> Voice:
        """On Telegram: WhatsApp has no groups for us."""
        group = self.group()
        operator = self.member(group, FakePerson(self, self.fake.person(next(self.numbers), "Budi")))
        await operator.says(f"/ikat {await self.invite(agency)}")
        await operator.sees("Grup ini sekarang meja")
        self.bound.add(group)
        return operator

    def member(self, group: str, person: Voice, topic: int | None = None) -> FakePerson:
        """The same person in a group, where everybody is on Telegram."""
        there = person if isinstance(person, FakePerson) else FakePerson(self, self.fake.person(next(self.numbers), "Siti"))
        return super().member(group, there, topic)

    async def hears(self, body: Json) -> None:
        """The body, and all that Meta tells of what came of it."""
        assert body in self.meta.outgoing
        while self.meta.outgoing:
            bodies, self.meta.outgoing = self.meta.outgoing, []
            await self.parts.take([one for body in bodies for one in self.whatsapp.arrivals(json.dumps(body).encode())])

    async def take(self, updates: list[Json]) -> None:
        await super().take(updates)
        while self.meta.outgoing:
            bodies, self.meta.outgoing = self.meta.outgoing, []
            await self.parts.take([one for body in bodies for one in self.whatsapp.arrivals(json.dumps(body).encode())])

    def messages(self, chat: str) -> list[Message]:
        person = self.people.get(chat)
        return [WrittenMessage(shown) for shown in person.person.sees()] if person else super().messages(chat)

    async def until(self, condition: Callable[[], object]) -> None:
        assert condition(), f"not so:\n{self.meta.picture()}\n{self.fake.picture()}"

    @property
    def trouble(self) -> list[str]:
        return self.meta.refused
