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

from bench.load import Load, UnsteadyError, Window
from bench.profile import profile
from bench.report import Windows, report
from bench.servers import DOOR, LOAD_CORE, PEERS, SAPA, Place, Server, free_port, pin, running, stored
from bench.stub import serve

RESULTS = Path(__file__).parent / "results.md"


@dataclass(frozen=True, slots=True)
class Plan:
    rounds: int
    seconds: float
    warm: float
    lines: int


async def one(server: Server, plan: Plan) -> Window:
    """One round of one server, on a new database."""
    load = Load(server.replies)
    with tempfile.TemporaryDirectory(prefix="sapa-bench-") as folder:
        place = Place(free_port(), free_port(), Path(folder))
        async with await serve(place.stub, load.replied):
            async with running(server, place) as process:
                window = await load.run(place.port, process.pid, plan.lines, plan.warm, plan.seconds)
            if server.stores and stored(place) != load.acked:
                raise UnsteadyError(f"{server.name}: acked {load.acked}, stored {stored(place)}")
    return window


async def measured(servers: Iterable[Server], plan: Plan) -> Windows:
    windows: Windows = {server.name: [] for server in servers}
    for number in range(plan.rounds):
        for server in servers:
            window = await one(server, plan)
            windows[server.name].append(window)
            print(f"round {number + 1}: {server.name}: {window.rate:.0f}/s", file=sys.stderr)
    return windows


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3, help="steady time of one round")
    parser.add_argument("--warm", type=float, default=1, help="seconds before it")
    parser.add_argument("--outstanding", type=int, default=32, help="connections, each with one update under way")
    parser.add_argument("--peers", action="store_true", help="without Sapa; writes no file")
    parser.add_argument("--profile", action="store_true", help="where Sapa's time goes (needs py-spy); writes no file")
    return parser.parse_args()


async def main(chosen: argparse.Namespace) -> None:
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    pin(os.getpid(), LOAD_CORE)
    plan = Plan(chosen.rounds, chosen.seconds, chosen.warm, chosen.outstanding)
    if chosen.profile:
        print(await profile(plan.lines))
        return
    text = report(await measured(PEERS if chosen.peers else (DOOR, SAPA, *PEERS), plan), plan.rounds, plan.seconds, plan.lines)
    print(text)
    if not chosen.peers:
        RESULTS.write_text(text)


if __name__ == "__main__":
    try:
        asyncio.run(main(options()))
    except UnsteadyError as problem:
        sys.exit(f"No figure: {problem}")
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)
