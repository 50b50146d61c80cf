"""What a conversation remembers: the topic of the last answer, the last answers, failures in a row, the language."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from domain.feedback import Given, Miss, Unmatched, new_answer
from domain.masking import masked
from domain.messages import Kind
from handlers.turn import Turn

TOPIC_TURNS = 5  # turns of the resident after which a topic is forgotten
TOPIC_LASTS = timedelta(minutes=30)
ANSWERS_KEPT = 3  # answers that can still be voted on
GIVEN = [field.name for field in fields(Given)]
LEARNED_KEPT = 200  # questions and votes that we can still find when the resident wants to be forgotten
QUESTION_KEPT = 1000  # characters of a question that wait to be passed on


def remember(turn: Turn, topic_id: str, question: str = "") -> None:
    """The conversation is about this topic now, and something was found."""
    turn.go(topic=topic_id, topic_at=turn.app.now().isoformat(), topic_turns=0, failures=0)
    turn.data.pop("shown", None)
    if question:
        turn.data["question"] = question[:QUESTION_KEPT]


def grow_old(turn: Turn) -> None:
    """One more turn since the last answer; a topic of long ago is forgotten."""
    data = turn.data
    if "topic_at" not in data:
        return
    data["topic_turns"] += 1
    if data["topic_turns"] > TOPIC_TURNS or turn.app.now() - datetime.fromisoformat(data["topic_at"]) > TOPIC_LASTS:
        del data["topic_at"], data["topic_turns"]  # "topic" stays: a question that waits still goes to its agency


def recent_topic(turn: Turn) -> str:
    """The topic that the conversation is still about; "" for none."""
    return str(turn.data.get("topic", "")) if "topic_at" in turn.data else ""


def failed(turn: Turn) -> int:
    """How many times in a row nothing fitted, this one among them."""
    turn.data["failures"] = turn.data.get("failures", 0) + 1
    return int(turn.data["failures"])


def give(turn: Turn, topic_id: str, confidence: float | None, question: str) -> str:
    """Keep an answer so that it can be voted on; returns its name."""
    given = Given(new_answer(), topic_id, turn.app.knowledge.edition, confidence, masked(question))
    turn.data["answers"] = [*turn.data.get("answers", []), _plain(given)][-ANSWERS_KEPT:]
    return given.answer


def _plain(given: Given) -> dict[str, Any]:
    return {name: getattr(given, name) for name in GIVEN}


def given_answer(turn: Turn, name: str) -> dict[str, Any] | None:
    """The kept answer of that name, with a `vote` if there was one."""
    answers: list[dict[str, Any]] = turn.data.get("answers", [])
    return next((answer for answer in answers if answer["answer"] == name), None)


def is_last(turn: Turn, name: str) -> bool:
    """Whether no other answer was given after it, so that the question is still at hand."""
    return bool(turn.data["answers"][-1]["answer"] == name)


async def miss(turn: Turn, kind: Miss, question: str, topic: str = "") -> None:
    """Keep a question for editors, masked, without the resident."""
    if question:
        language = turn.app.knowledge.ear.language_of(question) or turn.language
        unmatched = Unmatched(kind, masked(question), language, turn.app.knowledge.edition, topic)
        row_id = await turn.unit.feedback.miss(unmatched, turn.app.now())
        turn.data["missed"] = [*turn.data.get("missed", []), row_id][-LEARNED_KEPT:]


def speak(turn: Turn, language: str, *, chosen: bool) -> None:
    """From now on this language."""
    turn.conversation.resident = replace(turn.conversation.resident, language=language, language_chosen=chosen)
    turn.unit.conversations.speak(turn.conversation.resident)


def speak_as_written(turn: Turn) -> None:
    """The language that the resident writes, unless they said which one they want."""
    if turn.incoming.kind is not Kind.TEXT or turn.conversation.resident.language_chosen:
        return
    written = turn.app.knowledge.ear.language_of(turn.text)
    if written in turn.app.phrases.languages and written != turn.language:
        speak(turn, written, chosen=False)
