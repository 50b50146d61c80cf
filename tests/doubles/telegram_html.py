"""Telegram's HTML: parsed and refused as the Bot API does (wording after tdlib, from memory)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
ATTRIBUTE = r"([a-zA-Z0-9_.-]+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>'\"]+))?"
TAG = re.compile(rf"<(?P<close>/?)(?P<name>[^\s>]*)(?P<attributes>(?:\s+{ATTRIBUTE})*)\s*>")
ESCAPE = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(lt|gt|amp|quot)(?![a-zA-Z]));?")
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


class HtmlError(Exception):
    """What follows "can't parse entities: " in the Bot API's answer."""


def units(text: str) -> int:
    """Length in UTF-16 units, the unit of all of Telegram's limits and offsets."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """Control characters become spaces, as in tdlib's clean_input_string."""
    return "".join(char if char == "\n" or ord(char) >= 32 else " " for char in text.replace("\r", ""))


def parse_html(text: str) -> tuple[str, list[Json]]:
    """The text that a person sees, trimmed, and its entities. Raises HtmlError."""
    parser = _Parser(text)
    parser.run()
    return _trimmed(clean("".join(parser.parts)), parser.entities)


def trim(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """A text without parse_mode, with the entities that were given for it."""
    return _trimmed(clean(text), entities)


def _trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    body = text.strip()
    lead = units(text[: len(text) - len(text.lstrip())])
    kept = []
    for entity in entities:
        start = max(entity["offset"] - lead, 0)
        end = min(entity["offset"] + entity["length"] - lead, units(body))
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return body, sorted(kept, key=lambda entity: (entity["offset"], -entity["length"]))


@dataclass
class _Parser:
    text: str
    at: int = 0
    length: int = 0
    parts: list[str] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)
    open_tags: list[tuple[str, Json]] = field(default_factory=list)

    def run(self) -> None:
        while self.at < len(self.text):
            if self.text[self.at] == "<":
                self._tag()
            else:
                self._words()
        if self.open_tags:
            raise HtmlError(f'Can\'t find end tag corresponding to start tag "{self.open_tags[-1][0]}"')

    def _words(self) -> None:
        end = self.text.find("<", self.at)
        chunk = self.text[self.at : end if end >= 0 else len(self.text)]
        self.at += len(chunk)
        plain = ESCAPE.sub(_unescaped, chunk)
        self.parts.append(plain)
        self.length += units(plain)

    def _tag(self) -> None:
        match = TAG.match(self.text, self.at)
        offset = len(self.text[: self.at].encode(errors="surrogatepass"))
        if match is None:
            raise HtmlError(self._broken(offset))
        name = match["name"].lower()
        if match["close"]:
            self._close(name, offset)
        else:
            self._open(name, _attributes(match["attributes"]), offset)
        self.at = match.end()

    def _broken(self, offset: int) -> str:
        closing = self.text.startswith("</", self.at)
        name = re.match(r"</?([^\s>]*)", self.text[self.at :])
        known = closing or (name is not None and name[1].lower() in KINDS)
        if not known:
            return f'Unsupported start tag "{name[1] if name else ""}" at byte offset {offset}'
        return f"Unclosed {'end' if closing else 'start'} tag at byte offset {offset}"

    def _open(self, name: str, attributes: dict[str, str], offset: int) -> None:
        if name not in KINDS:
            raise HtmlError(f'Unsupported start tag "{name}" at byte offset {offset}')
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise HtmlError(f'Tag "span" must have class "tg-spoiler" at byte offset {offset}')
        if name == "tg-emoji" and not attributes.get("emoji-id", "").isdigit():
            raise HtmlError("Invalid custom emoji identifier specified")
        self.open_tags.append((name, {"offset": self.length, **_entity(name, attributes)}))

    def _close(self, name: str, offset: int) -> None:
        if not self.open_tags:
            raise HtmlError(f"Unexpected end tag at byte offset {offset}")
        expected, entity = self.open_tags.pop()
        if name not in ("", expected):
            raise HtmlError(f'Unmatched end tag at byte offset {offset}, expected "</{expected}>", found "</{name}>"')
        entity["length"] = self.length - entity["offset"]
        if entity["length"] and not (entity["type"] == "text_link" and not entity["url"]):
            self.entities.append(entity)


def _attributes(text: str) -> dict[str, str]:
    return {match[1].lower(): ESCAPE.sub(_unescaped, (match[2] or "").strip("\"'")) for match in re.finditer(ATTRIBUTE, text)}


def _entity(name: str, attributes: dict[str, str]) -> Json:
    entity: Json = {"type": KINDS[name]}
    if name == "a":
        entity["url"] = attributes.get("href", "")
    elif name == "tg-emoji":
        entity["custom_emoji_id"] = attributes["emoji-id"]
    elif name == "blockquote" and "expandable" in attributes:
        entity["type"] = "expandable_blockquote"
    return entity


def _unescaped(match: re.Match[str]) -> str:
    if match[3]:
        return NAMED[match[3]]
    code = int(match[1], 16) if match[1] else int(match[2])
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]
