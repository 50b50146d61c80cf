"""Articles past their date: nobody gets them as an answer, a person is offered, and the editor is told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession

from bot import logs
from bot.freshness import Freshness
from knowledge.article import Article
from services.app import App
from store.unit import Store
from tests.conftest import Clock
from tests.doubles.telegram_fake import TelegramFake
from tests.faults.conftest import instance
from tests.faults.instance import Instance, metric
from tests.flows.drivers import Message, TurnsWorld, Voice
from tests.flows.stories import REGION, number_in, words_of

ID = "administrasi/ktp-hilang"
QUESTION = "Cara mengurus KTP hilang bagaimana ya?"
AGENCY = REGION.agencies["disdukcapil"].name

assert instance  # a fixture
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def world(fake: TelegramFake, store: Store, database_url: str, clock: Clock) -> AsyncIterator[TurnsWorld]:
    async with TurnsWorld(fake, store, database_url, clock) as opened:
        yield opened


def article_of(app: App) -> Article:
    article = app.knowledge.article(ID)
    assert article is not None
    return article


def move_to_the_end(app: App, clock: Clock, *, after: timedelta) -> None:
    """The clock to a moment after the midnight with which the article's last day ends in the region."""
    last = article_of(app).expires_on
    assert last is not None
    midnight = datetime.combine(last + timedelta(days=1), time(), ZoneInfo(REGION.timezone))
    clock.ahead = midnight.astimezone(UTC) + after - datetime.now(UTC)


async def sees_no_answer(siti: Voice, app: App) -> Message:
    """The bot says that the article is being renewed, and whose matter it is."""
    told = await siti.sees("ask.renewing", AGENCY)
    assert article_of(app).summary[:20] not in told.text
    assert told.labels == [words_of(f"button.{name}") for name in ("pass_on", "operator", "menu")]
    return told


async def test_an_expired_article_is_no_answer_and_its_question_goes_to_a_person(world: TurnsWorld, clock: Clock) -> None:
    app, siti = world.parts.app, world.resident()
    await siti.says("/bantuan")  # the notice stands below the first answer
    await siti.sees("start.help")
    move_to_the_end(app, clock, after=timedelta(minutes=1))
    await siti.says(QUESTION)
    await sees_no_answer(siti, app)
    await siti.presses("button.pass_on")
    number = number_in(await siti.sees("operator.passed_on", AGENCY))
    await siti.says(f"/status {number}")
    await siti.sees(number)


async def test_it_is_given_to_the_end_of_its_last_day_in_the_region(world: TurnsWorld, clock: Clock) -> None:
    siti = world.resident()
    move_to_the_end(world.parts.app, clock, after=-timedelta(minutes=1))
    await siti.says(QUESTION)
    assert words_of("part.syarat") in (await siti.sees("KTP hilang", "terverifikasi")).labels


async def test_old_buttons_do_not_bring_an_expired_article_back(world: TurnsWorld, clock: Clock) -> None:
    app, siti = world.parts.app, world.resident()
    await siti.says(QUESTION)
    shown = await siti.sees("KTP hilang", "terverifikasi")
    move_to_the_end(app, clock, after=timedelta(minutes=1))
    for name in ("syarat", "sumber", "ringkas"):
        await siti.presses_data(shown, f"part:{ID}:{name}")
        await sees_no_answer(siti, app)
    await siti.presses_data(shown, f"topic:{ID}")
    await sees_no_answer(siti, app)
    await siti.says("ya")
    await siti.sees("operator.ask")
    await siti.says("KTP saya hilang, syaratnya apa?")
    await siti.sees("operator.passed_on", AGENCY)


async def test_the_editor_is_told_once_a_day(app: App, clock: Clock) -> None:
    lines = StringIO()
    logs.set_up("INFO", lines)
    freshness, before = Freshness(app), metric("sapa_alarms_total", kind="article_expired")
    await freshness.remind()
    assert not told(lines, "alarm")
    move_to_the_end(app, clock, after=timedelta(minutes=1))
    for _ in range(3):
        await freshness.remind()
    assert [line["article"] for line in told(lines, "alarm")].count(ID) == 1
    assert metric("sapa_alarms_total", kind="article_expired") - before == len(told(lines, "alarm"))
    clock.forward(hours=24)
    await freshness.remind()
    assert [line["article"] for line in told(lines, "alarm")].count(ID) == 2


async def test_a_review_that_is_due_is_only_a_line_in_the_log(app: App) -> None:
    lines = StringIO()
    logs.set_up("INFO", lines)
    app.knowledge.articles[ID] = replace(article_of(app), review_after=app.today() - timedelta(days=1))
    freshness = Freshness(app)
    await freshness.remind()
    await freshness.remind()
    assert [line["article"] for line in told(lines, "article_review_due")].count(ID) == 1
    assert not told(lines, "alarm")


def told(lines: StringIO, event: str) -> list[dict[str, str]]:
    return [line for text in lines.getvalue().splitlines() if (line := json.loads(text))["event"] == event]


async def test_health_and_metrics_count_expired_articles(instance: Instance, clock: Clock) -> None:
    move_to_the_end(instance.app, clock, after=timedelta(minutes=1))
    async with ClientSession() as client:
        report = await (await client.get(f"{instance.url}/readyz")).json()
        await client.get(f"{instance.url}/metrics")
    assert report["articles_expired"] > 0
    assert metric("sapa_articles_expired") == report["articles_expired"]
