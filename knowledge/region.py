"""All that makes this installation one regency: its agencies, places, complaint categories and emergency numbers.

Read from a folder of data files, so that another regency adopts Sapa by replacing the folder.
"""

from __future__ import annotations

import csv
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from knowledge.places import PlaceFinder, Village, Words

__all__ = ["Agency", "Category", "EmergencyNumber", "Region", "RegionError", "Village", "Words", "load_region"]

EARTH_KM = 6371.0
MAX_LABEL = 24  # characters: WhatsApp cuts a list row after them
VILLAGE_COLUMNS = ["kode", "kecamatan", "jenis", "nama"]
VILLAGE_KINDS = ("desa", "kelurahan")
DATE = re.compile(r"(\d{4}(-\d{2}(-\d{2})?)?)?")

T = TypeVar("T")
Table = Mapping[str, object]


class RegionError(Exception):
    """The region's files do not hold together; the message names the file and the line or key."""


@dataclass(frozen=True, slots=True)
class Agency:
    """An office that answers for something. `ours`: it belongs to the regency. `aliases`: old and everyday names."""

    id: str
    name: str
    short: str
    aliases: tuple[str, ...] = ()
    ours: bool = True


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of complaint. `emergency`: numbers are shown first. `confidential`: hidden from the public."""

    id: str
    agency: str
    label: str
    covers: str
    emergency: bool
    confidential: bool
    ours: bool
    phrasings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EmergencyNumber:
    """`as_of`: the day, month or year for which the source vouches, ISO ("2022-04-30", "2026-11")."""

    id: str
    label: str
    number: str
    national: bool
    source: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Care:
    """Who helps in one kind of distress. `numbers`: ids of emergency numbers; `category` "" where no report is offered."""

    id: str
    numbers: tuple[str, ...]
    topic: str
    category: str


@dataclass(frozen=True, slots=True)
class Region:
    """Degrees are WGS 84, `radius_km` is generous. `coordinator`: id of the agency that gets what nobody else owns.

    `other_category`: id of the category of what fits no other.
    """

    name: str
    short_name: str
    code: str
    timezone: str
    centre_lat: float
    centre_lon: float
    radius_km: float
    districts: tuple[str, ...]
    agencies: dict[str, Agency]
    categories: dict[str, Category]
    villages: tuple[Village, ...]
    emergencies: tuple[EmergencyNumber, ...]
    care: dict[str, Care]
    coordinator: str
    other_category: str
    domains: dict[str, str]
    words: Words
    places: PlaceFinder = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", PlaceFinder(self.villages, self.districts, self.words))

    def full_name(self, village: Village) -> str:
        """The village as people write it: "Desa Banjarejo, Kec. Panekan"."""
        kind = self.words.desa if village.kind == "desa" else self.words.kelurahan
        return f"{kind} {village.name}, {self.words.district} {village.district}"

    def villages_in(self, text: str) -> tuple[Village, ...]:
        """The villages that the text names; namesakes all of them, unless their district is named too."""
        return self.places.villages_in(text)

    def district_in(self, text: str) -> str | None:
        """The district that the text names explicitly, or by a name that no village bears."""
        return self.places.district_in(text)

    def villages_named(self, name: str) -> tuple[Village, ...]:
        """The villages of exactly this name, whatever its case."""
        return self.places.villages_named(name)

    def contains(self, lat: float, lon: float) -> bool:
        """Is the point (degrees) inside the circle around the centre?"""
        return great_circle_km(self.centre_lat, self.centre_lon, lat, lon) <= self.radius_km


def great_circle_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Kilometres between two points in degrees (haversine)."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half_lat, half_lon = (phi2 - phi1) / 2, math.radians(lon2 - lon1) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(phi1) * math.cos(phi2) * math.sin(half_lon) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, chord)))


def load_region(folder: Path) -> Region:
    """Read region.toml, agencies.toml, categories.toml, villages.csv and emergency.toml. Raises RegionError."""
    file = folder / "region.toml"
    top = read_toml(file)
    villages = read_villages(folder / "villages.csv")
    region = Region(
        name=text_of(top, "name", file),
        short_name=text_of(top, "short_name", file),
        code=text_of(top, "code", file),
        timezone=text_of(top, "timezone", file),
        centre_lat=number_of(top, "centre_lat", file),
        centre_lon=number_of(top, "centre_lon", file),
        radius_km=number_of(top, "radius_km", file),
        districts=tuple(dict.fromkeys(v.district for v in villages)),
        agencies=read_tables(folder / "agencies.toml", "agency", read_agency),
        categories=read_tables(folder / "categories.toml", "category", read_category),
        villages=villages,
        emergencies=tuple(read_tables(folder / "emergency.toml", "number", read_emergency).values()),
        care=read_tables(folder / "emergency.toml", "care", read_care, needed=False),
        coordinator=text_of(top, "coordinator", file),
        other_category=text_of(top, "other_category", file),
        domains={key: text_of(table_of(top, "domains", file), key, file) for key in table_of(top, "domains", file)},
        words=read_words(table_of(top, "words", file), file),
    )
    check(region, folder)
    return region


def check(region: Region, folder: Path) -> None:
    """What one file says about another. Raises RegionError."""
    if region.coordinator not in region.agencies:
        raise RegionError(f"{folder / 'region.toml'}: coordinator: no agency {region.coordinator!r}")
    if region.other_category not in region.categories:
        raise RegionError(f"{folder / 'region.toml'}: other_category: no category {region.other_category!r}")
    if not is_timezone(region.timezone):
        raise RegionError(f"{folder / 'region.toml'}: timezone: unknown {region.timezone!r}")
    for category in region.categories.values():
        if category.agency not in region.agencies:
            raise RegionError(f"{folder / 'categories.toml'}: {category.id}: agency: no agency {category.agency!r}")
    check_care(region, folder / "emergency.toml")


def check_care(region: Region, file: Path) -> None:
    """Numbers and categories of care exist. Raises RegionError."""
    numbers = {number.id for number in region.emergencies}
    for care in region.care.values():
        unknown = set(care.numbers) - numbers | {care.category} - set(region.categories) - {""}
        if unknown:
            raise RegionError(f"{file}: {care.id}: unknown {', '.join(sorted(unknown))}")


def is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # unknown; a folder of the database; not a name at all
        return False
    return True


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


def read_agency(row: Table, place: str) -> Agency:
    return Agency(
        id=text_of(row, "id", place),
        name=text_of(row, "name", place),
        short=text_of(row, "short", place),
        aliases=texts_of(row, "aliases", place),
        ours=flag_of(row, "ours", place, default=True),
    )


def read_category(row: Table, place: str) -> Category:
    label = text_of(row, "label", place)
    if len(label) > MAX_LABEL:
        raise RegionError(f"{place}: label: longer than {MAX_LABEL} characters")
    return Category(
        id=text_of(row, "id", place),
        agency=text_of(row, "agency", place),
        label=label,
        covers=text_of(row, "covers", place),
        emergency=flag_of(row, "emergency", place, default=False),
        confidential=flag_of(row, "confidential", place, default=False),
        ours=flag_of(row, "ours", place, default=True),
        phrasings=texts_of(row, "phrasings", place),
    )


def read_emergency(row: Table, place: str) -> EmergencyNumber:
    as_of = text_of(row, "as_of", place)
    if not DATE.fullmatch(as_of):
        raise RegionError(f"{place}: as_of: not a date {as_of!r}")
    return EmergencyNumber(
        id=text_of(row, "id", place),
        label=text_of(row, "label", place),
        number=text_of(row, "number", place),
        national=flag_of(row, "national", place, default=False),
        source=text_of(row, "source", place),
        as_of=as_of,
    )


def read_care(row: Table, place: str) -> Care:
    category = text_of(row, "category", place) if "category" in row else ""
    return Care(text_of(row, "id", place), texts_of(row, "numbers", place), text_of(row, "topic", place), category)


def read_words(row: Table, file: Path) -> Words:
    place = f"{file}: [words]"
    return Words(
        desa=text_of(row, "desa", place),
        kelurahan=text_of(row, "kelurahan", place),
        district=text_of(row, "district", place),
        village_marks=lowered(texts_of(row, "village_marks", place)),
        district_marks=lowered(texts_of(row, "district_marks", place)),
        ordinary=lowered(texts_of(row, "ordinary", place)),
        not_places=lowered(texts_of(row, "not_places", place)),
        elsewhere=tuple(word.casefold() for word in texts_of(row, "elsewhere", place)),
        street_marks=texts_of(row, "street_marks", place),
    )


def read_villages(file: Path) -> tuple[Village, ...]:
    """The rows kode,kecamatan,jenis,nama. Raises RegionError with the line."""
    try:
        rows = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
    except (OSError, ValueError) as error:
        raise RegionError(f"{file}: {error}") from error
    if not rows or rows[0] != VILLAGE_COLUMNS:
        raise RegionError(f"{file}: line 1: columns must be {','.join(VILLAGE_COLUMNS)}")
    villages = tuple(read_village(row, f"{file}: line {line}") for line, row in enumerate(rows[1:], start=2))
    repeated = {v.code for v in villages if sum(v.code == other.code for other in villages) > 1}
    if repeated:
        raise RegionError(f"{file}: kode: {', '.join(sorted(repeated))} stands twice")
    return villages


def read_village(row: list[str], place: str) -> Village:
    if len(row) != len(VILLAGE_COLUMNS) or not all(cell.strip() for cell in row):
        raise RegionError(f"{place}: needs {len(VILLAGE_COLUMNS)} filled columns")
    code, district, kind, name = (cell.strip() for cell in row)
    if kind not in VILLAGE_KINDS:
        raise RegionError(f"{place}: jenis: {kind!r} is neither of {', '.join(VILLAGE_KINDS)}")
    return Village(code, name, kind, district)


def text_of(row: Table, key: str, place: object) -> str:
    value = row.get(key) if isinstance(row, Mapping) else None
    if not isinstance(value, str) or not value.strip():
        raise RegionError(f"{place}: {key}: text is missing")
    return value


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
