"""Where Sapa's time goes: own time by package, and the time under each of Sapa's functions. For comparing, not for rates."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from bench.load import Load
from bench.servers import ROOT, Place, Server, free_port, running
from bench.stub import serve

SHOWN = 25


async def profile(server: Server, lines: int, warm: float, seconds: float) -> str:
    load = Load(server.replies)
    with tempfile.TemporaryDirectory(prefix="sapa-bench-") as folder:
        place = Place(free_port(), free_port(), Path(folder))
        file = place.folder / "stacks"
        sampled = replace(server, command=server.command.replace("bot", f"bench.sampled {file}", 1))
        async with await serve(place.stub, load.replied), running(sampled, place) as process:
            drive = asyncio.create_task(load.run(place.port, process.pid, lines, warm, seconds))
            await load.until(lambda: load.done > lines, "the first updates")
            process.send_signal(signal.SIGUSR1)
            await drive
            stacks = await written(process, file)
    return f"# {server.name}\n{tables(stacks)}"


async def written(process: Process, file: Path) -> list[str]:
    process.send_signal(signal.SIGUSR2)
    for _ in range(100):
        await asyncio.sleep(0.1)
        if await asyncio.to_thread(file.exists):
            break
    await asyncio.sleep(0.5)  # until all of it is there
    return await asyncio.to_thread(lambda: file.read_text().splitlines())


def tables(stacks: Iterable[str]) -> str:
    own: Counter[str] = Counter()
    under: Counter[str] = Counter()
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        own[_package(frames[-1])] += int(count)
        under.update(dict.fromkeys(filter(None, map(_sapas, frames)), int(count)))
    total = own.total() or 1
    return "\n".join((*_listed("Own time by package", own, total), *_listed("Time under Sapa's functions", under, total)))


def _package(frame: str) -> str:
    _, installed, rest = frame.partition("site-packages/")
    if installed:
        return rest.split("/")[0]
    return _sapas(frame).split("/")[0] or "Python: " + frame.rpartition("/")[2]


def _sapas(frame: str) -> str:
    """A frame of Sapa's own code, from the repository on; "" for others."""
    inside = frame.startswith(f"{ROOT}{os.sep}") and "site-packages" not in frame and "bench/" not in frame
    return frame.removeprefix(f"{ROOT}{os.sep}") if inside else ""


def _listed(title: str, counts: Counter[str], total: int) -> list[str]:
    return ["", title, *(f"{count / total:6.1%}  {name}" for name, count in counts.most_common(SHOWN))]
