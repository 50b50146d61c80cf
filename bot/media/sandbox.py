"""A process that opens one file of a stranger: little memory, little time, and one line of JSON about what it found."""

from __future__ import annotations

import json
import os
import resource
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

MEMORY = 1_500_000_000  # bytes of addresses, libraries included
CPU_SECONDS = 20
LARGEST = 60_000_000  # bytes of a file that it writes
NICENESS = 10  # those who wait for an answer come first

Clean = Callable[[Path, Path], dict[str, Any]]


class Unfit(Exception):
    """The file is refused; the message is a constant name."""


def run(clean: Clean) -> None:
    """`python -m bot.media.KIND SOURCE TARGET`: write a clean copy, print what was found or {"refused": why}."""
    source, target = (Path(argument) for argument in sys.argv[1:3])
    _limit()
    warnings.simplefilter("ignore")
    try:
        found = clean(source, target)
    except Unfit as unfit:
        found = {"refused": str(unfit)}
    except Exception:  # whatever a library says to a file that it cannot read
        found = {"refused": "broken"}
    sys.stdout.write(json.dumps(found))


def _limit() -> None:
    os.umask(0o077)
    os.nice(NICENESS)
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, LARGEST),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
