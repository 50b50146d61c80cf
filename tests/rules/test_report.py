"""`knowledge report`: what it counts, and that the document holds it."""

from __future__ import annotations

from datetime import date

import pytest
from typer.testing import CliRunner

from bot.commands import app
from bot.commands.knowledge import DOCUMENT
from bot.config import ROOT
from knowledge.article import Article, Confidence, Source
from knowledge.report import placed, report
from knowledge.topics import Topic

TOPICS = {
    identifier: Topic(identifier, "Judul", "dinkes", True, basis)
    for identifier, basis in (("a/satu", "lokal"), ("a/dua", "lokal"), ("a/tiga", "kosong"))
}


def article(identifier: str, *confidences: Confidence) -> Article:
    sources = tuple(Source("Sumber", "Dinas", "rule", "2025", one) for one in confidences)
    return Article(
        identifier, "Judul", "dinkes", True, sources, date(2026, 11, 24), date(2027, 5, 24), {"ringkas": "Ya."}, (), ()
    )


def test_the_best_source_counts_and_gaps_are_named() -> None:
    told = report(TOPICS, {"a/satu": article("a/satu", "analogy", "national"), "a/tiga": article("a/tiga", "analogy")})
    assert "| lokal | 2 | 1 | 0 | 1 | 0 |" in told
    assert "| kosong | 1 | 1 | 0 | 0 | 1 |" in told
    assert "| all | 3 | 2 | 0 | 1 | 1 |" in told
    assert "| 2026-11 | 2 | 0 | 0 |" in told
    assert "| 2027-05 | 0 | 0 | 2 |" in told
    assert "- No article yet (1): `a/dua`" in told
    assert "the article says so (1): `a/tiga`" in told
    assert "| `a/satu` | dinkes | national | 2 | 2026-11-24 | – | 2027-05-24 |" in told
    assert "| `a/dua` | dinkes | – | – | – | – | – |" in told


def test_the_report_stands_between_its_markers() -> None:
    document = "before\n<!-- report -->\nold\n<!-- end of report -->\nafter\n"
    once = placed(document, "new\n")
    assert once == "before\n<!-- report -->\n\nnew\n\n<!-- end of report -->\nafter\n"
    assert placed(once, "new\n") == once
    with pytest.raises(ValueError, match="markers"):
        placed("no markers", "new\n")


def test_the_document_holds_the_report_of_today_s_files() -> None:
    """`python -m bot knowledge report --write` renews it."""
    done = CliRunner().invoke(app, ["knowledge", "report"])
    assert ROOT in DOCUMENT.parents
    document = DOCUMENT.read_text(encoding="utf-8")
    assert placed(document, done.stdout) == document
