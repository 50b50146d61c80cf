"""The house rules of a region: promises, reasons, privacy, limits."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

from knowledge.limits import Limits, load_limits
from knowledge.privacy import Privacy, load_privacy
from knowledge.promises import Promises, load_promises
from knowledge.reasons import Reasons, load_reasons


class Rules(TypedDict):
    """By the names that a region has for them."""

    reasons: Reasons
    promises: Promises
    privacy: Privacy
    limits: Limits


def load_rules(folder: Path) -> Rules:
    """Read their files. Raises RegionError."""
    return Rules(
        reasons=load_reasons(folder),
        promises=load_promises(folder),
        privacy=load_privacy(folder),
        limits=load_limits(folder),
    )
