"""What the clock does for privacy: erases whom it must every minute, and once a day whatever has had its time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from services.app import App
from services.privacy import ACTOR, REVEALED, erase
from store.unit import Unit

TOGETHER = 20  # residents or tickets of one transaction
WAITS_FOR_LETTERS = timedelta(hours=1)  # so long the last word to who wants to be forgotten may take
Found = Callable[[Unit], Awaitable[list[int]]]


async def tend(app: App) -> int:
    """Erase whoever asked for it; returns how many. Afterwards nothing is left for anybody to read in passing."""
    async with app.store.unit() as unit:
        erased = 0
        for resident_id in await unit.erasure.asked(app.now(), TOGETHER):
            if not await _still_writing(app, unit, resident_id):
                erased += await erase(app, unit, resident_id)
        gone = await unit.erasure.told_once(REVEALED)
        if erased or gone:
            await unit.commit()
    return erased


async def _still_writing(app: App, unit: Unit, resident_id: int) -> bool:
    """Our last word to them has not gone out yet, and was not posted long ago."""
    accounts = await unit.privacy.identities([resident_id])
    long_ago = resident_id in await unit.erasure.asked(app.now() - WAITS_FOR_LETTERS, TOGETHER)
    return not long_ago and await unit.erasure.unsent(accounts)


async def list_erased(app: App) -> None:
    """Bring the list beside the database up to date: it must outlive the database. Lines of others stay."""
    if app.erasures_file is None:
        return
    async with app.store.reading() as unit:
        known = {fingerprint: at.isoformat() for fingerprint, at in (await unit.erasure.fingerprints()).items()}
    await asyncio.to_thread(_write, app.erasures_file, read_erased(app.erasures_file) | known)


def read_erased(file: Path) -> dict[str, str]:
    """Keyed hash → when, from a list; empty where there is none."""
    lines = file.read_text(encoding="ascii").splitlines() if file.exists() else []
    return dict(line.split(" ", 1) for line in lines if " " in line)


def _write(file: Path, erased: dict[str, str]) -> None:
    """All of it or nothing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(".new")
    beside.write_text("".join(f"{fingerprint} {at}\n" for fingerprint, at in sorted(erased.items())), encoding="ascii")
    beside.replace(file)


async def tidy(app: App) -> dict[str, int] | None:
    """Once a day, in one process of all: what has had its time goes. Returns the counts of the report; None when it was done."""
    async with app.store.unit() as unit:
        if not await unit.erasure.first_today(app.today()):
            return None
        await unit.commit()
    counts = await _people_and_tickets(app)
    async with app.store.unit() as unit:
        counts |= await _rows(app, unit)
        await unit.records.audit(app.now(), ACTOR, "retention", "store", **counts)
        await unit.commit()
    return counts


async def _people_and_tickets(app: App) -> dict[str, int]:
    """In many short transactions, so that nobody waits for long."""
    days, now = app.region.privacy.days, app.now()
    newcomers, idle, closed = (now - timedelta(days=period) for period in (days.newcomers, days.conversations, days.tickets))
    return {
        "newcomers": await _each(app, lambda unit: unit.erasure.never_went_on(newcomers, TOGETHER), _erase_each),
        "idle": await _each(app, lambda unit: unit.erasure.idle(idle, TOGETHER), _erase_each),
        "tickets": await _each(app, lambda unit: unit.erasure.closed_tickets(closed, TOGETHER), _forget),
    }


async def _each(app: App, find: Found, do: Callable[[App, Unit, list[int]], Awaitable[int]]) -> int:
    """Find some, do them, commit; until there are none, or none can be done now."""
    total = 0
    while True:
        async with app.store.unit() as unit:
            found = await find(unit)
            done = await do(app, unit, found) if found else 0
            await unit.commit()
        total += done
        if not done:
            return total


async def _erase_each(app: App, unit: Unit, residents: list[int]) -> int:
    return sum([await erase(app, unit, resident_id) for resident_id in residents])


async def _forget(app: App, unit: Unit, tickets: list[int]) -> int:
    await unit.erasure.forget_words(tickets, app.say("note.words_gone"))
    return len(tickets)


async def _rows(app: App, unit: Unit) -> dict[str, int]:
    days, now = app.region.privacy.days, app.now()
    return {
        "arrivals": await unit.erasure.arrivals(now - timedelta(days=days.arrivals)),
        "letters": await unit.erasure.letters(now - timedelta(days=days.letters)),
        "conversations": await unit.erasure.conversations(now - timedelta(days=days.conversations)),
        "learning": await unit.erasure.learning(now - timedelta(days=days.learning)),
    }
