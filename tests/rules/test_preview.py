"""`knowledge preview`: the decision, why, and the article as a telephone shows it."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from bot.commands import app
from tests.learned import KNOWLEDGE


def preview(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["knowledge", "preview", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize(("language", "requirements", "fresh"), [("id", "Syarat", "terverifikasi"), ("jv", "Sarat", "kapriksa")])
def test_a_sure_answer_is_shown_whole_with_the_words_that_spoke_for_it(language: str, requirements: str, fresh: str) -> None:
    shown = preview("Cara mengurus KTP hilang bagaimana ya?", "--language", language)
    article = KNOWLEDGE.articles["administrasi/ktp-hilang"]
    assert shown.startswith("decision: answer administrasi/ktp-hilang")
    assert "why administrasi/ktp-hilang: " in shown
    assert "hilang" in shown.partition("why ")[2].partition("\n")[0]
    assert article.summary.replace("**", "") in shown
    assert f"[{requirements}]  [" in shown
    assert fresh in shown
    assert "Menu" in shown.splitlines()[-1]
    assert "**" not in shown


@pytest.mark.parametrize("question", ["", "Berapa berat gajah di kebun binatang?", "Lampu jalan mati di Baron", "ktp"])
def test_what_is_no_answer_shows_only_the_decision(question: str) -> None:
    shown = preview(question)
    assert shown.startswith(f"decision: {KNOWLEDGE.decide(question).kind.value}")
    assert "[" not in shown
