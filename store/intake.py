"""The door's group commit: one writer, many waiting arrivals, so that `synchronous=FULL` costs little."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from domain.errors import StoreAway
from domain.messages import Arrival
from store.unit import Store

LARGEST_GROUP = 500  # arrivals in one commit

Waiting = tuple[Sequence[Arrival], "asyncio.Future[None]"]


class Intake:
    """Stores arrivals; `put` returns only when they are durable."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._waiting: list[Waiting] = []
        self._writer: asyncio.Task[None] | None = None

    async def put(self, arrivals: Sequence[Arrival]) -> None:
        """Store the arrivals of one body together. Raises StoreAway when they could not be stored."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((arrivals, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:LARGEST_GROUP], self._waiting[LARGEST_GROUP:]
            try:
                await self._store_group(group)
            except StoreAway as away:
                _settle(group, away)
            except Exception as error:  # one bad arrival must not cost the others their place
                await self._one_by_one(group, error)
            else:
                _settle(group, None)

    async def _store_group(self, group: Sequence[Waiting]) -> None:
        await self._store.put([arrival for arrivals, _ in group for arrival in arrivals], self._now())

    async def _one_by_one(self, group: Sequence[Waiting], error: Exception) -> None:
        if len(group) == 1:
            _settle(group, error)
            return
        for one in group:
            try:
                await self._store_group([one])
            except Exception as own_error:
                _settle([one], own_error)
            else:
                _settle([one], None)


def _settle(group: Sequence[Waiting], error: Exception | None) -> None:
    for _, done in group:
        if done.cancelled():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
