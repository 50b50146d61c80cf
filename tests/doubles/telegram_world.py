"""What exists at the fake Telegram: chats, messages, files, topics. No network here."""

from __future__ import annotations

import hashlib
import io
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from PIL import Image

from tests.doubles.telegram_updates import SUPERGROUP, Builder

Json = dict[str, Any]


class ApiError(Exception):
    """An error answer of the Bot API."""

    def __init__(self, status: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


def bad(text: str) -> ApiError:
    return ApiError(400, f"Bad Request: {text}")


@dataclass
class ShownMessage:
    """One message of the bot as a person sees it. Rows of `buttons` are (label, data), of `keyboard` labels."""

    message_id: int
    chat_id: int
    text: str
    kind: str = "text"  # or photo, document, voice, location …
    buttons: list[list[tuple[str, str]]] = field(default_factory=list)
    keyboard: list[list[str]] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)
    quotes: int | None = None
    thread_id: int | None = None
    at: float = field(default_factory=time.monotonic)
    edits: int = 0
    file_id: str = ""
    location: tuple[float, float] | None = None
    sent: Json = field(default_factory=dict)  # the parameters of the call

    @property
    def labels(self) -> list[str]:
        return [label for row in self.buttons for label, _ in row]

    def data_of(self, label: str) -> str:
        """The data behind a button; AssertionError when nobody could press it."""
        for shown, data in (button for row in self.buttons for button in row):
            if shown == label:
                return data
        raise AssertionError(f"no button {label!r} below {self.text!r}, only {self.labels}")


@dataclass
class StoredFile:
    data: bytes
    unique: str
    path: str
    name: str = ""
    mime: str = "application/octet-stream"
    size: int = 0  # 0 = as long as the data; larger = pretended
    link_until: float = 0.0

    @property
    def length(self) -> int:
        return self.size or len(self.data)


@dataclass
class GroupState:
    """`chat` as in the API. `may_manage_topics`: the bot's right."""

    chat: Json
    topics: dict[int, str] = field(default_factory=dict)
    may_manage_topics: bool = True
    migrated_to: int | None = None
    members: dict[int, str] = field(default_factory=dict)  # user id → creator | administrator | member


class World:
    """`known_chats_only`: writing to somebody who never wrote answers "chat not found", as Telegram does."""

    def __init__(self, build: Builder, known_chats_only: bool = False) -> None:
        self.build = build
        self.known_chats_only = known_chats_only
        self.users: dict[int, Json] = {}
        self.groups: dict[int, GroupState] = {}
        self.blocked: set[int] = set()
        self.messages: dict[tuple[int, int], Json] = {}
        self.delivered: list[ShownMessage] = []
        self.shown: dict[tuple[int, int], ShownMessage] = {}
        self.files: dict[str, StoredFile] = {}
        self.callbacks: dict[str, float] = {}
        self.answered: dict[str, Json] = {}
        self.settings: dict[str, Any] = {}
        self.callback_seconds = 60.0
        self.link_seconds = 3600.0

    def remember(self, update: Json) -> None:
        """People's messages and presses, also from raw updates, become known."""
        for kind in ("message", "edited_message"):
            message = update.get(kind)
            if isinstance(message, dict) and isinstance(message.get("chat"), dict) and "message_id" in message:
                self.messages[message["chat"].get("id"), message["message_id"]] = message
        press = update.get("callback_query")
        if isinstance(press, dict) and "id" in press:
            self.callbacks[str(press["id"])] = time.monotonic()

    def chat_json(self, chat_id: int) -> Json:
        """Raises ApiError where the bot may not write."""
        if chat_id in self.groups:
            return self._group_json(self.groups[chat_id])
        if chat_id in self.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        if chat_id in self.users:
            user = self.users[chat_id]
            return {"id": chat_id, "type": "private", "first_name": user["first_name"]}
        if self.known_chats_only or chat_id == 0:
            raise bad("chat not found")
        if chat_id > 0:
            return {"id": chat_id, "type": "private", "first_name": "Warga"}
        return {"id": chat_id, "type": "supergroup" if chat_id <= SUPERGROUP else "group", "title": "Grup"}

    @staticmethod
    def _group_json(group: GroupState) -> Json:
        if group.migrated_to is not None:
            text = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, text, {"migrate_to_chat_id": group.migrated_to})
        return group.chat

    def add_file(self, data: bytes, path: str, *, name: str = "", mime: str = "", size: int = 0) -> str:
        """The new file_id. The same bytes get the same file_unique_id under any file_id."""
        unique = "AQAD" + hashlib.sha256(data).hexdigest()[:12]
        file_id = f"AgACAgUAAxkBAAI{len(self.files) + 1:06d}{unique}"
        self.files[file_id] = StoredFile(
            data, unique, path.format(len(self.files) + 1), name, mime or "application/octet-stream", size
        )
        return file_id

    def file_json(self, file_id: str) -> Json:
        stored = self.files[file_id]
        return {"file_id": file_id, "file_unique_id": stored.unique, "file_size": stored.length}

    def photo_json(self, data: bytes) -> list[Json]:
        """The sizes of one picture, largest last."""
        sizes = ((90, 67), (320, 240), (1280, 960))
        return [
            {**self.file_json(self.add_file(part, "photos/file_{}.jpg", mime="image/jpeg")), "width": w, "height": h}
            for (w, h), part in zip(sizes, (data[:-2] + b"sm", data[:-1] + b"m", data), strict=True)
        ]

    def media_json(self, kind: str, file_id: str) -> Any:
        """The field of a message that shows an existing file."""
        base = self.file_json(file_id)
        stored = self.files[file_id]
        if kind == "photo":
            return [{**base, "width": 1280, "height": 960}]
        if kind == "document":
            return {**base, "file_name": stored.name or "berkas", "mime_type": stored.mime}
        sized = {"width": 640, "height": 480} if kind == "video" else {}
        return {**base, **sized, "duration": 3, "mime_type": stored.mime}


@cache
def picture(number: int = 0) -> bytes:
    """A real JPEG; another one for each number."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (number * 37 % 256, number * 91 % 256, 128)).save(out, "JPEG")
    return out.getvalue()
