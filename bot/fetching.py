"""Files of tickets, after the turn: claim, fetch and inspect with no transaction open, settle. A failure harms no ticket."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import structlog

from bot.media.inspection import Died, Unfit, inspect
from bot.metrics import FILES
from domain.errors import Delayed, DeliveryProblem, Refused
from domain.files import MOST_BYTES, TRIES, FileState, Seen, StoredFile, next_try
from services import files
from services.app import App
from store.unit import Unit

log = structlog.get_logger()

LANES = 2  # files at one time: each keeps a processor busy
FETCH_SECONDS = 90.0  # with the inspection shorter than the lease
DEATHS = 3  # processes that one file may take with it
CANNOT_BE_HAD = "gone"


class Fetching:
    """Fetches what is wanted and deletes what is forgotten, one file a round; several rounds may go on at once."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._channels = list(app.channels)
        self._under_way: set[asyncio.Task[Seen | DeliveryProblem]] = set()

    async def round(self) -> int:
        """Do what waited longest; returns how many files were tried."""
        async with self._app.store.reading() as unit:
            if not await unit.files.due(self._channels, self._app.now()):
                return 0
        async with self._app.store.unit() as unit:
            file = await unit.files.claim(self._channels, self._app.now())
            await unit.commit()
        if file is None:
            return 0
        if file.state is FileState.LEAVING:
            await self._delete(file)
        else:
            await self._fetch(file)
        return 1

    def break_off(self) -> None:
        """Stop what takes long: it is tried again later, as if it had not been begun."""
        for task in self._under_way:
            task.cancel()

    async def sweep(self) -> None:
        await asyncio.to_thread(self._app.shelf.sweep)

    async def _fetch(self, file: StoredFile) -> None:
        with self._app.shelf.bench() as bench:
            task = asyncio.create_task(self._found(file, Path(bench)))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            found, copy = await task, Path(bench) / "copy"
            async with self._app.store.unit() as unit:
                outcome = await self._settle(unit, file, found, copy)
                await unit.commit()
        FILES.labels(file.channel, outcome).inc()

    async def _found(self, file: StoredFile, bench: Path) -> Seen | DeliveryProblem:
        """What it is, or why we have not got it."""
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                await self._app.channels[file.channel].fetch(file.media.ref, bench / "file", MOST_BYTES)
            return await inspect(bench / "file", bench / "copy")
        except DeliveryProblem as problem:
            return problem
        except Unfit as unfit:
            return Refused(str(unfit))
        except Died:
            return Refused("broken") if file.attempts >= DEATHS else Delayed("inspection_died")
        except TimeoutError:
            return Delayed("too_slow")
        except asyncio.CancelledError:  # by `break_off`
            return Delayed("broken_off", 0.0, counts=False)
        except Exception:  # a mistake of ours, or a full disk
            log.exception("fetch_failed", file=file.id, channel=file.channel)
            return Delayed("our_mistake")

    async def _settle(self, unit: Unit, file: StoredFile, found: Seen | DeliveryProblem, copy: Path) -> str:
        """Write what became of it; the word for the metric. The copy gets its place while nobody else moves copies."""
        if isinstance(found, Seen):
            await unit.files.lock_disk()
            self._app.shelf.put(copy, found.copy)
            await files.keep(self._app, unit, file, found)
            return FileState.KEPT.value
        at = next_try(file, found, self._app.now(), random.random)
        if at is not None and file.attempts < TRIES:
            await unit.files.again(file, at, isinstance(found, Delayed) and found.counts)
            return found.reason
        state, reason = _end(found)
        await files.turn_away(self._app, unit, file, state, reason)
        return reason

    async def _delete(self, file: StoredFile) -> None:
        """Take a forgotten copy from the disk, unless another ticket needs it."""
        async with self._app.store.unit() as unit:
            await unit.files.lock_disk()
            if await unit.files.end(file, FileState.GONE) and not await unit.files.is_shared(file.copy):
                self._app.shelf.remove(file.copy)
            await unit.commit()


def _end(problem: DeliveryProblem) -> tuple[FileState, str]:
    """Refused by what it is, or not to be had."""
    refused = isinstance(problem, Refused) and problem.reason in files.REASONS
    return (FileState.REFUSED, problem.reason) if refused else (FileState.GONE, CANNOT_BE_HAD)
