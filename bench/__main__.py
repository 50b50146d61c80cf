"""All figures in one go: `python -m bench`. Interleaved rounds, so that the machine's moods meet all alike."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.cores import LOAD_CORE, pin
from bench.load import CHATS, Load, UnsteadyError, Window
from bench.profile import profile
from bench.report import Windows, report
from bench.servers import DOOR, PEERS, SAPA, WA_DOOR, WA_SAPA, Place, Server, free_port, running, stored
from bench.stub import serve

RESULTS = Path(__file__).parent / "results.md"
TRIES, PATIENCE_SECONDS = 5, 4


@dataclass(frozen=True, slots=True)
class Plan:
    rounds: int
    seconds: float
    warm: float
    lines: int
    chats: int


async def one(server: Server, plan: Plan) -> Window:
    """One round of one server, on a new database."""
    load = Load(server.replies, plan.chats, server.request)
    with tempfile.TemporaryDirectory(prefix="sapa-bench-") as folder:
        place = Place(free_port(), free_port(), Path(folder))
        async with await serve(place.stub, load.replied):
            async with running(server, place) as process:
                window = await load.run(place.port, process.pid, plan.lines, plan.warm, plan.seconds)
            if server.stores and stored(place) != load.acked:
                raise UnsteadyError(f"{server.name}: acked {load.acked}, stored {stored(place)}")
    return window


async def undisturbed(server: Server, plan: Plan) -> Window:
    """Again while other processes took a part of the cores; the last try counts and the report says so."""
    for _ in range(TRIES):
        window = await one(server, plan)
        if not window.disturbed:
            break
        print(f"disturbed: others used {window.others_busy:.0%} of a core", file=sys.stderr)
        await asyncio.sleep(PATIENCE_SECONDS)
    return window


async def measured(servers: Iterable[Server], plan: Plan) -> Windows:
    windows: Windows = {server.name: [] for server in servers}
    for number in range(plan.rounds):
        for server in servers:
            window = await undisturbed(server, plan)
            windows[server.name].append(window)
            print(f"round {number + 1}: {server.name}: {window.rate:.0f}/s", file=sys.stderr)
    return windows


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3, help="steady time of one round")
    parser.add_argument("--warm", type=float, default=4, help="seconds before it")
    parser.add_argument("--outstanding", type=int, default=100, help="updates under way, each on its own connection")
    parser.add_argument("--chats", type=int, default=CHATS, help="how many residents write in turn")
    parser.add_argument("--peers", action="store_true", help="without Sapa; writes no file")
    parser.add_argument("--profile", action="store_true", help="where Sapa's time goes; writes no file")
    return parser.parse_args()


async def main(chosen: argparse.Namespace) -> None:
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    pin(os.getpid(), LOAD_CORE)
    plan = Plan(chosen.rounds, chosen.seconds, chosen.warm, chosen.outstanding, chosen.chats)
    if chosen.profile:
        for server in (DOOR, SAPA):
            print(await profile(server, plan.lines, plan.warm, plan.seconds), end="\n\n")
        return
    windows = await measured(PEERS if chosen.peers else (DOOR, SAPA, WA_DOOR, WA_SAPA, *PEERS), plan)
    text = report(windows, plan.rounds, plan.seconds, plan.lines, plan.chats)
    print(text)
    if not chosen.peers and not any(window.disturbed for rounds in windows.values() for window in rounds):
        RESULTS.write_text(text)


if __name__ == "__main__":
    try:
        asyncio.run(main(options()))
    except UnsteadyError as problem:
        sys.exit(f"No figure: {problem}")
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)
