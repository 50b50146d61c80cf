"""Many files written together: all of them or, as far as a file system allows, none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

TEMPORARY = ".tmp"


def write_all(files: Mapping[Path, bytes]) -> None:
    """Path → content. All is written beside its place, then put there. Raises OSError, with the old files in place."""
    before = {file: file.read_bytes() if file.exists() else None for file in files}
    made: list[Path] = []
    try:
        for file, content in files.items():
            made += _missing_folders(file)
            _write_down(_beside(file), content)
        for file in files:
            _beside(file).replace(file)
    except BaseException:
        _take_back(before, made)
        raise


def _missing_folders(file: Path) -> list[Path]:
    """Makes them, and says which they are: the outermost first."""
    missing = [folder for folder in file.parents if not folder.exists()][::-1]
    file.parent.mkdir(parents=True, exist_ok=True)
    return missing


def _beside(file: Path) -> Path:
    return file.with_name(f".{file.name}{TEMPORARY}")


def _write_down(file: Path, content: bytes) -> None:
    with file.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _take_back(before: Mapping[Path, bytes | None], made: list[Path]) -> None:
    for file, content in before.items():
        _beside(file).unlink(missing_ok=True)
        if content is None:
            file.unlink(missing_ok=True)
        elif file.read_bytes() != content:
            _write_down(file, content)
    for folder in reversed(made):
        folder.rmdir()
