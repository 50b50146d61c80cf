"""Publish the files by hand."""

from __future__ import annotations

import asyncio

import typer

from bot import logs
from bot.build import open_store, seed_database
from bot.config import Settings


def seed() -> None:
    """Publish the articles and agencies of the files, unless the database has them."""
    settings = Settings()
    logs.set_up(settings.log_level)
    published = asyncio.run(_seed(settings))
    typer.echo("Published a new edition." if published else "The database has these articles already.")


async def _seed(settings: Settings) -> bool:
    async with open_store(settings) as store:
        return await seed_database(settings, store)
