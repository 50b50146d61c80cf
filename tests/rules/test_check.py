"""`knowledge check`: each thing that is wrong with an article is found, and nothing else."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.build import utc_now
from bot.commands import app
from bot.commands.knowledge import today
from bot.config import ROOT
from knowledge import schema
from knowledge.allowed import Allowed, load_allowed
from knowledge.article import load_articles, split
from knowledge.check import LONGEST_MESSAGE, Finding, Surroundings, check_folder, check_text
from knowledge.region import load_region
from knowledge.topics import load_topics

FOLDER = ROOT / "knowledge" / "region"
CONTENT = ROOT / "knowledge" / "content"
REGION = load_region(FOLDER)
ALLOWED = load_allowed(FOLDER, REGION)
TODAY = date(2026, 12, 1)
AROUND = Surroundings(REGION, load_topics(CONTENT), ALLOWED, TODAY)
ID = "administrasi/nib-oss"
GOOD = f"""---
id: {ID}
title: {AROUND.topics[ID].title}
agency: {AROUND.topics[ID].agency}
ours: true
verified_on: 2026-11-24
expires_on: 2027-05-24
review_after: 2027-02-24
sources:
- title: Izin usaha lewat OSS
  publisher: Kementerian
  where: https://oss.go.id/panduan
  date: '2025'
  confidence: national
  says:
  - gratis, selesai dalam 3 hari, buka 08.00-14.00 di Jl. Samudra No. 5
related:
- administrasi/mpp
links:
- https://oss.go.id
---

## ringkas
Daftar sendiri di **oss.go.id**, gratis. Selesai dalam 3 hari.

## tempat
Kantor di Jl. Samudra No. 5, buka pukul 08.00.
"""


def findings(text: str, identifier: str = ID) -> list[Finding]:
    return check_text(identifier, text, AROUND)


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def test_a_good_article_has_no_findings() -> None:
    assert findings(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("ours: true", "ours: perhaps", "ours: must be true or false"),
        ("## tempat", "## alamat", "unknown part: alamat"),
        ("  publisher: Kementerian\n", "", "publisher: text is missing"),
        (f"id: {ID}", "id: administrasi/mpp", "id: the text says administrasi/mpp"),
        (f"agency: {AROUND.topics[ID].agency}", "agency: nobody", "agency: no agency nobody"),
        ("expires_on: 2027-05-24", "expires_on: 2026-11-30", "expired on 2026-11-30: nobody gets it as an answer"),
        ("verified_on: 2026-11-24", "verified_on: 2026-12-02", "verified_on: 2026-12-02 is still to come"),
        ("dalam 3 hari.\n", "dalam 4 hari.\n", "no source says: 4"),
        ("Jl. Samudra No. 5, buka", "Jl. Pahlawan, buka", "no source says: Pahlawan"),
        ("Kantor di", "Lihat simbg.pu.go.id. Kantor di", "link: simbg.pu.go.id is not among the links"),
        ("- https://oss.go.id\n", "- https://oss.go.id\n- https://oss.example.com\n", "the host of https://oss.example.com"),
        ("- administrasi/mpp", "- administrasi/tidak-ada", "related: no topic administrasi/tidak-ada"),
        ("- administrasi/mpp", f"- {ID}", f"related: no topic {ID}"),
        ("\nlinks:", "\nplaces:\n- istana\nlinks:", "places: no place istana"),
        ("Kantor di", "Kepala Dinas Budi Santoso menunggu. Kantor di", "tempat: names an official: Budi Santoso"),
        ("Kantor di", "Temui Drs. Budi. Kantor di", "tempat: names an official: Drs. Budi"),
        ("  where: https://oss.go.id/panduan", f"  where: x{'a' * LONGEST_MESSAGE}", "do not fit into one message"),
    ],
)  # fmt: skip
def test_an_error_is_found_and_says_what_is_wrong(old: str, new: str, what: str) -> None:
    errors = [finding for finding in findings(changed(old, new)) if finding.error]
    assert any(what in finding.what for finding in errors), errors
    assert all(finding.article == ID for finding in errors)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (f"title: {AROUND.topics[ID].title}", "title: Usaha", "title: Usaha, but the catalogue says"),
        (f"agency: {AROUND.topics[ID].agency}", "agency: setda", "agency: setda, but the catalogue says"),
        ("review_after: 2027-02-24", "review_after: 2026-11-30", "should have been reviewed after 2026-11-30"),
        ("Kantor di", "kata " * 60 + "di", "words a sentence"),
        ("Kantor di", "Pertanggungjawaban ketidakmampuan kewarganegaraan. Kantor di", "of the words have"),
    ],
)
def test_a_warning_keeps_no_article_from_being_published(old: str, new: str, what: str) -> None:
    found = findings(changed(old, new))
    assert any(what in finding.what for finding in found), found
    assert not any(finding.error for finding in found)


def test_an_article_may_be_given_on_its_last_day_and_not_on_the_next() -> None:
    text = changed("expires_on: 2027-05-24", f"expires_on: {TODAY}")
    assert findings(text) == []
    assert check_text(ID, text, Surroundings(REGION, AROUND.topics, ALLOWED, date(2026, 12, 2)))


@pytest.mark.parametrize(
    "text",
    [
        "Kepala Dinas Kesehatan menetapkan tarif.",
        "Peraturan Bupati Magetan Nomor 12 Tahun 2020",
        "RSUD dr. Sayidiman",
        "Kantor di Jl. H. Agus Salim No. 3",
        "Kepala Desa Kuwon memberi surat. Datang ke Kantor Desa.",
        "Kepala Keluarga membawa KK",
    ],
)
def test_offices_streets_and_hospitals_are_no_officials(text: str) -> None:
    assert list(ALLOWED.persons(text)) == []


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://oss.go.id/id/panduan", True),
        ("OSS.go.id", True),
        ("ppid.magetan.go.id", True),
        ("notmagetan.go.id", False),
        ("example.com/magetan.go.id", False),
        ("https://magetan.go.id@example.com", False),
        ("magetan.go.id.example.com", False),
    ],
)
def test_only_official_hosts_and_what_is_below_them_are_allowed(address: str, allowed: bool) -> None:
    assert ALLOWED.host(address) is allowed


def test_a_region_without_lists_allows_no_host_and_knows_no_titles(tmp_path: Path) -> None:
    bare = load_allowed(tmp_path, REGION)
    assert bare == Allowed((), (), (), bare.known, REGION.words.street_marks)
    assert not bare.host("oss.go.id")
    assert list(bare.persons("Bupati Budi Santoso")) == []


def test_files_that_nobody_reads_are_told(tmp_path: Path) -> None:
    (tmp_path / "administrasi" / "lama").mkdir(parents=True)
    (tmp_path / "lost.md").write_text(GOOD, encoding="utf-8")
    (tmp_path / "administrasi" / "lama" / "nib-oss.md").write_text(GOOD, encoding="utf-8")
    (tmp_path / "administrasi" / "nib-oss.md").write_bytes(GOOD.encode("utf-16"))
    found = {finding.article: finding.what for finding in check_folder(tmp_path, REGION, ALLOWED, TODAY)}
    assert set(found) == {"lost.md", "administrasi/lama/nib-oss.md", ID}
    assert found[ID] == "is not UTF-8"


def run_check(content: Path, text: str) -> tuple[int, str]:
    """The real command over a folder with one article."""
    (content / "administrasi").mkdir(exist_ok=True)
    (content / "topics.toml").write_text((CONTENT / "topics.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (content / "administrasi" / "nib-oss.md").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, ["knowledge", "check", str(content)])
    return done.exit_code, done.output


def test_the_command_fails_on_errors_alone(tmp_path: Path) -> None:
    fresh = GOOD.replace("expires_on: 2027-05-24\nreview_after: 2027-02-24\n", "")
    assert run_check(tmp_path, fresh) == (0, "1 articles: 0 errors, 0 warnings.\n")
    code, output = run_check(tmp_path, fresh.replace("title: ", "title: [", 1))
    assert code == 1
    assert "front matter" in output
    code, output = run_check(tmp_path, fresh.replace(AROUND.topics[ID].title, "Usaha", 1))
    assert (code, output.splitlines()[-1]) == (0, "1 articles: 0 errors, 1 warnings.")


def test_the_command_names_a_broken_catalogue(tmp_path: Path) -> None:
    (tmp_path / "topics.toml").write_text("[[topic", encoding="utf-8")
    done = CliRunner().invoke(app, ["knowledge", "check", str(tmp_path)])
    assert done.exit_code == 1
    assert "topics.toml" in done.output


def test_every_article_passes_the_check() -> None:
    found = check_folder(CONTENT, REGION, ALLOWED, today(REGION, utc_now()))
    assert not [finding for finding in found if finding.error]


# The schema of the front matter


def test_the_schema_is_current() -> None:
    done = CliRunner().invoke(app, ["knowledge", "schema"])
    assert done.stdout == schema.FILE.read_text(encoding="utf-8")


def test_the_schema_knows_the_fields_of_every_article() -> None:
    made = json.loads(schema.FILE.read_text(encoding="utf-8"))
    source = made["$defs"]["Source"]
    for text in [GOOD, *load_articles(CONTENT).values()]:
        head, _ = split(text)
        rows = head["sources"]
        assert isinstance(rows, list)
        assert set(made["required"]) <= set(head) <= set(made["properties"])
        assert all(set(source["required"]) <= set(row) <= set(source["properties"]) for row in rows)
