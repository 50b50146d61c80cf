"""The servers under test: how each is started, pinned, asked whether it is ready, and stopped whatever happens."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import sys
from asyncio.subprocess import STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.bodies import NUMBER_ID, SECRET, Request, telegram, whatsapp
from bench.cores import SERVER_CORE, pin
from bench.load import UnsteadyError

ROOT = Path(__file__).parent.parent
READY_SECONDS = 60  # a first start may have to fill a new database


@dataclass(frozen=True, slots=True)
class Place:
    """Where one run takes place: ports, and a folder that is removed afterwards."""

    port: int
    stub: int
    folder: Path

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.stub}"

    @property
    def database(self) -> Path:
        return self.folder / "sapa.sqlite3"


@dataclass(frozen=True, slots=True)
class Server:
    """`replies`: an update is done when its reply is out. `command` is a format of port, api, secret."""

    name: str
    command: str
    replies: bool = False
    stores: bool = False
    request: Request = telegram

    def arguments(self, place: Place) -> list[str]:
        return ["-m", *self.command.format(port=place.port, api=place.api, secret=SECRET).split()]


DOOR = Server("Sapa, door (`serve --no-worker`)", "bot serve --no-worker", stores=True)
SAPA = Server("Sapa, whole way (`serve`)", "bot serve", replies=True)
WA_DOOR = Server("Sapa, door, WhatsApp", "bot serve --no-worker", stores=True, request=whatsapp)
WA_SAPA = Server("Sapa, whole way, WhatsApp", "bot serve", replies=True, request=whatsapp)
ECHO = Server("aiohttp JSON echo", "bench.peers.echo {port}")
PTB = Server("python-telegram-bot echo, stock httpx", "bench.peers.ptb_echo {port} {api}", replies=True)
AIOGRAM = Server("aiogram echo", "bench.peers.aiogram_echo {port} {api} {secret}", replies=True)
NULL = Server("nothing but an answer (headroom of the load)", "bench.stub {port}")
PEERS = (ECHO, PTB, AIOGRAM, NULL)


def settings(place: Place, server: Server) -> dict[str, str]:
    """One messenger at a time, so that nothing of the other is measured."""
    on_whatsapp = server.request is whatsapp
    return {
        "SAPA_PORT": str(place.port),
        "SAPA_DATABASE_URL": f"sqlite+aiosqlite:///{place.database}",
        "SAPA_PUBLIC_URL": f"http://127.0.0.1:{place.port}",
        "SAPA_TELEGRAM_API_URL": place.api,
        "SAPA_TELEGRAM_MESSAGES_PER_SECOND": "100000",
        "SAPA_TELEGRAM_SECRET": SECRET,
        "SAPA_TELEGRAM_TOKEN": "" if on_whatsapp else "123456:bench",
        "SAPA_WHATSAPP_TOKEN": "bench" if on_whatsapp else "",
        "SAPA_WHATSAPP_PHONE_NUMBER_ID": NUMBER_ID,
        "SAPA_WHATSAPP_APP_SECRET": SECRET,
        "SAPA_WHATSAPP_API_URL": place.api,
        "SAPA_WHATSAPP_MESSAGES_PER_SECOND": "100000",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stored(place: Place) -> int:
    with sqlite3.connect(place.database) as database:
        return int(database.execute("SELECT count(*) FROM inbox").fetchone()[0])


@asynccontextmanager
async def running(server: Server, place: Place) -> AsyncIterator[Process]:
    """The server, ready on its port. Left by any way, it is killed: what it acked must be stored already."""
    log = place.folder / "log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *server.arguments(place),
            cwd=ROOT,
            env=os.environ | settings(place, server),
            stdout=out,
            stderr=STDOUT,
        )
    try:
        pin(process.pid, SERVER_CORE)
        await ready(process, place.port)
        yield process
    except UnsteadyError as problem:
        raise UnsteadyError(f"{server.name}: {problem}\n{log.read_text()[-3000:]}") from problem
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def ready(process: Process, port: int) -> None:
    for _ in range(READY_SECONDS * 20):
        if process.returncode is not None:
            raise UnsteadyError(f"ended at once with {process.returncode}")
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.05)
    raise UnsteadyError("does not listen")
