"""A reply as a WhatsApp message: reply buttons, a list, numbers to write, a request for the place; our bold as theirs.

Limits: Meta's pages on interactive messages. A list may have 4096 characters of text, reply buttons 1024.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from itertools import chain
from typing import Any

from domain.messages import Button, Media, Reply
from domain.text import BOLD, LONGEST_SENT, split, units

Json = dict[str, Any]
Say = Callable[..., str]

MOST_BUTTONS, BUTTON_TITLE, BUTTON_TEXT = 3, 20, 1024
MOST_ROWS, ROW_TITLE, ROW_DESCRIPTION = 10, 24, 72
CAPTION = 1024
ROOM = 24  # units that marks around a text may need

KINDS = {"photo": "image", "voice": "audio", "audio": "audio", "video": "video", "document": "document"}
ABOVE_BUTTONS = ("photo", "video", "document")  # what may stand above the text of a message with buttons
BORDERS = (" – ", ": ", ", ", " (")
LOOKALIKES = str.maketrans("*_~`", "∗ˍ∼ˋ")
MARKED = re.compile(r"(?<![\w*_~`])([*_~`])(?=\S)(.+?)(?<=\S)\1(?![\w*_~`])")  # what WhatsApp would take for mark-up
DECORATION = re.compile(r"^[\W_]+")


class Renderer:
    """`say(language, key, **values)` gives our few own words; `joining`: words that no shortened title ends with."""

    def __init__(self, say: Say, joining: Collection[str]) -> None:
        self._say = say
        self._joining = frozenset(joining)

    def parts(self, reply: Reply) -> list[Reply]:
        """The messages that a reply becomes."""
        if reply.media and not _in_one(reply):
            text = [replace(reply, media=None)] if reply.text or reply.buttons else []
            return [Reply("", media=reply.media), *chain.from_iterable(self.parts(one) for one in text)]
        room = self._room(reply)
        if units(reply.text) <= room:
            return [reply]
        head, tail = _last(reply.text, room)
        return [*(Reply(part) for part in split(head)), replace(reply, text=tail)]

    def _room(self, reply: Reply) -> int:
        """Units of text that fit into the message that carries the buttons."""
        if reply.ask_location:
            return BUTTON_TEXT - 4 * ROOM
        if reply.media:
            return CAPTION - ROOM
        return LONGEST_SENT - sum(units(button.label) + 8 for button in self.numbered(reply))

    def numbered(self, reply: Reply) -> tuple[Button, ...]:
        """Buttons that are too many for a list."""
        buttons = buttons_of(reply)
        return buttons if len(buttons) > MOST_ROWS else ()

    def content(self, reply: Reply, language: str, media_id: str = "") -> Json:
        """The part of a message's body that says what it is. `media_id`: where Meta has the reply's file."""
        buttons = buttons_of(reply)
        if reply.ask_location:
            return self._place(reply, language)
        if reply.media and not buttons:
            return _file(reply.media, media_id, marked_up(reply.text))
        if not buttons:
            return _text(marked_up(reply.text))
        if len(buttons) > MOST_ROWS:
            return _text(self._with_numbers(reply.text, buttons, language))
        return self._interactive(reply, buttons, language, media_id)

    def _place(self, reply: Reply, language: str) -> Json:
        """A request for the place has no room for buttons: their words can be written."""
        words = ", ".join(f"*{DECORATION.sub('', button.label)}*" for button in buttons_of(reply))
        hint = f"\n\n{self._say(language, 'whatsapp.or_write', choices=words)}" if words else ""
        action = {"name": "send_location"}
        return _of("location_request_message", marked_up(reply.text) + hint, action)

    def _with_numbers(self, text: str, buttons: tuple[Button, ...], language: str) -> str:
        choices = "\n".join(f"{number}. {escaped(button.label)}" for number, button in enumerate(buttons, 1))
        return f"{marked_up(text)}\n\n{choices}\n\n{self._say(language, 'whatsapp.write_number')}"

    def _interactive(self, reply: Reply, buttons: tuple[Button, ...], language: str, media_id: str) -> Json:
        text = marked_up(reply.text)
        if _fit_below(reply.text, buttons):
            taps = [{"type": "reply", "reply": {"id": one.id, "title": one.label}} for one in buttons]
            header = {"header": _file(reply.media, media_id, "")} if reply.media else {}
            return _of("button", text, {"buttons": taps}, **header)
        rows = self.rows(buttons)
        action = {"button": self._say(language, "whatsapp.choose"), "sections": [{"rows": rows}]}
        return _of("list", text, action)

    def rows(self, buttons: tuple[Button, ...]) -> list[Json]:
        """Rows of a list: a short title, and the whole label below it where the title had to leave something out."""
        titles = self.titles([button.label for button in buttons])
        return [_row(button, title) for button, title in zip(buttons, titles, strict=True)]

    def titles(self, labels: list[str]) -> list[str]:
        """Titles that fit a row. Where two would read alike, the ends of the labels tell them apart."""
        titles = [self.shortened(label) for label in labels]
        alike = {title for title in titles if titles.count(title) > 1}
        titles = [_end_of(label, ROW_TITLE) if title in alike else title for label, title in zip(labels, titles, strict=True)]
        return [title if titles.count(title) == 1 else f"{at}. {title}"[:ROW_TITLE] for at, title in enumerate(titles, 1)]

    def shortened(self, label: str) -> str:
        """At most a row's title: the part before a border, else whole words and "…"."""
        if units(label) <= ROW_TITLE:
            return label
        for border in BORDERS:
            head = label.partition(border)[0]
            if ROW_TITLE // 3 <= units(head) <= ROW_TITLE and head != label:
                return head
        return self._whole_words(label.split())

    def _whole_words(self, words: list[str]) -> str:
        kept = list(words)
        while len(kept) > 1 and (units(" ".join(kept)) >= ROW_TITLE or kept[-1].lower() in self._joining):
            kept.pop()
        return f"{' '.join(kept)[: ROW_TITLE - 1].rstrip(',:–-(')}…"


def buttons_of(reply: Reply) -> tuple[Button, ...]:
    return tuple(chain.from_iterable(reply.buttons))


def marked_up(text: str) -> str:
    """Our text with WhatsApp's bold; what others wrote is not taken for mark-up."""
    parts = BOLD.split(text)  # words and bold words in turn
    return "".join(f"*{escaped(part)}*" if at % 2 else escaped(part) for at, part in enumerate(parts))


def escaped(text: str) -> str:
    """WhatsApp knows no escape: signs that would make mark-up become ones that look like them."""
    while found := MARKED.search(text):
        sign = found[1].translate(LOOKALIKES)
        text = f"{text[: found.start()]}{sign}{found[2]}{sign}{text[found.end() :]}"
    return text


def in_one_line(text: str, limit: int) -> str:
    """A value of a template: no line breaks, no rows of spaces, no mark-up, at most `limit` characters, whole words."""
    flat = escaped(" ".join(BOLD.sub(r"\1", text).split()))
    return flat if len(flat) <= limit else flat[: limit - 1].rsplit(" ", 1)[0] + "…"


def _in_one(reply: Reply) -> bool:
    """Whether a file, its words and its buttons fit into one message."""
    if not reply.media:
        return True
    buttons = buttons_of(reply)
    if not buttons:
        return not reply.text or (KINDS[reply.media.kind] != "audio" and units(reply.text) <= CAPTION - ROOM)
    return reply.media.kind in ABOVE_BUTTONS and bool(reply.text) and _fit_below(reply.text, buttons)


def _fit_below(text: str, buttons: tuple[Button, ...]) -> bool:
    """Whether the buttons can be shown as such."""
    titles = {button.label for button in buttons}
    short = all(units(title) <= BUTTON_TITLE for title in titles)
    return len(titles) == len(buttons) <= MOST_BUTTONS and short and units(text) <= BUTTON_TEXT - ROOM


def _last(text: str, room: int) -> tuple[str, str]:
    """The text cut into what goes before and what carries the buttons."""
    *first, tail = split(text, room)
    return (text[: -len(tail)].rstrip() if text.endswith(tail) else "\n".join(first)), tail


def _row(button: Button, title: str) -> Json:
    row = {"id": button.id, "title": title}
    return row if title == button.label else row | {"description": _end_cut(button.label, ROW_DESCRIPTION)}


def _end_of(label: str, limit: int) -> str:
    """The last whole words that fit."""
    words = label.split()
    while len(words) > 1 and units(" ".join(words)) > limit:
        words.pop(0)
    return " ".join(words)[-limit:]


def _end_cut(label: str, limit: int) -> str:
    return label if units(label) <= limit else label[: limit - 1].rsplit(" ", 1)[0] + "…"


def _text(words: str) -> Json:
    return {"type": "text", "text": {"body": words}}


def _file(media: Media, media_id: str, caption: str) -> Json:
    kind = KINDS[media.kind]
    return {"type": kind, kind: {"id": media_id, "caption": caption} if caption else {"id": media_id}}


def _of(kind: str, text: str, action: Json, **more: Json) -> Json:
    return {"type": "interactive", "interactive": {"type": kind, **more, "body": {"text": text}, "action": action}}
