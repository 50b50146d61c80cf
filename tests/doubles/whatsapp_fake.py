"""A scripted WhatsApp Cloud API on 127.0.0.1: `async with WhatsAppFake() as fake:`, then `fake.url` for the program.

People act (`fake.person("6281…").says("halo")`), the program answers (`fake.chat("6281…")`), faults strike (`fake.fail_next`).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from aiohttp import BodyPartReader, ClientError, ClientSession, ClientTimeout, web

from tests.doubles.bell import Bell
from tests.doubles.telegram_faults import Fault, Refusal, Script
from tests.doubles.telegram_world import ShownMessage
from tests.doubles.whatsapp_openapi import complaints

Json = dict[str, Any]

TOKEN = "EAAFakeFakeFakeFakeFakeFakeFake"
NUMBER_ID, ACCOUNT_ID, APP_ID = "106540352242922", "102290129340398", "670843887433847"
SECRET, VERIFY_TOKEN = "app-secret-of-the-fake", "kata-sandi-pintu"
WINDOW = timedelta(hours=24)
BOLD = re.compile(r"(?<!\w)\*(\S|\S.*?\S)\*(?!\w)")
NUMBERED = re.compile(r"^(\d+)\. (.+)$", re.MULTILINE)
MEDIA = {"image": "photo", "video": "video", "audio": "voice", "document": "document"}
MESSAGES = {
    131047: "Re-engagement message",
    131026: "Message undeliverable",
    131056: "(Business Account, Consumer Account) pair rate limit hit",
    130429: "Rate limit hit",
    132001: "Template name does not exist in the translation",
    190: "Invalid OAuth access token",
}


def graph_error(code: int, status: int = 400) -> Refusal:
    """Meta's answer for an error code."""
    title = MESSAGES.get(code, "Error")
    details = {"messaging_product": "whatsapp", "details": title}
    error = {
        "message": f"(#{code}) {title}",
        "type": "OAuthException",
        "code": code,
        "error_data": details,
        "fbtrace_id": "Az8or2yhqkZfEZ",
    }
    return Refusal(status, json.dumps({"error": error}))


class RefusedError(Exception):
    """The Graph API says no."""

    def __init__(self, code: int, status: int = 400) -> None:
        super().__init__(code)
        self.refusal = graph_error(code, status)


@dataclass
class WaMessage(ShownMessage):
    """A message of ours on somebody's telephone. The data of a choice that is written is its number with a "#"."""

    wamid: str = ""
    address: str = ""
    template: str = ""


@dataclass
class StoredMedia:
    """`link`: the last part of the address it can be fetched from, until it runs out."""

    data: bytes
    mime: str
    link: str = ""


@dataclass
class Call:
    """One request of the program: the path behind the version, and what it sent."""

    method: str
    path: str
    body: Json = field(default_factory=dict)

    @property
    def is_message(self) -> bool:
        return self.path.endswith("/messages") and "type" in self.body


def wamid() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"wamid.HBgLFake{next(numbers):08d}"


class WhatsAppFake:
    """`clock`: what time it is at Meta. `statuses`: what is told of each message by itself. `lenient`: nobody judges bodies."""

    def __init__(self, *, clock: Callable[[], datetime] | None = None, statuses: tuple[str, ...] = ("sent", "delivered")) -> None:
        self.clock = clock or (lambda: datetime.now(UTC))
        self.statuses = statuses
        self.late_window = False  # a closed window is told by a status only
        self.bell, self.script = Bell(), Script()
        self.calls: list[Call] = []
        self.refused: list[str] = []  # what Meta's description or its pages say against what we sent
        self.shown: list[WaMessage] = []
        self.heard: dict[str, datetime] = {}  # any id of a person → when they wrote last
        self.media: dict[str, StoredMedia] = {}
        self.templates: list[Json] = []
        self.subscribed = True
        self.token = TOKEN
        self.next_wamid = wamid()
        self.hook = ""  # our door; empty: bodies wait in `outgoing`
        self.secret = SECRET
        self.outgoing: list[Json] = []
        self.statuses_of_hook: list[int] = []
        self.port = 0
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None
        self._session: ClientSession | None = None

    # Life

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=110_000_000)
        app.router.add_get("/link/{link}", self._download)
        app.router.add_route("*", "/{version}/{path:.+}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        self._session = ClientSession(timeout=ClientTimeout(total=20))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()
        if self._runner:
            await self._runner.cleanup()

    # What the program did

    def chat(self, address: str) -> list[WaMessage]:
        """What a person sees of us; any of their ids."""
        return [one for one in self.shown if one.address == address]

    def sent(self) -> list[Json]:
        """The bodies of all messages, taken or not."""
        return [call.body for call in self.calls if call.is_message]

    def read(self) -> list[str]:
        """The messages that we marked as read."""
        return [call.body["message_id"] for call in self.calls if call.body.get("status") == "read"]

    async def wait_for(self, condition: Callable[[], object], timeout: float = 5.0) -> None:  # noqa: ASYNC109 - a test's patience
        await self.bell.wait(condition, timeout, self.picture)

    def picture(self) -> str:
        calls = [f"  {call.method} {call.path} {json.dumps(call.body)[:300]}" for call in self.calls[-12:]]
        return "\n".join([*calls, f"  refused: {self.refused[-3:]}", f"  untaken bodies: {len(self.outgoing)}"])

    # Faults

    def fail_next(self, path: str = "messages", times: int = 1, *, with_: Fault) -> None:
        """`path`: "messages" (and not read receipts), "read", "media", "link", or the last part of any other path."""
        self.script.add(with_, path, None, times)

    def fail_always(self, path: str | None = None, *, with_: Fault) -> None:
        self.script.add(with_, path, None, None)

    def heal(self) -> None:
        self.script.rules.clear()

    def expire_links(self) -> None:
        for stored in self.media.values():
            stored.link = ""

    # Coming in

    def emit(self, *changes: Json, entries: bool = False) -> Json:
        """A webhook body with these changes (each an own entry with `entries`); sent to the door, or kept in `outgoing`."""
        groups = [[change] for change in changes] if entries else [list(changes)]
        body = {"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT_ID, "changes": group} for group in groups]}
        for change in changes:
            self._hear(change)
        self.outgoing.append(body)
        self.bell.ring()
        if self.hook:
            self._later(self._deliver(body))
        return body

    def _hear(self, change: Json) -> None:
        value = change.get("value", {})
        for message in value.get("messages", []):
            ids = (message.get("from"), message.get("from_user_id"))
            self.heard |= {one: self.clock() for one in ids if one}

    def _later(self, step: Any) -> None:
        task = asyncio.create_task(step)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, body: Json) -> None:
        """Until it is taken, as Meta does for seven days."""
        raw, pause = json.dumps(body).encode(), 0.05
        while not 200 <= await self.knock(raw) < 300:
            await asyncio.sleep(pause)
            pause = min(1.0, pause * 2)
        self.outgoing.remove(body)
        self.bell.ring()

    async def knock(self, raw: bytes, signature: str | None = None, **headers: str) -> int:
        """Raw bytes to the door, once; signed, or with another signature ("" = none). The status; 0 = nobody answered."""
        signed = self.signature(raw) if signature is None else signature
        sent = {"Content-Type": "application/json", **({"X-Hub-Signature-256": signed} if signed else {}), **headers}
        assert self._session
        try:
            async with self._session.post(self.hook, data=io.BytesIO(raw), headers=sent) as answer:
                self.statuses_of_hook.append(answer.status)
                return answer.status
        except (ClientError, OSError, TimeoutError):
            return 0

    def signature(self, raw: bytes) -> str:
        return "sha256=" + hmac.new(self.secret.encode(), raw, hashlib.sha256).hexdigest()

    def status(self, wamid: str, status: str, code: int = 0, **more: Any) -> Json:
        """A change that tells what became of one of our messages."""
        message = next((one for one in self.shown if one.wamid == wamid), None)
        sent = message.sent if message else {}
        told: Json = {
            "id": wamid,
            "status": status,
            "timestamp": str(int(self.clock().timestamp())),
            **({"recipient_id": sent["to"]} if "to" in sent else {}),
            **({"recipient_user_id": sent["recipient"]} if "recipient" in sent else {}),
        }
        if tag := sent.get("biz_opaque_callback_data"):
            told["biz_opaque_callback_data"] = tag
        if code:
            title = MESSAGES.get(code, "Error")
            told["errors"] = [{"code": code, "title": title, "message": title, "error_data": {"details": title}}]
        elif status != "read":
            category = "utility" if sent.get("type") == "template" else "service"
            told["pricing"] = {"billable": category == "utility", "pricing_model": "PMP", "type": "regular", "category": category}
        contact = {"wa_id": sent["to"]} if "to" in sent else {"user_id": sent.get("recipient", "")}
        return change(contacts=[contact], statuses=[told | more])

    # The server

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        form = {} if request.content_type == "application/json" or not request.can_read_body else await _form(request)
        body = await request.json() if request.content_type == "application/json" and request.can_read_body else form
        call = Call(request.method, path, body)
        name = "read" if body.get("status") == "read" else path.rsplit("/", 1)[-1]
        fault = self.script.take(name, None, early=True) or self.script.take(name, None, early=False)
        self.calls.append(call)
        self.bell.ring()
        if fault:
            return await fault.play(request, lambda: self._answer(request, call))
        return await self._answer(request, call)

    async def _answer(self, request: web.Request, call: Call) -> web.Response:
        try:
            if request.headers.get("Authorization") != f"Bearer {self.token}":
                raise RefusedError(190, 401)
            result = self._result(call)
        except RefusedError as refused:
            return web.Response(status=refused.refusal.status, text=refused.refusal.body, content_type="application/json")
        self.bell.ring()
        return web.json_response(result)

    def _result(self, call: Call) -> Json:
        path, body = call.path, call.body
        if path == f"{NUMBER_ID}/messages" and call.method == "POST":
            return self._judged(body)
        if path == f"{NUMBER_ID}/media":
            return {"id": self.store(body["file"], body["type"])}
        if path == NUMBER_ID:
            return {
                "id": NUMBER_ID,
                "display_phone_number": "+62 351 895 008",
                "verified_name": "Sapa",
                "quality_rating": "GREEN",
            }
        if path == f"{ACCOUNT_ID}/message_templates":
            return self._template(body) if call.method == "POST" else {"data": self.templates}
        if path == f"{ACCOUNT_ID}/subscribed_apps":
            apps = [{"whatsapp_business_api_data": {"id": APP_ID, "name": "Sapa"}}]
            return {"data": apps if self.subscribed else []}
        if path in self.media:
            return self._link(path)
        raise RefusedError(100)

    def _template(self, body: Json) -> Json:
        self.templates.append(body | {"id": str(len(self.templates) + 1), "status": "PENDING"})
        return {"id": str(len(self.templates)), "status": "PENDING", "category": body["category"]}

    def approve(self, templates: Any) -> None:
        """Templates of ours, as the account has them once Meta agreed."""
        for one in templates:
            components = [{"type": "BODY", "text": one.body}]
            components += [{"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": one.button}]}] if one.button else []
            about = {"name": one.name, "language": one.language, "category": one.category, "components": components}
            self.templates.append(about | {"id": str(len(self.templates) + 1), "status": "APPROVED"})

    def _judged(self, body: Json) -> Json:
        if wrong := [*complaints(body), *broken_rules(body)]:
            self.refused += [f"{what} in {json.dumps(body)[:300]}" for what in wrong]
            self.bell.ring()
            raise RefusedError(100)
        return {"success": True} if body.get("status") == "read" else self._message(body)

    def _message(self, body: Json) -> Json:
        address = body.get("to") or body["recipient"]
        closed = address not in self.heard or self.clock() - self.heard[address] > WINDOW
        if body["type"] == "template":
            self._check_template(body["template"])
        elif closed and not self.late_window:
            raise RefusedError(131047)
        message = self._show(address, body)
        late = closed and body["type"] != "template"
        for status in ("failed",) if late else self.statuses:
            self.emit(self.status(message.wamid, status, 131047 if late else 0))
        if late:
            self.shown.remove(message)
        contact = {"input": address, **({"wa_id": address} if "to" in body else {"user_id": address})}
        return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": message.wamid}]}

    def _check_template(self, sent: Json) -> None:
        known = [one for one in self.templates if (one["name"], one["language"]) == (sent["name"], sent["language"]["code"])]
        if not known or known[0]["status"] != "APPROVED":
            raise RefusedError(132001, 404)
        wanted = set(re.findall(r"\{\{\d+\}\}", known[0]["components"][0]["text"]))
        values = [one["text"] for part in sent["components"] if part["type"] == "body" for one in part["parameters"]]
        if len(values) != len(wanted) or any("\n" in value or "\t" in value or "    " in value for value in values):
            raise RefusedError(132000)

    def _show(self, address: str, body: Json) -> WaMessage:
        message = WaMessage(next(self._numbers), 0, "", wamid=self.next_wamid(), address=address, sent=body)
        quoted = body.get("context", {}).get("message_id")
        message.quotes = next((one.message_id for one in self.shown if one.wamid == quoted), None)
        draw(message, body, self.templates)
        self.shown.append(message)
        return message

    def store(self, data: bytes, mime: str) -> str:
        """A file at Meta; its id."""
        media_id = str(1_003_383_421_000_000 + len(self.media))
        self.media[media_id] = StoredMedia(data, mime)
        return media_id

    def _link(self, media_id: str) -> Json:
        stored = self.media[media_id]
        stored.link = f"{media_id}-{next(self._numbers)}"
        digest = hashlib.sha256(stored.data).hexdigest()
        return {"messaging_product": "whatsapp", "url": f"{self.url}/link/{stored.link}", "mime_type": stored.mime,
                "sha256": digest, "file_size": len(stored.data), "id": media_id}  # fmt: skip

    async def _download(self, request: web.Request) -> web.StreamResponse:
        self.calls.append(Call("GET", request.path))
        if fault := self.script.take("link", None, early=False):
            return await fault.play(request, lambda: self._file(request))
        return await self._file(request)

    async def _file(self, request: web.Request) -> web.Response:
        link = request.match_info["link"]
        stored = next((one for one in self.media.values() if one.link == link), None)
        if stored is None or request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=404 if stored is None else 401)
        return web.Response(body=stored.data, content_type=stored.mime)


def change(kind: str = "messages", **value: Any) -> Json:
    """One change of a webhook, as Meta writes it."""
    metadata = {"display_phone_number": "62351895008", "phone_number_id": NUMBER_ID}
    return {"value": {"messaging_product": "whatsapp", "metadata": metadata, **value}, "field": kind}


async def _form(request: web.Request) -> Json:
    found: Json = {}
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader):
            data = bytes(await part.read(decode=True))
            found[part.name or ""] = data if part.filename else data.decode()
    return found


def draw(message: WaMessage, body: Json, templates: list[Json]) -> None:
    """A body as it looks on a telephone."""
    kind, content = body["type"], body[body["type"]]
    if kind == "text":
        message.text = BOLD.sub(r"\1", content["body"])
        found = NUMBERED.findall(content["body"].rpartition("\n\n")[0])
        message.buttons = [[(label, f"#{number}")] for number, label in found if len(found) > 10]
    elif kind == "interactive":
        _draw_interactive(message, content)
    elif kind == "template":
        _draw_template(message, content, templates)
    else:
        message.kind, message.text, message.file_id = MEDIA[kind], BOLD.sub(r"\1", content.get("caption", "")), content["id"]


def _draw_interactive(message: WaMessage, content: Json) -> None:
    message.text = BOLD.sub(r"\1", content["body"]["text"])
    action = content["action"]
    rows = [row for section in action.get("sections", []) for row in section["rows"]]
    message.buttons = [[(one["reply"]["title"], one["reply"]["id"])] for one in action.get("buttons", [])]
    message.buttons += [[(row.get("description") or row["title"], row["id"])] for row in rows]
    if header := content.get("header"):
        message.kind, message.file_id = MEDIA[header["type"]], header[header["type"]]["id"]
    if content["type"] == "location_request_message":
        message.keyboard = [re.findall(r"\*(.+?)\*", content["body"]["text"].rpartition("\n\n")[2])]


def _draw_template(message: WaMessage, content: Json, templates: list[Json]) -> None:
    known = next(one for one in templates if one["name"] == content["name"])
    values = [one["text"] for part in content["components"] if part["type"] == "body" for one in part["parameters"]]
    message.template = content["name"]
    message.text = re.sub(r"\{\{(\d+)\}\}", lambda found: values[int(found[1]) - 1], known["components"][0]["text"])
    payloads = [one["payload"] for part in content["components"] if part["type"] == "button" for one in part["parameters"]]
    labels = [one["text"] for part in known["components"] if part["type"] == "BUTTONS" for one in part["buttons"]]
    message.buttons = [[(label, payload)] for label, payload in zip(labels, payloads, strict=True)]


def broken_rules(body: Json) -> list[str]:
    """What Meta's pages say and its description does not, counted as strictly as anybody may count."""
    interactive, action = body.get("interactive", {}), body.get("interactive", {}).get("action", {})
    buttons = [one["reply"] for one in action.get("buttons", [])]
    rows = [row for section in action.get("sections", []) for row in section["rows"]]
    text, most = interactive.get("body", {}).get("text", ""), 4096 if interactive.get("type") == "list" else 1024
    titles = [one["title"] for one in (*buttons, *rows)]
    checks = {
        "text too long": length(text) <= most and length(body.get("text", {}).get("body", "")) <= 4096,
        "empty text": not interactive or bool(text.strip()),
        "button title": all(0 < length(one["title"]) <= 20 for one in buttons),
        "row title": all(0 < length(row["title"]) <= 24 for row in rows),
        "row description": all(length(row.get("description", "")) <= 72 for row in rows),
        "too many rows": len(rows) <= 10,
        "titles alike": len(set(titles)) == len(titles),
        "ids alike": len({one["id"] for one in (*buttons, *rows)}) == len(titles),
        "an empty message": body.get("type") != "text" or bool(body["text"]["body"].strip()),
        "list button": length(action.get("button", "")) <= 20,
    }
    return [name for name, good in checks.items() if not good]


def length(text: str) -> int:
    """In UTF-16 units: nobody counts more."""
    return len(text.encode("utf-16-le")) // 2
