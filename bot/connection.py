"""Keeps Telegram connected: registers the webhook or polls, and tries again for as long as Telegram is away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog
from telegram.error import InvalidToken, RetryAfter

from bot.channels.telegram import NAME, Command, Telegram, secret_digest
from bot.metrics import ARRIVALS, CHANNEL_UP, alarm
from domain.errors import Delayed, DeliveryProblem
from services.app import App
from store.intake import Intake

log = structlog.get_logger()

RETRY_SECONDS = (1.0, 2.0, 5.0, 10.0)  # the last one repeats
POLL_SECONDS = 25
COMMANDS = ("start", "lapor", "status", "petugas", "bahasa", "privasi", "batal", "bantuan")
GROUP_COMMANDS = ("antrian", "cari", "rekap", "catat", "bantuan")
REVOKED_RETRY_SECONDS = 60.0


async def connect(app: App, channel: Telegram, webhook: tuple[str, str] | None) -> None:
    """Register the webhook (url, secret), or none; returns when Telegram has agreed, and never gives up."""
    tries = 0
    while True:
        try:
            await _register(app, channel, webhook)
        except Exception as error:  # whatever Telegram or a network between answers, giving up would be silence
            CHANNEL_UP.labels(NAME).set(0)
            alarm("telegram_not_connected", reason=type(error).__name__)
            await asyncio.sleep(_wait(error, tries))
            tries += 1
        else:
            CHANNEL_UP.labels(NAME).set(1)
            log.info("telegram_connected", mode="webhook" if webhook else "polling")
            return


async def _register(app: App, channel: Telegram, webhook: tuple[str, str] | None) -> None:
    """The secret is known to the store before Telegram uses it, so that no update is turned away."""
    if webhook:
        url, secret = webhook
        async with app.store.unit() as unit:
            await unit.records.change_secret(NAME, secret_digest(secret), app.now())
            await unit.commit()
        await channel.register_webhook(url, secret)
    else:
        await channel.remove_webhook()
    await channel.set_commands(commands(app, GROUP_COMMANDS), groups=True)
    await channel.set_commands(commands(app, COMMANDS))


def commands(app: App, names: Sequence[str]) -> Sequence[Command]:
    return [Command(name, app.say(f"command.{name}")) for name in names]


async def poll(app: App, channel: Telegram, intake: Intake) -> None:
    """Fetch updates for ever. An update is confirmed to Telegram (by the next offset) only after it is stored."""
    await connect(app, channel, None)
    offset, tries = 0, 0
    while True:
        try:
            arrivals = await channel.poll(offset, POLL_SECONDS)
            await intake.put(arrivals)
        except Exception as error:  # as above
            CHANNEL_UP.labels(NAME).set(0)
            log.warning("poll_failed", reason=error.reason if isinstance(error, DeliveryProblem) else type(error).__name__)
            await asyncio.sleep(_wait(error, tries))
            tries += 1
        else:
            CHANNEL_UP.labels(NAME).set(1)
            tries = 0
            ARRIVALS.labels(NAME).inc(len(arrivals))
            offset = max([offset, *(arrival.rank + 1 for arrival in arrivals)])


def _wait(error: Exception, tries: int) -> float:
    """Seconds until the next try: what Telegram asks for, or longer and longer."""
    if isinstance(error, InvalidToken):
        return REVOKED_RETRY_SECONDS
    asked = error.retry_after if isinstance(error, RetryAfter | Delayed) else None
    seconds = asked.total_seconds() if isinstance(asked, timedelta) else asked or 0.0
    return max(seconds, RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)])
