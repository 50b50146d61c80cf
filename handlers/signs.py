"""What a resident means who writes the number of a choice, or puts a sign on one of our messages: the press of a button."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from domain.messages import Button, Incoming, Kind, Reply
from services.app import App
from store.unit import Unit

LOOKS_BACK = 3  # letters: what was offered before them is forgotten
NUMBER = re.compile(r"\s*(\d{1,2})\s*[.)]?\s*")
WORD = re.compile(r"\w+")
GOOD = frozenset("👍❤👌🙏✅💯😊")
BAD = frozenset("👎❌😡😠☹")
VOTES = {True: "vote:up:", False: "vote:down:"}


async def understood(app: App, unit: Unit, incoming: Incoming) -> Incoming:
    """The press that a number or a sign stands for; anything else as it is."""
    if incoming.kind is Kind.REACTION:
        return await _reaction(app, unit, incoming)
    number = NUMBER.fullmatch(incoming.text) if incoming.kind is Kind.TEXT else None
    return await _number(app, unit, incoming, int(number[1])) if number else incoming


async def _number(app: App, unit: Unit, incoming: Incoming, number: int) -> Incoming:
    """The choice of that number in what was offered last, where the messenger has no buttons for so many."""
    channel = app.channels[incoming.channel]
    for reply in await unit.said.latest(incoming.channel, incoming.chat, LOOKS_BACK):
        choices = channel.numbered(reply)
        if 0 < number <= len(choices):
            return _pressed(incoming, choices[number - 1])
    return incoming


async def _reaction(app: App, unit: Unit, incoming: Incoming) -> Incoming:
    """A thumb on a question presses the button that says so; on anything else it is a friendly sign that asks for nothing."""
    shown = await unit.said.shown(incoming.channel, incoming.chat, incoming.reply_to)
    sign = incoming.text[:1]
    if shown is None or sign not in GOOD | BAD:
        return replace(incoming, kind=Kind.SILENT)
    button = _answer(app, shown, good=sign in GOOD)
    return _pressed(incoming, button) if button else replace(incoming, kind=Kind.SILENT)


def _answer(app: App, shown: Reply, *, good: bool) -> Button | None:
    """The vote of that side, or the button that begins with a yes or a no."""
    buttons = list(chain.from_iterable(shown.buttons))
    words = app.phrases.words("words.yes" if good else "words.skip")
    votes = [button for button in buttons if button.id.startswith(VOTES[good])]
    return next(iter(votes), None) or next((button for button in buttons if _begins(button.label, words)), None)


def _begins(label: str, words: Sequence[str] | frozenset[str]) -> bool:
    first = WORD.findall(label.lower())[:1]
    return bool(first) and first[0] in words


def _pressed(incoming: Incoming, button: Button) -> Incoming:
    return replace(incoming, kind=Kind.BUTTON, button=button.id, text="", reply_to="")
