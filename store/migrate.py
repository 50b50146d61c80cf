"""Brings a database to the newest form, in one transaction: a kill in the middle leaves it as it was."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

FOLDER = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 7_233_001  # any number, the same in every process


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


async def migrate(engine: AsyncEngine) -> None:
    """Apply what is missing; several processes may call it at once. Alembic is only entered by who holds the lock."""
    async with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        else:
            await connection.execute(text("SELECT 1"))  # BEGIN IMMEDIATE comes with the first statement
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    command.upgrade(config_of(connection), "head")


def config_of(connection: Connection) -> Config:
    """Alembic's, on a connection that is open."""
    config = _config()
    config.attributes["connection"] = connection
    return config


async def is_current(engine: AsyncEngine) -> bool:
    """Whether the database stands at the newest migration."""
    async with engine.connect() as connection:
        found = await connection.run_sync(lambda c: MigrationContext.configure(c).get_current_revision())
    return found == ScriptDirectory.from_config(_config()).get_current_head()
