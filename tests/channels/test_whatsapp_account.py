"""`whatsapp check` and `templates`, and the budget: what an administrator is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.budget import Budget
from bot.channels.whatsapp import Limits
from bot.commands import app as program
from services.delivery import billable_counter
from store.unit import Store
from tests.conftest import Clock
from tests.doubles import telegram_faults as faults
from tests.doubles.whatsapp_fake import ACCOUNT_ID, NUMBER_ID, SECRET, TOKEN, VERIFY_TOKEN
from tests.faults.instance import metric
from tests.whatsapp import Running, opened

Command = Callable[..., Any]


@pytest.fixture
async def sapa(store: Store, database_url: str, clock: Clock) -> AsyncIterator[Running]:
    async with opened(store, database_url, clock, Limits()) as running:
        yield running


@pytest.fixture
def run(sapa: Running, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A command with the settings of this Sapa, changed by `more`."""

    async def command(*words: str, **more: str) -> Result:
        settings = {
            "TOKEN": TOKEN,
            "PHONE_NUMBER_ID": NUMBER_ID,
            "ACCOUNT_ID": ACCOUNT_ID,
            "APP_SECRET": SECRET,
            "VERIFY_TOKEN": VERIFY_TOKEN,
            "API_URL": sapa.meta.url,
        }
        environment = {f"SAPA_WHATSAPP_{name}": value for name, value in (settings | more).items()}
        environment["SAPA_PUBLIC_URL"] = sapa.url
        return await asyncio.to_thread(CliRunner().invoke, program, ["whatsapp", *words], env=environment)

    return command


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_good_set_up_is_ok_in_every_line(run: Command) -> None:
    done = await run("check")
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert [line[:2] for line in lines] == ["ok"] * len(lines)
    for what in ("token and number", "webhook subscription", "template sapa_kabar_laporan", "verify token", "app secret"):
        assert what in done.output


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"TOKEN": "another"}, "token and number: token_revoked"),
        ({"PHONE_NUMBER_ID": "1"}, "token and number: our_request"),
        ({"ACCOUNT_ID": ""}, "SAPA_WHATSAPP_ACCOUNT_ID is not set"),
        ({"VERIFY_TOKEN": "other"}, "!!  our door: verify token"),
        ({"APP_SECRET": "other"}, "!!  our door: app secret"),
    ],
)
async def test_what_is_missing_is_named_and_the_exit_code_says_so(more: dict[str, str], told: str, run: Command) -> None:
    done = await run("check", **more)
    assert done.exit_code == 1
    assert told in done.output


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_subscription_a_template_and_meta_itself_may_be_missing(run: Command, sapa: Running) -> None:
    sapa.meta.subscribed = False
    assert "!!  webhook subscription: 0 app(s)" in (await run("check")).output
    sapa.meta.templates[0]["status"] = "PAUSED"
    assert "!!  template sapa_kabar_laporan (id): PAUSED" in (await run("check")).output
    sapa.meta.templates[0] |= {"status": "APPROVED", "category": "MARKETING"}
    assert "differs from ours" in (await run("check")).output
    sapa.meta.fail_always(with_=faults.server_error())
    assert "!!  token and number: server_error" in (await run("check")).output


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_templates_are_printed_compared_and_handed_in(run: Command, sapa: Running) -> None:
    sapa.meta.templates.clear()
    printed = await run("templates")
    assert '"name": "sapa_kabar_laporan"' in printed.output
    assert "not in the account" in printed.output
    handed_in = await run("templates", "--submit")
    assert "sapa_kabar_laporan: PENDING" in handed_in.output
    assert [one["status"] for one in sapa.meta.templates] == ["PENDING"]
    assert (await run("templates", TOKEN="")).exit_code == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_budget_is_told_at_four_fifths_and_when_it_is_spent_once_each(sapa: Running) -> None:
    budget = Budget(sapa.app, "whatsapp", 10)
    alarms = metric("sapa_alarms_total", kind="message_budget")
    told = []
    for _ in range(11):
        async with sapa.app.store.unit() as unit:
            await unit.tickets.count_up(billable_counter("whatsapp", sapa.app.local(sapa.app.now())))
            await unit.commit()
        await budget.look()
        told.append(metric("sapa_alarms_total", kind="message_budget") - alarms)
    assert told == [0] * 7 + [1, 1, 2, 2]
    assert metric("sapa_billable_messages", channel="whatsapp") == 11
