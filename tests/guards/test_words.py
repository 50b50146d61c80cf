"""No word for residents in Python, and no fact of one region."""

from __future__ import annotations

import ast
import re
from functools import cache
from itertools import chain

import pytest

from bot.config import ROOT
from knowledge.phrases import load_phrases
from knowledge.region import VILLAGE_KINDS, load_region
from knowledge.routing.lexicon import load_lexicon
from tests.guards.code import Module, modules, name_of, sample, text_of
from tests.guards.test_phrases import PUT_TOGETHER, TABLES

SPEAKING_ROOMS = ("handlers", "services", "domain")  # what they say, residents and operators read
TECHNICAL_ROOMS = ("bot", "store", "knowledge")  # what they say, the administrator reads, in English

WORD = re.compile(r"[^\W\d_]{2,}")
LETTER_ROW = re.compile(r"[A-Z0-9]{20,}")  # an alphabet that codes are drawn from
BEGINNINGS = {*PUT_TOGETHER, *(f"{table}." for table in TABLES)}  # of keys
VALUE = re.compile(r"\{\w*\}")

# Words that Indonesian or Javanese share with English, and those that name a command or a field.
SMALL = {"a", "an", "and", "as", "at", "by", "do", "in", "is", "it", "me", "of", "on", "or", "so", "the", "to", "we", "yes"}
SHARED = {"api", "bot", "data", "format", "id", "info", "internet", "iso", "menu", "no", "operator", "start", "status", "test"}
ALSO_ENGLISH = SMALL | SHARED | {"reply", "token", "video"}
SAID_IN_ENGLISH = {"start.english"}
NAMES = frozenset(["whatsapp", "ikat", "gabung", "ringkas", "kode", "jenis", "sapa"])


def reads_like_speech(text: str) -> bool:
    """More than a name in the code: words apart, a capital, a letter outside ASCII, or a mark that ends a sentence."""
    bare = VALUE.sub("", text).strip()
    if not WORD.search(bare) or LETTER_ROW.fullmatch(bare) or bare in BEGINNINGS:
        return False
    return bool(re.search(r"\s", bare) or re.search(r"[A-Z]", bare) or not bare.isascii() or bare.endswith((".", "!", "?", "…")))


@cache
def vocabulary() -> frozenset[str]:
    """Words that are surely Indonesian or Javanese: those of our phrases and of the router's lists."""
    phrases = load_phrases()
    ours = [language for language in phrases.languages if language != "en"]
    keys = ((one, key, names) for one in ours for key, names in phrases.keys(one).items() if key not in SAID_IN_ENGLISH)
    said = (phrases.say(one, key, **dict.fromkeys(names, "")) for one, key, names in keys)
    spelling = load_lexicon().spelling.standard
    lists = chain(said, spelling, spelling.values(), load_lexicon().stop, load_lexicon().greet)
    return frozenset(word for text in lists for word in WORD.findall(text.lower())) - ALSO_ENGLISH - NAMES


def not_english(text: str) -> list[str]:
    """The words of a sentence that our phrases have, too."""
    words = [word.lower() for word in WORD.findall(VALUE.sub("", text))]
    return [word for word in words if word in vocabulary()] if reads_like_speech(text) else []


def spoken_here(module: Module) -> list[str]:
    """Texts that are put straight into a reply, a button or a toast."""
    replies = [node for call in module.calls() if name_of(call) == "Reply" for node in call.args[:1]]
    labels = [node for call in module.calls() if name_of(call) in ("Button", "Command") for node in call.args[1:2]]
    set_ = [node for node in module.nodes if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute)]
    toasts = [node.value for node in set_ if isinstance(node.targets[0], ast.Attribute) and node.targets[0].attr == "toast"]
    return [module.at(node) for node in (*replies, *labels, *toasts) if has_words(node)]


def has_words(node: ast.expr) -> bool:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return any(WORD.search(text_of(part)) for part in parts)


@cache
def region_facts() -> frozenset[str]:
    """Names that one regency has. Everyday names of agencies ("Desa") are left out: they are words of the language."""
    region = load_region(ROOT / "knowledge" / "region")
    agencies = (name for one in region.agencies.values() for name in (one.id, one.name, one.short))
    places = (*region.districts, *(village.name for village in region.villages))
    numbers = (number.number for number in region.emergencies)
    facts = (region.name, region.short_name, region.code, *region.categories, *agencies, *places, *numbers)
    return frozenset(fact.lower() for fact in facts) - set(VILLAGE_KINDS)


def facts_in(text: str) -> list[str]:
    return sorted(fact for fact in region_facts() if re.search(rf"(?<!\w){re.escape(fact)}(?!\w)", text.lower()))


@pytest.mark.parametrize("module", modules(*SPEAKING_ROOMS), ids=lambda module: str(module.path))
def test_speaking_rooms_hold_no_sentence_and_no_label(module: Module) -> None:
    assert not [f"{module.at(node)} {node.value!r}" for node in module.texts() if reads_like_speech(text_of(node))]


@pytest.mark.parametrize("module", modules(*TECHNICAL_ROOMS), ids=lambda module: str(module.path))
def test_technical_rooms_speak_english(module: Module) -> None:
    found = [(module.at(node), node.value, words) for node in module.texts() if (words := not_english(text_of(node)))]
    assert not found


def test_replies_buttons_and_toasts_take_their_words_from_phrases() -> None:
    assert not [place for module in modules() for place in spoken_here(module)]


def test_no_fact_of_one_region_stands_in_the_code() -> None:
    found = [(module.at(node), facts) for module in modules() for node in module.texts() if (facts := facts_in(text_of(node)))]
    assert not found


@pytest.mark.parametrize(
    "source",
    [
        'turn.say("Maaf, coba lagi")',
        'text = f"Laporan {number} sudah masuk"',
        'LABEL = "Batal"',
        'x = "matur nuwun"',
        'x = "selesai…"',
        'x = "Terima kasih" if ok else ""',
    ],
)
def test_the_guard_sees_words_for_residents(source: str) -> None:
    assert any(reads_like_speech(text_of(node)) for node in sample(source).texts())


@pytest.mark.parametrize("text", ["Maaf, coba lagi", "Laporan sudah masuk", "matur nuwun", "Silakan tulis alamat"])
def test_the_guard_knows_indonesian_and_javanese_from_english(text: str) -> None:
    assert not_english(text)


@pytest.mark.parametrize("source", ['Reply("maaf")', 'Button("menu", "batal")', 'turn.toast = f"maaf {x}"'])
def test_the_guard_sees_a_single_word_that_is_said(source: str) -> None:
    assert spoken_here(sample(source))


@pytest.mark.parametrize("text", ["Pemkab Magetan", "dlhp", "Kec. Panekan", "MGT", "aduan/lampu-jalan"])
def test_the_guard_sees_facts_of_a_region(text: str) -> None:
    assert facts_in(text)


@pytest.mark.parametrize("text", ["telegram_connected", "r:{id}:send", "state = 'open'", "X-Header", ""])
def test_names_and_formats_are_no_speech(text: str) -> None:
    assert not not_english(text)
