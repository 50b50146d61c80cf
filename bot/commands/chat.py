"""Talk to Sapa in the terminal: as a resident, and after /operator as the agency's desk. Its tickets reach no agency."""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import dataclass, field

import typer

from bot import logs
from bot.build import build_app, open_store, seed_database, utc_now
from bot.channels.terminal import DESK, NAME, OPERATOR, RESIDENT, Terminal
from bot.config import Settings
from bot.database import migrate_database
from bot.worker import Worker
from domain.messages import Arrival, Button, Kind, Letter, LetterKind
from domain.people import Desk, Role
from domain.text import plain
from services.app import App
from store.intake import Intake

NUMBER = re.compile(r"\d{1,3}")
QUOTED = re.compile(r"@(\d{1,6})\s+(.*)", re.DOTALL)
PLACE = re.compile(r"/lokasi\s+(-?\d+(?:\.\d+)?)[\s,]+(-?\d+(?:\.\d+)?)")


def chat() -> None:
    """Talk to Sapa as a resident; /operator switches to the agency's side, /keluar ends."""
    settings = Settings()
    logs.set_up("ERROR")
    asyncio.run(_chat(settings))


async def _chat(settings: Settings) -> None:
    await migrate_database(settings)
    async with open_store(settings) as store:
        await seed_database(settings, store)
        screen = Screen()
        channel = Terminal(screen.show)
        app = await build_app(settings, store, [channel])
        await _open_desk(app)
        screen.app = app
        await Conversation(app, channel, screen).run()


async def _open_desk(app: App) -> None:
    """One trial desk plays every agency, and one operator works for all of them."""
    async with app.store.unit() as unit:
        for agency in app.region.agencies:
            await unit.people.bind_desk(Desk(NAME, DESK, agency, trial=True), app.now())
            await unit.people.enrol(NAME, OPERATOR, OPERATOR, agency, Role.HEAD, app.now())
        await unit.commit()


@dataclass
class Screen:
    """What stands on the screen: messages by number, and the buttons of each side that a number presses."""

    app: App | None = None
    side: str = RESIDENT
    messages: dict[int, tuple[str, str]] = field(default_factory=dict)  # number → (chat, message id)
    buttons: dict[str, list[tuple[Button, str]]] = field(default_factory=dict)

    def show(self, letter: Letter, message_id: str) -> None:
        """Print a letter; the other side's letters are only announced."""
        chat = letter.address if letter.address in (RESIDENT, DESK) else self.side
        if letter.kind is LetterKind.ACK:
            typer.echo(f"  ({plain(letter.reply.text)})")
            return
        number = self._number(chat, message_id)
        heading = self._say("chat.desk" if chat == DESK else "chat.bot")
        typer.echo(f"\n[{number}] {heading}\n{plain(letter.reply.text)}")
        if letter.reply.media:
            typer.echo(f"  <{letter.reply.media.kind}>")
        self._show_buttons(chat, letter, message_id)

    def _number(self, chat: str, message_id: str) -> int:
        number = next((key for key, (_, known) in self.messages.items() if known == message_id), len(self.messages) + 1)
        self.messages[number] = (chat, message_id)
        return number

    def _show_buttons(self, chat: str, letter: Letter, message_id: str) -> None:
        known = self.buttons.setdefault(chat, [])
        if letter.kind is not LetterKind.EDIT and chat == RESIDENT:
            known.clear()
        for row in letter.reply.buttons:
            for button in row:
                known.append((button, message_id))
                typer.echo(f"  {len(known)}) {button.label}")
        if letter.reply.ask_location:
            typer.echo(f"  {self._say('chat.place_hint')}")

    def _say(self, key: str) -> str:
        return self.app.say(key) if self.app else key


@dataclass
class Conversation:
    """Reads lines, makes arrivals of them, and lets the worker answer."""

    app: App
    channel: Terminal
    screen: Screen

    async def run(self) -> None:
        worker, intake = Worker(self.app), Intake(self.app.store, utc_now)
        typer.echo(self.app.say("chat.welcome"))
        await self._answer(intake, worker, self.channel.arrival(RESIDENT, RESIDENT, Kind.TEXT, text="/start"))
        while (line := await asyncio.to_thread(_read, f"\n{self.app.say(f'chat.prompt_{self.screen.side}')}> ")) is not None:
            if line in ("/keluar", "/exit"):
                return
            arrival = self._arrival(line.strip())
            if arrival:
                await self._answer(intake, worker, arrival)

    async def _answer(self, intake: Intake, worker: Worker, arrival: Arrival) -> None:
        await intake.put([arrival])
        await worker.drain()

    def _arrival(self, line: str) -> Arrival | None:
        """What the line means on the side where we are; None where it only concerns the screen."""
        if line in ("/operator", "/warga"):
            self._switch(DESK if line == "/operator" else RESIDENT)
            return None
        side = self.screen.side
        sender = OPERATOR if side == DESK else RESIDENT
        if NUMBER.fullmatch(line) and (pressed := self._pressed(side, int(line))):
            button, message_id = pressed
            return self.channel.arrival(side, sender, Kind.BUTTON, button=button.id, message_id=message_id)
        command, _, file = line.partition(" ")
        if command == "/foto":  # with a file of this machine, or an example
            return self.channel.arrival(side, sender, Kind.PHOTO, media=["photo", file.strip() or "terminal-photo"])
        if place := PLACE.fullmatch(line):
            return self.channel.arrival(side, sender, Kind.LOCATION, location=[float(place[1]), float(place[2])])
        return self._words(side, sender, line)

    def _words(self, side: str, sender: str, line: str) -> Arrival:
        """`@3 …` answers message 3; on the desk plain words answer the newest message about a ticket."""
        quoted = QUOTED.fullmatch(line)
        number, words = (int(quoted[1]), quoted[2]) if quoted else (0, line)
        if not quoted and side == DESK and not line.startswith("/"):
            number = max((key for key, (chat, _) in self.screen.messages.items() if chat == DESK), default=0)
        _, message_id = self.screen.messages.get(number, ("", ""))
        return self.channel.arrival(side, sender, Kind.TEXT, text=words, reply_to=message_id)

    def _pressed(self, side: str, number: int) -> tuple[Button, str] | None:
        buttons = self.screen.buttons.get(side, [])
        return buttons[number - 1] if 0 < number <= len(buttons) else None

    def _switch(self, side: str) -> None:
        self.screen.side = side
        typer.echo(self.app.say(f"chat.now_{side}"))


def _read(prompt: str) -> str | None:
    """A line from the person; None at the end of input."""
    sys.stdout.write(prompt)
    sys.stdout.flush()
    line = sys.stdin.readline()
    return line.rstrip("\n") if line else None
