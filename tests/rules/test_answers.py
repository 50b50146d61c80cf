"""Ready-made answers and what makes an answer more than a formula: read strictly, and of use."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.region import load_region
from tests.rules.test_region import refuses

FOLDER = Path(__file__).parents[2] / "knowledge" / "region"
REGION = load_region(FOLDER)
ANSWERS = REGION.answers


@pytest.mark.parametrize(
    "text",
    [
        "Terima kasih atas laporannya, akan kami tindak lanjuti.",
        "Sudah kami koordinasikan dengan pihak terkait",
        "Laporan Anda kami terima dan menjadi perhatian.",
        "Mohon bersabar, sedang kami proses",
        "Siap, terima kasih",
        "👍",
        "",
    ],
)
def test_an_empty_formula_has_no_substance(text: str) -> None:
    assert not ANSWERS.substance.is_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "Besok kami datangi.",
        "Sudah ditambal",
        "Petugas sedang menuju ke sana",
        "Selesai tanggal 3",
        "Rabu pagi",
        "Tim URC berangkat",
        "Sudah dibersihkan",
    ],
)
def test_an_action_a_time_or_an_officer_is_substance(text: str) -> None:
    assert ANSWERS.substance.is_in(text)


def test_every_ready_made_answer_has_substance() -> None:
    assert not [answer.id for answer in ANSWERS.ready.values() if not ANSWERS.substance.is_in(answer.text)]


def test_an_agency_sees_its_own_answers_first_and_nobody_elses() -> None:
    own = [answer.agencies for answer in ANSWERS.of("dpupr")]
    assert own[0] == ("dpupr",)
    assert set(own) == {("dpupr",), ()}


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("Laporan {nomor}", "Laporan {nomer}", "nothing fills in nomer"),
        ("Laporan {nomor} tentang {perihal}", "Laporan {nomor tentang", "dijadwalkan: text"),
        ('agencies = ["dpupr"]', 'agencies = ["dinas-x"]', "no agency dinas-x"),
        ("[substance]", "[substanz]", "substan"),
        ('id = "dijadwalkan"', 'id = "dijadwalkan-dan-terlalu-panjang"', "at most"),
        ("officers =", "officer =", "unknown key: officer"),
    ],
)
def test_a_slip_in_the_answers_is_refused_with_its_place(tmp_path: Path, old: str, new: str, place: str) -> None:
    refuses(tmp_path, "answers.toml", old, new, place)


@pytest.mark.parametrize("url", ["https://peta.example/?a={lat}", "http://peta.example/{lat}/{lon}", "https://peta.example/{x}"])
def test_a_map_needs_both_degrees_of_a_pin(tmp_path: Path, url: str) -> None:
    refuses(tmp_path, "region.toml", REGION.map_url, url, "map_url")
