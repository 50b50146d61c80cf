"""The machine's cores: who runs where, and who used how much."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

SERVER_CORE, LOAD_CORE = 0, 1


def pin(process: int, core: int) -> None:
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(process, {core})


def cpu_seconds(process: int) -> float:
    """User and system time of a process; 0 where there is no /proc."""
    with suppress(OSError):
        return _seconds(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13])
    return 0


def machine_seconds() -> float:
    """Time that all cores have worked, or been kept from us by the host."""
    with suppress(OSError):
        user, nice, system, _idle, _waiting, *rest = Path("/proc/stat").read_text().split("\n")[0].split()[1:9]
        return _seconds([user, nice, system, *rest])
    return 0


def _seconds(ticks: list[str]) -> float:
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
