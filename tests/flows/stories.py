"""The stories of residents and operators, by subject, and what each needs of a messenger."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from bot.config import ROOT
from knowledge.region import load_region
from tests.flows.drivers import Message, Voice, World, words_of

REGION = load_region(ROOT / "knowledge" / "region")
NUMBER = re.compile(rf"{REGION.code}-\d\d-\d{{6,}}-[A-Z]")
DATE = re.compile(r"\d\d/\d\d/\d{4}")

Play = Callable[[World], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Story:
    """`apart`: needs a program of its own, because it changes what others would see."""

    name: str
    play: Play
    needs: frozenset[str]
    apart: bool


STORIES: list[Story] = []


def story(*needs: str, apart: bool = False) -> Callable[[Play], Play]:
    """Enter a function into the list of stories."""

    def enter(play: Play) -> Play:
        STORIES.append(Story(play.__name__, play, frozenset(needs), apart))
        return play

    return enter


def number_in(message: Message) -> str:
    found = NUMBER.search(message.text)
    assert found, message.text
    return found[0]


def kind_of(agency: str) -> str:
    """The label of a kind of complaint that the agency works on."""
    return next(category.label for category in REGION.categories.values() if category.agency == agency and category.ours)


async def comes_to_summary(person: Voice, what: str = "Ada kerusakan di dekat balai desa Baron") -> Message:
    """A complaint up to its summary, the place named in the first sentence, without a photo."""
    await person.says("/lapor")
    await person.sees("report.what")
    await person.says(what)
    await person.sees("report.photo")
    await person.presses("button.without_photo")
    return await reaches_summary(person)


async def reaches_summary(person: Voice, *words: str) -> Message:
    """What the category needs is skipped until the summary is there."""
    message = await person.sees()
    while words_of("button.send", person.language) not in message.labels:
        await person.presses("button.skip", on=message)
        message = await person.sees()
    missing = [said for word in words if (said := words_of(word, person.language)) not in message.text]
    assert not missing, f"{missing} not in {message.text!r}"
    return message


async def sends(person: Voice) -> Message:
    """The report is sent, whether or not others told something like it."""
    await person.presses("button.send")
    message = await person.sees()
    if words_of("button.mine", person.language) in message.labels:
        await person.presses("button.mine", on=message)
        message = await person.sees()
    assert words_of("report.sent", person.language) in message.text, message.text
    return message


async def complains(person: Voice, agency: str, what: str = "Ada kerusakan di dekat balai desa Baron") -> str:
    """A complaint that goes to an agency; its number."""
    await comes_to_summary(person, what)
    await person.presses("button.edit_category")
    await person.sees("report.category")
    await person.presses(kind_of(agency))
    await person.sees("Ini laporan Anda", REGION.agencies[agency].name)
    return number_in(await sends(person))


async def has_no_ticket(person: Voice) -> None:
    await person.says("/status")
    await person.sees("status.none")


__all__ = ["DATE", "REGION", "STORIES", "Story", "comes_to_summary", "complains", "has_no_ticket", "kind_of", "number_in",
           "reaches_summary", "sends", "story", "words_of"]  # fmt: skip
