"""How updates leave the fake Telegram: by webhook (ordered lanes, retries, at least once) or by long polling."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from tests.doubles.bell import Bell
from tests.doubles.telegram_world import ApiError, bad

Json = dict[str, Any]

NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
SECRET_SIGNS = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
USED_WEBHOOK = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
OTHER_POLL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


@dataclass
class Delivery:
    """One attempt at the webhook; status 0 = nobody answered."""

    update_id: int
    status: int
    seconds: float
    at: float = field(default_factory=time.monotonic)


@dataclass(eq=False)
class Entry:
    """One update that waits to be taken. Entries of one `lane` go one after the other."""

    update: Json
    lane: object
    statuses: list[int] = field(default_factory=list)
    finished: bool = False


@dataclass(eq=False)
class Poll:
    event: asyncio.Event = field(default_factory=asyncio.Event)
    ended: str = ""


def lane_of(update: Json) -> object:
    """Telegram keeps the order inside one chat and kind, and nothing else."""
    kind = next((key for key in update if key != "update_id"), "")
    content = update.get(kind)
    if not isinstance(content, dict):
        return object()
    chat = content.get("chat") or content.get("from") or {}
    return kind.removeprefix("edited_"), str(chat.get("id") if isinstance(chat, dict) else "")


@dataclass
class Outlet:
    """`retry_*` in seconds; after `retry_tries` Telegram gives an update up. `second_poll_loses`: see `poll`."""

    bell: Bell
    url: str = ""
    secret: str = ""
    allowed: list[str] = field(default_factory=list)
    max_connections: int = 40
    retry_first: float = 0.05
    retry_cap: float = 1.0
    retry_tries: int = 200
    answer_seconds: float = 60.0
    second_poll_loses: bool = False
    waiting: dict[Entry, None] = field(default_factory=dict)  # in order of arrival
    deliveries: list[Delivery] = field(default_factory=list)
    last_error: str = ""
    _queues: dict[object, deque[Entry]] = field(default_factory=lambda: defaultdict(deque))
    _lanes: dict[object, asyncio.Task[None]] = field(default_factory=dict)
    _polls: dict[str, Poll] = field(default_factory=dict)
    _session: ClientSession | None = None
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(40))

    @property
    def acked(self) -> set[int]:
        """Updates that the webhook answered with 2xx."""
        return {one.update_id for one in self.deliveries if 200 <= one.status < 300}

    def wants(self, update: Json) -> bool:
        kinds = update.keys() - {"update_id"}
        return bool(kinds & set(self.allowed)) if self.allowed else not kinds & NOT_BY_DEFAULT

    def offer(self, update: Json) -> None:
        """Put in, if the bot asked for this kind."""
        if self.wants(update):
            self.put(update, lane_of(update))

    def put(self, update: Json, lane: object) -> Entry:
        entry = Entry(update, lane)
        self.waiting[entry] = None
        self._queues[entry.lane].append(entry)
        self._start_lane(entry.lane)
        for poll in self._polls.values():
            poll.event.set()
        return entry

    # Webhook

    def set_webhook(self, params: Json) -> str:
        """The description that goes with `true`."""
        url = str(params.get("url", ""))
        local = url.startswith(("http://127.0.0.1", "http://localhost"))
        if url and not url.startswith("https://") and not local:
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        secret = str(params.get("secret_token", ""))
        if len(secret) > 256 or set(secret) - SECRET_SIGNS:
            raise bad("secret token contains unallowed characters")
        same = (url, secret) == (self.url, self.secret)
        self.url, self.secret = url, secret
        self.max_connections = int(params.get("max_connections", 40))
        self._slots = asyncio.Semaphore(self.max_connections)
        self._choose(params)
        self._end_polls("Conflict: terminated by setWebhook request")
        self.restart_lanes()
        return "Webhook is already set" if same else "Webhook was set"

    def delete_webhook(self, params: Json) -> str:
        had, self.url, self.secret = bool(self.url), "", ""
        self._drop(params)
        return "Webhook was deleted" if had else "Webhook is already deleted"

    def webhook_info(self) -> Json:
        info: Json = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self.waiting),
            "max_connections": self.max_connections,
            "allowed_updates": self.allowed,
        }
        if self.last_error:
            info |= {"last_error_message": self.last_error, "last_error_date": int(time.time())}
        return info

    def _choose(self, params: Json) -> None:
        if isinstance(params.get("allowed_updates"), list):
            self.allowed = params["allowed_updates"]
        self._drop(params)

    def _drop(self, params: Json) -> None:
        if params.get("drop_pending_updates"):
            self._finish(list(self.waiting))

    def _finish(self, entries: list[Entry]) -> None:
        for entry in entries:
            entry.finished = True
            self.waiting.pop(entry, None)
        self.bell.ring()

    def restart_lanes(self) -> None:
        for lane in list(self._queues):
            self._start_lane(lane)

    def _start_lane(self, lane: object) -> None:
        if self.url and lane not in self._lanes:
            self._lanes[lane] = asyncio.create_task(self._run_lane(lane))

    async def _run_lane(self, lane: object) -> None:
        queue = self._queues[lane]
        while self.url and queue:
            await self._push_until_taken(queue[0])
            if queue[0].finished:
                queue.popleft()
        self._lanes.pop(lane, None)
        if not queue:
            self._queues.pop(lane, None)

    async def _push_until_taken(self, entry: Entry) -> None:
        pause = self.retry_first
        while self.url and not entry.finished:
            async with self._slots:
                status = await self._post(entry.update)
            entry.statuses.append(status)
            if 200 <= status < 300 or len(entry.statuses) >= self.retry_tries:
                self._finish([entry])
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, self.retry_cap)

    async def _post(self, update: Json) -> int:
        began = time.monotonic()
        status = await self.knock(json.dumps(update).encode(), self.secret)
        self.last_error = "" if 200 <= status < 300 else f"Wrong response from the webhook: {status or 'no answer'}"
        self.deliveries.append(Delivery(update.get("update_id", 0), status, time.monotonic() - began))
        self.bell.ring()
        return status

    async def knock(self, body: bytes, secret: str) -> int:
        """POST raw bytes to the webhook. The status, 0 when nobody answered."""
        headers = {"Content-Type": "application/json"}
        if secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        try:
            async with self._client().post(self.url, data=body, headers=headers, allow_redirects=False) as response:
                await response.read()
                return response.status
        except (ClientError, OSError, TimeoutError):
            return 0

    def _client(self) -> ClientSession:
        if self._session is None:
            timeout = ClientTimeout(total=self.answer_seconds)
            self._session = ClientSession(timeout=timeout, connector=TCPConnector(limit=0))
        return self._session

    async def close(self) -> None:
        tasks = list(self._lanes.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._lanes.clear()
        if self._session is not None:
            await self._session.close()
            self._session = None

    # Polling

    async def poll(self, token: str, params: Json) -> list[Json]:
        """One getUpdates. Of two, the *older* request gets the 409, as at Telegram (unless `second_poll_loses`)."""
        if self.url:
            raise ApiError(409, USED_WEBHOOK)
        older = self._polls.get(token)
        if older is not None and self.second_poll_loses:
            raise ApiError(409, OTHER_POLL)
        if older is not None:
            older.ended = OTHER_POLL
            older.event.set()
        self._choose(params)
        mine = self._polls[token] = Poll()
        try:
            return await self._long_poll(mine, params)
        finally:
            if self._polls.get(token) is mine:
                del self._polls[token]

    async def _long_poll(self, poll: Poll, params: Json) -> list[Json]:
        self._forget_before(int(params.get("offset", 0)))
        deadline = time.monotonic() + min(float(params.get("timeout", 0)), 50)
        while not (ready := self._ready(int(params.get("limit", 100)))):
            left = deadline - time.monotonic()
            if left <= 0:
                return []
            await self._pause(poll, left)
        return ready

    @staticmethod
    async def _pause(poll: Poll, seconds: float) -> None:
        try:
            await asyncio.wait_for(poll.event.wait(), seconds)
        except TimeoutError:
            return
        poll.event.clear()
        if poll.ended:
            raise ApiError(409, poll.ended)

    def _forget_before(self, offset: int) -> None:
        if offset < 0:
            self._finish(self._by_number()[:offset])
        else:
            self._finish([entry for entry in self.waiting if entry.update["update_id"] < offset])

    def _by_number(self) -> list[Entry]:
        return sorted(self.waiting, key=lambda entry: int(entry.update["update_id"]))

    def _ready(self, limit: int) -> list[Json]:
        return [entry.update for entry in self._by_number()[: max(1, min(limit, 100))]]

    def _end_polls(self, why: str) -> None:
        for poll in self._polls.values():
            poll.ended = why
            poll.event.set()
