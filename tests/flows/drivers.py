"""Whole programs that stories are played on, each behind one messenger.

A story says what people do and see ("says", "presses", "sees"); a `World` makes it happen: in this process, or in the
real one behind an emulator. `abilities` tells what a messenger can do; a story that needs more is not played there.
"""

from __future__ import annotations

import asyncio
import html
import itertools
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar

from bot import build
from bot.channels import terminal
from bot.channels.telegram import Telegram
from bot.channels.terminal import Terminal
from bot.worker import Worker
from domain.messages import Arrival, Kind, Letter, LetterKind, Rate
from domain.people import CODE_LIFETIME, Desk, Invite, InviteKind, Role, code_digest, new_code
from knowledge.phrases import load_phrases
from services.app import App
from services.shelf import Shelf
from store.intake import Intake
from store.tables import outbox
from store.unit import Store
from tests.conftest import Clock, remembered_knowledge, settings_for
from tests.doubles.emulator import Emulator
from tests.doubles.process import Sapa
from tests.doubles.telegram_fake import TelegramFake
from tests.doubles.telegram_people import Voice as FakeVoice
from tests.doubles.telegram_world import ShownMessage, picture
from tests.ledger import count

Json = dict[str, Any]
T = TypeVar("T")

PHRASES = load_phrases()
PATIENCE = 150.0  # seconds: Telegram's limits make a busy group wait for most of a minute
TAG = re.compile(r"<[^>]+>")
CODE = re.compile(r"(?<= )[A-Z2-9]{10}$", re.MULTILINE)
UNLIMITED = Rate(1e6, 1_000_000)

GROUPS, TOASTS, EDITS, ALBUMS, SERVICE, CLOCK = "groups", "toasts", "edits", "albums", "service messages", "clock"
DOCUMENTS = "documents"
SAME = "same messenger"  # for residents and desks: files pass between them, and an account can be both


def words_of(key: str, language: str = "id") -> str:
    """What a person reads of a phrase, by its key: its longest piece without values. Anything else as it is."""
    if key not in PHRASES.keys(language):
        return key
    pieces = PHRASES.say(language, key, **dict.fromkeys(PHRASES.keys(language)[key], "\x00")).replace("**", "")
    return max(re.split("[\0\n]", pieces), key=len).strip()


class Message:
    """One message of ours as a person sees it now: a later edit changes it."""

    def __init__(self, shown: ShownMessage, *, raw: bool = False) -> None:
        self.shown = shown
        self._raw = raw  # the emulator keeps our mark-up as we sent it

    @property
    def text(self) -> str:
        return html.unescape(TAG.sub("", self.shown.text)) if self._raw else self.shown.text

    @property
    def labels(self) -> list[str]:
        return self.shown.labels + [label for row in self.shown.keyboard for label in row]

    @property
    def id(self) -> int:
        return self.shown.message_id

    @property
    def quotes(self) -> int | None:
        return self.shown.quotes

    @property
    def kind(self) -> str:
        return self.shown.kind


def shown_of(message: Message | None) -> ShownMessage | None:
    return message.shown if message else None


class Voice(ABC):
    """One person in one chat. What is said waits only until it was taken; `sees` waits for the answer."""

    def __init__(self, world: World, chat: str) -> None:
        self.world = world
        self.chat = chat
        self.language = "id"

    # What a messenger must be able to do

    @abstractmethod
    async def says(self, text: str, to: Message | None = None) -> Any:
        """Write; `to` = as a reply to a message of ours. What comes back can be given to `rewrites`."""

    @abstractmethod
    async def sends_photo(self, caption: str | None = None, album: str | None = None, to: Message | None = None) -> None: ...

    @abstractmethod
    async def sends_place(self, lat: float, lon: float) -> None: ...

    @abstractmethod
    async def presses_data(self, message: Message, data: str, times: int = 1) -> None:
        """Press a button that the message may not even have: what a forger can do."""

    async def rewrites(self, said: Any, text: str) -> None:
        """Edit an own message."""
        raise NotImplementedError

    # What stories use

    async def presses(self, label: str, on: Message | None = None, times: int = 1) -> None:
        """The newest button of that label (or phrase), or the one below `on`."""
        label = words_of(label, self.language)
        if on is None and (key := self._key(label)):
            await self.says(key)
            return
        message = on or next((one for one in reversed(self.messages()) if label in one.shown.labels), None)
        assert message, f"nobody showed {label!r}; last: {self.messages()[-1].labels if self.messages() else 'nothing'}"
        await self.presses_data(message, message.shown.data_of(label), times)

    def _key(self, label: str) -> str:
        """A key of the keyboard below the input field, which writes its label."""
        shown = self.messages()
        return label if shown and label in [key for row in shown[-1].shown.keyboard for key in row] else ""

    def messages(self) -> list[Message]:
        return self.world.messages(self.chat)

    async def sees(self, *words: str) -> Message:
        """The next message of ours in this chat; it must say all of `words` (phrases by their keys)."""
        read = self.world.read.get(self.chat, 0)
        await self.world.until(lambda: len(self.messages()) > read)
        self.world.read[self.chat] = read + 1
        message = self.messages()[read]
        missing = [said for word in words if (said := words_of(word, self.language)) not in message.text]
        assert not missing, f"{missing} not in {message.text!r}"
        return message

    async def hears_nothing(self) -> None:
        """Nothing came: the very next message is the answer to a harmless question."""
        await self.says("/bantuan")
        await self.sees("desk.help" if self.world.is_bound(self.chat) else "desk.how_to_bind" if self.is_group else "start.help")

    async def becomes(self, message: Message, *words: str, labels: list[str] | None = None) -> None:
        """Wait until a message that stands there already says all of `words` (and shows these buttons)."""
        said = [words_of(word, self.language) for word in words]
        wanted = [words_of(label, self.language) for label in labels or []]
        await self.world.until(
            lambda: all(word in message.text for word in said) and (labels is None or message.labels == wanted)
        )

    @property
    def is_group(self) -> bool:
        return self.chat.startswith("-")


class World(ABC):
    """One running program behind one messenger."""

    abilities: frozenset[str] = frozenset()
    in_process = False
    speaks_toasts = False  # what others show on a pressed button comes as a message

    def __init__(self) -> None:
        self.read: dict[str, int] = {}
        self.bound: set[str] = set()
        self.numbers = itertools.count(101)

    @abstractmethod
    def resident(self) -> Voice:
        """Somebody new in their private chat."""

    @abstractmethod
    def messages(self, chat: str) -> list[Message]: ...

    @abstractmethod
    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until it holds."""

    @abstractmethod
    async def desk(self, agency: str, role: Role = Role.OPERATOR, *, forum: bool = False) -> Voice:
        """A known operator of the agency in its bound group."""

    # Only with GROUPS

    def group(self, *, forum: bool = False) -> str:
        """The chat of a new group that the bot is in."""
        raise NotImplementedError

    def member(self, group: str, person: Voice) -> Voice:
        """A person's voice in a group."""
        raise NotImplementedError

    async def colleague(self, desk: Voice, agency: str, role: Role = Role.OPERATOR) -> Voice:
        """One more operator of the agency in the group."""
        person = self.resident()
        await person.says(f"/gabung {await self.invite(agency, 'operator', role=role)}")
        await person.sees("operator.joined")
        return self.member(desk.chat, person)

    async def invite(self, agency: str, kind: str = "desk", *, by_hand: bool = False, role: Role = Role.OPERATOR) -> str:
        """A one-time code; `by_hand`: as an admin makes it, with the real command."""
        raise NotImplementedError

    async def knows(self, message: Message | None) -> None:
        """Wait until the program has written down which message it sent: nobody replies as fast as a test."""
        return

    def is_bound(self, chat: str) -> bool:
        return chat in self.bound

    @property
    def trouble(self) -> list[str]:
        """What went wrong behind the scenes; empty after every story."""
        return []


# ------------------------------------------------------------------ the terminal, in this process


class TerminalVoice(Voice):
    """The person at the keyboard; in the desk's chat the operator."""

    world: TerminalWorld

    async def says(self, text: str, to: Message | None = None) -> Any:
        return await self._does(Kind.TEXT, text=text, reply_to=self.world.id_of(to))

    async def sends_photo(self, caption: str | None = None, album: str | None = None, to: Message | None = None) -> None:
        ref = f"photo-{next(self.world.numbers)}"
        await self._does(Kind.PHOTO, text=caption or "", media=["photo", ref], reply_to=self.world.id_of(to))

    async def sends_place(self, lat: float, lon: float) -> None:
        await self._does(Kind.LOCATION, location=[lat, lon])

    async def presses_data(self, message: Message, data: str, times: int = 1) -> None:
        press = {"button": data, "message_id": self.world.id_of(message)}
        channel, sender = self.world.channel, self._sender
        await self.world.take([channel.arrival(self.chat, sender, Kind.BUTTON, **press) for _ in range(times)])

    async def rewrites(self, said: Any, text: str) -> None:
        await self._does(Kind.EDIT, text=text, message_id=said)

    async def _does(self, kind: Kind, **content: Any) -> str:
        arrival = self.world.channel.arrival(self.chat, self._sender, kind, **content)
        await self.world.take([arrival])
        return str(json.loads(arrival.body)["message_id"])

    @property
    def _sender(self) -> str:
        return terminal.OPERATOR if self.chat == terminal.DESK else self.chat


@dataclass
class Parts:
    """A program in this process."""

    app: App
    intake: Intake
    worker: Worker

    async def take(self, arrivals: list[Arrival]) -> None:
        """Everything that can be done about them is done when this returns."""
        for arrival in arrivals:
            await self.intake.put([arrival])
        await self.worker.drain()


class TerminalWorld(World):
    """`python -m bot chat` without its screen. One desk plays every agency."""

    abilities = frozenset({TOASTS, EDITS, SAME})
    in_process = True

    def __init__(self, store: Store, database_url: str) -> None:
        super().__init__()
        self.store, self.database_url = store, database_url
        self.channel = Terminal(self._show)
        self.shown: dict[str, tuple[str, ShownMessage]] = {}  # our message id → chat, message
        self.toasts: list[str] = []
        self.bound = {terminal.DESK}

    async def __aenter__(self) -> Self:
        app = await build.build_app(settings_for(self.database_url), self.store, [self.channel], remembered_knowledge)
        self.parts = Parts(app, Intake(self.store, self._now), Worker(app))
        async with self.store.unit() as unit:
            for agency in app.region.agencies:
                await unit.people.bind_desk(Desk(terminal.NAME, terminal.DESK, agency, trial=True), app.now())
                await unit.people.enrol(terminal.NAME, terminal.OPERATOR, "Budi", agency, Role.OPERATOR, app.now())
            await unit.commit()
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    def _now(self) -> datetime:
        """What the program takes for now, however often a test changes it."""
        return self.parts.app.now()

    async def take(self, arrivals: list[Arrival]) -> None:
        await self.parts.take(arrivals)

    def _show(self, letter: Letter, message_id: str) -> None:
        if letter.kind is LetterKind.ACK:
            self.toasts.append(letter.reply.text)
            return
        new = ShownMessage(len(self.shown) + 1, 0, "")
        _, shown = self.shown.setdefault(message_id, (letter.address, new))
        shown.text = letter.reply.text.replace("**", "")
        shown.kind = letter.reply.media.kind if letter.reply.media else "text"
        shown.buttons = [[(button.label, button.id) for button in row] for row in letter.reply.buttons]
        shown.edits += letter.kind is LetterKind.EDIT
        shown.quotes = self.shown[letter.quotes][1].message_id if letter.quotes in self.shown else shown.quotes

    def id_of(self, message: Message | None) -> str:
        return next((key for key, (_, shown) in self.shown.items() if message and shown is message.shown), "")

    def messages(self, chat: str) -> list[Message]:
        return [Message(shown) for address, shown in self.shown.values() if address == chat]

    async def until(self, condition: Callable[[], object]) -> None:
        assert condition(), f"not so; shown: {[shown.text for _, shown in self.shown.values()][-3:]}"

    def resident(self) -> Voice:
        return TerminalVoice(self, f"resident{next(self.numbers)}")

    async def desk(self, agency: str, role: Role = Role.OPERATOR, *, forum: bool = False) -> Voice:
        async with self.store.unit() as unit:
            await unit.people.enrol(terminal.NAME, terminal.OPERATOR, "Budi", agency, role, self._now())
            await unit.commit()
        return TerminalVoice(self, terminal.DESK)


# ------------------------------------------------------------------ Telegram


async def invited(store: Store, agency: str, kind: str, now: datetime, role: Role = Role.OPERATOR) -> str:
    """What the command does, without building a whole program for it."""
    code = new_code()
    async with store.unit() as unit:
        await unit.people.invite(Invite(code_digest(code), InviteKind(kind), agency, role, now + CODE_LIFETIME))
        await unit.commit()
    return code


class TelegramWorld(World):
    """What the worlds behind a Bot API server share: groups, codes, desks."""

    database_url = ""

    async def knows(self, message: Message | None) -> None:
        async with asyncio.timeout(PATIENCE):
            while message and not self.in_process and not await self._is_written(message):  # noqa: ASYNC110 - by another one
                await asyncio.sleep(0.02)

    async def _is_written(self, message: Message) -> bool:
        key = (outbox.c.address == str(message.shown.chat_id)) & (outbox.c.external_id == str(message.id))
        return await count(self.database_url, outbox, key) > 0

    groups = itertools.count(-5_001, -1)

    async def desk(self, agency: str, role: Role = Role.OPERATOR, *, forum: bool = False) -> Voice:
        group = self.group(forum=forum)
        operator = self.member(group, self.resident())
        await operator.says(f"/ikat {await self.invite(agency, role=role)}")
        await operator.sees("Grup ini sekarang meja")
        self.bound.add(group)
        return operator

    async def invite(self, agency: str, kind: str = "desk", *, by_hand: bool = False, role: Role = Role.OPERATOR) -> str:
        if by_hand:
            done = await Sapa(database_url=self.database_url, telegram_token="").run(
                "invite", agency, "--kind", kind, "--role", role.value
            )
            assert done.code == 0, done.stdout
            return str(CODE.findall(done.stdout)[0])
        async with build.open_store(settings_for(self.database_url)) as store:
            return await invited(store, agency, kind, build.utc_now(), role)


class FakePerson(Voice):
    """A voice at our scripted fake."""

    world: FakeWorld

    def __init__(self, world: FakeWorld, voice: FakeVoice) -> None:
        super().__init__(world, str(voice.chat_id))
        self.voice = voice

    async def says(self, text: str, to: Message | None = None) -> Any:
        await self.world.knows(to)
        return await self.sends({"text": text}, to) if not text else await self.taken(self.voice.says(text, shown_of(to)))

    async def sends_photo(self, caption: str | None = None, album: str | None = None, to: Message | None = None) -> None:
        await self.world.knows(to)
        sizes = self.world.fake.world.photo_json(picture(next(self.world.numbers)))
        more = {"caption": caption, "media_group_id": album}
        await self.sends({"photo": sizes, **{key: value for key, value in more.items() if value}}, to)

    async def sends_file(self, data: bytes, name: str = "IMG_0001.jpg", *, to: Message | None = None, size: int = 0) -> str:
        """As a document, which Telegram leaves as it is; its file_id."""
        file_id = self.world.fake.world.add_file(data, "documents/file_{}", name=name, size=size)
        await self.sends({"document": self.world.fake.world.media_json("document", file_id)}, to)
        return file_id

    async def sends_place(self, lat: float, lon: float) -> None:
        await self.taken(self.voice.sends_location(lat, lon))

    async def sends(self, content: Json, to: Message | None = None) -> Any:
        """Any message fields."""
        return await self.taken(self.voice.sends(content, shown_of(to)))

    async def presses_data(self, message: Message, data: str, times: int = 1) -> None:
        await self.taken(*[self.voice.presses_data(message.shown, data) for _ in range(times)])

    async def rewrites(self, said: Any, text: str) -> None:
        await self.taken(self.voice.edits(said, text))

    async def taken(self, *updates: Json) -> Json:
        await self.world.take(list(updates))
        return updates[0]


class FakeWorld(TelegramWorld):
    """Sapa behind our fake; `take` decides where it runs."""

    abilities = frozenset({GROUPS, TOASTS, EDITS, ALBUMS, SERVICE, DOCUMENTS, SAME})

    def __init__(self, fake: TelegramFake, database_url: str) -> None:
        super().__init__()
        self.fake, self.database_url = fake, database_url

    async def desk(self, agency: str, role: Role = Role.OPERATOR, *, forum: bool = False) -> FakePerson:
        operator = await super().desk(agency, role, forum=forum)
        assert isinstance(operator, FakePerson)
        return operator

    @abstractmethod
    async def take(self, updates: list[Json]) -> None:
        """Returns when the program has them."""

    async def after(self, act: Callable[[], T]) -> T:
        """Do something at the fake and wait until the program has what came of it."""
        before = set(self.fake.outlet.waiting)
        done = act()
        await self.take([entry.update for entry in self.fake.outlet.waiting if entry not in before])
        return done

    def resident(self) -> FakePerson:
        return FakePerson(self, self.fake.person(next(self.numbers), "Siti"))

    def group(self, *, forum: bool = False) -> str:
        number = next(self.groups)
        return str(self.fake.group(number - 1_000_000_000_000 if forum else number, forum=forum).chat_id)

    def member(self, group: str, person: Voice, topic: int | None = None) -> FakePerson:
        assert isinstance(person, FakePerson)
        return FakePerson(self, self.fake.group(int(group)).member(person.voice, topic))

    def messages(self, chat: str) -> list[Message]:
        return [Message(shown) for shown in self.fake.chat(int(chat))]

    @property
    def toasts(self) -> list[str]:
        return [str(params.get("text", "")) for params in self.fake.answered.values()]

    @property
    def trouble(self) -> list[str]:
        """Calls that Telegram would have refused."""
        return []


class Hurried(Telegram):
    """The real channel without Telegram's limits, which only cost time in this process."""

    def rate(self, bucket: str) -> Rate:
        return UNLIMITED


class TurnsWorld(FakeWorld):
    """The real channel, turns and deliveries in this process: quick, and with a clock that stories move."""

    abilities = FakeWorld.abilities | {CLOCK}
    in_process = True

    def __init__(self, fake: TelegramFake, store: Store, database_url: str, clock: Clock) -> None:
        super().__init__(fake, database_url)
        self.store, self.clock = store, clock

    async def __aenter__(self) -> Self:
        self.settings, secrets = settings_for(self.database_url), build.known_secrets(self.store, "telegram")
        self.channel = Hurried(self.fake.token, self.fake.url, 1000.0, secrets, Shelf(self.settings.media_dir).path)
        await self.restart()
        return self

    async def restart(self) -> None:
        """A new program on the same database."""
        app = await build.build_app(self.settings, self.store, [self.channel], remembered_knowledge)
        app.now = self.clock
        self.parts = Parts(app, Intake(self.store, self.clock), Worker(app))

    async def __aexit__(self, *_: object) -> None:
        await self.channel.close()

    async def take(self, updates: list[Json]) -> None:
        await self.parts.take([self.channel.arrival(update, json.dumps(update)) for update in updates])

    async def until(self, condition: Callable[[], object]) -> None:
        assert condition(), f"not so:\n{self.fake.picture()}"

    async def invite(self, agency: str, kind: str = "desk", *, by_hand: bool = False, role: Role = Role.OPERATOR) -> str:
        if by_hand:
            return await super().invite(agency, kind, by_hand=True, role=role)
        return await invited(self.store, agency, kind, self.clock(), role)


class FakeProcessWorld(FakeWorld):
    """The real process behind our fake, called by webhook."""

    async def __aenter__(self) -> Self:
        self.stack = AsyncExitStack()
        await self.stack.enter_async_context(self.fake)
        sapa = Sapa(database_url=self.database_url, telegram_url=self.fake.url, telegram_token=self.fake.token)
        self.sapa = await self.stack.enter_async_context(sapa)
        await self.fake.wait_called("setMyCommands", timeout=20)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        await self.stack.__aexit__(kind, error, tb)

    async def take(self, updates: list[Json]) -> None:
        wanted = {update["update_id"] for update in updates}
        await self.fake.wait_for(lambda: wanted <= self.fake.acked, PATIENCE)

    async def until(self, condition: Callable[[], object]) -> None:
        await self.fake.wait_for(condition, PATIENCE)

    @property
    def trouble(self) -> list[str]:
        return alarms(self.sapa)


class EmulatorPerson(Voice):
    """A voice at the emulator that nobody here wrote."""

    world: EmulatorWorld

    def __init__(self, world: EmulatorWorld, user: int, group: int | None = None) -> None:
        super().__init__(world, str(group or user))
        self.user, self.group = user, group

    async def says(self, text: str, to: Message | None = None) -> Any:
        await self.world.knows(to)
        async with self.world.one_at_a_time:
            return await self.world.emu.says(self.user, text, group=self.group, reply_to=shown_of(to))

    async def sends_photo(self, caption: str | None = None, album: str | None = None, to: Message | None = None) -> None:
        await self.world.knows(to)
        async with self.world.one_at_a_time:
            number = next(self.world.numbers)
            file_id, data = f"photo-{number}", picture(number)
            self.world.emu.core.assets[file_id] = {"filename": "foto.jpg", "data": data, "size": len(data)}
            size = {"file_id": file_id, "file_unique_id": f"{file_id}-u", "width": 64, "height": 48}
            content = {"photo": [size], **({"caption": caption} if caption else {})}
            await self.world.emu.sends(self.user, content, group=self.group, reply_to=shown_of(to))

    async def sends_place(self, lat: float, lon: float) -> None:
        async with self.world.one_at_a_time:
            await self.world.emu.sends(self.user, {"location": {"latitude": lat, "longitude": lon}}, group=self.group)

    async def presses_data(self, message: Message, data: str, times: int = 1) -> None:
        forged = ShownMessage(message.id, message.shown.chat_id, message.text, buttons=[[("?", data)]])
        async with self.world.one_at_a_time:
            for _ in range(times):
                await self.world.emu.presses(self.user, forged, "?")


class EmulatorWorld(TelegramWorld):
    """The real process behind `lo-bot-api-emulator`, called by webhook or polling it."""

    abilities = frozenset({GROUPS, SAME})

    def __init__(self, database_url: str, *, webhook: bool) -> None:
        super().__init__()
        self.emu, self.database_url, self.webhook = Emulator(), database_url, webhook
        self.one_at_a_time = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self.stack = AsyncExitStack()
        await self.stack.enter_async_context(self.emu)
        sapa = Sapa(database_url=self.database_url, telegram_url=self.emu.url, telegram_token=self.emu.token, public=self.webhook)
        self.sapa = await self.stack.enter_async_context(sapa)
        await self.until(lambda: any(r["method"] == "setMyCommands" for r in self.emu.core.requests))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        await self.stack.__aexit__(kind, error, tb)

    def resident(self) -> Voice:
        return EmulatorPerson(self, next(self.numbers))

    def group(self, *, forum: bool = False) -> str:
        return str(next(self.groups))

    def member(self, group: str, person: Voice) -> Voice:
        assert isinstance(person, EmulatorPerson)
        return EmulatorPerson(self, person.user, int(group))

    def messages(self, chat: str) -> list[Message]:
        return [Message(shown, raw=True) for (where, _), shown in self.emu.shown.items() if where == int(chat)]

    async def until(self, condition: Callable[[], object]) -> None:
        await self.emu.bell.wait(condition, PATIENCE, lambda: f"refused: {self.emu.refused}")

    @property
    def trouble(self) -> list[str]:
        return [f"{method}: {fields['_why']}" for method, _, fields in self.emu.refused] + alarms(self.sapa)


def alarms(sapa: Sapa) -> list[str]:
    """Lines of the log that a person should look at."""
    lines = (json.loads(line) for line in sapa.log_text().splitlines() if line.startswith("{"))
    return [json.dumps(line) for line in lines if line.get("level") in ("warning", "error", "critical")]
