"""Fixtures for every test: fresh prepared databases of both kinds, and the program's parts in this process."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from bot import build, logs
from bot.channels.telegram import Telegram
from bot.config import Settings
from bot.database import migrate_database
from knowledge.base import Knowledge
from services.app import App
from services.shelf import Shelf
from store.unit import Store
from tests.doubles.postgres import Postgres, name_of
from tests.doubles.process import VAULT_KEY
from tests.doubles.telegram_fake import TelegramFake

DATABASES = ("sqlite", "postgresql")
MEDIA = TemporaryDirectory()  # where tests keep files that nobody looks for


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> None:
    """What stands in the developer's environment must not decide a test."""
    for name in [name for name in os.environ if name.startswith("SAPA_") and not name.startswith("SAPA_TEST_")]:
        del os.environ[name]


@pytest.fixture(autouse=True)
def _logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own log lines, to the standard error of this test."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    logs.set_up("DEBUG")


# Databases


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The PostgreSQL server of this session; started when the first test needs it."""
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """The name of a migrated and seeded database, to be copied."""
    url = postgres.new_database()
    asyncio.run(prepare(url))
    return name_of(url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "sapa.db"
    asyncio.run(prepare(sqlite_url(path)))
    return path


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database, migrated and seeded; each test runs on both kinds."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        yield sqlite_url(Path(shutil.copy(template, tmp_path / "sapa.db")))
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.new_database(request.getfixturevalue("postgres_template"))
        yield url
        server.drop(url)


@pytest.fixture(params=DATABASES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "empty.db")
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.new_database()
        yield url
        server.drop(url)


def sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


async def prepare(url: str) -> None:
    """Migrate and seed."""
    settings = settings_for(url)
    await migrate_database(settings)
    async with build.open_store(settings) as store:
        await build.seed_database(settings, store)


# The program's parts


build_knowledge = build.builder(Settings(_env_file=None))


@lru_cache(maxsize=8)
def _remembered(edition: int, texts: frozenset[tuple[str, str]]) -> Knowledge:
    return build_knowledge(edition, dict(texts))


def remembered_knowledge(edition: int, texts: Mapping[str, str]) -> Knowledge:
    """The real knowledge of an edition, which never changes: built once for all tests that have the same articles."""
    return _remembered(edition, frozenset(texts.items()))


@dataclass
class Clock:
    """The real time, moved forward by `ahead`."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return build.utc_now() + self.ahead

    def forward(self, **by: float) -> None:
        """`clock.forward(hours=25)`."""
        self.ahead += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def settings_for(database_url: str, **more: Any) -> Settings:
    """Settings that no `.env` can change."""
    own = {"_env_file": None, "database_url": database_url, "vault_key": VAULT_KEY, "media_dir": Path(MEDIA.name)}
    return Settings(**own | more)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Without a messenger; with a folder of media of its own."""
    return settings_for(database_url, media_dir=tmp_path / "media")


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    async with build.open_store(settings) as opened:
        yield opened


@pytest.fixture
async def fake() -> AsyncIterator[TelegramFake]:
    """A Bot API server that does what the test says."""
    async with TelegramFake() as started:
        yield started


@pytest.fixture
async def telegram(settings: Settings, store: Store, fake: TelegramFake) -> AsyncIterator[Telegram]:
    """The Telegram channel, connected to the fake server."""
    channel = Telegram(fake.token, fake.url, 25.0, build.known_secrets(store, "telegram"), Shelf(settings.media_dir).path)
    yield channel
    await channel.close()


@pytest.fixture
async def app(settings: Settings, store: Store, telegram: Telegram, clock: Clock) -> App:
    """What handlers and services use, with Telegram as the only channel and a clock that the test moves."""
    built = await build.build_app(settings, store, [telegram], remembered_knowledge)
    built.now = clock
    return built
