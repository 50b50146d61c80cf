"""The real program as a subprocess, to be killed: `async with Sapa(database_url=…, telegram_url=fake.url) as sapa:`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.doubles.nursery import Child, nursery

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-m", "bot")
TAIL = 4000
# Settings of the developer, and what would make each start compile the program anew.
LEFT_OUT = ("SAPA_", "PYTHONDONTWRITEBYTECODE")
MEDIA = tempfile.TemporaryDirectory()  # of all processes, as they share it in production
VAULT_KEY = "c2FwYS10ZXN0LWtleS1ub3QtZm9yLXJlYWwtdXNlISE="  # every program of the tests has this one


class Stopped(NamedTuple):
    """How a process ended: its exit code (-9 = killed) and how many seconds it took."""

    seconds: float
    code: int


class Finished(NamedTuple):
    """A command that ran to its end."""

    code: int
    stdout: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Sapa:
    """`program` + `command` is what runs; `ready` the path that answers 200 when it serves (None: do not wait).

    Our own program is forked from a parent that has imported it; `fresh`: each start is an interpreter of its own.
    """

    def __init__(
        self,
        *,
        database_url: str,
        telegram_url: str = "",
        telegram_token: str = "700000001:AAFakeFakeFakeFakeFakeFakeFakeFake00",
        public: bool = True,
        env: Mapping[str, str] | None = None,
        command: str | Sequence[str] = "serve",
        program: Sequence[str] = PROGRAM,
        ready: str | None = "/healthz",
        start_seconds: float = 20.0,
        port: int = 0,
        fresh: bool = False,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.command = [command] if isinstance(command, str) else list(command)
        self.program, self.ready, self.start_seconds = list(program), ready, start_seconds
        settings = {
            "SAPA_PORT": str(self.port),
            "SAPA_DATABASE_URL": database_url,
            "SAPA_TELEGRAM_TOKEN": telegram_token,
            "SAPA_TELEGRAM_API_URL": telegram_url,
            "SAPA_PUBLIC_URL": self.url if public else "",
            "SAPA_MEDIA_DIR": MEDIA.name,
            "SAPA_VAULT_KEY": VAULT_KEY,
        }
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(LEFT_OUT)}
        self.env = {**inherited, "PYTHONUNBUFFERED": "1", **settings, **(env or {})}
        self.log = Path(tempfile.mkstemp(prefix="sapa-log-", suffix=".txt")[1])
        self.forked = self.program == [*PROGRAM] and not fresh
        self.process: asyncio.subprocess.Process | Child | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self.running:
            await self.kill()
        if error is not None:
            sys.stderr.write(self.log_text()[-TAIL:])
        self.log.unlink(missing_ok=True)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.returncode is None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def log_text(self) -> str:
        """stdout and stderr of all runs."""
        return self.log.read_text(errors="replace")

    async def start(self) -> float:
        """Start and wait until ready. Seconds it took. Raises RuntimeError with the log's end when it fails."""
        assert not self.running
        began = time.monotonic()
        self.process = await self._launch(self.command, self.log)
        if self.ready is not None:
            await self._wait_ready(self.ready)
        return time.monotonic() - began

    async def _launch(self, command: Sequence[str], output: Path) -> asyncio.subprocess.Process | Child:
        if self.forked:
            return nursery().start(command, self.env, output)
        with _appending(output) as log:
            return await asyncio.create_subprocess_exec(
                *self.program, *command, cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
            )

    async def _wait_ready(self, path: str) -> None:
        deadline = time.monotonic() + self.start_seconds
        async with ClientSession(timeout=ClientTimeout(total=2)) as client:
            while not await self._healthy(client, path):
                if not self.running or time.monotonic() > deadline:
                    await self._give_up()
                await asyncio.sleep(0.03)

    async def _healthy(self, client: ClientSession, path: str) -> bool:
        try:
            async with client.get(self.url + path) as answer:
                return answer.status == 200
        except (ClientError, OSError, TimeoutError):
            return False

    async def _give_up(self) -> None:
        what = "did not become ready" if self.running else f"ended with {self.process and self.process.returncode}"
        if self.running:
            await self.kill()
        raise RuntimeError(f"{' '.join(self.command)} {what}; its log ends:\n{self.log_text()[-TAIL:]}")

    async def kill(self) -> Stopped:
        """SIGKILL, to the children too."""
        return await self._signal(signal.SIGKILL, 10.0)

    async def terminate(self, patience: float = 30.0) -> Stopped:
        """SIGTERM and wait for the end. Raises TimeoutError (after a SIGKILL) when it does not stop."""
        return await self._signal(signal.SIGTERM, patience)

    async def _signal(self, number: signal.Signals, patience: float) -> Stopped:
        assert self.process is not None
        began = time.monotonic()
        whole = number == signal.SIGKILL
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if whole else os.kill)(self.pid, number)
        try:
            code = await asyncio.wait_for(self.process.wait(), patience)
        except TimeoutError:
            os.killpg(self.pid, signal.SIGKILL)
            await self.process.wait()
            raise TimeoutError(f"still running {patience} s after {number.name}:\n{self.log_text()[-TAIL:]}") from None
        return Stopped(time.monotonic() - began, code)

    async def wait(self, patience: float = 30.0) -> int:
        """Wait until it ends by itself; its exit code."""
        assert self.process is not None
        return await asyncio.wait_for(self.process.wait(), patience)

    async def restart(self, *, hard: bool = False) -> float:
        """SIGTERM (or SIGKILL) and start again on the same port. Seconds until it served again."""
        if self.running:
            await (self.kill() if hard else self.terminate())
        return await self.start()

    async def run(self, *command: str, patience: float = 60.0) -> Finished:
        """A one-shot command of the same program with the same settings, e.g. `migrate`."""
        output = Path(tempfile.mkstemp(prefix="sapa-run-", suffix=".txt")[1])
        process = await self._launch(command, output)
        try:
            code = await asyncio.wait_for(process.wait(), patience)
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            raise
        return Finished(code, _taken(output))


def _appending(file: Path) -> BinaryIO:
    return file.open("ab")


def _taken(file: Path) -> str:
    """What stands in a file that nobody needs any more."""
    text = file.read_text(errors="replace")
    file.unlink()
    return text
