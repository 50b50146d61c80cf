"""`python -m bench.sampled FILE …` is `python -m bot …` that samples itself: SIGUSR1 begins, SIGUSR2 writes FILE."""

from __future__ import annotations

import runpy
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType

import greenlet  # type: ignore[import-untyped]

EVERY_SECONDS = 0.002  # of processor time, of all threads; only the main thread is looked at

stacks: Counter[str] = Counter()


def begin(_signal: int, _frame: FrameType | None) -> None:
    signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)


def codes(frame: FrameType | None) -> Iterator[CodeType]:
    """From the innermost outwards, also across the greenlets in which SQLAlchemy works."""
    inner = greenlet.getcurrent()
    while frame:
        yield frame.f_code
        frame = frame.f_back
        if not frame and inner.parent:
            inner = inner.parent
            frame = inner.gr_frame


def sample(_signal: int, frame: FrameType | None) -> None:
    names = [f"{code.co_filename}:{code.co_name}" for code in codes(frame)]
    stacks[";".join(reversed(names))] += 1


def write(file: Path) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
    file.write_text("\n".join(f"{stack} {count}" for stack, count in stacks.items()))


def main() -> None:
    file = Path(sys.argv.pop(1))
    signal.signal(signal.SIGUSR1, begin)
    signal.signal(signal.SIGPROF, sample)
    signal.signal(signal.SIGUSR2, lambda _signal, _frame: write(file))
    runpy.run_module("bot", run_name="__main__")


if __name__ == "__main__":
    main()
