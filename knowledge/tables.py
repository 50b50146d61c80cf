"""Tables of data files read strictly: a value that is missing or wrong is refused with its file and its place."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")  # a year, a month or a day

T = TypeVar("T")
Table = Mapping[str, object]


class RegionError(Exception):
    """The region's files do not hold together; the message names the file and the line or key."""


def read_toml(file: Path) -> Table:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # bad TOML and bad UTF-8 are ValueErrors and name the place
        raise RegionError(f"{file}: {error}") from error


def read_tables(file: Path, key: str, read: Callable[[Table, str], T], *, needed: bool = True) -> dict[str, T]:
    """The [[key]] tables of a file, by their id, each made by `read`. Raises RegionError, also on an id given twice."""
    rows = read_toml(file).get(key)
    if rows is None and not needed:
        return {}
    if not isinstance(rows, list) or not rows:
        raise RegionError(f"{file}: {key}: no [[{key}]] table")
    found: dict[str, T] = {}
    for number, row in enumerate(rows, start=1):
        place = f"{file}: [[{key}]] no. {number}"
        identifier = text_of(row, "id", place)
        if identifier in found:
            raise RegionError(f"{place}: id: {identifier!r} stands twice")
        found[identifier] = read(row, f"{file}: {identifier}")
    return found


def text_of(row: Table, key: str, place: object) -> str:
    value = row.get(key) if isinstance(row, Mapping) else None
    if not isinstance(value, str) or not value.strip():
        raise RegionError(f"{place}: {key}: text is missing")
    return value


def maybe_text(row: Table, key: str, place: object) -> str:
    """The text, or "" where the key is not there. Raises RegionError on anything else."""
    return text_of(row, key, place) if key in row else ""


def month_of(row: Table, key: str, place: object) -> str:
    """An ISO day, month or year ("2022-04-30", "2026-11", "2018"). Raises RegionError."""
    value = text_of(row, key, place)
    if not DATE.fullmatch(value):
        raise RegionError(f"{place}: {key}: not a date {value!r}")
    return value


def rows_of(row: Table, key: str, place: object) -> list[Table]:
    """The tables in a list; none where the key is not there. Raises RegionError."""
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise RegionError(f"{place}: {key}: must be a list of tables")
    return value


def known_keys(row: Table, keys: Iterable[str], place: object) -> None:
    """A key that nobody reads is a slip of the pen. Raises RegionError."""
    unknown = sorted(set(row) - set(keys))
    if unknown:
        raise RegionError(f"{place}: unknown key: {', '.join(unknown)}")


def texts_of(row: Table, key: str, place: object) -> tuple[str, ...]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise RegionError(f"{place}: {key}: must be a list of texts")
    return tuple(value)


def flag_of(row: Table, key: str, place: object, *, default: bool) -> bool:
    value = row.get(key, default)
    if not isinstance(value, bool):
        raise RegionError(f"{place}: {key}: must be true or false")
    return value


def number_of(row: Table, key: str, place: object) -> float:
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise RegionError(f"{place}: {key}: number is missing")
    return float(value)


def table_of(row: Table, key: str, place: object) -> Table:
    value = row.get(key)
    if not isinstance(value, dict):
        raise RegionError(f"{place}: [{key}]: table is missing")
    return value


def lowered(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word.casefold() for word in words)
