"""The golden gate: what a labelled set of questions gets before and after a publish. Pure; the caller builds both editions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from knowledge.base import Knowledge
from knowledge.routing.decision import DecisionKind
from knowledge.routing.evaluation import COMMANDS, COMPLAINT, EMERGENCY, OUTSIDE, QUESTION, Case, cases

GOLDEN = Path(__file__).parent / "golden.jsonl"


class Rank(IntEnum):
    WRONG = 0
    OFFERED = 1  # one tap away
    RIGHT = 2


@dataclass(frozen=True, slots=True)
class Change:
    """A golden message that is served otherwise than before. `before` and `after`: what it got."""

    text: str
    expect: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Gate:
    worse: tuple[Change, ...]
    better: tuple[Change, ...]


def golden(file: Path = GOLDEN) -> list[dict[str, str]]:
    """Rows with text, kind, register and expect."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def compared(rows: Sequence[Mapping[str, str]], before: Knowledge, after: Knowledge) -> Gate:
    """What gets worse and what gets better."""
    pairs = list(zip(cases(rows, before.decide), cases(rows, after.decide), strict=True))
    moved = [(rank(new, after) - rank(old, before), _change(old, before, new, after)) for old, new in pairs]
    return Gate(tuple(change for step, change in moved if step < 0), tuple(change for step, change in moved if step > 0))


def rank(case: Case, knowledge: Knowledge) -> Rank:
    """How well the message is served. A topic whose article is gone serves nobody."""
    right = _right(case, knowledge)
    return (
        Rank.RIGHT if right else Rank.OFFERED if case.kind in (QUESTION, COMPLAINT) and _offered(case, knowledge) else Rank.WRONG
    )


def _right(case: Case, knowledge: Knowledge) -> bool:
    kind = case.decision.kind
    if case.kind == QUESTION:
        return case.at_once and knowledge.article(case.expect) is not None
    if case.kind == COMPLAINT:
        return kind is DecisionKind.REPORT and case.decision.category == case.expect
    if case.kind == OUTSIDE:
        return not case.misled
    return kind is (DecisionKind.EMERGENCY if case.kind == EMERGENCY else COMMANDS[case.kind])


def _offered(case: Case, knowledge: Knowledge) -> bool:
    return case.expect in case.offered and (case.kind == COMPLAINT or knowledge.article(case.expect) is not None)


def _change(old: Case, before: Knowledge, new: Case, after: Knowledge) -> Change:
    return Change(old.text, old.expect, _given(old, before), _given(new, after))


def _given(case: Case, knowledge: Knowledge) -> str:
    decision = case.decision
    if decision.topic and knowledge.article(decision.topic) is None:
        return f"{decision.topic} (no article)"
    return decision.topic or decision.category or decision.kind.value


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> Iterable[tuple[str, str, str]]:
    """(article id, text before, text after) of everything that is not the same; "" where there is none."""
    for identifier in sorted({*before, *after}):
        old, new = before.get(identifier, ""), after.get(identifier, "")
        if old != new:
            yield identifier, old, new
