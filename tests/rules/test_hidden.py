"""E4: what operators read has no NIK, no KK and no telephone number, and keeps whatever helps them."""

from __future__ import annotations

import random

import pytest

from domain.masking import hidden
from domain.ticket import number

SEPARATORS = ("", " ", ".", "-", "  ", "/", "\u00a0", " - ")
FRAMES = (
    "NIK saya {}",
    "kk {} atas nama ibu",
    "no KTP: {}.",
    "({})",
    "data:\n{}\nmohon dicek",
    "{}",
    "nik{} ya pak",
    "ini,{},tolong",
)
PHONES = ("hp {}", "WA {} ya", "hubungi {}/rumah", "telp:{}", "{} (ibu)", "nomor saya {}, terima kasih")
MOST_WRONG = 0.02


def identity(chance: random.Random) -> str:
    """16 digits as on a card: region, day (of women + 40), month, year, counter."""
    day = chance.randint(1, 31) + chance.choice((0, 40))
    date = f"{day:02}{chance.randint(1, 12):02}{chance.randint(0, 99):02}"
    return f"35{chance.randint(1, 79):02}{chance.randint(1, 30):02}{date}{chance.randint(1, 9999):04}"


def phone(chance: random.Random) -> str:
    return chance.choice(("08", "628", "+628", "8")) + str(chance.randint(1, 9)) + str(chance.randint(10**7, 10**9))


def grouped(digits: str, chance: random.Random) -> str:
    size, separator = chance.randint(2, 6), chance.choice(SEPARATORS)
    return separator.join(digits[start : start + size] for start in range(0, len(digits), size))


def texts(count: int) -> list[str]:
    """NIK, KK and telephones in turn."""
    chance = random.Random(5)
    made = []
    for at in range(count):
        frame, digits = (FRAMES, identity(chance)) if at % 2 else (PHONES, phone(chance))
        made.append(chance.choice(frame).format(grouped(digits, chance)))
    return made


def test_e4_two_hundred_texts_with_numbers_of_persons_keep_none() -> None:
    left = [text for text in texts(200) if sum(map(str.isdecimal, hidden(text))) > 0]
    assert len(left) <= 0.01 * 200, left


def test_e4_numbers_of_tickets_are_taken_for_no_persons_number() -> None:
    said = [f"laporan {number('MGT', 2026, counter)} bagaimana" for counter in range(1, 200_001, 1_000)]
    said += [text.replace("-", " ") for text in said] + [text.lower() for text in said]
    wrong = [text for text in said if hidden(text) != text]
    assert len(wrong) <= MOST_WRONG * len(said), wrong[:5]


@pytest.mark.parametrize(
    "text",
    [
        "pada 08-11-2026 jam 10.30 lampu mati",
        "tanggal 08/11/2026 10.30",
        "nomor meter 14203345678",
        "id pelanggan 520040123456",
        "bayar Rp1.500.000 untuk 3 orang",
        "RT 03 RW 05, tiang listrik 12/7",
        "buka 07.30-16.00",
        "surat 470/123/2026",
    ],
)
def test_what_an_agency_needs_stays(text: str) -> None:
    assert hidden(text) == text


def test_lines_and_length_stay() -> None:
    story = "baris satu\nNIK 3520 1234 5678 9012\n" + "kata " * 500
    assert hidden(story) == story.replace("3520 1234 5678 9012", "▮▮")
