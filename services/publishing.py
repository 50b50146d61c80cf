"""Editions of the knowledge base: the files are the first one; what is in force lives in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

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


async def publish(unit: Unit, texts: Mapping[str, str], author: str, reason: str, now: datetime, override: str = "") -> int:
    """Put articles in force as a new edition; returns its number. `override`: why the golden gate was passed over."""
    number = await unit.articles.publish(texts, author, reason, now)
    await unit.records.audit(now, "editor", "publish", f"edition:{number}", author=author, reason=reason, override=override)
    return number


async def roll_back(unit: Unit, number: int, author: str, reason: str, now: datetime) -> int:
    """Put an earlier edition in force again, as a new one; returns its number. Raises LookupError where there is none."""
    texts = await unit.articles.texts(number)
    if not texts:
        raise LookupError(number)
    return await publish(unit, texts, author, reason, now)


async def newest(unit: Unit) -> tuple[int, dict[str, str]]:
    """The edition in force and its articles: id → text."""
    edition = await unit.articles.newest()
    return edition, await unit.articles.texts(edition)


async def catch_up(app: App) -> bool:
    """Swap to a newer edition if another process published one; tells whether it did. Learning goes on beside the event loop."""
    async with app.store.reading() as unit:
        if await unit.articles.newest() == app.knowledge.edition:
            return False
        edition, texts = await newest(unit)
    app.knowledge = await asyncio.to_thread(app.build, edition, texts)
    return True
