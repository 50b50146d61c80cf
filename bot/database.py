"""Prepares the database of the settings. Apart from `bot.build`, so that `migrate` loads nothing else of the program."""

from __future__ import annotations

from bot.config import Settings
from store.engine import open_engine
from store.migrate import migrate


async def migrate_database(settings: Settings) -> None:
    """Bring the database to the newest form."""
    engine = open_engine(settings.database_url)
    try:
        await migrate(engine)
    finally:
        await engine.dispose()
