"""Where Sapa's time goes on the whole way, by py-spy: own time by package, and time under each of Sapa's functions."""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from bench.load import Load
from bench.servers import ROOT, SAPA, Place, free_port, running
from bench.stub import serve

SECONDS = 10
_FRAME = re.compile(r"(?P<function>.+) \((?P<file>.+?)(:\d+)?\)$")


async def profile(lines: int) -> str:
    py_spy = shutil.which("py-spy")
    if not py_spy:
        return "No profile: py-spy is not installed."
    load = Load(replies=True)
    with tempfile.TemporaryDirectory(prefix="sapa-bench-") as folder:
        place = Place(free_port(), free_port(), Path(folder))
        async with await serve(place.stub, load.replied), running(SAPA, place) as process:
            load_task = asyncio.create_task(load.run(place.port, process.pid, lines, 2, SECONDS))
            await asyncio.sleep(3)
            stacks = await recorded(py_spy, process.pid, place.folder / "stacks")
            await load_task
    return tables(stacks)


async def recorded(py_spy: str, process: int, file: Path) -> list[str]:
    """Lines of `frame;frame;frame count`, the outermost first."""
    arguments = ("record", "--pid", str(process), "--duration", str(SECONDS - 2), "--format", "raw", "--full-filenames")
    spy = await asyncio.create_subprocess_exec(py_spy, *arguments, "--output", str(file))
    if await spy.wait():
        raise SystemExit("py-spy failed (it may need ptrace rights)")
    return await asyncio.to_thread(lambda: file.read_text().splitlines())


def tables(stacks: Iterable[str]) -> str:
    own: Counter[str] = Counter()
    under: Counter[str] = Counter()
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        frames = [match for frame in stack.split(";") if (match := _FRAME.match(frame))]
        if frames:
            own[_package(frames[-1]["file"])] += int(count)
            under.update({name: int(count) for frame in frames if (name := _sapas(frame))})
    total = own.total() or 1
    return _listed("Own time by package", own, total) + "\n" + _listed("Time under Sapa's functions", under, total)


def _package(file: str) -> str:
    _, found, rest = file.rpartition("site-packages/")
    if found:
        return rest.split("/")[0]
    return Path(file).relative_to(ROOT).parts[0] if Path(file).is_relative_to(ROOT) else "Python"


def _sapas(frame: re.Match[str]) -> str:
    file = Path(frame["file"])
    if "site-packages" in file.parts or not file.is_relative_to(ROOT):
        return ""
    return f"{file.relative_to(ROOT)} {frame['function']}"


def _listed(title: str, counts: Counter[str], total: int) -> str:
    return "\n".join([title, *(f"{count / total:6.1%}  {name}" for name, count in counts.most_common(25))])
