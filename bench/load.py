"""A resident's updates, as Telegram delivers them: each connection has one update under way, then sends the next."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count, cycle

from bench.bodies import Request, telegram
from bench.cores import cpu_seconds, machine_seconds
from bench.wire import message

CHATS = 2_000  # each has written before the steady window begins, as most residents have who write on any day
DISTURBED = 0.1  # of a core: so much used by other processes makes a figure worthless

Until = Callable[[], bool]


class UnsteadyError(Exception):
    """The server refused an update, closed a connection, or never answered: the figure would mean nothing."""


@dataclass(slots=True)
class Window:
    """What happened in the steady time. `took` in seconds; how much of a core the load, the server and others used."""

    done: int = 0
    seconds: float = 0
    busy: float = 0
    server_busy: float = 0
    others_busy: float = 0
    took: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.done / self.seconds

    @property
    def disturbed(self) -> bool:
        return self.others_busy > DISTURBED

    def percentile(self, share: float) -> float:
        return sorted(self.took)[int(len(self.took) * share)]


class Line(asyncio.Protocol):
    """One connection: sends an update, waits for the 200 (and for the reply), sends the next."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.buffer = b""
        self.awaits = 0
        self.begun = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.awaits:
            self.load.troubles.append(f"connection lost: {exc}")

    def send(self) -> None:
        self.awaits = 2 if self.load.replies else 1
        self.begun = time.perf_counter()
        self.transport.write(self.load.next_update(self))

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while whole := message(self.buffer):
            head, _, self.buffer = whole
            self.acked(head)

    def acked(self, head: bytes) -> None:
        if not head.startswith(b"HTTP/1.1 200"):
            self.refused(head)
            return
        self.load.acked += 1
        if not self.load.replies:
            self.load.finished(self)
        self.go_on()

    def refused(self, head: bytes) -> None:
        """Before the first 200 it knocks again: Sapa knows its secret only once it is connected to Telegram."""
        if self.load.acked:
            self.load.troubles.append(head.split(b"\r\n")[0].decode())
        else:
            asyncio.get_running_loop().call_later(0.1, self.send)

    def go_on(self) -> None:
        self.awaits -= 1
        if not self.awaits and self.load.sending:
            self.send()


class Load:
    """Drives one server. With `replies` an update is done when its reply reaches the stub, else when it is acked."""

    def __init__(self, replies: bool, chats: int = CHATS, request: Request = telegram) -> None:
        self.replies, self.request = replies, request
        self.sending = True
        self.lines: list[Line] = []
        self.waiting: dict[int, Line] = {}  # chat → the line that awaits its reply
        self.numbers = count(100_000_001)
        self.chats = cycle(range(200_000_001, 200_000_001 + chats))
        self.acked = self.done = self.extra = 0
        self.took: list[float] = []
        self.troubles: list[str] = []

    def next_update(self, line: Line) -> bytes:
        number, chat = next(self.numbers), next(self.chats)
        if self.replies:
            self.waiting[chat] = line
        return self.request(number, chat)

    def replied(self, chat: int) -> None:
        """The stub's `on_reply`. A second message to the same chat is counted apart."""
        line = self.waiting.pop(chat, None)
        if line is None:
            self.extra += 1
            return
        self.finished(line)
        line.go_on()

    def finished(self, line: Line) -> None:
        self.done += 1
        self.took.append(time.perf_counter() - line.begun)

    async def run(self, port: int, server: int, lines: int, warm: float, seconds: float) -> Window:
        """`server` is the process that listens on `port`."""
        loop = asyncio.get_running_loop()
        for _ in range(lines):
            _, line = await loop.create_connection(lambda: Line(self), "127.0.0.1", port)
            self.lines.append(line)
        try:
            return await self.measure(server, warm, seconds)
        finally:
            for line in self.lines:
                line.awaits = 0
                line.transport.close()

    async def measure(self, server: int, warm: float, seconds: float) -> Window:
        self.lines[0].send()
        await self.until(lambda: self.done > 0, "the first update")
        for line in self.lines[1:]:
            line.send()
        await asyncio.sleep(warm)
        window = await self.window(server, seconds)
        self.sending = False
        await self.until(lambda: not any(line.awaits for line in self.lines), "the last updates")
        return window

    async def window(self, server: int, seconds: float) -> Window:
        done, before = self.done, self.spent(server)
        await asyncio.sleep(seconds)
        passed, own, its, all_of_it = (after - earlier for after, earlier in zip(self.spent(server), before, strict=True))
        took = self.took[done : self.done]
        return Window(self.done - done, passed, own / passed, its / passed, (all_of_it - own - its) / passed, took)

    def spent(self, server: int) -> tuple[float, float, float, float]:
        """Seconds so far: on the clock, and worked by the load, by the server, by the whole machine."""
        return time.perf_counter(), time.process_time(), cpu_seconds(server), machine_seconds()

    async def until(self, reached: Until, what: str, patience: float = 30) -> None:
        deadline = time.monotonic() + patience
        while not reached():
            if self.troubles or time.monotonic() > deadline:
                raise UnsteadyError(f"{what}: {self.troubles[:3] or 'no answer'}")
            await asyncio.sleep(0.01)
        if self.troubles:
            raise UnsteadyError(f"{what}: {self.troubles[:3]}")
