"""What an admin does by hand: identities for a reason, blocks, legal holds, erasure, keys."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot import build
from bot.commands import app
from bot.config import Settings
from domain.ticket import NewTicket, Ticket, TicketKind
from services.tickets import open_ticket
from store.conversations import Newcomer
from tests.conftest import settings_for
from tests.doubles.process import VAULT_KEY
from tests.learned import CACHE

NAME, NIK = "Kanariyem Sutedjo", "3520014107800003"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def _environment(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAPA_DATABASE_URL", database_url)
    monkeypatch.setenv("SAPA_CACHE_DIR", str(CACHE))
    monkeypatch.setenv("SAPA_VAULT_KEY", VAULT_KEY)
    monkeypatch.setenv("SAPA_ERASURES_FILE", str(tmp_path / "erasures.txt"))
    monkeypatch.setitem(Settings.model_config, "env_file", None)


@pytest.fixture
def number(database_url: str) -> str:
    """The number of a ticket of somebody."""
    return asyncio.run(_opened(database_url)).number


async def _opened(database_url: str) -> Ticket:
    settings = settings_for(database_url, cache_dir=CACHE)
    async with build.open_store(settings) as store:
        parts = await build.build_app(settings, store, [])
        async with store.unit() as unit:
            newcomer = Newcomer("telegram:7", "telegram", "7", "id", trial=False)
            known = await unit.conversations.open([newcomer], parts.now())
            unit.conversations.keep(known["telegram:7"], parts.now())
            resident = known["telegram:7"].resident.id
            said = NewTicket(TicketKind.QUESTION, "diskominfo", "pertanyaan", f"NIK saya {NIK}", resident, "telegram", "7")
            ticket = await open_ticket(parts, unit, said, NAME)
            await unit.commit()
    return ticket


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words, env={"COLUMNS": "200"})


def test_an_identity_is_shown_for_a_reason(number: str) -> None:
    assert run("reveal", number).exit_code == 2
    assert "Tulis alasannya" in run("reveal", number, "--reason", " ").output
    shown = run("reveal", number, "--reason", "permintaan pengadilan").output
    assert all(known in shown for known in (NAME, NIK, "telegram 7"))


def test_blocks_are_made_listed_and_lifted(number: str) -> None:
    assert "1 sampai" in run("block", "add", number, "--reason", "iseng", "--days", "0").output
    assert run("block", "add", number, "--reason", "iseng", "--days", "3").exit_code == 0
    listed = run("block", "list").output
    assert "iseng" in listed
    assert "admin" in listed
    assert run("block", "remove", listed.split()[0]).exit_code == 0
    assert run("block", "list").output == ""
    assert run("block", "remove", "1").exit_code == 2


def test_holds_keys_and_the_clocks_work_by_hand(number: str) -> None:
    assert "held" in run("privacy", "hold", number, "--reason", "perkara 12").output
    assert len(run("vault", "new-key").output.strip()) == 44
    assert "rows stand" in run("vault", "rotate").output
    assert "erased 0" in run("privacy", "run").output
    assert "0 of 0" in run("privacy", "reapply").output
