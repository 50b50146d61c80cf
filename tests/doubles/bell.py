"""Waiting for something to become true, woken by every event and at the latest every 50 ms."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable


class Bell:
    """One per double: `ring()` after each change, `wait()` for a condition."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()

    def ring(self) -> None:
        for event in self._waiting:
            event.set()

    async def wait(self, condition: Callable[[], object], seconds: float, picture: Callable[[], str]) -> None:
        """Raises TimeoutError with `picture()` in its text."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    await self._pause(event)
        except TimeoutError:
            raise TimeoutError(f"not within {seconds} s; so far:\n{picture()}") from None
        finally:
            self._waiting.discard(event)

    @staticmethod
    async def _pause(event: asyncio.Event) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), 0.05)
        event.clear()
