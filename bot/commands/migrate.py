"""Bring the database to the newest form by hand."""

from __future__ import annotations

import asyncio

import typer

from bot import logs
from bot.config import Settings
from bot.database import migrate_database


def migrate() -> None:
    """Bring the database to the newest form."""
    settings = Settings()
    logs.set_up(settings.log_level)
    asyncio.run(migrate_database(settings))
    typer.echo("The database is current.")
