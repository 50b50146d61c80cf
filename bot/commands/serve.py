"""The main job: doors, turns and deliveries in one process, or only the last two (`worker`)."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import structlog
import typer
import uvloop
from aiohttp import web

from bot import logs
from bot.budget import Budget
from bot.build import build_app, builder, open_store, seed_database, telegram, utc_now, whatsapp
from bot.channels.telegram import Telegram, derived_secret
from bot.config import Settings
from bot.connection import connect, poll
from bot.database import migrate_database
from bot.web import make_web
from bot.worker import Worker
from knowledge.region import Region, load_region
from services.app import App
from store.intake import Intake
from store.unit import Store

log = structlog.get_logger()

SHUTDOWN_SECONDS = 5.0
COLLECT_AFTER = 50_000  # new objects
WELCOME = """
Sapa serves on http://{host}:{port}   (health: /healthz, /readyz, metrics: /metrics)
{telegram}
Try it here in a terminal:  make chat
"""
NO_TELEGRAM = "No messenger is connected. For Telegram put SAPA_TELEGRAM_TOKEN (from @BotFather) into .env and start again."
POLLING = "Telegram is polled. Bind an agency's group:  python -m bot invite AGENCY"
WEBHOOK = "Telegram calls {url}/hooks/telegram. Bind an agency's group:  python -m bot invite AGENCY"
WHATSAPP = "WhatsApp calls {url}/hooks/whatsapp. Look whether all is set up:  python -m bot whatsapp check"


def serve(
    work: Annotated[bool, typer.Option("--worker/--no-worker", help="Also answer and deliver in this process")] = True,
) -> None:
    """Serve the doors, answer arrivals and deliver letters."""
    settings = Settings()
    logs.set_up(settings.log_level)
    uvloop.run(_serve(settings, doors=True, work=work))


def worker() -> None:
    """Only answer and deliver: one more process beside `serve`, on the same database."""
    settings = Settings()
    logs.set_up(settings.log_level)
    uvloop.run(_serve(settings, doors=False, work=True))


async def _serve(settings: Settings, *, doors: bool, work: bool) -> None:
    asyncio.get_running_loop().set_exception_handler(logs.loop_errors)
    stopped = _stop_signal()
    async with open_store(settings) as store:
        region = load_region(settings.region_dir)
        await _prepare(settings, store, region)
        channel, other = telegram(settings, store), whatsapp(settings)
        channels = [one for one in (channel, other) if one]
        app = await build_app(settings, store, channels, builder(settings, region))
        budget = Budget(app, other.name, settings.whatsapp_monthly_budget) if other else None
        _spare_the_collector()
        async with _running(app, work, budget), _connected(settings, app, channel if doors else None) as intake:
            if doors:
                called = [one for one in channels if one is other or settings.public_url]
                async with _listening(settings, make_web(app, intake, called)):
                    _welcome(settings)
                    await stopped.wait()
            else:
                log.info("working")
                await stopped.wait()
            log.info("stopping")
        for one in channels:
            await one.close()


async def _prepare(settings: Settings, store: Store, region: Region) -> None:
    """SQLite is prepared here; a PostgreSQL that others share is prepared by hand."""
    if store.is_sqlite:
        await migrate_database(settings)
        await seed_database(settings, store, region)


def _spare_the_collector() -> None:
    """What was loaded stays for good: looking through it again and again for garbage took a tenth of the time of a turn."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


def _stop_signal() -> asyncio.Event:
    stopped = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    return stopped


@asynccontextmanager
async def _running(app: App, work: bool, budget: Budget | None) -> AsyncIterator[None]:
    loops = Worker(app, budget)
    if work:
        loops.start()
    try:
        yield
    finally:
        if work:
            await loops.stop()


@asynccontextmanager
async def _connected(settings: Settings, app: App, channel: Telegram | None) -> AsyncIterator[Intake]:
    """The messenger is connected in the background: the doors open even while it is away."""
    intake = Intake(app.store, utc_now)
    task = asyncio.create_task(_connect(settings, app, channel, intake)) if channel else None
    try:
        yield intake
    finally:
        if task:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _connect(settings: Settings, app: App, channel: Telegram, intake: Intake) -> None:
    if not settings.public_url:
        await poll(app, channel, intake)
        return
    token, secret = settings.telegram_token.get_secret_value(), settings.telegram_secret.get_secret_value()
    await connect(app, channel, (f"{settings.public_url}/hooks/telegram", secret or derived_secret(token)))


@asynccontextmanager
async def _listening(settings: Settings, site: web.Application) -> AsyncIterator[None]:
    runner = web.AppRunner(site, access_log=None, handle_signals=False, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    await web.TCPSite(runner, settings.host, settings.port).start()
    try:
        yield
    finally:
        await runner.cleanup()


def _welcome(settings: Settings) -> None:
    line = NO_TELEGRAM
    if settings.whatsapp_token.get_secret_value():
        typer.echo(WHATSAPP.format(url=settings.public_url))
        line = ""
    if settings.telegram_token.get_secret_value():
        line = WEBHOOK.format(url=settings.public_url) if settings.public_url else POLLING
    typer.echo(WELCOME.format(host=settings.host, port=settings.port, telegram=line))
    log.info("serving", port=settings.port)
