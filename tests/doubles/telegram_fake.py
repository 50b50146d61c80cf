"""A scripted Telegram Bot API on 127.0.0.1: `async with TelegramFake() as fake:`, then `fake.url` for the bot.

People act (`fake.person(7).says("halo")`), the bot answers (`fake.chat(7)`), faults strike (`fake.fail_next(...)`).
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import BodyPartReader, web

from tests.doubles.bell import Bell
from tests.doubles.telegram_faults import Fault, Script
from tests.doubles.telegram_methods import METHODS, Request, Upload
from tests.doubles.telegram_outlet import Outlet
from tests.doubles.telegram_people import Group, Person, person_of
from tests.doubles.telegram_updates import SUPERGROUP, Builder, user_json
from tests.doubles.telegram_world import ApiError, GroupState, ShownMessage, World

Json = dict[str, Any]

BOT_ID = 700_000_001
TOKEN = f"{BOT_ID}:AAFakeFakeFakeFakeFakeFakeFakeFake00"
BODY_BYTES = 60_000_000
NUMBERS = {"message_id", "message_thread_id", "user_id", "offset", "timeout", "limit", "reply_to_message_id",
           "max_connections"}  # fmt: skip
OBJECTS = {"reply_markup", "reply_parameters", "allowed_updates", "commands", "entities", "caption_entities", "media",
           "scope", "link_preview_options", "menu_button"}  # fmt: skip
FLAGS = {"true": True, "false": False, "True": True, "False": False}


@dataclass(frozen=True)
class Call:
    """One request of the bot. `params` are decoded; `at` is time.monotonic()."""

    method: str
    params: Json
    at: float = field(default_factory=time.monotonic)
    token: str = ""
    files: dict[str, Upload] = field(default_factory=dict)

    @property
    def chat_id(self) -> int | None:
        chat_id = self.params.get("chat_id")
        return chat_id if isinstance(chat_id, int) else None


class TelegramFake:
    """`known_chats_only`: writing to a stranger fails with "chat not found". `check`: aiogram reads every update."""

    def __init__(self, *, username: str = "SapaUjiBot", known_chats_only: bool = False, check: bool = True) -> None:
        self.token = TOKEN
        self.bot: Json = {"id": BOT_ID, "is_bot": True, "first_name": "Sapa", "username": username}
        self.build = Builder(self.bot, check)
        self.world = World(self.build, known_chats_only)
        self.bell = Bell()
        self.outlet = Outlet(self.bell)
        self.script = Script()
        self.calls: list[Call] = []
        self.port = 0
        self._people: dict[int, Person] = {}
        self._runner: web.AppRunner | None = None

    # Life

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Open the door, after `stop()` on the same port again."""
        app = web.Application(client_max_size=BODY_BYTES)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        self.outlet.restart_lanes()

    async def stop(self) -> None:
        """Down: connections are refused, nothing is delivered. What was known stays known."""
        await self.outlet.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        await self.stop()

    # What the bot did

    @property
    def delivered(self) -> list[ShownMessage]:
        """All messages of the bot that a person would see, edits applied, in order."""
        return self.world.delivered

    def chat(self, chat_id: int) -> list[ShownMessage]:
        return [shown for shown in self.world.delivered if shown.chat_id == chat_id]

    def sent(self, chat_id: int) -> list[Call]:
        """Calls of send… methods to a chat, accepted or not."""
        return [call for call in self.calls if call.chat_id == chat_id and call.method.startswith("send")]

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    @property
    def answered(self) -> dict[str, Json]:
        """Acknowledged presses: callback_query_id → parameters of answerCallbackQuery."""
        return self.world.answered

    @property
    def acked(self) -> set[int]:
        """update_ids that the webhook answered with 2xx."""
        return self.outlet.acked

    @property
    def pending(self) -> list[int]:
        """update_ids that nobody took yet."""
        return [entry.update["update_id"] for entry in self.outlet.waiting]

    def peak(self, seconds: float = 1.0, chat_id: int | None = None) -> int:
        """The most send… and edit… calls in any window of `seconds`: to one chat, or to all."""
        times = sorted(
            call.at
            for call in self.calls
            if call.method.startswith(("send", "edit")) and (chat_id is None or call.chat_id == chat_id)
        )
        return max((sum(start <= at < start + seconds for at in times[n:]) for n, start in enumerate(times)), default=0)

    # Waiting

    async def wait_for(self, condition: Callable[[], object], timeout: float = 5.0) -> None:  # noqa: ASYNC109 - a test's patience
        await self.bell.wait(condition, timeout, self.picture)

    async def wait_sent(self, chat_id: int, count: int = 1, timeout: float = 5.0) -> list[ShownMessage]:  # noqa: ASYNC109
        """Wait until the chat shows `count` messages of the bot; all of them."""
        await self.wait_for(lambda: len(self.chat(chat_id)) >= count, timeout)
        return self.chat(chat_id)

    async def wait_called(self, method: str, count: int = 1, timeout: float = 5.0) -> list[Call]:  # noqa: ASYNC109
        await self.wait_for(lambda: len(self.called(method)) >= count, timeout)
        return self.called(method)

    async def drained(self, timeout: float = 10.0) -> None:  # noqa: ASYNC109
        """Wait until the bot has taken every update."""
        await self.wait_for(lambda: not self.outlet.waiting, timeout)

    def picture(self) -> str:
        """The last calls and what waits, for a failing test."""
        calls = [f"  {call.method} {call.params}" for call in self.calls if call.method != "getUpdates"]
        return "\n".join([*calls[-12:], f"  untaken updates: {self.pending[:20]}"])

    # Faults

    def fail_next(self, method: str | None = "sendMessage", times: int = 1, chat_id: int | None = None, *,
                  with_: Fault) -> None:  # fmt: skip
        """method None = any; "download" = the file server."""
        self.script.add(with_, method, chat_id, times)

    def fail_always(self, method: str | None = None, chat_id: int | None = None, *, with_: Fault) -> None:
        self.script.add(with_, method, chat_id, None)

    def heal(self) -> None:
        self.script.rules.clear()

    def expire_files(self) -> None:
        """All links of getFile so far stop working."""
        for stored in self.world.files.values():
            stored.link_until = 0.0

    # People

    def person(self, user_id: int, first_name: str = "Warga", **more: Any) -> Person:
        """The same object for the same id. `more`: last_name, username, language_code."""
        if user_id not in self._people:
            user = user_json(user_id, first_name, **more)
            self.world.users[user_id] = user
            self._people[user_id] = person_of(self, user)
        return self._people[user_id]

    def group(self, chat_id: int, title: str = "Grup OPD", forum: bool = False) -> Group:
        """Ids at or below -1000000000000 are supergroups; only those can be forums."""
        if chat_id not in self.world.groups:
            kind = "supergroup" if chat_id <= SUPERGROUP else "group"
            assert kind == "supergroup" or not forum
            chat = {"id": chat_id, "type": kind, "title": title, **({"is_forum": True} if forum else {})}
            self.world.groups[chat_id] = GroupState(chat)
        return Group(self, self.world.groups[chat_id])

    # Updates

    def emit(self, kind: str, content: Json) -> Json:
        """Build, check and send an update off; it waits for the bot in the background."""
        update = self.build.update(kind, content)
        self.world.remember(update)
        self.outlet.offer(update)
        return update

    async def push(self, update: Json, copies: int = 1) -> list[int]:
        """A raw update of any kind; copies at the same moment. The last webhook status of each ([] when polled)."""
        return await self.push_all([update], copies=copies)

    async def push_all(
        self, updates: Iterable[Json], *, copies: int = 1, shuffle: random.Random | None = None, timeout: float = 60.0  # noqa: ASYNC109
    ) -> list[int]:  # fmt: skip
        """Many raw updates at once, without any order between them. `shuffle` mixes their start too."""
        todo = [self._numbered(update) for update in updates for _ in range(copies)]
        if shuffle is not None:
            shuffle.shuffle(todo)
        for update in todo:
            self.world.remember(update)
        entries = [self.outlet.put(update, lane=object()) for update in todo]
        if not self.outlet.url:
            return []
        await self.wait_for(lambda: all(entry.finished for entry in entries), timeout)
        return [entry.statuses[-1] if entry.statuses else 0 for entry in entries]

    def _numbered(self, update: Json) -> Json:
        return update if "update_id" in update else {"update_id": self.build.next_update_id(), **update}

    async def knock(self, body: bytes, secret: str | None = None) -> int:
        """Raw bytes to the webhook, once, with the right secret or another ("" = none). The status."""
        return await self.outlet.knock(body, self.outlet.secret if secret is None else secret)

    # The server

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        token, method = request.match_info["token"], request.match_info["method"]
        early = self.script.take(method, None, early=True)
        if early is not None:
            self._record(Call(method, {}, token=token))
            return await early.play(request, self._nothing)
        try:
            params, files = await read_params(request)
        except ValueError:
            return web.json_response({"ok": False, "error_code": 400, "description": "Bad Request: can't parse"}, status=400)
        call = Call(method, params, token=token, files=files)
        self._record(call)
        fault = self.script.take(method, call.chat_id, early=False)
        if fault is not None:
            return await fault.play(request, lambda: self._answer(call))
        return await self._answer(call)

    @staticmethod
    async def _nothing() -> web.Response:
        raise AssertionError("an early fault must not deliver")

    def _record(self, call: Call) -> None:
        self.calls.append(call)
        self.bell.ring()

    async def _answer(self, call: Call) -> web.Response:
        try:
            answer: Json = {"ok": True, **await self._result(call)}
            status = 200
        except ApiError as error:
            status = error.status
            answer = {"ok": False, "error_code": status, "description": error.description}
            if error.parameters:
                answer["parameters"] = error.parameters
        self.bell.ring()
        return web.json_response(answer, status=status)

    async def _result(self, call: Call) -> Json:
        if not re.fullmatch(r"\d+:[\w-]{3,}", call.token):
            raise ApiError(401, "Unauthorized")
        if call.method == "getUpdates":
            return {"result": await self.outlet.poll(call.token, call.params)}
        if call.method in WEBHOOK:
            return WEBHOOK[call.method](self.outlet, call.params)
        if call.method not in METHODS:
            raise ApiError(404, "Not Found")
        return {"result": METHODS[call.method](Request(self.world, call.params, call.files))}

    async def _download(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        self._record(Call("download", {"path": path}, token=request.match_info["token"]))
        fault = self.script.take("download", None, early=False) or self.script.take("download", None, early=True)
        if fault is not None:
            return await fault.play(request, lambda: self._file(path))
        return await self._file(path)

    async def _file(self, path: str) -> web.Response:
        now = time.monotonic()
        for stored in self.world.files.values():
            if stored.path == path and now < stored.link_until:
                return web.Response(body=stored.data, content_type="application/octet-stream")
        return web.json_response({"ok": False, "error_code": 404, "description": "Not Found"}, status=404)


WEBHOOK: dict[str, Callable[[Outlet, Json], Json]] = {
    "setWebhook": lambda outlet, params: {"result": True, "description": outlet.set_webhook(params)},
    "deleteWebhook": lambda outlet, params: {"result": True, "description": outlet.delete_webhook(params)},
    "getWebhookInfo": lambda outlet, params: {"result": outlet.webhook_info()},
}


async def read_params(request: web.Request) -> tuple[Json, dict[str, Upload]]:
    """Query, JSON, form or multipart; values decoded."""
    params: Json = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json" and request.can_read_body:
        params |= await request.json()
    elif request.content_type.startswith("multipart/"):
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader):
                await _read_part(part, params, files)
    else:
        params |= dict(await request.post())
    return {key: decoded(key, value) for key, value in params.items()}, files


async def _read_part(part: BodyPartReader, params: Json, files: dict[str, Upload]) -> None:
    data = bytes(await part.read(decode=True))
    name = part.name or ""
    if part.filename is None:
        params[name] = data.decode()
    else:
        files[name] = Upload(part.filename, data, part.headers.get("Content-Type", "application/octet-stream"))


def decoded(key: str, value: Any) -> Any:
    """A form's string as the Bot API understands it; anything else as it is."""
    if not isinstance(value, str):
        return value
    if key in OBJECTS:
        return _object(value)
    if key in NUMBERS or key.endswith("chat_id"):
        return int(value) if re.fullmatch(r"[+-]?\d+", value) else value
    return FLAGS.get(value, value) if key not in ("text", "caption", "name") else value


def _object(value: str) -> Any:
    try:
        return json.loads(value) if value else None
    except ValueError:
        return value
