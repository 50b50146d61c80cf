"""`python -m bench.sampled FILE …` is `python -m bot …` that samples itself: SIGUSR1 begins, SIGUSR2 writes FILE."""

from __future__ import annotations

import runpy
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY_SECONDS = 0.002  # of processor time, of all threads; only the main thread is looked at

stacks: Counter[str] = Counter()


def begin(_signal: int, _frame: FrameType | None) -> None:
    signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)


def sample(_signal: int, frame: FrameType | None) -> None:
    names = []
    while frame:
        names.append(f"{frame.f_code.co_filename}:{frame.f_code.co_name}")
        frame = frame.f_back
    stacks[";".join(reversed(names))] += 1


def write(_signal: int, _frame: FrameType | None) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
    Path(sys.argv[0]).write_text("\n".join(f"{stack} {count}" for stack, count in stacks.items()))


def main() -> None:
    signal.signal(signal.SIGUSR1, begin)
    signal.signal(signal.SIGPROF, sample)
    signal.signal(signal.SIGUSR2, write)
    runpy.run_module("bot", run_name="__main__")


if __name__ == "__main__":
    main()
