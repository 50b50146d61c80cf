"""An article as a resident sees it: words, date and buttons of the first answer, of a part and of the sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial

import pytest

from bot.config import ROOT
from domain.messages import Reply
from handlers.article import first_answer, part, renewing
from knowledge.article import PARTS, Article, Source
from knowledge.phrases import load_phrases
from knowledge.region import load_region

REGION = load_region(ROOT / "knowledge" / "region")
SAY = partial(load_phrases().say, "id")
AGENCY = REGION.agencies["dikpora"].name
ARTICLE = Article(
    id="administrasi/spmb",
    title="SPMB SD dan SMP",
    agency="dikpora",
    ours=True,
    sources=(
        Source("Juknis SPMB", "Dinas Pendidikan", "https://example.go.id/spmb", "2026-04", "local"),
        Source("Aturan nasional", "Kementerian", "Permendikdasmen 3/2025", "", "national"),
        Source("Berita", "Media", "https://example.go.id/berita", "2026-05-07", "local"),
    ),
    verified_on=date(2026, 11, 24),
    expires_on=date(2027, 5, 24),
    parts={name: f"Isi {name}." for name in PARTS},
    phrasings=(),
    known_as=("pendaftaran sekolah",),
    supersedes=("PPDB (sampai 2024)",),
)


def with_parts(*names: str) -> Article:
    return replace(ARTICLE, parts={name: ARTICLE.parts[name] for name in ("ringkas", *names)})


def ids(reply: Reply) -> list[list[str]]:
    """The buttons by row, without the article's id."""
    return [[button.id.removeprefix(f"part:{ARTICLE.id}:") for button in row] for row in reply.buttons]


@pytest.mark.parametrize(
    ("names", "front"),
    [
        (PARTS[1:], ["syarat", "langkah", "biaya"]),
        (("langkah", "waktu", "tempat", "catatan"), ["langkah", "waktu", "tempat"]),
        (("biaya", "catatan"), ["biaya", "catatan"]),
        (("tempat",), ["tempat"]),
    ],
)
def test_the_first_answer_offers_the_three_most_useful_parts_sources_a_person_and_the_menu(
    names: Sequence[str], front: list[str]
) -> None:
    reply = first_answer(SAY, REGION, with_parts(*names), "")
    assert ids(reply) == [front, ["sumber", "operator"], ["menu"]]
    assert reply.text == f"**SPMB SD dan SMP**\n\nIsi ringkas.\n\n{AGENCY} · terverifikasi 24/11/2026"


def test_an_article_of_one_part_has_only_sources_a_person_and_the_menu() -> None:
    assert ids(first_answer(SAY, REGION, with_parts(), "")) == [["sumber", "operator"], ["menu"]]


@pytest.mark.parametrize("name", [*PARTS[1:], "sumber"])
def test_a_part_shows_agency_and_date_and_the_way_to_every_other_part(name: str) -> None:
    reply = part(SAY, REGION, ARTICLE, name)
    assert reply.text.endswith(f"\n\n{AGENCY} · terverifikasi 24/11/2026")
    offered = [one for row in ids(reply) for one in row]
    assert set(offered) == {*PARTS, "sumber", "operator", "menu"} - {name}
    assert len(offered) == len(set(offered))
    assert all(len(row) <= 3 for row in reply.buttons)


def test_sources_have_publisher_date_and_link_and_say_when_they_bear_no_date() -> None:
    text = part(SAY, REGION, ARTICLE, "sumber").text
    assert "• Juknis SPMB (Dinas Pendidikan, 04/2026)\nhttps://example.go.id/spmb" in text
    assert "• Aturan nasional (Kementerian, tanpa tanggal)\nPermendikdasmen 3/2025" in text
    assert "• Berita (Media, 07/05/2026)\nhttps://example.go.id/berita" in text


@pytest.mark.parametrize("question", ["Kapan PPDB dibuka?", "ppdb smp", "daftar ppdb, kapan?"])
def test_whoever_asks_by_the_old_name_is_told_that_it_was_replaced(question: str) -> None:
    lead, _, rest = first_answer(SAY, REGION, ARTICLE, question).text.partition("\n\n")
    assert lead == "PPDB (sampai 2024) sudah diganti. Yang berlaku sekarang:"
    assert rest == first_answer(SAY, REGION, ARTICLE, "").text


@pytest.mark.parametrize("question", ["Kapan SPMB dibuka?", "pendaftaran sekolah", "ppdbku", ""])
def test_other_names_get_no_such_line(question: str) -> None:
    assert first_answer(SAY, REGION, ARTICLE, question).text.startswith("**SPMB")


@pytest.mark.parametrize("language", load_phrases().languages)
def test_an_article_that_is_renewed_names_the_agency_and_offers_a_person(language: str) -> None:
    reply = renewing(partial(load_phrases().say, language), REGION, ARTICLE)
    assert AGENCY in reply.text
    assert "Isi" not in reply.text
    assert ids(reply) == [["pass:yes"], ["operator", "menu"]]
