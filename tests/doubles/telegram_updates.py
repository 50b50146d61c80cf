"""Bot API updates as JSON, built but not sent. Each one passes aiogram's model before anybody sees it."""

from __future__ import annotations

import itertools
import re
import time
from collections import defaultdict
from typing import Any

from aiogram.types import Update

from tests.doubles.telegram_html import units

Json = dict[str, Any]

FIRST_UPDATE = 700_000_001
SUPERGROUP = -1_000_000_000_000
MARKS = re.compile(
    r"(?P<bot_command>(?<!\S)/[A-Za-z0-9_]{1,32}(?:@\w+)?)|(?P<url>https?://\S+)"
    r"|(?P<mention>(?<!\w)@\w{4,32})|(?P<hashtag>(?<!\w)#\w+)"
)


def marks(text: str) -> list[Json]:
    """The entities that Telegram itself finds in a text: commands, links, mentions, hashtags."""
    return [
        {"type": match.lastgroup, "offset": units(text[: match.start()]), "length": units(match[0])}
        for match in MARKS.finditer(text)
    ]


def text_content(text: str) -> Json:
    found = marks(text)
    return {"text": text, "entities": found} if found else {"text": text}


def user_json(user_id: int, first_name: str = "Warga", **more: Any) -> Json:
    return {"id": user_id, "is_bot": False, "first_name": first_name, "language_code": "id", **more}


def private_chat(user: Json) -> Json:
    names: Json = {key: user[key] for key in ("first_name", "last_name", "username") if key in user}
    return {"id": user["id"], "type": "private", **names}


class Builder:
    """Numbers like Telegram's: update ids rise by one; message ids rise per supergroup and per account otherwise."""

    def __init__(self, bot: Json, check: bool = True) -> None:
        self.bot = bot
        self.check = check
        self._updates = itertools.count(FIRST_UPDATE)
        self._messages: defaultdict[int, itertools.count[int]] = defaultdict(lambda: itertools.count(1))
        self._presses = itertools.count(4_382_900_000_000_000_001)

    def next_update_id(self) -> int:
        return next(self._updates)

    def next_message_id(self, chat_id: int) -> int:
        return next(self._messages[chat_id if chat_id <= SUPERGROUP else 0])

    def update(self, kind: str, content: Json) -> Json:
        update = {"update_id": self.next_update_id(), kind: content}
        if self.check:
            Update.model_validate(update)
        return update

    def message(
        self, user: Json, chat: Json, content: Json, *, reply_to: Json | None = None, thread_id: int | None = None
    ) -> Json:
        """A message of a person, not yet an update. `content` holds text, photo, location …"""
        message: Json = {
            "message_id": self.next_message_id(chat["id"]),
            "from": user,
            "chat": chat,
            "date": int(time.time()),
        }
        if thread_id is not None:
            message |= {"message_thread_id": thread_id, "is_topic_message": True}
        if reply_to is not None:
            message["reply_to_message"] = {key: reply_to[key] for key in reply_to if key != "reply_to_message"}
        return message | content

    def callback(self, user: Json, message: Json, data: str) -> Json:
        return {
            "id": str(next(self._presses)),
            "from": user,
            "message": message,
            "chat_instance": str(-7_000_000_000_000_000_000 + message["chat"]["id"] % 1_000_000_007),
            "data": data,
        }

    def text(self, user_id: int, text: str, *, first_name: str = "Warga") -> Json:
        """A private text message as a whole update, for load tests."""
        user = user_json(user_id, first_name)
        return self.update("message", self.message(user, private_chat(user), text_content(text)))

    def press(self, user_id: int, data: str, *, message_id: int, text: str = "…") -> Json:
        """A pressed button below our message `message_id` in a private chat, as a whole update."""
        user = user_json(user_id)
        chat = private_chat(user)
        keyboard = {"inline_keyboard": [[{"text": "…", "callback_data": data}]]}
        below: Json = {"message_id": message_id, "from": self.bot, "chat": chat, "date": int(time.time()), "text": text}
        return self.update("callback_query", self.callback(user, below | {"reply_markup": keyboard}, data))
