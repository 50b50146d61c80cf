"""The table: ratios first, then what each server did."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from bench.load import Window
from bench.servers import AIOGRAM, DOOR, ECHO, NULL, PTB, SAPA, WA_DOOR, WA_SAPA, Server

Windows = dict[str, list[Window]]

# title, Sapa, peer, the least ratio that we promise
RATIOS: tuple[tuple[str, Server, Server, float | None], ...] = (
    ("Door: updates stored and acked ÷ bare aiohttp JSON echo", DOOR, ECHO, 0.6),
    ("Door, WhatsApp: messages stored and acked ÷ bare aiohttp JSON echo", WA_DOOR, ECHO, None),
    ("Whole way, WhatsApp: replies ÷ our own on Telegram", WA_SAPA, SAPA, None),
    ("Whole way: replies ÷ stock python-telegram-bot echo", SAPA, PTB, None),
    ("Whole way: replies ÷ aiogram echo", SAPA, AIOGRAM, None),
)


def report(windows: Windows, rounds: int, seconds: float, lines: int, chats: int) -> str:
    """Markdown. `windows` may lack servers: their rows are left out."""
    parts = [
        "# Benchmark",
        _circumstances(rounds, seconds, lines, chats),
        _ratios(windows),
        _rates(windows),
        _headroom(windows),
        _warning(windows),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _circumstances(rounds: int, seconds: float, lines: int, chats: int) -> str:
    packages = (f"{name} {version(name)}" for name in ("aiohttp", "python-telegram-bot", "aiogram", "SQLAlchemy"))
    versions = ", ".join((f"Linux {platform.release()}", f"Python {platform.python_version()}", *packages))
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {_cpu()} · {versions} · "
        f"an fdatasync takes {_sync() * 1000:.2f} ms\n\n"
        "One process each, pinned to core 0; load and stub Bot API on core 1. "
        f"{rounds} interleaved rounds of {seconds:g} s, medians; a ratio is the median of the rounds' own ratios. "
        f"{lines} updates under way, from {chats} chats in turn; a new database each round."
    )


def _sync() -> float:
    """Seconds that the disk takes to make a page durable: what one commit costs at least."""
    took = []
    with tempfile.TemporaryFile(prefix="sapa-bench-") as probe:
        for _ in range(51):
            begun = time.perf_counter()
            probe.write(bytes(4096))
            probe.flush()
            os.fdatasync(probe.fileno())
            took.append(time.perf_counter() - begun)
    return median(took)


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def _ratios(windows: Windows) -> str:
    rows = [_ratio(windows, *row) for row in RATIOS if row[1].name in windows and row[2].name in windows]
    return _table(("Measured", "Ratio", "Promised", "Sapa /s", "Peer /s"), rows)


def _ratio(windows: Windows, title: str, sapa: Server, peer: Server, least: float | None) -> tuple[str, ...]:
    ours, theirs = windows[sapa.name], windows[peer.name]
    ratio = median(a.rate / b.rate for a, b in zip(ours, theirs, strict=True))
    promised = f"≥ {least:g} {'✓' if ratio >= least else '✗'}" if least else ""
    return title, f"**{ratio:.2f}**", promised, _median(ours, _rate), _median(theirs, _rate)


def _rates(windows: Windows) -> str:
    head = ("Server", "Median /s", "Least–most /s", "p50 ms", "p99 ms", "Server's core", "Load's core", "Others")
    return _table(head, [_row(name, rounds) for name, rounds in windows.items()])


def _row(name: str, rounds: list[Window]) -> tuple[str, ...]:
    rates = sorted(window.rate for window in rounds)
    return (
        name,
        _median(rounds, _rate),
        f"{rates[0]:.0f}–{rates[-1]:.0f}",
        _median(rounds, lambda window: window.percentile(0.5) * 1000, 1),
        _median(rounds, lambda window: window.percentile(0.99) * 1000, 1),
        _median(rounds, lambda window: window.server_busy * 100) + " %",
        _median(rounds, lambda window: window.busy * 100) + " %",
        _median(rounds, lambda window: window.others_busy * 100) + " %",
    )


def _headroom(windows: Windows) -> str:
    """The load must be at least twice as quick as the quickest server, or it measures itself."""
    rates = {name: median(map(_rate, rounds)) for name, rounds in windows.items()}
    own = rates.pop(NULL.name, 0)
    if not own or not rates:
        return ""
    times = own / max(rates.values())
    return f"The load alone does {own:.0f}/s, {times:.1f} × the quickest server{'' if times >= 2 else ': TOO LITTLE'}."


def _warning(windows: Windows) -> str:
    count = sum(window.disturbed for rounds in windows.values() for window in rounds)
    return f"**Not valid: other processes disturbed {count} rounds.** Run it again on an idle machine." if count else ""


def _rate(window: Window) -> float:
    return window.rate


def _median(rounds: list[Window], of: Callable[[Window], float], digits: int = 0) -> str:
    return f"{median(map(of, rounds)):.{digits}f}"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    rule = ("---", *("---:" for _ in head[1:]))
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))
