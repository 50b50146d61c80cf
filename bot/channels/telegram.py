"""Telegram: verify and name arrivals, parse them, send letters.

python-telegram-bot knows the Bot API; order, limits and retries are ours.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import html
import json
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from telegram import Update
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.channels.telegram_parse import parse_plain, parse_update
from bot.channels.telegram_request import AiohttpRequest, Files, NotSent, NotThere, TooLarge, Unsure
from domain.errors import Delayed, Invalid, Refused
from domain.files import HEAD, named
from domain.messages import Arrival, Incoming, Letter, LetterKind, Media, Ordinary, Rate, Reply, Sent
from domain.text import BOLD, plain

os.environ.setdefault("PTB_TIMEDELTA", "1")  # the library's coming form of `retry_after`; without it every 429 warns

NAME = "telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
CHAT_RATE = Rate(1.0, 3)  # about one message a second to one chat, short bursts allowed
GROUP_RATE = Rate(17 / 60, 2)  # with its burst at most 18 in any minute
TOKEN_REVOKED_SECONDS = 60.0
LARGEST_ID = 2**62
MEDIA_METHODS = {
    "photo": "sendPhoto",
    "voice": "sendVoice",
    "video": "sendVideo",
    "audio": "sendAudio",
    "document": "sendDocument",
}
TOPICS = {
    LetterKind.TOPIC: "createForumTopic",
    LetterKind.CLOSE_TOPIC: "closeForumTopic",
    LetterKind.REOPEN_TOPIC: "reopenForumTopic",
}

KnownSecrets = Callable[[], Awaitable[Sequence[str]]]
PathOfCopy = Callable[[str], Path]  # of a clean copy on our disk, by its hash
UPLOAD_SECONDS = 28.0


@dataclass(frozen=True, slots=True)
class Command:
    """A command as Telegram's menu shows it."""

    name: str
    description: str


class Telegram(Ordinary):
    """The channel. `secrets` gives the digests of the webhook secrets that are good now, `path_of` the place of a clean copy."""

    name = NAME
    trial = False

    def __init__(self, token: str, api_url: str, per_second: float, secrets: KnownSecrets, path_of: PathOfCopy = Path) -> None:
        self._request, self._polling = AiohttpRequest(), AiohttpRequest(connections=2)
        self._url, self._files_url = f"{api_url}/bot{token}", f"{api_url}/file/bot{token}"
        self._path_of = path_of
        self._overall = Rate(per_second, max(3, int(per_second / 8)))
        self._secrets = secrets

    # ------------------------------------------------------------------ coming in

    async def verify(self, headers: Mapping[str, str], _body: bytes) -> bool:
        """Whether the webhook's secret is one of ours; compared in constant time."""
        given = secret_digest(headers.get(SECRET_HEADER, ""))
        fits = [hmac.compare_digest(given, good) for good in await self._secrets()]  # all of them, whichever fits
        return any(fits)

    def arrivals(self, body: bytes) -> list[Arrival]:
        """One update. Raises Invalid when the body is no JSON object in UTF-8."""
        try:
            words = body.decode()  # first: the parser would take UTF-16 too, whose NULs no database keeps as text
            update = json.loads(words)
        except (ValueError, RecursionError):
            raise Invalid("error.not_json") from None
        if not isinstance(update, dict):
            raise Invalid("error.not_json")
        return [self.arrival(update, words)]

    def arrival(self, update: dict[str, Any], body: str) -> Arrival:
        """Name an update. One without a usable update_id is named by its content, one without a chat stands alone."""
        update_id = update.get("update_id")
        known = isinstance(update_id, int) and not isinstance(update_id, bool) and 0 <= update_id < LARGEST_ID
        external_id = str(update_id) if known else "sha256:" + hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()
        chat = _chat_of(update) or f"?{external_id}"
        return Arrival(NAME, external_id, f"{NAME}:{chat}", update_id if known and isinstance(update_id, int) else 0, body)

    def parse(self, arrival: Arrival) -> Incoming:
        """Understand one stored update; raises whatever an unreadable one makes python-telegram-bot raise."""
        update = json.loads(arrival.body)
        return parse_plain(update) or parse_update(Update.de_json(update, None))

    # ------------------------------------------------------------------ going out

    def bucket(self, letter: Letter) -> str:
        return "" if letter.kind is LetterKind.ACK else letter.address

    def rate(self, bucket: str) -> Rate:
        if not bucket:
            return self._overall
        return GROUP_RATE if bucket.startswith("-") else CHAT_RATE

    async def send(self, letter: Letter) -> Sent:
        """Hand a letter over. Raises Delayed or Refused, each with a constant reason."""
        try:
            if letter.uncertain:
                await self._probe()
            return await self._send(letter)
        except TelegramError as error:
            raise _problem(error) from None

    async def _probe(self) -> None:
        """A harmless request, before a copy of a letter is risked: where it fails, nothing was tried."""
        try:
            await self.call("getMe")
        except TelegramError as error:
            problem = _problem(error)
            pauses = isinstance(problem, Delayed) and problem.pauses
            raise Delayed(problem.reason, getattr(problem, "retry_after", None), pauses=pauses, counts=False) from None

    async def _send(self, letter: Letter) -> Sent:
        if letter.kind in TOPICS:
            return Sent(await self._topic(letter))
        if letter.kind is LetterKind.ACK:
            await self.call("answerCallbackQuery", callback_query_id=letter.quotes, text=letter.reply.text)
            return Sent()
        try:
            return Sent(await self._message(letter, rich=True))
        except ChatMigrated as moved:
            return Sent(await self._message(letter, rich=True, chat=str(moved.new_chat_id)))
        except BadRequest as error:
            return Sent(await self._second_try(letter, error))

    async def _second_try(self, letter: Letter, error: BadRequest) -> str:
        """A message whose mark-up is refused goes out as plain text; one that already looks right is done."""
        reason = error.message.lower()
        if "not modified" in reason:
            return letter.edits
        if "thread not found" in reason and letter.thread:  # the topic was deleted, or the group has none any more
            return await self._message(replace(letter, thread=""), rich=True)
        if "can't parse entities" in reason or "can't find end" in reason:
            return await self._message(letter, rich=False)
        raise error

    async def _message(self, letter: Letter, *, rich: bool, chat: str = "") -> str:
        """Send or edit one message; returns Telegram's id of it."""
        media = letter.reply.media
        words = to_html(letter.reply.text) if rich else plain(letter.reply.text)
        common: dict[str, Any] = {
            "chat_id": chat or letter.address,
            "parse_mode": ParseMode.HTML if rich else None,
            "reply_markup": _keys(letter.reply),
        }
        if letter.kind is LetterKind.EDIT:
            if not letter.edits:
                raise Refused("nothing_to_edit")
            await self.call("editMessageText", message_id=int(letter.edits), text=words, **common)
            return letter.edits
        if letter.thread:
            common["message_thread_id"] = int(letter.thread)
        if letter.quotes:
            common["reply_parameters"] = {"message_id": int(letter.quotes), "allow_sending_without_reply": True}
        if media:
            sent = await self._with_file(media, common | {"caption": words})
        else:
            sent = await self.call("sendMessage", text=words, **common)
        return str(sent["message_id"])

    async def _topic(self, letter: Letter) -> str:
        """Open, close or reopen a topic; returns Telegram's id of it."""
        if letter.kind is LetterKind.TOPIC:
            made = await self.call("createForumTopic", chat_id=letter.address, name=plain(letter.reply.text))
            return str(made["message_thread_id"])
        if not letter.thread:
            raise Refused("no_topic")
        await self.call(TOPICS[letter.kind], chat_id=letter.address, message_thread_id=int(letter.thread))
        return letter.thread

    async def _with_file(self, media: Media, common: dict[str, Any]) -> Any:
        """A file that Telegram has goes by its reference, a clean copy of ours is uploaded."""
        method = MEDIA_METHODS[media.kind]
        if not media.copy:
            return await self.call(method, **(common | {media.kind: media.ref}))
        try:
            content = await asyncio.to_thread(self._path_of(media.copy).read_bytes)
        except FileNotFoundError:
            raise Refused("file_deleted") from None
        name, mime = named(media.copy, content[:HEAD])
        return await self.call(method, read_timeout=UPLOAD_SECONDS, files={media.kind: (name, content, mime)}, **common)

    async def fetch(self, ref: str, into: Path, most: int) -> None:
        """Write a file that somebody sent. A link lives about an hour, so each try asks for a new one."""
        try:
            found = await self.call("getFile", file_id=ref)
            if found.get("file_size", 0) > most:
                raise Refused("too_large")
            await self._request.download(f"{self._files_url}/{quote(found.get('file_path', ''))}", into, most)
        except BadRequest as error:
            raise Refused("too_large" if "too big" in error.message.lower() else "no_such_file") from None
        except TelegramError as error:
            raise _no_download(error) from None

    async def call(self, method: str, *, read_timeout: float | None = None, files: Files | None = None, **parameters: Any) -> Any:
        """One Bot API request; empty parameters are left out. Returns the result as plain JSON. Raises TelegramError.

        The library's `Bot` would build objects of every answer, of which only an id is needed: a third of the time of a reply.
        """
        via = self._polling if method == "getUpdates" else self._request
        return await via.call(f"{self._url}/{method}", parameters, read_timeout, files)

    # ------------------------------------------------------------------ connecting

    async def register_webhook(self, url: str, secret: str) -> None:
        await self.call("setWebhook", url=url, allowed_updates=ALLOWED_UPDATES, secret_token=secret)

    async def remove_webhook(self) -> None:
        await self.call("deleteWebhook")

    async def set_commands(self, commands: Sequence[Command], *, groups: bool = False) -> None:
        """The menu of commands: of all chats, or of groups alone."""
        shown = [{"command": one.name, "description": one.description} for one in commands]
        await self.call("setMyCommands", commands=shown, scope={"type": "all_group_chats"} if groups else None)

    async def poll(self, offset: int, seconds: int) -> list[Arrival]:
        """Wait for updates from `offset` on, raw: python-telegram-bot throws a whole batch away when one cannot be parsed."""
        wanted: dict[str, Any] = {"offset": offset, "timeout": seconds, "allowed_updates": ALLOWED_UPDATES}
        try:
            updates = await self.call("getUpdates", read_timeout=seconds + 10, **wanted)
        except TelegramError as error:
            raise _problem(error) from None
        return [self.arrival(update, json.dumps(update)) for update in updates]

    async def close(self) -> None:
        await self._request.shutdown()
        await self._polling.shutdown()


def secret_digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def derived_secret(token: str) -> str:
    """A webhook secret for those who set none: always the same for a token, and tells nothing about it."""
    return hmac.new(token.encode(), b"sapa webhook secret", hashlib.sha256).hexdigest()


def to_html(text: str) -> str:
    """Our text as Telegram HTML: everything escaped, `**…**` bold."""
    return BOLD.sub(r"<b>\1</b>", html.escape(text, quote=False))


def _chat_of(update: Mapping[str, Any]) -> str:
    """The chat that an update belongs to, found without understanding the update; "" where there is none."""
    for kind, content in update.items():
        if kind == "update_id" or not isinstance(content, dict):
            continue
        message = content.get("message", content)
        for holder in (message, content):
            for name in ("chat", "from", "user"):
                person = holder.get(name) if isinstance(holder, dict) else None
                if isinstance(person, dict) and isinstance(person.get("id"), int):
                    return str(person["id"])[:32]
    return ""


def _keys(reply: Reply) -> dict[str, Any] | None:
    """Buttons under the message, or the key that sends the resident's place (Telegram shows only one of them)."""
    if not reply.ask_location:
        rows = [[{"text": button.label, "callback_data": button.id} for button in row] for row in reply.buttons]
        return {"inline_keyboard": rows} if rows else None
    keys = [
        [{"text": reply.ask_location, "request_location": True}],
        *([{"text": b.label} for b in row] for row in reply.buttons),
    ]
    return {"keyboard": keys, "resize_keyboard": True, "one_time_keyboard": True}


def _no_download(error: TelegramError) -> Delayed | Refused:
    if isinstance(error, TooLarge):
        return Refused("too_large")
    return Delayed("link_expired") if isinstance(error, NotThere) else _problem(error)


def _problem(error: TelegramError) -> Delayed | Refused:
    """What an error of the Bot API means for a letter."""
    if isinstance(error, RetryAfter):
        wait = error.retry_after.total_seconds() if isinstance(error.retry_after, timedelta) else float(error.retry_after)
        return Delayed("too_many_requests", wait, pauses=True, counts=False)
    if isinstance(error, Forbidden):
        return Refused("blocked", unreachable=True)
    if isinstance(error, InvalidToken):
        return Delayed("token_revoked", TOKEN_REVOKED_SECONDS, pauses=True, counts=False)
    if isinstance(error, Conflict):
        return Delayed("another_poller", counts=False)
    if isinstance(error, BadRequest):  # before NetworkError, which it is a kind of
        return Refused("bad_request", unreachable="chat not found" in error.message.lower())
    if isinstance(error, Unsure):
        return Delayed("line_broke", uncertain=True)
    if isinstance(error, NotSent):
        return Delayed("not_reached", counts=True)
    return Delayed("server_error") if isinstance(error, NetworkError) else Delayed("unreadable_answer", uncertain=True)
