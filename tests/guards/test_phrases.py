"""Phrases: complete in every language, short enough, all of them used, and every one that the code says exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from itertools import chain

import pytest

from bot.channels.terminal import DESK, RESIDENT
from bot.connection import COMMANDS, GROUP_COMMANDS
from domain.promise import PromiseKind, Stage
from domain.retry import End
from domain.ticket import EntryKind, Move, State, TicketKind
from handlers.desk_moves import ASKED
from knowledge.article import PARTS
from knowledge.phrases import load_phrases
from services.card_text import CARD_MOVES
from services.delivery import TOLD
from services.files import REASONS
from services.moves import DONE_ANSWERS
from tests.guards.code import Module, modules, name_of, sample, text_of

PHRASES = load_phrases()
INDONESIAN = PHRASES.keys("id")
LONGEST = 600  # characters: more is not read on a telephone
LONGEST_LABEL = 24  # characters: WhatsApp cuts a list row after them
LONGEST_TOAST = 200  # characters: Telegram cuts the answer to a press after them
LONGEST_COMMAND = 256  # characters: Telegram refuses a longer description
WORD = re.compile(r"\w+")
MARKED = re.compile(r"\*\*")

# Where the key stands among the arguments of a call: from which argument on a text that looks like a key is one.
SPEAKS = {"say": 0, "reply": 0, "button": 1, "says": 0, "said": 0, "words": 0}
PROBLEMS = ("NotFound", "NotAllowed", "WrongMoment", "Invalid")
NOT_SAID = ("step", "go")  # names of questions look like keys and are none
# What only operators read is said in Indonesian alone, but for the problems that residents meet, too.
OPERATORS_ONLY = (
    "kind.",
    "mark.",
    "age.",
    "routed.",
    "queue.",
    "digest.",
    "answer.",
    "desk.",
    "card.",
    "note.",
    "state.",
    "clock.",
    "promise.",
    "rating.",
    "undelivered.",
    "error.",
)
RESIDENT_ERRORS = {
    f"error.{name}"
    for name in (
        "no_ticket",
        "crossed",
        "bad_code",
        "move_buka",
        "move_sudah",
        "bad_rating",
        "rate_when_done",
        "too_many_tickets",
        "no_claim",
        "too_many_tries",
    )
}
NEVER_TOLD = {"error.not_json"}  # a door turns such a body away without a word

# Keys that are put together: the beginning in the code, and all that may follow it.
EVENTS = (Stage.WARNED, Stage.BROKEN, Stage.ESCALATED)
PUT_TOGETHER: Mapping[str, tuple[str, ...]] = {
    "state.": tuple(State),
    "resident_state.": tuple(State),
    "event.": (*Move, *EVENTS, EntryKind.RESIDENT, EntryKind.OPERATOR, EntryKind.NOTE, "undelivered"),
    "clock.": EVENTS,
    "promise.": tuple(PromiseKind),
    "rating.": ("1", "2", "3", "4"),
    "button.done_": DONE_ANSWERS,
    "button.rate_": ("1", "2", "3", "4"),
    "words.rate_": ("1", "2", "3", "4"),
    "error.move_": tuple(Move),
    "kind.": tuple(TicketKind),
    "mark.": ("urgent", "confidential", "anonymous", "field_check"),
    "age.": ("hours", "days"),
    "routed.": ("category", "named", "place", "topic", "guess", "unclear", "not_ours", "operator", "refused"),
    "desk.ask_": ASKED,
    "desk.did_": ASKED,
    "button.": CARD_MOVES,
    "button.edit_": ("text", "place", "category", "files"),
    "part.": (*PARTS, "sumber"),
    "file.": REASONS,
    "undelivered.": (*TOLD, "waiting", *End),
    "command.": (*COMMANDS, *GROUP_COMMANDS),
    "chat.prompt_": (RESIDENT, DESK),
    "chat.now_": (RESIDENT, DESK),
}
TABLES = {key.partition(".")[0] for key in INDONESIAN}
KEY = re.compile(rf"({'|'.join(TABLES)})\.(?!toml|tsv)[a-z_]+")  # and no name of a file
BEGINNING = re.compile(rf"({'|'.join(TABLES)})\.[a-z_]*")


def said_in(module: Module) -> set[str]:
    """The whole keys in a module: all texts that look like one, and whatever stands where a key must stand."""
    apart = {id(argument) for call in module.calls() if name_of(call) in NOT_SAID for argument in call.args}
    alike = {text_of(node) for node in module.texts() if KEY.fullmatch(text_of(node)) and id(node) not in apart}
    inside = {text_of(part) for node in module.nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    return (alike - inside) | set(chain.from_iterable(keys_of(call) for call in module.calls()))


def keys_of(call: ast.Call) -> Iterator[str]:
    """The keys that a call of `say`, `reply`, `button` … or a problem gives: one, or two where it chooses."""
    first = SPEAKS.get(name_of(call), 0 if name_of(call) in PROBLEMS else None)
    if first is not None and len(call.args) > first:
        node = call.args[first]
        for option in (node.body, node.orelse) if isinstance(node, ast.IfExp) else (node,):
            if text_of(option):
                yield text_of(option)


def beginnings_in(module: Module) -> set[str]:
    """The beginnings of the keys that a module puts together."""
    strings = [node for node in module.nodes if isinstance(node, ast.JoinedStr) and len(node.values) == 2]
    return {start for node in strings if BEGINNING.fullmatch(start := text_of(node.values[0]))}


def values_missing(call: ast.Call) -> str:
    """What is wrong with the values that a call fills its phrase with; "" where nothing is."""
    given = {keyword.arg or "" for keyword in call.keywords}
    if "" in given or name_of(call) not in ("say", "reply", "button"):
        return ""
    wrong = [(key, set(INDONESIAN[key]) ^ given) for key in keys_of(call) if key in INDONESIAN]
    return "; ".join(f"{key}: {sorted(odd)}" for key, odd in wrong if odd)


@pytest.mark.parametrize("language", PHRASES.languages)
def test_a_language_has_every_phrase_with_the_same_values(language: str) -> None:
    own = PHRASES.keys(language)
    missing = {key for key in set(INDONESIAN) - set(own) if not key.startswith(OPERATORS_ONLY) or key in RESIDENT_ERRORS}
    assert not missing
    assert own == {key: INDONESIAN.get(key) for key in own}


@pytest.mark.parametrize("language", PHRASES.languages)
def test_no_phrase_is_too_long_for_a_telephone(language: str) -> None:
    long = [key for key in INDONESIAN if len(phrase(language, key)) > LONGEST]
    assert not long


@pytest.mark.parametrize("language", PHRASES.languages)
def test_no_label_toast_or_command_is_longer_than_messengers_show(language: str) -> None:
    limits = {"button.": LONGEST_LABEL, "part.": LONGEST_LABEL, "command.": LONGEST_COMMAND}
    for start, limit in limits.items():
        assert not [key for key in INDONESIAN if key.startswith(start) and len(phrase(language, key)) > limit]
    assert not [key for key in toasts() if len(phrase(language, key)) > LONGEST_TOAST]


@pytest.mark.parametrize("language", PHRASES.languages)
def test_bold_is_closed_wherever_it_is_opened(language: str) -> None:
    assert not [key for key in INDONESIAN if len(MARKED.findall(phrase(language, key))) % 2]


@pytest.mark.parametrize("language", PHRASES.languages)
def test_no_phrase_is_empty_or_ends_in_space(language: str) -> None:
    phrases = {key: phrase(language, key) for key in INDONESIAN}
    assert not [key for key, words in phrases.items() if words.strip(" ") != words or not words]


def test_words_that_residents_type_stand_as_they_are_compared() -> None:
    """Capitals and the marks around are taken from what residents type; a word that keeps them would never be met."""
    lists = {key: PHRASES.words(key) for key in INDONESIAN if key.startswith("words.")}
    assert not {key: odd for key, words in lists.items() if (odd := [w for w in words if w != " ".join(WORD.findall(w.lower()))])}


def test_every_phrase_that_the_code_says_exists() -> None:
    wrong = {str(module.path): said_in(module) - set(INDONESIAN) - NEVER_TOLD for module in modules()}
    assert not {path: keys for path, keys in wrong.items() if keys}


def test_every_phrase_put_together_exists() -> None:
    used = set[str]().union(*(beginnings_in(module) for module in modules()))
    assert used == set(PUT_TOGETHER), "PUT_TOGETHER must name the beginnings that the code has, and no other"
    assert not {start + end for start, ends in PUT_TOGETHER.items() for end in ends} - set(INDONESIAN)


def test_no_phrase_is_left_unsaid() -> None:
    said = set[str]().union(*(said_in(module) for module in modules()))
    together = {start + end for start, ends in PUT_TOGETHER.items() for end in ends}
    assert not set(INDONESIAN) - said - together


def test_every_value_of_a_phrase_is_given_and_no_other() -> None:
    wrong = [f"{module.at(call)} {odd}" for module in modules() for call in module.calls() if (odd := values_missing(call))]
    assert not wrong


def test_the_guard_sees_a_phrase_that_does_not_exist() -> None:
    bad = sample('async def x(turn):\n    return [turn.reply("start.greting" if turn else "begin.here", region=1)]\n')
    assert said_in(bad) - set(INDONESIAN) == {"start.greting", "begin.here"}


def test_the_guard_sees_a_value_that_is_missing() -> None:
    (call,) = sample('turn.say("start.greeting")').calls()
    assert values_missing(call)


def phrase(language: str, key: str) -> str:
    """The phrase with its values as they stand in the file."""
    return PHRASES.say(language, key, **{name: f"{{{name}}}" for name in PHRASES.keys(language).get(key, INDONESIAN[key])})


def toasts() -> set[str]:
    """The keys of what is shown where a button was pressed: desk problems among them."""
    shown = [node for module in modules("handlers") for node in module.nodes if isinstance(node, ast.Assign)]
    calls = [node.value for node in shown if isinstance(node.targets[0], ast.Attribute) and node.targets[0].attr == "toast"]
    said = {key for call in calls if isinstance(call, ast.Call) for key in keys_of(call)}
    return said | {key for key in INDONESIAN if key.startswith("error.")}
