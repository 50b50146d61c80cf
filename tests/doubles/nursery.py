"""The real program as processes that need not import it: a parent did so once, and is forked for each of them.

Signals, kills and exit codes are those of real processes. `python -m tests.doubles.nursery` is the parent: it reads an order
a line, answers with the number of the process, and writes its exit code into a file when it has ended.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import itertools
import json
import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from bot.commands import cli, load

ROOT = Path(__file__).resolve().parents[2]
POLL_SECONDS = 0.005
LOADED = ("serve", "invite", "migrate")


@dataclass(frozen=True)
class Order:
    """`log`: where its output is appended; `end`: where its exit code will stand."""

    arguments: list[str]
    environment: dict[str, str]
    log: str
    end: str


class Child:
    """As much of asyncio's `Process` as the tests use."""

    def __init__(self, pid: int, end: Path) -> None:
        self.pid = pid
        self._end = end
        self._code: int | None = None

    @property
    def returncode(self) -> int | None:
        if self._code is None and self._end.exists():
            self._code = int(self._end.read_text())
            self._end.unlink()
        return self._code

    async def wait(self) -> int:
        while (code := self.returncode) is None:  # noqa: ASYNC110 - it stands in a file
            await asyncio.sleep(POLL_SECONDS)
        return code


class Nursery:
    """Starts the parent; ends with this process."""

    def __init__(self) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SAPA_")}
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.doubles.nursery"],
            cwd=ROOT, env=clean | {"PYTHONUNBUFFERED": "1"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._ends = tempfile.TemporaryDirectory(prefix="sapa-ends-")
        self._numbers = itertools.count(1)
        atexit.register(self._close)

    def start(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Child:
        """`python -m bot ARGUMENTS` with this environment, its output appended to `log`."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        end = Path(self._ends.name) / str(next(self._numbers))
        order = Order(list(arguments), dict(environment), str(log), str(end))
        self._parent.stdin.write(json.dumps(asdict(order)) + "\n")
        self._parent.stdin.flush()
        return Child(int(self._parent.stdout.readline()), end)

    def _close(self) -> None:
        self._parent.communicate()
        self._ends.cleanup()


@cache
def nursery() -> Nursery:
    return Nursery()


def main() -> None:
    """The parent: orders on standard input until it ends."""
    for name in LOADED:
        load(name)
    living: dict[int, tuple[int, Path]] = {}  # descriptor of a process → its number, the file for its exit code
    events = selectors.DefaultSelector()
    events.register(sys.stdin, selectors.EVENT_READ)
    while True:
        for key, _ in events.select():
            if key.fd in living:
                events.unregister(key.fd)
                _bury(key.fd, *living.pop(key.fd))
            elif line := sys.stdin.readline():
                order = Order(**json.loads(line))
                if (pid := os.fork()) == 0:
                    events.close()
                    _live(order)
                descriptor = _born(pid)
                living[descriptor] = (pid, Path(order.end))
                events.register(descriptor, selectors.EVENT_READ)
            else:
                return


def _born(pid: int) -> int:
    """The group is made on both sides, so that it is there whoever comes first."""
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)
    descriptor = os.pidfd_open(pid)
    sys.stdout.write(f"{pid}\n")
    sys.stdout.flush()
    return descriptor


def _bury(descriptor: int, pid: int, end: Path) -> None:
    os.close(descriptor)
    half = end.with_suffix(".half")
    half.write_text(str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))
    half.replace(end)


def _live(order: Order) -> None:
    """The child: it leaves as the program does, by SystemExit or an error that nobody catches."""
    os.setpgid(0, 0)
    log = os.open(order.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.clear()
    os.environ.update(order.environment)
    sys.argv = ["bot", *order.arguments]
    cli()
    sys.exit()


if __name__ == "__main__":
    main()
