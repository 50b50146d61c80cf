"""What points to a person is masked, and what helps an editor stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.masking import IDENTITY, LONGEST, MAIL, NUMBER, masked

SEPARATORS = ["", " ", ".", "-", "  ", " - ", "\u2011", "\u00a0", "_", "/"]
WORDS = st.text(st.characters(categories=["L"]), max_size=12)
DIGITS = "0123456789"


def digits_of(text: str) -> str:
    return "".join(char for char in text if char in DIGITS)


@st.composite
def separated(draw: st.DrawFn, digits: str) -> str:
    """The digits in groups, as people write them."""
    text, at = "", 0
    separator = draw(st.sampled_from(SEPARATORS))
    while at < len(digits):
        size = draw(st.integers(2, 6))
        text += (separator if text else "") + digits[at : at + size]
        at += size
    return text


NIK = st.from_regex(r"[1-9][0-9]{15}", fullmatch=True)
PHONE = st.from_regex(r"(0|62|\+62)8[1-9][0-9]{7,10}", fullmatch=True)


@given(WORDS, NIK.flatmap(separated), WORDS)
def test_no_identity_number_survives_however_it_is_grouped(before: str, number: str, after: str) -> None:
    found = masked(f"{before} {number} {after}")
    assert not digits_of(found)
    assert NUMBER in found


@given(WORDS, PHONE.flatmap(separated), WORDS)
def test_no_telephone_number_survives_however_it_is_grouped(before: str, number: str, after: str) -> None:
    assert not digits_of(masked(f"{before} {number}, {after}"))


@given(st.text(max_size=600))
def test_any_text_becomes_one_short_line_and_masking_twice_changes_nothing(text: str) -> None:
    once = masked(text)
    assert len(once) <= LONGEST
    assert "\n" not in once
    assert masked(once) == once


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("NIK saya 3520 1234 5678 9012 ya", f"NIK saya {IDENTITY} ya"),
        ("3520.1234.5678.9012", IDENTITY),
        ("KK:3520-1234-5678-9012,HP:081234567890", f"KK:{IDENTITY},HP:{NUMBER}"),
        ("wa +62 812-3456-7890", f"wa {NUMBER}"),
        ("62812.3456.789", NUMBER),
        ("telp 0351 891111", f"telp {NUMBER}"),
        ("812.345.678", NUMBER),
        ("Rp 081234567890", f"Rp {NUMBER}"),
        ("tulis ke siti.aminah+1@mail.co.id saja", f"tulis ke {MAIL} saja"),
        ("nomor BPJS 0001234567891", f"nomor BPJS {NUMBER}"),
    ],
)
def test_what_names_a_person_is_masked(text: str, result: str) -> None:
    assert masked(text) == result


@pytest.mark.parametrize(
    "text",
    [
        "kapan MGT-26-000123-K selesai",
        "mgt 26 000123 k",
        "denda Rp 50.000 atau Rp1.500.000,00?",
        "bayar 50.000 atau 1.500.000 rupiah",
        "Rp 50000",
        "buka jam 08.00-12.00 dan 13.00 - 15.30",
        "tahun ajaran 2024/2025",
        "RT 03 RW 05 nomor 12, 3 anak 2 istri",
        "telepon 119 atau 110",
        "Perpres 96/2018 pasal 12",
    ],
)
def test_what_names_nobody_stays(text: str) -> None:
    assert masked(text) == text


def test_a_hostile_text_is_masked_quickly() -> None:
    for text in ("a" * 4000, "1." * 2000, "x@" * 2000, "a.b" * 1300 + "@", "1 " * 2000, "Rp " * 1300):
        masked(text)
