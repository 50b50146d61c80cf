"""Publishing through the command line: gate, history, differences, and the way back; on both databases."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.commands import app
from bot.config import Settings
from tests.doubles.process import VAULT_KEY
from tests.learned import CACHE, CONTENT

GONE = "administrasi/ktp-hilang"
WHO = ("--author", "editor", "--reason", "new numbers")


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of the content that a test may change."""
    return Path(shutil.copytree(CONTENT, tmp_path / "content"))


@pytest.fixture(autouse=True)
def _environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAPA_DATABASE_URL", database_url)
    monkeypatch.setenv("SAPA_VAULT_KEY", VAULT_KEY)
    monkeypatch.setenv("SAPA_CACHE_DIR", str(CACHE))
    monkeypatch.setitem(Settings.model_config, "env_file", None)


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["knowledge", *words], env={"COLUMNS": "200"})


def change(content: Path, said: str) -> None:
    file = content / f"{GONE}.md"
    file.write_text(file.read_text(encoding="utf-8").replace("## ringkas\n", f"## ringkas\n{said} "), encoding="utf-8")


def test_a_changed_article_becomes_an_edition_with_author_and_reason(content: Path) -> None:
    change(content, "Segera.")
    done = run("publish", str(content), *WHO)
    assert done.exit_code == 0, done.output
    assert "Edition 2 is in force" in done.output
    assert "2\t" in run("history").output
    assert "editor\tnew numbers" in run("history").output
    assert "+Segera. " in run("diff", "1", "2").output


def test_the_same_articles_are_not_published_again(content: Path) -> None:
    done = run("publish", str(content), *WHO)
    assert done.exit_code == 0
    assert "Nothing was published" in done.output
    assert len(run("history").output.splitlines()) == 1


def test_answers_that_get_worse_are_listed_and_refuse_the_publish_until_overridden(content: Path) -> None:
    (content / f"{GONE}.md").unlink()
    refused = run("publish", str(content), *WHO)
    assert refused.exit_code == 1
    assert f"{GONE} (no article)" in refused.output
    assert len(run("history").output.splitlines()) == 1
    done = run("publish", str(content), *WHO, "--override", "the rule was withdrawn")
    assert done.exit_code == 0, done.output
    assert "Edition 2 is in force" in done.output


def test_a_broken_article_refuses_the_publish(content: Path) -> None:
    change(content, "Telepon (0351) 777777.")
    refused = run("publish", str(content), *WHO)
    assert refused.exit_code == 1
    assert "Nothing was published" in refused.output
    assert len(run("history").output.splitlines()) == 1


def test_a_rollback_is_a_new_edition_with_the_old_articles(content: Path) -> None:
    change(content, "Segera.")
    run("publish", str(content), *WHO)
    assert "Edition 3 is in force" in run("rollback", "1", "--author", "editor", "--reason", "wrong").output
    assert run("diff", "1", "3").output == ""
    unknown = run("rollback", "9", *WHO)
    assert unknown.exit_code == 1
    assert "no edition 9" in unknown.output


def test_the_golden_set_covers_every_topic_and_category() -> None:
    rows = [json.loads(line) for line in (CONTENT.parent / "golden.jsonl").read_text(encoding="utf-8").splitlines()]
    topics = {f"{file.parent.name}/{file.stem}" for file in CONTENT.glob("*/*.md")}
    assert topics <= {row["expect"] for row in rows if row["kind"] == "tanya"}
    assert {row["kind"] for row in rows} == {"tanya", "aduan", "darurat", "status", "operator", "sapaan", "luar-topik"}
