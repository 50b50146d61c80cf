"""The only module that chooses concrete parts, opens and closes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic

from bot.channels.telegram import NAME as TELEGRAM
from bot.channels.telegram import Telegram
from bot.channels.whatsapp import Account, Limits, WhatsApp
from bot.channels.whatsapp_client import Graph
from bot.channels.whatsapp_render import Renderer
from bot.config import Settings
from domain.messages import Channel
from knowledge.article import load_articles
from knowledge.base import Knowledge, Learn, read
from knowledge.phrases import load_phrases
from knowledge.region import load_region
from knowledge.routing.material import Material
from knowledge.routing.model import RECIPE, Model, load, save
from knowledge.routing.model import build as learn_model
from knowledge.templates import load_templates
from services.app import App
from services.publishing import newest, seed
from store import migrate
from store.engine import open_engine
from store.listen import listen
from store.unit import Store

SECRETS_KEPT_SECONDS = 1.0


def utc_now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """The store, with a listener for other processes' commits while it is open."""
    engine = open_engine(settings.database_url)
    store = Store(engine)
    listening = asyncio.create_task(listen(engine, store))
    try:
        yield store
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await store.close()


async def migrate_database(settings: Settings) -> None:
    """Bring the database to the newest form."""
    engine = open_engine(settings.database_url)
    try:
        await migrate.migrate(engine)
    finally:
        await engine.dispose()


async def seed_database(settings: Settings, store: Store) -> bool:
    """Agencies and articles from the files; tells whether a new edition was published."""
    region, texts = load_region(settings.region_dir), load_articles(settings.content_dir)
    for identifier, text in texts.items():
        read(identifier, text, region)  # a broken article is refused before anything is written
    async with store.unit() as unit:
        published = await seed(unit, region, texts, utc_now())
        await unit.commit()
    return published


async def build_app(settings: Settings, store: Store, channels: Sequence[Channel]) -> App:
    """The parts that handlers use, with the edition in force."""
    region = load_region(settings.region_dir)
    async with store.reading() as unit:
        edition, texts = await newest(unit)
    build = partial(Knowledge.build, region=region, content=settings.content_dir, learn=kept(settings.cache_dir))
    knowledge = await asyncio.to_thread(build, edition, texts)
    return App(store, knowledge, load_phrases(), {channel.name: channel for channel in channels}, utc_now, build)


def knowledge_of_files(settings: Settings) -> Knowledge:
    """What the files say, without a database: for measuring."""
    region, texts = load_region(settings.region_dir), load_articles(settings.content_dir)
    return Knowledge.build(0, texts, region, settings.content_dir, kept(settings.cache_dir))


def kept(folder: Path) -> Learn:
    """Learns once for each material: what was learned before is read from `folder`."""

    def learn(material: Material) -> Model:
        file = folder / f"router-{material.digest[:32]}-{RECIPE[:8]}.npz"
        try:
            return load(file, material.lexicon)
        except (OSError, ValueError, KeyError, SystemError):  # SystemError: numpy parses headers with ast, not safe in threads
            model = learn_model(material)
            save(model, file)
            return model

    return learn


def telegram(settings: Settings, store: Store) -> Telegram | None:
    """The Telegram channel, if a token is set."""
    token = settings.telegram_token.get_secret_value()
    if not token:
        return None
    return Telegram(token, settings.telegram_api_url, settings.telegram_messages_per_second, known_secrets(store, TELEGRAM))


def whatsapp(settings: Settings) -> WhatsApp | None:
    """The WhatsApp channel, if a token is set."""
    if not settings.whatsapp_token.get_secret_value():
        return None
    limits = Limits(settings.whatsapp_messages_per_second, settings.whatsapp_gather_seconds)
    phrases = load_phrases()
    words = Renderer(phrases.say, phrases.words("words.joining"))
    templates = load_templates(settings.region_dir)
    return WhatsApp(account_of(settings), graph(settings), words, templates, now=utc_now, limits=limits)


def account_of(settings: Settings) -> Account:
    secrets = (settings.whatsapp_app_secret.get_secret_value(), settings.whatsapp_former_app_secret.get_secret_value())
    verify_token = settings.whatsapp_verify_token.get_secret_value()
    return Account(settings.whatsapp_phone_number_id, tuple(secret for secret in secrets if secret), verify_token)


def graph(settings: Settings) -> Graph:
    """Meta's API, in the version of the settings."""
    url = f"{settings.whatsapp_api_url}/{settings.whatsapp_api_version}"
    return Graph(url, settings.whatsapp_token.get_secret_value())


def known_secrets(store: Store, channel: str) -> Callable[[], Awaitable[list[str]]]:
    """The digests that a door accepts, read again at most once a second: other processes may have rotated the secret."""
    read_at, digests, one_reader = -SECRETS_KEPT_SECONDS, list[str](), asyncio.Lock()

    async def secrets() -> list[str]:
        nonlocal read_at, digests
        async with one_reader:
            if monotonic() - read_at >= SECRETS_KEPT_SECONDS:
                async with store.reading() as unit:
                    digests = await unit.records.secrets(channel, utc_now())
                read_at = monotonic()
        return digests

    return secrets
