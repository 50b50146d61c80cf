"""What a file is, found out by a process of its own: one that crashes, hangs or swells takes nothing of ours with it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from bot.config import ROOT
from domain.files import HEAD, Seen, sniffed
from domain.messages import Location

SECONDS = 60.0  # for one file, while the machine has other things to do
ROOMS = dict.fromkeys(("jpeg", "png", "webp", "heic"), "images") | {"pdf": "documents"}
ROOMS |= dict.fromkeys(("ogg", "mp3", "mp4"), "films")


class Unfit(Exception):
    """The file is refused; the message is a constant name: type, broken, locked, too_many_pixels."""


class Died(Exception):
    """The process ended without a word: killed by a limit, by a crash of a library, or by a machine in need."""


async def inspect(source: Path, target: Path) -> Seen:
    """Write a clean copy of `source` to `target`, safely on the disk, and tell what it is. Raises Unfit and Died."""
    named = await asyncio.to_thread(_named, source)
    found = await _found(ROOMS[named.suffix[1:]], named, target)
    if "refused" in found:
        raise Unfit(found["refused"])
    return await asyncio.to_thread(_seen, named, target, found)


def _named(source: Path) -> Path:
    """The file with an ending that its content gives it. Raises Unfit for a kind that we do not take."""
    with source.open("rb") as stream:
        form = sniffed(stream.read(HEAD))
    if form not in ROOMS:
        raise Unfit("type")
    return source.rename(source.with_suffix(f".{form}"))


def _seen(source: Path, target: Path, found: dict[str, Any]) -> Seen:
    place = found.pop("place", None)
    size = target.stat().st_size
    return Seen(_digest(source), _written(target), size=size, place=Location(*place) if place else None, **found)


async def _found(room: str, source: Path, target: Path) -> dict[str, Any]:
    """What the process says. Raises Died when it says nothing."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"bot.media.{room}", str(source), str(target)),
        cwd=ROOT,
        env={"LANG": "C.UTF-8"},  # nothing that is secret
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(SECONDS):
            said, _ = await process.communicate()
    except TimeoutError:
        raise Died from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise Died
    found: dict[str, Any] = json.loads(said)
    return found


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _written(file: Path) -> str:
    """Its digest, once it is safely on the disk."""
    with file.open("rb") as stream:
        os.fsync(stream.fileno())
    return _digest(file)
