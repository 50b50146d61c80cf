"""Messages that cost money, by month: a figure for /metrics, and an alarm before the budget is spent."""

from __future__ import annotations

from bot.metrics import BILLABLE, alarm
from services.app import App
from services.delivery import billable_counter

MARKS = (0.8, 1.0)  # shares of the budget at which somebody is told


class Budget:
    """`monthly`: messages; 0 = no alarm. Each mark is told once a month by every process that answers."""

    def __init__(self, app: App, channel: str, monthly: int) -> None:
        self._app, self._channel, self._monthly = app, channel, monthly
        self._told: set[str] = set()

    async def look(self) -> None:
        counter = billable_counter(self._channel, self._app.local(self._app.now()))
        async with self._app.store.reading() as unit:
            count = await unit.receipts.counted(counter)
        BILLABLE.labels(self._channel).set(count)
        for mark in MARKS if self._monthly else ():
            name = f"{counter}:{mark}"
            if count >= mark * self._monthly and name not in self._told:
                self._told.add(name)
                alarm("message_budget", channel=self._channel, count=count, budget=self._monthly)
