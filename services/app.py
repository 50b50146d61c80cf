"""App: what handlers and, later, the console may use. Built by `bot.build`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.messages import Channel, Letter
from domain.people import DEFAULT_LANGUAGE
from knowledge.base import Knowledge
from knowledge.phrases import Phrases
from knowledge.region import Region
from store.unit import Store, Unit


@dataclass(slots=True)
class App:
    """The parts of one process. `knowledge` is swapped whole when a newer edition is published."""

    store: Store
    knowledge: Knowledge
    phrases: Phrases
    channels: Mapping[str, Channel]
    now: Callable[[], datetime]

    @property
    def region(self) -> Region:
        return self.knowledge.region

    def say(self, key: str, language: str = DEFAULT_LANGUAGE, **values: object) -> str:
        return self.phrases.say(language, key, **values)

    def post(self, unit: Unit, letter: Letter) -> None:
        """Put a letter into the outbox of the unit."""
        channel = self.channels.get(letter.channel)
        unit.outbox.add(letter, channel.bucket(letter) if channel else letter.address, self.now())

    def local(self, moment: datetime) -> datetime:
        """The moment on the region's clocks."""
        return moment.astimezone(ZoneInfo(self.region.timezone))
