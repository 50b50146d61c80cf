"""The third-party `lo-bot-api-emulator` as a second opinion on our calls: `async with Emulator() as emu:`.

Its refusals are the point and stay as they are. Added here: `username` in getMe, and a memory of what was sent.
"""

from __future__ import annotations

import copy
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from lo_bot_api_emulator import LoBotApiEmulator

from tests.doubles.bell import Bell
from tests.doubles.telegram_updates import SUPERGROUP, Builder, Json, private_chat, text_content, user_json
from tests.doubles.telegram_world import ShownMessage, picture

TOKEN = "7:AAEmulatorEmulatorEmulatorEmulator00"
BOT: Json = {"id": 7, "is_bot": True, "first_name": "Fixture", "username": "SapaEmulatorBot"}


class Emulator:
    """One bot (`emu.token`). Webhook or polling, as the bot asks. `refused`: calls that the emulator did not like."""

    def __init__(self) -> None:
        self.token = TOKEN
        self.build = Builder(BOT)
        self.bell = Bell()
        self.refused: list[tuple[str, int, Json]] = []
        self.shown: dict[tuple[int, int], ShownMessage] = {}
        self.answered: list[str] = []
        self.core: Any = LoBotApiEmulator(allow_insecure_loopback_webhooks=True)
        self._validate = self.core.validate
        self.core.validate = self._watched
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self.core.app(), access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    # What the bot did

    def _watched(self, method: str, fields: Json, uploads: Json) -> Any:
        """The emulator's own check and answer, noted."""
        try:
            result = self._validate(method, fields, uploads)
        except Exception as error:
            self.refused.append((method, getattr(error, "status", 400), {**fields, "_why": str(error.args)}))
            raise
        self._note(method, fields, result)
        self.bell.ring()
        return {**result, "username": BOT["username"]} if method == "getMe" else result

    def _note(self, method: str, fields: Json, result: Any) -> None:
        if method == "answerCallbackQuery":
            self.answered.append(str(fields["callback_query_id"]))
        if method == "deleteMessage":
            self.shown.pop((int(fields["chat_id"]), int(fields["message_id"])), None)
        for message in result if isinstance(result, list) else [result]:
            if isinstance(message, dict) and "message_id" in message:
                self._show(method, fields, message)

    def _show(self, method: str, fields: Json, message: Json) -> None:
        key = (int(fields["chat_id"]), int(message["message_id"]))
        shown = self.shown.setdefault(key, ShownMessage(key[1], key[0], ""))
        shown.edits += method.startswith("edit")
        shown.text = str(message.get("text", message.get("caption", shown.text)))
        shown.kind = next((kind for kind in ("photo", "document", "voice", "video") if kind in message), "text")
        keys = self.core.decoded(fields.get("reply_markup")) or {}
        shown.buttons = [
            [(button["text"], button.get("callback_data", button.get("url", ""))) for button in row]
            for row in keys.get("inline_keyboard", [])
        ]
        shown.keyboard = [[button["text"] for button in row] for row in keys.get("keyboard", [])]
        reply = self.core.decoded(fields.get("reply_parameters")) or {}
        shown.quotes = reply.get("message_id", shown.quotes)
        shown.sent = dict(fields)

    async def messages(self, chat_id: int) -> list[ShownMessage]:
        """What the bot sent there, edits applied. `text` is as sent: the emulator does not read HTML."""
        return [shown for (chat, _), shown in self.shown.items() if chat == chat_id]

    async def wait_messages(self, chat_id: int, count: int = 1, timeout: float = 5.0) -> list[ShownMessage]:  # noqa: ASYNC109 - a test's patience
        def there() -> bool:
            return sum(chat == chat_id for chat, _ in self.shown) >= count

        await self.bell.wait(there, timeout, lambda: f"refused: {self.refused}\nrequests: {self.core.requests[-10:]}")
        return await self.messages(chat_id)

    # What people do. In webhook mode each call returns after the bot's answer to the webhook

    async def says(self, user_id: int, text: str, *, group: int | None = None, reply_to: ShownMessage | None = None) -> Json:
        return await self.sends(user_id, text_content(text), group=group, reply_to=reply_to)

    async def sends_photo(self, user_id: int, caption: str | None = None, *, group: int | None = None) -> Json:
        file_id = f"citizen-photo-{len(self.core.assets)}"
        data = picture(len(self.core.assets))
        self.core.assets[file_id] = {"filename": "foto.jpg", "data": data, "size": len(data)}
        size = {"file_id": file_id, "file_unique_id": f"{file_id}-unique", "width": 64, "height": 48}
        words = {} if caption is None else {"caption": caption}
        return await self.sends(user_id, {"photo": [size], **words}, group=group)

    async def sends(self, user_id: int, content: Json, *, group: int | None = None, reply_to: ShownMessage | None = None) -> Json:
        """Any message fields. `group` = chat id of the group, None = private chat."""
        user = user_json(user_id)
        message = self.build.message(user, self._chat(user, group), content, reply_to=self._quoted(reply_to))
        message["message_id"] = self.core.next_id
        self.core.next_id += 1
        return await self.push("message", message)

    async def presses(self, user_id: int, message: ShownMessage, label: str) -> Json:
        user = user_json(user_id)
        below = self._quoted(message)
        assert below is not None
        below["chat"] = self._chat(user, message.chat_id if message.chat_id < 0 else None)
        return await self.push("callback_query", self.build.callback(user, below, message.data_of(label)))

    async def push(self, kind: str, content: Json) -> Json:
        """Kinds: message, callback_query, inline_query; the emulator knows no others."""
        update = self.build.update(kind, content)
        await self.core.enqueue_update(copy.deepcopy(update), token=self.token)
        return update

    async def deliver(self) -> int:
        """Try again what the webhook refused: the emulator never does by itself. How many were taken."""
        return int(await self.core.deliver_updates(token=self.token))

    @staticmethod
    def _chat(user: Json, group: int | None) -> Json:
        if group is None:
            return private_chat(user)
        return {"id": group, "type": "supergroup" if group <= SUPERGROUP else "group", "title": "Grup OPD"}

    @staticmethod
    def _quoted(shown: ShownMessage | None) -> Json | None:
        if shown is None:
            return None
        rows = [[{"text": label, "callback_data": data} for label, data in row] for row in shown.buttons]
        keys = {"reply_markup": {"inline_keyboard": rows}} if rows else {}
        chat: Json = {"id": shown.chat_id, "type": "private" if shown.chat_id > 0 else "group", "title": "Grup OPD"}
        return {"message_id": shown.message_id, "date": 1, "chat": chat, "from": BOT, "text": shown.text, **keys}
