"""How much one resident may send, and why somebody is blocked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from knowledge.privacy import whole
from knowledge.reasons import Reason, load_reasons, read_reason
from knowledge.tables import RegionError, known_keys, read_tables, read_toml, table_of, text_of

LIMITS = "limits.toml"
BUDGETS = ("messages_a_minute", "messages_at_once", "tickets_a_day")
PRANKS = ("reason", "days", "suggest_after")


@dataclass(frozen=True, slots=True)
class Limits:
    """Budgets of one resident, and why one is blocked: `blocks` by id, for at most `block_days`.

    `prank`: the archive reason that counts, within `prank_days`; from `suggest_block_after` on the desk is told so.
    """

    messages_a_minute: int
    messages_at_once: int
    tickets_a_day: int
    prank: str
    prank_days: int
    suggest_block_after: int
    block_days: int
    blocks: dict[str, Reason]


def load_limits(folder: Path) -> Limits:
    """Read limits.toml. Raises RegionError."""
    file = folder / LIMITS
    top = read_toml(file)
    known_keys(top, (*BUDGETS, "pranks", "block_days", "block"), file)
    pranks = table_of(top, "pranks", file)
    place = f"{file}: [pranks]"
    known_keys(pranks, PRANKS, place)
    prank = text_of(pranks, "reason", place)
    if prank not in load_reasons(folder).archive:
        raise RegionError(f"{place}: reason: no archive reason {prank!r}")
    return Limits(
        **{name: whole(top, name, file) for name in BUDGETS},
        prank=prank,
        prank_days=whole(pranks, "days", place),
        suggest_block_after=whole(pranks, "suggest_after", place),
        block_days=whole(top, "block_days", file),
        blocks=read_tables(file, "block", read_reason),
    )
