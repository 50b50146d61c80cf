"""Clean copies on the disk, each once, under its hash: outside every folder that a web server shows, for our user alone."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

from domain.files import place_of

BENCH = "tmp"
LEFT_BEHIND_SECONDS = 3600.0  # what is older was left by a process that died


class Shelf:
    """The folder of media. Its folders and files are made when they are first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()

    def path(self, copy: str) -> Path:
        return self._folder / place_of(copy)

    def bench(self) -> TemporaryDirectory[str]:
        """A folder of one's own to work in, on the same disk."""
        bench = self._folder / BENCH
        _make(bench)
        return TemporaryDirectory(dir=bench)

    def put(self, file: Path, copy: str) -> None:
        """Move a written file to its place; the same content that lies there already is replaced by itself."""
        place = self.path(copy)
        _make(place.parent)
        file.chmod(0o600)
        file.replace(place)
        _sync(place.parent)

    def remove(self, copy: str) -> None:
        self.path(copy).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Take away what dead processes left on the bench."""
        for left in (self._folder / BENCH).glob("*/*"):
            if time() - left.stat().st_mtime > LEFT_BEHIND_SECONDS:
                left.unlink(missing_ok=True)


def _make(folder: Path) -> None:
    """For our user alone, like every folder above it that has to be made."""
    for missing in [one for one in (*reversed(folder.parents), folder) if not one.exists()]:
        missing.mkdir(mode=0o700, exist_ok=True)


def _sync(folder: Path) -> None:
    """The new name itself is safely on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
