"""Looking whether the audit trail is whole."""

from __future__ import annotations

from domain.audit import Chain
from store.unit import Unit

LINES_TOGETHER = 1000


async def verify(unit: Unit) -> Chain:
    """Follow the whole trail; `broken_at` of the result is -1 where lines are missing at the end."""
    chain, after = Chain(), 0
    while lines := await unit.records.trail(after, LINES_TOGETHER):
        chain.follow(lines)
        after = lines[-1].id
    if not chain.broken_at and not chain.ends_as(await unit.records.head()):
        chain.broken_at = -1
    return chain
