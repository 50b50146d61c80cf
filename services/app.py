"""App: what handlers and, later, the console may use. Built by `bot.build`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from domain.clock import Calendar
from domain.messages import Channel, Letter, LetterKind, in_parts
from domain.people import DEFAULT_LANGUAGE
from knowledge.base import Knowledge
from knowledge.phrases import Phrases
from knowledge.region import Region
from services.keys import Vault
from services.shelf import Shelf
from store.unit import Store, Unit


@dataclass(slots=True)
class App:
    """The parts of one process. `build` makes the knowledge of an edition, and `knowledge` is swapped whole for it."""

    store: Store
    knowledge: Knowledge
    phrases: Phrases
    channels: Mapping[str, Channel]
    now: Callable[[], datetime]
    build: Callable[[int, Mapping[str, str]], Knowledge]
    shelf: Shelf
    vault: Vault
    erasures_file: Path | None = None  # where the list of who was erased stands beside the database

    @property
    def region(self) -> Region:
        return self.knowledge.region

    def say(self, key: str, language: str = DEFAULT_LANGUAGE, **values: object) -> str:
        return self.phrases.say(language, key, **values)

    def post(self, unit: Unit, letter: Letter) -> None:
        """Put a letter into the outbox of the unit, in as many messages as the messenger needs for it."""
        channel = self.channels.get(letter.channel)
        parts = (channel.parts if channel else in_parts)(letter.reply) if letter.kind is LetterKind.MESSAGE else [letter.reply]
        for part in parts[:-1]:
            self._put(unit, replace(letter, reply=part, dedupe_key=""))
        self._put(unit, replace(letter, reply=parts[-1]))

    def _put(self, unit: Unit, letter: Letter) -> None:
        """News of a ticket may wait a little for more of it; what a resident asked for never does."""
        channel = self.channels.get(letter.channel)
        if channel and channel.traits.gathers and letter.ticket_id and not letter.prompt:
            letter = replace(letter, not_before=self.now() + timedelta(seconds=channel.traits.gathers))
        unit.outbox.add(letter, channel.bucket(letter) if channel else letter.address, self.now())

    def today(self) -> date:
        """The day on the region's clocks."""
        return self.local(self.now()).date()

    @property
    def calendar(self) -> Calendar:
        """The working days and office hours of the region."""
        week = self.region.promises.calendar
        return Calendar(ZoneInfo(self.region.timezone), week.opens, week.closes, week.is_working)

    def day(self, moment: datetime, language: str = DEFAULT_LANGUAGE) -> str:
        """The day as people say it: "Rabu 3 Des"."""
        local = self.local(moment)
        days, months = self.phrases.listed("date.days", language), self.phrases.listed("date.months", language)
        return f"{days[local.weekday()]} {local.day} {months[local.month - 1]}"

    def day_and_hour(self, moment: datetime, language: str = DEFAULT_LANGUAGE) -> str:
        """ "Rabu 3 Des 16.00"."""
        return f"{self.day(moment, language)} {self.local(moment):%H.%M}"

    def local(self, moment: datetime) -> datetime:
        """The moment on the region's clocks."""
        return moment.astimezone(ZoneInfo(self.region.timezone))
