"""The loops that do the work: turns, deliveries, and the channel's connection. Each step is short and may be repeated."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic

import structlog

from bot.budget import Budget
from bot.fetching import LANES, Fetching
from bot.freshness import Freshness
from bot.metrics import TURNS, alarm
from bot.sending import POLL_SECONDS, Delivery
from domain.errors import StoreAway
from domain.messages import Arrival, Incoming
from handlers.conduct import Heard, conduct
from services.app import App
from services.clock import TOGETHER, tick
from services.delivery import rescue
from services.digest import is_due, post_digests
from services.publishing import catch_up
from services.retention import list_erased, tend, tidy
from store.unit import ARRIVALS
from store.unit import LETTERS as LETTERS_WAKE

log = structlog.get_logger()

TURNS_TOGETHER = 64  # arrivals of different chats that share one commit
GATHER_SECONDS = 0.01  # after a step that found work: what comes in meanwhile shares the next commit
RETRY_SECONDS = 0.1  # between looks while a failed arrival waits for its next try: its chat waits behind it
RETRIES_WITHIN = 2.0  # longer than any wait between two tries of an arrival
AWAY_SECONDS = 1.0  # between tries while the database does not answer
RESCUE_SECONDS = 5.0
CLOCK_SECONDS = 5.0
EDITION_SECONDS = 2.0
PRIVACY_SECONDS = 30.0
FRESHNESS_SECONDS = 60.0
SWEEP_SECONDS = 3600.0


class Turns:
    """Answers open arrivals, the oldest of each chat first."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._channels = list(app.channels)
        self._failed_at = -RETRIES_WITHIN

    @property
    def pause(self) -> float:
        """Seconds until the next look, when the last one found nothing."""
        return RETRY_SECONDS if monotonic() - self._failed_at < RETRIES_WITHIN else POLL_SECONDS

    async def round(self) -> int:
        """Answer what can be answered now; returns how many arrivals left the queue or were tried."""
        async with self._app.store.unit() as unit:
            taken = await unit.inbox.take(self._channels, self._app.now(), TURNS_TOGETHER)
            if not taken:
                return 0
            try:
                heard = [Heard(arrival, self._parse(arrival)) for arrival in taken]
                self._show_seen(heard)
                await conduct(self._app, unit, heard)
                unit.inbox.done([arrival.id for arrival in taken])
                await unit.commit(wake=ARRIVALS)
            except StoreAway:
                raise
            except Exception:
                log.warning("turns_apart", arrivals=len(taken), exc_info=True)
            else:
                _count(taken)
                return len(taken)
        return await self._apart(taken)

    def _show_seen(self, heard: Sequence[Heard]) -> None:
        for one in heard:
            self._app.channels[one.incoming.channel].seen(one.incoming)

    async def _apart(self, taken: Sequence[Arrival]) -> int:
        """Something in the group failed: each on its own, so that only the one at fault waits."""
        for arrival in taken:
            await self._alone(arrival)
        return len(taken)

    async def _alone(self, arrival: Arrival) -> None:
        async with self._app.store.unit() as unit:
            if not await unit.inbox.hold([arrival]):
                return  # another worker was faster
            try:
                await conduct(self._app, unit, [Heard(arrival, self._parse(arrival))])
                unit.inbox.done([arrival.id])
                await unit.commit(wake=ARRIVALS)
            except StoreAway:
                raise
            except Exception as error:
                failure = error
            else:
                _count([arrival])
                return
        await self._set_aside(arrival, failure)

    async def _set_aside(self, arrival: Arrival, error: Exception) -> None:
        async with self._app.store.unit() as unit:
            dead = await unit.inbox.failed(arrival, type(error).__name__, self._app.now())
            await unit.commit(wake=ARRIVALS)
        self._failed_at = monotonic()
        log.warning("turn_failed", arrival=arrival.id, channel=arrival.channel, exc_info=error)
        TURNS.labels(arrival.channel, "dead" if dead else "failed").inc()
        if dead:
            alarm("arrival_set_aside", arrival=arrival.id, channel=arrival.channel)

    def _parse(self, arrival: Arrival) -> Incoming:
        return self._app.channels[arrival.channel].parse(arrival)


def _count(arrivals: Sequence[Arrival]) -> None:
    for channel, count in Counter(arrival.channel for arrival in arrivals).items():
        TURNS.labels(channel, "answered").inc(count)


class Worker:
    """All loops of one process. `stop` lets what was begun come to its end."""

    def __init__(self, app: App, budget: Budget | None = None) -> None:
        self._app, self._budget = app, budget
        self._arrivals, self._letters, self._stopping = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._lanes = [asyncio.Event() for _ in range(LANES)]
        app.store.on(ARRIVALS, self._arrivals.set)
        app.store.on(LETTERS_WAKE, self._letters.set)
        self._turns = Turns(app)
        self._freshness, self._fetching = Freshness(app), Fetching(app)
        self._deliveries = [Delivery(app, channel, self._letters.set) for channel in app.channels.values()]
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._loop("turns", self._turns.round, self._arrivals, lambda: self._turns.pause)),
            asyncio.create_task(self._loop("letters", self._deliver, self._letters, self._crowded)),
            *(asyncio.create_task(self._loop("files", self._fetching.round, lane, lambda: POLL_SECONDS)) for lane in self._lanes),
            asyncio.create_task(self._every(SWEEP_SECONDS, self._fetching.sweep)),
            asyncio.create_task(self._every(RESCUE_SECONDS, self._rescue)),
            asyncio.create_task(self._every(CLOCK_SECONDS, self.tick)),
            asyncio.create_task(self._every(PRIVACY_SECONDS, self.tend)),
            asyncio.create_task(self._every(EDITION_SECONDS, self._catch_up)),
            asyncio.create_task(self._every(FRESHNESS_SECONDS, self._freshness.remind)),
            *([asyncio.create_task(self._every(FRESHNESS_SECONDS, self._budget.look))] if self._budget else []),
        ]

    async def stop(self) -> None:
        """Begin nothing new, finish what was begun."""
        for event in (self._stopping, self._arrivals, self._letters, *self._lanes):
            event.set()
        self._fetching.break_off()
        await asyncio.gather(*self._tasks)
        for delivery in self._deliveries:
            await _despite_outage(delivery.finish)

    async def drain(self) -> None:
        """Turn, deliver and fetch until nothing can be done now: for the terminal and for tests."""
        while True:
            moved = await self._turns.round() + await self._fetching.round() + await self._deliver()
            for delivery in self._deliveries:
                await delivery.finish()
            if not moved:
                return

    async def _deliver(self) -> int:
        return sum([await delivery.round() for delivery in self._deliveries])

    def _crowded(self) -> float:
        return min((delivery.pause for delivery in self._deliveries), default=POLL_SECONDS)

    async def _loop(self, name: str, step: Callable[[], Awaitable[int]], wake: asyncio.Event, pause: Callable[[], float]) -> None:
        """Run a step while it finds work; then wait to be woken, or for the poll."""
        while not self._stopping.is_set():
            wake.clear()
            try:
                if await step():
                    await asyncio.sleep(GATHER_SECONDS)
                else:
                    await _wait(wake, pause())
            except StoreAway:
                log.warning("store_away", loop=name)
                await _wait(self._stopping, AWAY_SECONDS)
            except Exception:  # a loop that ends would be silence
                alarm("loop_failed", loop=name)
                log.exception("loop_failed", loop=name)
                await _wait(self._stopping, AWAY_SECONDS)

    async def _every(self, seconds: float, step: Callable[[], Awaitable[None]]) -> None:
        while not self._stopping.is_set():
            await _despite_outage(step)
            await _wait(self._stopping, seconds)

    async def _rescue(self) -> None:
        async with self._app.store.unit() as unit:
            if count := await rescue(self._app, unit, list(self._app.channels)):
                await unit.commit(wake=LETTERS_WAKE)
                log.warning("letters_rescued", count=count)

    async def tick(self) -> None:
        """Let the clocks of all promises do what is due."""
        ticked = TOGETHER
        while ticked == TOGETHER:
            async with self._app.store.unit() as unit:
                if ticked := await tick(self._app, unit):
                    await unit.commit(wake=LETTERS_WAKE)
        await self._digest()

    async def _digest(self) -> None:
        """Once on the morning of a working day: the figures of every desk."""
        async with self._app.store.reading() as unit:
            if not await is_due(self._app, unit):
                return
        async with self._app.store.unit() as unit:
            count = await post_digests(self._app, unit)
            await unit.commit(wake=LETTERS_WAKE)
        log.info("digests_posted", count=count)

    async def tend(self) -> None:
        """Erase whom it must, and once a day what has had its time."""
        erased = await tend(self._app)
        counts = await tidy(self._app)
        if erased or counts is not None:
            await list_erased(self._app)
        if counts is not None:
            await self._app.store.compact()
        if erased or counts is not None:
            log.info("privacy_tended", erased=erased, **(counts or {}))

    async def _catch_up(self) -> None:
        if await catch_up(self._app):
            log.info("edition", number=self._app.knowledge.edition)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


async def _despite_outage(step: Callable[[], Awaitable[None]]) -> None:
    try:
        await step()
    except StoreAway:
        log.warning("store_away")
    except Exception:
        log.exception("step_failed")
