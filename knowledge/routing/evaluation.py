"""How well decisions fit labelled messages: the figures of docs/routing.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from knowledge.routing.decision import Decision, DecisionKind

QUESTION, COMPLAINT, EMERGENCY, OUTSIDE = "tanya", "aduan", "darurat", "luar-topik"
COMMANDS = {"status": DecisionKind.STATUS, "operator": DecisionKind.OPERATOR, "sapaan": DecisionKind.GREET}


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled message and what was decided. `expect` is a topic or category id, or the kind itself."""

    text: str
    kind: str
    register: str
    expect: str
    decision: Decision

    @property
    def offered(self) -> tuple[str, ...]:
        """What the resident can reach with one tap, at most three."""
        first = self.decision.topic or self.decision.category
        others = [option.id for option in self.decision.options if option.id != first]
        return tuple([first, *others] if first else others)[:3]

    @property
    def at_once(self) -> bool:
        return self.decision.kind is DecisionKind.ANSWER and self.decision.topic == self.expect

    @property
    def reachable(self) -> bool:
        """Right at once, or among the options of a question back."""
        if self.decision.kind is DecisionKind.ANSWER:
            return self.at_once
        return self.decision.kind is DecisionKind.CLARIFY and self.expect in self.offered

    @property
    def misled(self) -> bool:
        return self.decision.kind is DecisionKind.ANSWER and self.decision.topic != self.expect


@dataclass(frozen=True, slots=True)
class Figure:
    """`goal`: at least it, or at most it where `at_most`."""

    name: str
    value: float
    goal: float
    at_most: bool = False

    @property
    def reached(self) -> bool:
        return self.value <= self.goal if self.at_most else self.value >= self.goal


def cases(rows: Iterable[Mapping[str, str]], decide: Callable[[str], Decision]) -> list[Case]:
    """Rows with text, kind, register and expect, decided."""
    return [Case(row["text"], row["kind"], row["register"], row["expect"], decide(row["text"])) for row in rows]


def figures(found: Sequence[Case]) -> list[Figure]:
    """The table of docs/routing.md over one set."""
    questions, complaints = _of(found, QUESTION), _of(found, COMPLAINT)
    dangers, outside = _of(found, EMERGENCY), _of(found, OUTSIDE)
    others = [case for case in found if case.kind != EMERGENCY]
    plain = _share([case for case in questions if case.register == "baku"], lambda case: case.at_once)
    javanese = [_share([c for c in questions if c.register == name], lambda case: case.at_once) for name in ("ngoko", "krama")]
    reports = [case for case in complaints if case.decision.kind is DecisionKind.REPORT]
    return [
        Figure("question: right topic at once", _share(questions, lambda c: c.at_once), 0.85),
        Figure("question: right topic at once or offered", _share(questions, lambda c: c.reachable), 0.96),
        Figure("question: wrong article", _share(questions, lambda c: c.misled), 0.03, at_most=True),
        Figure("out of scope: got an article", _share(outside, lambda c: c.misled), 0.03, at_most=True),
        Figure("complaint: recognised", _share(complaints, _recognised), 0.93),
        Figure(
            "complaint: category at once", _share(complaints, lambda c: c in reports and c.decision.category == c.expect), 0.80
        ),
        Figure("complaint: category within three", _share(complaints, lambda c: c.expect in c.offered), 0.95),
        Figure("emergency: recall", _share(dangers, _is_emergency), 0.99),
        Figure("emergency: false alarms", _share(others, _is_emergency), 0.01, at_most=True),
        Figure("Javanese behind baku", plain - min(javanese), 0.03, at_most=True),
        Figure("status, operator, greeting", _share([c for c in found if c.kind in COMMANDS], _obeyed), 0.90),
    ]


def confusions(found: Sequence[Case], most: int = 15) -> list[tuple[str, str, int]]:
    """(expected, got, times) where something else was given, the most frequent first."""
    wrong = Counter((case.expect, _got(case)) for case in found if not (case.reachable or _got(case) == case.expect))
    return [(expected, got, times) for (expected, got), times in wrong.most_common(most)]


def _got(case: Case) -> str:
    decision = case.decision
    return decision.topic or (decision.category if decision.kind is DecisionKind.REPORT else None) or decision.kind.value


def _of(found: Sequence[Case], kind: str) -> list[Case]:
    return [case for case in found if case.kind == kind]


def _share(found: Sequence[Case], test: Callable[[Case], bool]) -> float:
    return sum(map(test, found)) / len(found) if found else 0.0


def _recognised(case: Case) -> bool:
    """Taken as a complaint, or asked about with a category among the options; an emergency is recorded as one, too."""
    kind = case.decision.kind
    offers = kind is DecisionKind.CLARIFY and any(key.startswith("aduan/") for key in case.offered)
    return kind in (DecisionKind.REPORT, DecisionKind.EMERGENCY) or offers


def _is_emergency(case: Case) -> bool:
    return case.decision.kind is DecisionKind.EMERGENCY


def _obeyed(case: Case) -> bool:
    return case.decision.kind is COMMANDS[case.kind]
