"""What a category needs: told by words, a place, a file or an office; bad tables are refused."""

from __future__ import annotations

import pytest

from bot.config import ROOT
from knowledge.needs import Need, Told, read_need
from knowledge.region import load_region
from knowledge.tables import RegionError

REGION = load_region(ROOT / "knowledge" / "region")


@pytest.mark.parametrize(
    ("need", "text"),
    [
        ("sejak", "lampu mati sejak kemarin"),
        ("sejak", "wis rong minggu ora mili"),
        ("sejak", "mati 3 hr"),
        ("tiang", "tiang nomor 14 mati"),
        ("ukuran", "lubangnya 30 cm"),
        ("pelanggan", "nomor pelanggan saya 0123456"),
        ("jumlah", "sudah empat anak kena demam"),
        ("waktu", "kejadiannya jam 9"),
        ("sekolah", "di SDN Baron 2"),
        ("objek", "NOP 35.20.060.001.002-0034.0"),
    ],
)
def test_what_was_told_in_words_is_seen(need: str, text: str) -> None:
    assert REGION.needs[need].is_told(Told(text))


@pytest.mark.parametrize(
    ("need", "text"),
    [("sejak", "lampu jalan mati"), ("tiang", "tiang listrik miring"), ("ukuran", "lubangnya dalam"), ("foto", "ada foto")],
)
def test_what_was_not_told_is_missing(need: str, text: str) -> None:
    assert not REGION.needs[need].is_told(Told(text))


def test_places_files_and_offices_tell_too() -> None:
    assert REGION.needs["lokasi"].is_told(Told("", place=True))
    assert REGION.needs["foto"].is_told(Told("", files=True))
    assert REGION.needs["bukti"].is_told(Told("", files=True))
    assert REGION.needs["instansi"].is_told(Told("", office=True))


@pytest.mark.parametrize("need", REGION.needs.values(), ids=lambda need: str(need.id))
def test_every_need_is_asked_for_in_javanese_too(need: Need) -> None:
    assert need.question("jv") != need.question("id")


@pytest.mark.parametrize("wrong", [{"told_by": "magic"}, {"pattern": "("}, {"cues": "kemarin"}, {"asks": {"jv": ""}}])
def test_a_bad_need_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(RegionError):
        read_need({"id": "x", "label": "X", "ask": "X?", **wrong}, "categories.toml: x")
