"""Sending: letters on their way, and what becomes of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from bot.metrics import CHANNEL_UP, LETTERS, alarm
from domain.errors import Delayed, DeliveryProblem, StoreAway
from domain.messages import Channel, Letter, Sent
from services.app import App
from services.delivery import Result, settle
from store.unit import Unit

log = structlog.get_logger()

SENDS_TOGETHER = 64  # letters on their way at one time, per channel
POLL_SECONDS = 1.0  # the longest that work waits when a wake-up was missed
CROWDED_SECONDS = 0.04  # between tries while letters are due but a limit holds them
STOPPED = frozenset({"not_permitted", "account_locked", "payment_missing", "spam_limited"})  # reasons that no retry mends
TO_MEND = STOPPED | {"our_request", "template_refused"}
SEND_SECONDS = 35.0  # one send with all its requests: shorter than its lease, or another worker would take it for dead
FINISH_SECONDS = 10.0  # for letters under way when told to stop


class Delivery:
    """Sends the letters of one channel: claim, send with no transaction open, settle together with the next claim."""

    def __init__(self, app: App, channel: Channel, wake: Callable[[], None]) -> None:
        self._app = app
        self._channel = channel
        self._wake = wake
        self._out: set[asyncio.Task[None]] = set()
        self._results: list[Result] = []
        self._quiet_until = 0.0
        self.pause = POLL_SECONDS  # until the next try, when the last round moved nothing

    async def round(self, *, claim: bool = True) -> int:
        """Settle what came back, claim what is due, send it; returns how many letters moved."""
        room = SENDS_TOGETHER - len(self._out) if claim else 0
        if not self._results and not await self._due(room):
            self.pause = POLL_SECONDS
            return 0
        results, self._results = self._results, []
        try:
            letters = await self._settle_and_claim(results, room)
        except StoreAway:
            self._results = results + self._results  # not written: they are settled the next time
            raise
        except Exception:  # one result that cannot be written must not stop all letters
            log.exception("settle_failed", channel=self._channel.name)
            letters = []
            for result in results:
                await self._settle_alone(result)
        self._start(letters)
        moved = len(results) + len(letters)
        self.pause = 0.0 if moved else min(POLL_SECONDS, max(CROWDED_SECONDS, self.pause * 2))
        return moved

    async def _settle_and_claim(self, results: list[Result], room: int) -> Sequence[Letter]:
        async with self._app.store.unit() as unit:
            await settle(self._app, unit, results)
            letters = await self._claim(unit, room) if room else []
            await unit.commit()
        return letters

    async def _claim(self, unit: Unit, room: int) -> Sequence[Letter]:
        channel = self._channel
        return await unit.outbox.claim(channel.name, channel.rate, self._app.now(), room, channel.traits.merges)

    async def _settle_alone(self, result: Result) -> None:
        """A result that cannot be settled is left to the rescue, which counts its sender as dead."""
        try:
            await self._settle_and_claim([result], 0)
        except StoreAway:
            self._results.append(result)
        except Exception:
            alarm("letter_not_settled", letter=result.letter.id, channel=self._channel.name)

    async def _due(self, room: int) -> bool:
        if room <= 0:
            return False
        async with self._app.store.reading() as unit:
            return await unit.outbox.due([self._channel.name], self._app.now())

    def _start(self, letters: Sequence[Letter]) -> None:
        for letter in letters:
            task = asyncio.create_task(self._send(letter))
            self._out.add(task)
            task.add_done_callback(self._out.discard)

    async def _send(self, letter: Letter) -> None:
        outcome = await self._outcome(letter)
        kind = "sent" if isinstance(outcome, Sent) else outcome.reason
        LETTERS.labels(self._channel.name, kind).inc()
        if isinstance(outcome, Delayed) and outcome.pauses and outcome.retry_after:
            self._quiet_until = max(self._quiet_until, asyncio.get_running_loop().time() + outcome.retry_after)
        self._watch(kind)
        self._results.append(Result(letter, outcome))
        self._wake()

    def _watch(self, kind: str) -> None:
        """What a person has to mend is an alarm; a messenger that takes nothing at all counts as not connected."""
        name = self._channel.name
        if kind == "token_revoked":
            alarm("token_revoked", channel=name)
        elif kind in TO_MEND:
            alarm("letters_stopped", channel=name, reason=kind)
        if kind == "sent" or kind == "token_revoked" or kind in STOPPED:
            CHANNEL_UP.labels(name).set(kind == "sent")

    async def _outcome(self, letter: Letter) -> Sent | DeliveryProblem:
        """What the messenger said. While the channel is paused nothing is asked of it."""
        quiet = self._quiet_until - asyncio.get_running_loop().time()
        if quiet > 0:
            return Delayed("paused", quiet, counts=False)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                return await self._channel.send(letter)
        except DeliveryProblem as problem:
            return problem
        except TimeoutError:
            return Delayed("too_slow", uncertain=True)
        except asyncio.CancelledError:  # by `finish`: the letter is settled all the same
            return Delayed("broken_off", uncertain=True)
        except Exception:  # a mistake of ours must neither stop the delivery nor lose the letter
            log.exception("send_failed", letter=letter.id, channel=self._channel.name)
            return Delayed("our_mistake", uncertain=True)

    async def finish(self) -> None:
        """Wait for what is on its way and settle it; what takes too long is broken off."""
        if self._out:
            _, late = await asyncio.wait(self._out, timeout=FINISH_SECONDS)
            for sending in late:
                sending.cancel()
            await asyncio.gather(*late)
        while self._results:
            await self.round(claim=False)
