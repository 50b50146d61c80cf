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
from bot.metrics import CHANNEL_UP, LETTERS, TURNS, alarm
from domain.errors import Delayed, DeliveryProblem, StoreAway
from domain.messages import Arrival, Channel, Incoming, Letter, Sent
from handlers.conduct import Heard, conduct
from services.app import App
from services.clock import TOGETHER, tick
from services.delivery import Result, rescue, settle
from services.digest import is_due, post_digests
from services.publishing import catch_up
from services.retention import list_erased, tend, tidy
from store.unit import ARRIVALS, Unit
from store.unit import LETTERS as LETTERS_WAKE

log = structlog.get_logger()

TURNS_TOGETHER = 64  # arrivals of different chats that share one commit
SENDS_TOGETHER = 64  # letters on their way at one time, per channel
GATHER_SECONDS = 0.01  # after a step that found work: what comes in meanwhile shares the next commit
POLL_SECONDS = 1.0  # the longest that work waits when a wake-up was missed
RETRY_SECONDS = 0.1  # between looks while a failed arrival waits for its next try: its chat waits behind it
RETRIES_WITHIN = 2.0  # longer than any wait between two tries of an arrival
AWAY_SECONDS = 1.0  # between tries while the database does not answer
CROWDED_SECONDS = 0.04  # between tries while letters are due but a limit holds them
STOPPED = frozenset({"not_permitted", "account_locked", "payment_missing", "spam_limited"})  # reasons that no retry mends
TO_MEND = STOPPED | {"our_request", "template_refused"}
SEND_SECONDS = 35.0  # one send with all its requests: shorter than its lease, or another worker would take it for dead
FINISH_SECONDS = 10.0  # for letters under way when told to stop
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
