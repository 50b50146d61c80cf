"""The measuring door of the router. Needs no database: it reads the files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bot.build import knowledge_of_files
from bot.config import Settings
from knowledge.routing.decision import Decision
from knowledge.routing.evaluation import Case, cases, confusions, figures


def route() -> None:
    """Read messages (one a line, or JSON objects with `text`) on standard input; write a JSON object for each."""
    decide = knowledge_of_files(Settings()).decide
    for line in sys.stdin:
        text = _text(line.rstrip("\n"))
        begun = perf_counter()
        decision = decide(text)
        sys.stdout.write(json.dumps(_row(decision, perf_counter() - begun), ensure_ascii=False) + "\n")


def _text(line: str) -> str:
    """The message of a line: plain, or the `text` of a JSON object."""
    if line.startswith("{"):
        try:
            found = json.loads(line)
        except ValueError:
            return line
        return str(found.get("text", "")) if isinstance(found, dict) else line
    return line


def _row(decision: Decision, seconds: float) -> dict[str, Any]:
    return {
        "decision": decision.kind.value,
        "topic": decision.topic,
        "category": decision.category,
        "confidence": decision.confidence,
        "options": [{"id": option.id, "confidence": option.confidence} for option in decision.options],
        "ms": round(seconds * 1000, 3),
    }


def evaluate(file: Annotated[Path, typer.Argument(help="JSON lines with text, expect, kind and register")]) -> None:
    """Print the figures of docs/routing.md for a labelled file, by register, with the confusions."""
    knowledge = knowledge_of_files(Settings())
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]
    found = cases(rows, knowledge.decide)
    console = Console()
    console.print(_figures_table(found))
    console.print(_confusions_table(found))


def _figures_table(found: list[Case]) -> Table:
    """All figures over the whole set and over each register."""
    registers = sorted({case.register for case in found})
    table = Table("figure", "goal", "all", *registers)
    columns = [figures(found), *(figures([case for case in found if case.register == name]) for name in registers)]
    for row in zip(*columns, strict=True):
        whole = row[0]
        sign = "≤" if whole.at_most else "≥"
        mark = "✓" if whole.reached else "✗"
        table.add_row(
            whole.name, f"{sign} {whole.goal}", f"{whole.value:.3f} {mark}", *(f"{figure.value:.3f}" for figure in row[1:])
        )
    return table


def _confusions_table(found: Iterable[Case]) -> Table:
    table = Table("expected", "got", "times")
    for expected, got, times in confusions(list(found)):
        table.add_row(expected, got, str(times))
    return table
