"""Editions of the knowledge base: the files are the first one; what is in force lives in the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from knowledge.base import Knowledge
from knowledge.region import Region
from services.app import App
from store.unit import Unit

SEED_AUTHOR = "files"


async def seed(unit: Unit, region: Region, texts: Mapping[str, str], now: datetime) -> bool:
    """Make the agencies known and publish the files, unless exactly these texts were published before; tells whether it did."""
    await unit.people.seed_agencies({agency.id: agency.name for agency in region.agencies.values()})
    if await unit.articles.has(texts):
        return False
    await unit.articles.publish(texts, SEED_AUTHOR, "seed", now)
    return True


async def newest(unit: Unit, region: Region) -> Knowledge:
    """The edition in force. Raises ArticleError when a stored article cannot be read."""
    edition = await unit.articles.newest()
    return Knowledge.build(edition, await unit.articles.texts(edition), region)


async def catch_up(app: App, unit: Unit) -> None:
    """Swap to a newer edition if another process published one."""
    if await unit.articles.newest() != app.knowledge.edition:
        app.knowledge = await newest(unit, app.region)
