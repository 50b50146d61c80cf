"""A regency that nobody here knows: its skeleton is made, holds together, and the program runs on it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.commands import app
from bot.config import ROOT
from tests.conftest import sqlite_url

SECONDS = 120
CONVERSATION = """KTP saya hilang bagaimana
Sampah depan rumah saya sudah seminggu tidak diangkut
desa Sumberteladan
tidak
ya
/keluar
"""


def run(*arguments: str, cwd: Path, said: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m bot …` in a folder of its own, so that no `.env` is read."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SAPA_")}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=cwd,
        input=said,
        env=clean | {"PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.fixture(scope="session")
def skeleton(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the real program makes it."""
    folder = tmp_path_factory.mktemp("skeleton")
    made = run("region", "new", "second", cwd=folder)
    assert made.returncode == 0, made.stderr
    return folder / "second"


@pytest.fixture
def second(skeleton: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(skeleton, tmp_path / "second"))


def region(*arguments: str) -> Result:
    """`python -m bot region …` in this process; it reads no settings."""
    return CliRunner().invoke(app, ["region", *arguments])


def test_the_skeleton_passes_its_check_and_says_what_is_open(second: Path) -> None:
    checked = run("region", "check", str(second), cwd=second)
    assert checked.returncode == 0, checked.stderr
    assert "Kabupaten Contoh" in checked.stdout
    assert "still is the example" in checked.stdout


def test_a_skeleton_never_overwrites(second: Path) -> None:
    again = region("new", str(second))
    assert again.exit_code != 0
    assert "exists already" in again.output


@pytest.mark.parametrize(
    ("file", "old", "new", "place"),
    [
        ("region/agencies.toml", 'id = "dlh"', 'id = "x"', "no agency 'dlh'"),
        ("content/topics.toml", 'agency = "disdukcapil"', 'agency = "nobody"', "administrasi/ktp-hilang"),
        ("content/administrasi/ktp-hilang.md", "agency: disdukcapil", "agency: nobody", "administrasi/ktp-hilang: agency"),
        ("region/villages.csv", "kode,kecamatan", "code,kecamatan", "line 1"),
    ],
)
def test_a_broken_file_is_named(second: Path, file: str, old: str, new: str, place: str) -> None:
    text = (second / file).read_text(encoding="utf-8")
    assert old in text
    (second / file).write_text(text.replace(old, new), encoding="utf-8")
    checked = region("check", str(second))
    assert checked.exit_code == 1
    assert place in checked.stderr


def test_the_program_answers_a_question_and_takes_a_complaint_there(second: Path) -> None:
    talked = run(
        "chat",
        cwd=second,
        said=CONVERSATION,
        SAPA_REGION_DIR=str(second / "region"),
        SAPA_CONTENT_DIR=str(second / "content"),
        SAPA_CACHE_DIR=str(second / "cache"),
        SAPA_DATABASE_URL=sqlite_url(second / "sapa.db"),
    )
    assert talked.returncode == 0, talked.stderr
    assert "Kabupaten Contoh" in talked.stdout
    assert "surat kehilangan di kantor polisi" in talked.stdout
    assert "Desa Sumberteladan, Kec. Lor Contoh" in talked.stdout
    assert re.search(r"CTH-\d\d-\d{6}-[A-Z]", talked.stdout)
    assert "Magetan" not in talked.stdout
