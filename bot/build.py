"""The only module that chooses concrete parts, opens and closes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from time import monotonic

from bot.channels.telegram import NAME as TELEGRAM
from bot.channels.telegram import Telegram
from bot.channels.whatsapp import Account, Files, Limits, WhatsApp
from bot.channels.whatsapp_client import File, Graph
from bot.channels.whatsapp_render import Renderer
from bot.config import Settings
from bot.keys import open_vault
from domain.errors import Refused
from domain.files import HEAD, named
from domain.messages import Channel, Media
from knowledge.article import load_articles
from knowledge.base import Knowledge, Learn, read
from knowledge.phrases import load_phrases
from knowledge.region import Region, load_region
from knowledge.routing.material import Material
from knowledge.routing.model import RECIPE, Model, load, save
from knowledge.routing.model import build as learn_model
from knowledge.templates import load_templates
from services.app import App
from services.keys import Vault
from services.publishing import newest, seed
from services.shelf import Shelf
from services.vault import CHECK, check_key
from store.engine import open_engine
from store.listen import listen
from store.unit import Store

SECRETS_KEPT_SECONDS = 1.0

Build = Callable[[int, Mapping[str, str]], Knowledge]  # number of an edition, article id → text


def utc_now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """The store, with a listener for other processes' commits while it is open. Raises KeyMissing."""
    vault = open_vault(settings)
    engine = open_engine(settings.database_url)
    store = Store(engine, vault)
    listening = asyncio.create_task(listen(engine, store))
    try:
        yield store
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await store.close()


async def seed_database(settings: Settings, store: Store, region: Region | None = None) -> bool:
    """Agencies and articles from the files; tells whether a new edition was published. `region`: if it was read already."""
    region, texts = region or load_region(settings.region_dir), load_articles(settings.content_dir)
    for identifier, text in texts.items():
        read(identifier, text, region)  # a broken article is refused before anything is written
    async with store.unit() as unit:
        published = await seed(unit, region, texts, utc_now())
        await unit.commit()
    return published


def builder(settings: Settings, region: Region | None = None) -> Build:
    """Makes the knowledge of an edition, with the region and the phrasings of the files. `region`: if it was read already."""
    region = region or load_region(settings.region_dir)
    return partial(Knowledge.build, region=region, content=settings.content_dir, learn=kept(settings.cache_dir))


async def build_app(settings: Settings, store: Store, channels: Sequence[Channel], build: Build | None = None) -> App:
    """The parts that handlers use, with the edition in force. `build`: another way to knowledge than `builder`.

    Raises RegionError, and KeyMissing for a key that opens nothing.
    """
    build, vault = build or builder(settings), open_vault(settings)
    await prove_key(vault, store)
    async with store.reading() as unit:
        edition, texts = await newest(unit)
    knowledge = await asyncio.to_thread(build, edition, texts)
    by_name = {channel.name: channel for channel in channels}
    shelf = Shelf(settings.media_dir)
    return App(store, knowledge, load_phrases(), by_name, utc_now, build, shelf, vault, settings.erasures_file)


async def prove_key(vault: Vault, store: Store) -> None:
    """The key opens what this database keeps; a database that keeps nothing yet is bound to it. Raises KeyMissing."""
    if not await store.is_current():
        return  # `/readyz` says that migrations are behind; nothing is written meanwhile
    async with store.reading() as unit:
        proven = await check_key(vault, unit)
    if not proven:
        async with store.unit() as unit:
            await unit.privacy.lock_away(CHECK, vault.encrypt(CHECK[0]), vault.key_id, utc_now())
            await unit.commit()


def knowledge_of_files(settings: Settings) -> Knowledge:
    """What the files say, without a database: for measuring."""
    return builder(settings)(0, load_articles(settings.content_dir))


@cache
def kept(folder: Path) -> Learn:
    """Learns once for each material: what was learned before is at hand, or is read from `folder`."""
    newest: dict[Path, Model] = {}  # only one: it has some 60 MB, and most editions change no phrasing

    def learn(material: Material) -> Model:
        file = folder / f"router-{material.digest[:32]}-{RECIPE[:8]}.npz"
        if file not in newest:
            model = _read_or_learn(file, material)
            newest.clear()
            newest[file] = model
        return newest[file]

    return learn


def _read_or_learn(file: Path, material: Material) -> Model:
    try:
        return load(file, material.lexicon)
    except (OSError, ValueError, KeyError, SystemError):  # SystemError: numpy parses headers with ast, not safe in threads
        model = learn_model(material)
        save(model, file)
        return model


def telegram(settings: Settings, store: Store) -> Telegram | None:
    """The Telegram channel, if a token is set."""
    token = settings.telegram_token.get_secret_value()
    if not token:
        return None
    secrets, rate = known_secrets(store, TELEGRAM), settings.telegram_messages_per_second
    return Telegram(token, settings.telegram_api_url, rate, secrets, Shelf(settings.media_dir).path)


def whatsapp(settings: Settings) -> WhatsApp | None:
    """The WhatsApp channel, if a token is set."""
    if not settings.whatsapp_token.get_secret_value():
        return None
    limits = Limits(settings.whatsapp_messages_per_second, settings.whatsapp_gather_seconds)
    phrases = load_phrases()
    words = Renderer(phrases.say, phrases.words("words.joining"))
    templates = load_templates(settings.region_dir)
    files = copies_on(Shelf(settings.media_dir))
    return WhatsApp(account_of(settings), graph(settings), words, templates, now=utc_now, limits=limits, files=files)


def copies_on(shelf: Shelf) -> Files:
    """Reads clean copies as they are sent on. Raises Refused for what has none, or none any more."""

    async def file_of(media: Media) -> File:
        if not media.copy:
            raise Refused("media")
        try:
            content = await asyncio.to_thread(shelf.path(media.copy).read_bytes)
        except FileNotFoundError:
            raise Refused("file_deleted") from None
        name, mime = named(media.copy, content[:HEAD])
        return File(content, mime, name)

    return file_of


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
        if monotonic() - read_at < SECRETS_KEPT_SECONDS:
            return digests
        async with one_reader:
            if monotonic() - read_at >= SECRETS_KEPT_SECONDS:
                async with store.reading() as unit:
                    digests = await unit.records.secrets(channel, utc_now())
                read_at = monotonic()
        return digests

    return secrets
