"""Replies as WhatsApp messages: nothing too long, no title cut inside a word, bold of ours and nobody else's."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.whatsapp_render import ROW_TITLE, escaped, in_one_line, marked_up
from bot.config import ROOT
from domain.messages import Button, Media, Reply
from domain.text import units
from handlers.article import SOURCES, first_answer
from handlers.article import part as one_part
from knowledge.article import Article, load_articles, parse_article
from knowledge.templates import load_templates, problems
from knowledge.topics import load_topics
from tests.doubles.whatsapp_fake import broken_rules
from tests.doubles.whatsapp_openapi import complaints
from tests.flows.drivers import PHRASES
from tests.flows.stories import REGION
from tests.flows.whatsapp_driver import RENDERER

LANGUAGES = [language for language in PHRASES.languages if language != "en"]
MENU = (Button("operator", "🙋 Tanya petugas"), Button("menu", "🏠 Menu"))


def bodies(reply: Reply, language: str = "id") -> list[dict[str, Any]]:
    """Whole messages, as they would be sent."""
    base = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": "6281200000001"}
    return [base | RENDERER.content(one, language, "1003383421387256") for one in RENDERER.parts(reply)]


def wrong_with(reply: Reply, language: str = "id") -> list[str]:
    return [what for body in bodies(reply, language) for what in (*broken_rules(body), *complaints(body))]


# ------------------------------------------------------------------ all our words


def every_label() -> list[str]:
    """All that stands on a button somewhere: topics, categories, villages, agencies, districts, phrases."""
    categories = [category.label for category in REGION.categories.values()]
    reports = [PHRASES.say("id", "button.report_category", category=label) for label in categories]
    topics = [topic.title for topic in load_topics(ROOT / "knowledge" / "content").values()]
    places = [*REGION.districts, *(REGION.full_name(village) for village in REGION.villages)]
    agencies = [name for agency in REGION.agencies.values() for name in (agency.name, agency.short)]
    said = [PHRASES.say(language, key) for language in LANGUAGES for key in button_keys(language)]
    return list(dict.fromkeys([*categories, *reports, *topics, *places, *agencies, *REGION.domains.values(), *said]))


def button_keys(language: str) -> list[str]:
    return [key for key, values in PHRASES.keys(language).items() if key.startswith(("button.", "part.")) and not values]


def test_every_phrase_on_a_button_fits_a_reply_button() -> None:
    """20 characters, counted as strictly as anybody may; longer ones would make a list of three buttons."""
    long = [(one, key) for one in LANGUAGES for key in button_keys(one) if units(PHRASES.say(one, key)) > 20]
    assert not long


def test_every_title_of_a_row_is_short_whole_words_and_its_own() -> None:
    labels = every_label()
    for group in (labels[start : start + 9] for start in range(0, len(labels), 9)):
        titles = RENDERER.titles(list(group))
        assert len(set(titles)) == len(titles)
        for label, title in zip(group, titles, strict=True):
            assert units(title) <= ROW_TITLE
            assert cut_inside(label, title) == []


def cut_inside(label: str, title: str) -> list[str]:
    """Words of a title that are no words of its label."""
    return [word for word in re.findall(r"\w+", title) if word not in re.findall(r"\w+", label)]


def test_a_title_never_ends_in_a_word_that_leads_on() -> None:
    ends = [title.rstrip("…").split()[-1].lower() for label in every_label() if (title := RENDERER.shortened(label)) != label]
    assert not set(ends) & PHRASES.words("words.joining")


def test_namesakes_are_told_apart_by_their_ends() -> None:
    labels = [f"Desa Banjarejo, Kec. {district}" for district in ("Panekan", "Barat", "Ngariboyo")]
    assert RENDERER.titles(labels) == ["Banjarejo, Kec. Panekan", "Banjarejo, Kec. Barat", "Kec. Ngariboyo"]


def every_article() -> list[Article]:
    return [parse_article(text) for text in load_articles(ROOT / "knowledge" / "content").values()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_article_with_all_its_parts_becomes_messages_that_meta_takes(language: str) -> None:
    say = partial(PHRASES.say, language)
    thumbs = (Button("vote:up:0123456789abcdef", "👍"), Button("vote:down:0123456789abcdef", "👎"))
    for article in every_article():
        replies = [first_answer(say, REGION, article, "", thumbs)]
        replies += [one_part(say, REGION, article, name) for name in (*article.parts, SOURCES)]
        assert not [(article.id, wrong) for reply in replies if (wrong := wrong_with(reply, language))]
        assert len(RENDERER.parts(replies[0])) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("buttons", [0, 1, 3, 4, 10, 11, 25])
def test_every_phrase_with_any_number_of_buttons_becomes_messages_that_meta_takes(language: str, buttons: int) -> None:
    labels = every_label()[:: max(1, len(every_label()) // 30)]
    rows = tuple((Button(f"topic:{number}", label),) for number, label in enumerate(labels[:buttons]))
    for key, values in PHRASES.keys(language).items():
        text = PHRASES.say(language, key, **dict.fromkeys(values, "MGT-26-000123-K"))
        assert not wrong_with(Reply(text, rows), language), key


# ------------------------------------------------------------------ forms


def form(reply: Reply) -> list[str]:
    return [body["interactive"]["type"] if body["type"] == "interactive" else body["type"] for body in bodies(reply)]


def choices(count: int, label: str = "Topik {}") -> tuple[tuple[Button, ...], ...]:
    return tuple((Button(f"t:{number}", label.format(number)),) for number in range(count))


@pytest.mark.parametrize(
    ("reply", "forms"),
    [
        (Reply("Halo"), ["text"]),
        (Reply("Halo", choices(3)), ["button"]),
        (Reply("Halo", choices(4)), ["list"]),
        (Reply("Halo", choices(10)), ["list"]),
        (Reply("Halo", choices(11)), ["text"]),
        (Reply("Halo", choices(2, "Pelayanan surat-surat {}")), ["list"]),
        (Reply("x " * 600, choices(2)), ["list"]),
        (Reply("x " * 2200, choices(2)), ["text", "button"]),
        (Reply("x " * 4000), ["text", "text", "text"]),
        (Reply("Di mana?", choices(1), ask_location="Kirim lokasi"), ["location_request_message"]),
        (Reply("Ini fotonya", media=Media("photo", "100")), ["image"]),
        (Reply("Ini fotonya", choices(2), media=Media("photo", "100")), ["button"]),
        (Reply("Ini fotonya", choices(4), media=Media("photo", "100")), ["image", "list"]),
        (Reply("Ini suaranya", choices(1), media=Media("voice", "100")), ["audio", "button"]),
        (Reply("Ini suratnya", media=Media("document", "100")), ["document"]),
        (Reply("", media=Media("video", "100")), ["video"]),
    ],
)
def test_a_reply_takes_the_form_that_its_buttons_allow(reply: Reply, forms: list[str]) -> None:
    assert form(reply) == forms
    assert wrong_with(reply) == []


def test_numbers_stand_below_the_text_and_press_the_buttons_in_their_order() -> None:
    reply = Reply("Pilih topik", choices(12))
    (body,) = bodies(reply)
    assert "\n\n1. Topik 0\n2. Topik 1\n" in body["text"]["body"]
    assert [button.id for button in RENDERER.numbered(reply)] == [f"t:{number}" for number in range(12)]
    assert RENDERER.numbered(Reply("Pilih", choices(10))) == ()


def test_a_shortened_title_has_the_whole_label_below_it() -> None:
    label = "Dinas Pekerjaan Umum dan Penataan Ruang"
    (row,) = RENDERER.rows((Button("a", label),))
    assert row == {"id": "a", "title": "Dinas Pekerjaan Umum…", "description": label}


# ------------------------------------------------------------------ mark-up


def test_our_bold_is_theirs() -> None:
    assert marked_up("**KTP hilang** – 2 *3* **a_b_**") == "*KTP hilang* – 2 ∗3∗ *a_b_*"


@pytest.mark.parametrize("text", ["a*b*c", "2 * 3 * 4", "https://x.go.id/a_b_c", "nama_file_baru.pdf", "5~6", "* titik"])
def test_what_is_no_mark_up_stays_as_it_is(text: str) -> None:
    assert escaped(text) == text


@given(st.text(alphabet="ab *_~`\n", max_size=30))
def test_no_words_of_others_become_mark_up(text: str) -> None:
    assert not re.search(r"(?<![\w*_~`])([*_~`])(?=\S)(.+?)(?<=\S)\1(?![\w*_~`])", escaped(text))
    assert len(escaped(text)) == len(text)


# ------------------------------------------------------------------ templates


@given(st.text(max_size=3000))
def test_a_value_of_a_template_is_one_short_line(text: str) -> None:
    value = in_one_line(text, 600)
    assert len(value) <= 600
    assert not re.search(r"\n|\t| {4}", value)


def test_the_templates_of_the_region_are_such_as_meta_takes() -> None:
    templates = load_templates(ROOT / "knowledge" / "region")
    assert templates
    assert not [what for one in templates for what in problems(one)]
