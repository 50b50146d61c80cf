"""The articles: complete, sourced, within limits, and the same after being written and read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.article import (
    MAX_PART,
    MAX_SUMMARY,
    PARTS,
    Article,
    ArticleError,
    dump_article,
    load_articles,
    parse_article,
)
from knowledge.base import Knowledge
from knowledge.region import load_region
from knowledge.routing.material import load_material
from tests.learned import CONTENT, KNOWLEDGE, learned

ROOT = Path(__file__).parents[2] / "knowledge"
REGION = load_region(ROOT / "region")
TEXTS = load_articles(ROOT / "content")
IDS = [
    "administrasi/akta-kelahiran",
    "administrasi/dukcapil-tempat",
    "administrasi/ktp-hilang",
    "administrasi/lampu-jalan",
    "kesehatan/bpjs-pbi-nonaktif",
    "kesehatan/cek-kesehatan-gratis",
    "kesehatan/darurat-medis",
    "kesehatan/rsud-igd",
    "lingkungan/air-bersih-kekeringan",
    "lingkungan/bencana",
    "lingkungan/pohon",
    "lingkungan/sampah-langganan",
]
ARTICLES = [parse_article(text) for text in TEXTS.values()]
SAMPLE = TEXTS["administrasi/ktp-hilang"]
MATERIAL = load_material(CONTENT, KNOWLEDGE.articles, REGION)
each_article = pytest.mark.parametrize("article", ARTICLES, ids=[article.id for article in ARTICLES])


def test_the_first_articles_are_there_in_order() -> None:
    assert [identifier for identifier in TEXTS if identifier in IDS] == IDS
    assert list(TEXTS) == sorted(TEXTS)


def test_each_file_bears_the_id_of_its_place() -> None:
    assert [article.id for article in ARTICLES] == list(TEXTS)


@each_article
def test_an_article_reads_back_as_written_and_its_file_is_already_in_that_form(article: Article) -> None:
    assert parse_article(dump_article(article)) == article
    assert dump_article(article) == TEXTS[article.id]


@each_article
def test_an_article_names_its_sources_and_dates(article: Article) -> None:
    assert any(source.date for source in article.sources)
    assert all(source.title and source.publisher and source.where for source in article.sources)
    assert article.expires_on is not None
    assert timedelta(days=150) <= article.expires_on - article.verified_on <= timedelta(days=370)


@each_article
def test_the_parts_keep_their_order_and_limits(article: Article) -> None:
    assert list(article.parts) == [name for name in PARTS if name in article.parts]
    assert 0 < len(article.summary) <= MAX_SUMMARY
    assert all(0 < len(text) <= MAX_PART for text in article.parts.values())


@each_article
def test_phrasings_are_many_and_not_repeated(article: Article) -> None:
    lowered = [phrasing.lower() for phrasing in MATERIAL.topics[article.id]]
    assert len(lowered) >= 25
    assert len(set(lowered)) == len(lowered)


@each_article
def test_an_article_of_the_regency_says_magetan_and_never_magelang(article: Article) -> None:
    assert article.ours == REGION.agencies[article.agency].ours
    assert "magelang" not in TEXTS[article.id].lower()


def test_knowledge_gives_articles_by_id_and_by_domain() -> None:
    knowledge = Knowledge.build(7, TEXTS, REGION, CONTENT, learned)
    assert knowledge.edition == 7
    titles = [article.title for article in knowledge.topics_of("kesehatan")]
    assert len(titles) == sum(identifier.startswith("kesehatan/") for identifier in TEXTS)
    assert titles == sorted(titles)
    assert knowledge.topics_of("nothing") == []
    assert knowledge.article("nothing") is None
    wanted = knowledge.article("lingkungan/pohon")
    assert wanted is not None
    assert (wanted.id, wanted.domain, wanted.agency) == ("lingkungan/pohon", "lingkungan", "dlhp")


@pytest.mark.parametrize(
    ("identifier", "old", "new", "complaint"),
    [
        ("administrasi/ktp-hilang", "agency: disdukcapil", "agency: nobody", "no agency 'nobody'"),
        ("administrasi/ktp-rusak", "agency: disdukcapil", "agency: disdukcapil", "the text says"),
        ("hiburan/ktp", "id: administrasi/ktp-hilang", "id: hiburan/ktp", "no domain 'hiburan'"),
        ("administrasi/ktp-hilang", "## ringkas", "## ringkasan", "unknown part"),
    ],
)
def test_knowledge_refuses_an_article_and_names_it(identifier: str, old: str, new: str, complaint: str) -> None:
    assert old in SAMPLE
    with pytest.raises(ArticleError, match=f"{identifier}: .*{complaint}"):
        Knowledge.build(1, {identifier: SAMPLE.replace(old, new)}, REGION, CONTENT, learned)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("title: KTP hilang", "title: [KTP", "front matter"),
        ("title: KTP hilang", "title: ''", "title"),
        ("title: KTP hilang", "titel: KTP hilang", "unknown field: titel"),
        ("id: administrasi/ktp-hilang", "id: KTP hilang", "id"),
        ("ours: true", "ours: maybe", "ours"),
        ("verified_on: 2026-11-24", "verified_on: kemarin", "verified_on"),
        ("verified_on: 2026-11-24\n", "", "verified_on"),
        ("verified_on: 2026-11-24", "verified_on: 2026-13-24", "front matter|verified_on"),
        ("verified_on: 2026-11-24", "verified_on: 2026-11-24 08:00:00", "verified_on"),
        ("confidence: local", "confidence: sure", "confidence"),
        ("date: '2025-03-07'", "date: Maret 2025", "date"),
        ("  publisher: IDN Times Jatim\n", "", "publisher"),
        ("known_as:\n", "known_as: KTP\nphrases:\n", "unknown field"),
        ("- e-KTP hilang", "- 17", "known_as"),
        ("## biaya", "## ongkos", "unknown part: ongkos"),
        ("## biaya", "## syarat", "twice"),
        ("## biaya\nGratis.", "## biaya\n", "biaya is empty"),
        ("## ringkas\n", "Pembuka.\n## ringkas\n", "before the first part"),
        ("## ringkas\n", "## catatan\n", "ringkas is missing"),
        ("## ringkas\n", "## ringkas\n" + "a" * MAX_SUMMARY, "ringkas is longer"),
        ("## syarat\n", "## syarat\n" + "a" * MAX_PART, "syarat is longer"),
    ],
)
def test_a_broken_article_is_refused_with_the_reason(old: str, new: str, complaint: str) -> None:
    assert old in SAMPLE
    with pytest.raises(ArticleError, match=complaint):
        parse_article(SAMPLE.replace(old, new, 1))


def test_an_article_without_sources_is_refused() -> None:
    start, end = SAMPLE.index("sources:"), SAMPLE.index("known_as:")
    with pytest.raises(ArticleError, match="sources"):
        parse_article(SAMPLE[:start] + SAMPLE[end:])


@given(st.text(max_size=400))
def test_no_text_raises_anything_but_an_article_error(text: str) -> None:
    for candidate in (text, f"---\n{text}\n---\n", SAMPLE.replace("title: KTP hilang", text)):
        try:
            article = parse_article(candidate)
        except ArticleError:
            continue
        assert parse_article(dump_article(article)) == article


def test_an_article_that_would_not_read_back_is_not_written() -> None:
    article = parse_article(SAMPLE)
    with pytest.raises(ArticleError):
        dump_article(replace(article, parts={"ringkas": "satu\n## biaya\ndua"}))
    with pytest.raises(ArticleError):
        dump_article(replace(article, parts={"ringkas": "  tepi  "}))


def test_source_dates_may_be_a_day_a_month_a_year_or_absent() -> None:
    for written, read in (("2025-03-07", "2025-03-07"), ("2025-03", "2025-03"), ("2025", "2025"), ("''", "")):
        text = SAMPLE.replace("date: '2025-03-07'", f"date: {written}")
        assert parse_article(text).sources[2].date == read


def test_dates_are_dates() -> None:
    article = parse_article(SAMPLE.replace("expires_on: 2027-05-24", "expires_on: null"))
    assert article.verified_on == date(2026, 11, 24)
    assert article.expires_on is None
