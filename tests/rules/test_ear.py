"""What words tell beside the matter. The lists are data; these tests hold them together and show how well they hear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.article import PARTS
from knowledge.routing.ear import GOES_ON, Distress
from knowledge.routing.material import FOLDER
from tests.learned import CONTENT, KNOWLEDGE

EAR = KNOWLEDGE.ear


def labelled() -> Iterator[tuple[str, str]]:
    """(register, line) of everything that the router learns from."""
    for file in (*CONTENT.glob("*/*.tsv"), *(FOLDER / "phrasings").rglob("*.tsv")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if len(cells := line.split("\t")) > 1:
                yield cells[0], cells[1]


def test_words_for_parts_lead_to_parts_that_articles_have() -> None:
    assert set(EAR.parts.values()) == {*PARTS, GOES_ON} - {"ringkas"}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("biayanya berapa?", "biaya"),
        ("pinten ragadipun", "biaya"),
        ("bayar gak?", "biaya"),
        ("pira suwene", "waktu"),
        ("kapan bukanya", "waktu"),
        ("berkasnya apa aja", "syarat"),
        ("carane piye", "langkah"),
        ("wonten pundi panggonanipun", "tempat"),
        ("nomor teleponnya", "tempat"),
    ],
)
def test_a_short_question_asks_for_a_part(text: str, part: str) -> None:
    asked = EAR.asked(text)
    assert asked
    assert (asked.part, asked.rest) == (part, frozenset())


def test_a_longer_message_or_another_matter_is_no_such_question() -> None:
    assert EAR.asked("saya mau tanya biaya membuat kartu keluarga yang baru") is None
    whole = EAR.asked("syarat ktp?")
    assert whole
    assert whole.rest == {"ktp"}
    greeting = EAR.asked("selamat pagi")
    assert greeting
    assert not greeting.incomplete


@pytest.mark.parametrize("text", ["makasih ya kak", "ok siap", "matur nuwun sanget", "sampai jumpa", "Terima kasih 🙏"])
def test_thanks_are_heard(text: str) -> None:
    assert EAR.is_thanks(text)


@pytest.mark.parametrize(
    "text", ["ok berapa biayanya", "nuwun sewu", "terima kasih, ktp saya hilang", "halo", "", "bagaimana caranya"]
)
def test_more_than_thanks_is_no_thanks(text: str) -> None:
    assert not EAR.is_thanks(text)


def test_the_languages_are_told_apart() -> None:
    heard = Counter((register, EAR.language_of(line)) for register, line in labelled())
    for register, wanted, least in (("ngoko", "jv", 0.9), ("krama", "jv", 0.95), ("baku", "id", 0.85)):
        total = sum(count for (name, _), count in heard.items() if name == register)
        assert heard[register, wanted] / total >= least
    assert heard["baku", "jv"] == 0
    assert heard["santai", "jv"] / sum(count for (name, _), count in heard.items() if name == "santai") <= 0.003
    assert heard["krama", "id"] <= 5


@pytest.mark.parametrize("text", ["where is the hospital", "how can I get a new ID card?", "Hello, good morning"])
def test_english_is_heard(text: str) -> None:
    assert EAR.language_of(text) == "en"


@pytest.mark.parametrize("text", ["ktp", "", "gajah piro", "Desa Baron", "😀", "data online"])
def test_few_telling_words_tell_no_language(text: str) -> None:
    assert EAR.language_of(text) is None


def test_distress_is_heard_in_most_cries_and_in_no_accident() -> None:
    rows = [line.split("\t") for line in (FOLDER / "phrasings" / "darurat.tsv").read_text(encoding="utf-8").splitlines()]
    heard = {kind: [EAR.distress_in(text) for _, text, what in rows if what == kind] for kind in ("jiwa", "medis", "bahaya")}
    assert sum(map(bool, heard["jiwa"])) >= 0.85 * len(heard["jiwa"])
    assert not any(heard["medis"] + heard["bahaya"])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("seminar pencegahan bunuh diri di kampus", None),
        ("seminar pencegahan bunuh diri, sebab saya sendiri ingin mati", Distress.SUICIDE),
        ("penyuluhan kdrt di desa", None),
        ("aku korban kdrt, tolong", Distress.VIOLENCE),
    ],
)
def test_words_that_take_distress_back_take_back_nothing_else(text: str, kind: Distress | None) -> None:
    assert EAR.distress_in(text) is kind


def test_wanting_to_die_comes_before_violence() -> None:
    assert EAR.distress_in("digebuki bojo terus, pengin mati wae") is Distress.SUICIDE


@pytest.mark.parametrize("text", ["lampu jalan mati", "ayam saya mati semua", "mesin pompa mati saja terus", "sinyale mati wae"])
def test_what_merely_stopped_working_is_no_distress(text: str) -> None:
    assert EAR.distress_in(text) is None


def test_the_region_says_who_helps_in_every_kind_of_distress() -> None:
    assert set(KNOWLEDGE.region.care) == set(Distress)
    assert {care.topic for care in KNOWLEDGE.region.care.values()} <= set(KNOWLEDGE.topics)
    assert KNOWLEDGE.region.categories[KNOWLEDGE.region.care[Distress.VIOLENCE].category].confidential


@given(st.text(max_size=300))
def test_no_text_breaks_the_ear(text: str) -> None:
    EAR.asked(text)
    EAR.is_thanks(text)
    EAR.distress_in(text)
    EAR.language_of(text)
