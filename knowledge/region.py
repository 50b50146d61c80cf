"""All that makes this installation one regency: its agencies, places, complaint categories and emergency numbers.

Read from a folder of data files, so that another regency adopts Sapa by replacing the folder.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from knowledge.agencies import Agency, check_agencies, read_agency
from knowledge.answers import Answers, load_answers
from knowledge.care import Care, EmergencyNumber, check_care, read_care, read_emergency
from knowledge.facilities import Facilities, Facility, load_facilities
from knowledge.limits import Limits
from knowledge.names import NameFinder, agency_finder, facility_finder
from knowledge.needs import Need, read_needs
from knowledge.places import PlaceFinder, Village, Words, words_of
from knowledge.privacy import Privacy
from knowledge.promises import Promises
from knowledge.reasons import Reasons
from knowledge.rules import load_rules
from knowledge.tables import (
    RegionError,
    Table,
    flag_of,
    lowered,
    maybe_text,
    number_of,
    read_tables,
    read_toml,
    table_of,
    text_of,
    texts_of,
)

__all__ = ["Agency", "Category", "EmergencyNumber", "Need", "Region", "RegionError", "Village", "Words", "load_region"]

EARTH_KM = 6371.0
MAX_LABEL = 24  # characters: WhatsApp cuts a list row after them
VILLAGE_COLUMNS = ["kode", "kecamatan", "jenis", "nama"]
VILLAGE_KINDS = ("desa", "kelurahan")
SAID = ("name", "short_name", "code", "timezone", "map_url", "coordinator", "other_category")  # texts of region.toml
SMALL_TALK = 3  # words beside what is asked: "pak", "ya", "mohon"


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of complaint. `emergency`: numbers are shown first. `confidential`: hidden from the public.

    `field`: somebody must go and look before it can be answered.

    `needs`: ids of what the agency must know, the most important first.
    """

    id: str
    agency: str
    label: str
    covers: str
    emergency: bool
    confidential: bool
    ours: bool
    phrasings: tuple[str, ...]
    needs: tuple[str, ...] = ()
    field: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """Degrees are WGS 84, `radius_km` is generous. `coordinator`: id of the agency that gets what nobody else owns.

    `other_category`: id of the category of what fits no other. `contact_topic`: id of the topic of questions how to reach an
    office, "" for none. `needs`: what categories may need, by id. `map_url`: of a pin, with {lat} and {lon}.
    """

    name: str
    short_name: str
    code: str
    timezone: str
    centre_lat: float
    centre_lon: float
    radius_km: float
    agencies: dict[str, Agency]
    categories: dict[str, Category]
    villages: tuple[Village, ...]
    emergencies: tuple[EmergencyNumber, ...]
    care: dict[str, Care]
    coordinator: str
    other_category: str
    domains: dict[str, str]
    words: Words
    contact_topic: str
    needs: dict[str, Need]
    reasons: Reasons
    answers: Answers
    map_url: str
    facilities: Facilities
    promises: Promises
    privacy: Privacy
    limits: Limits
    districts: tuple[str, ...] = field(init=False)
    places: PlaceFinder = field(init=False, repr=False, compare=False)
    agency_names: NameFinder = field(init=False, repr=False, compare=False)
    facility_names: NameFinder = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "districts", districts_of(self.villages))
        object.__setattr__(self, "places", PlaceFinder(self.villages, self.districts, self.words))
        object.__setattr__(self, "agency_names", agency_finder(self.agencies))
        object.__setattr__(self, "facility_names", facility_finder(self.facilities))

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

    def districts_in(self, text: str) -> list[str]:
        """The district that the text names, or those in which the villages lie that it names."""
        named = self.district_in(text)
        return [named] if named else list(dict.fromkeys(village.district for village in self.villages_in(text)))

    def agencies_in(self, text: str) -> list[Agency]:
        """The offices that the text names, by any name they have or had; all that share a name."""
        return [self.agencies[identifier] for identifier in self.agency_names.ids(text)]

    def asks_to_reach(self, text: str) -> bool:
        """Is it little more than the name of an office and a word for its address or telephone?"""
        words = words_of(text)
        cues = sum(word in self.words.contact for word in words)
        if not cues or len(words) - cues > self.agency_names.longest + SMALL_TALK:  # too long for one name
            return False
        named = sum(one.end - one.start for one in self.agency_names.find(text))
        return named > 0 and len(words) - cues - named <= SMALL_TALK

    def facilities_in(self, text: str) -> list[Facility]:
        """The facilities that the text names."""
        return [self.facilities.all[identifier] for identifier in self.facility_names.ids(text)]

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
    """Read every file of the folder (docs/adopting.md lists them). Raises RegionError."""
    return check(read_region(folder, folder / "region.toml", read_toml(folder / "region.toml")), folder)


def read_region(folder: Path, file: Path, top: Table) -> Region:
    """`file` holds `top`; the other files lie beside it. Raises RegionError."""
    villages = read_villages(folder / "villages.csv")
    agencies = read_tables(folder / "agencies.toml", "agency", read_agency)
    return Region(
        **{key: text_of(top, key, file) for key in SAID},
        centre_lat=number_of(top, "centre_lat", file),
        centre_lon=number_of(top, "centre_lon", file),
        radius_km=number_of(top, "radius_km", file),
        agencies=agencies,
        categories=read_tables(folder / "categories.toml", "category", read_category),
        villages=villages,
        emergencies=tuple(read_tables(folder / "emergency.toml", "number", read_emergency).values()),
        care=read_tables(folder / "emergency.toml", "care", read_care, needed=False),
        domains=read_domains(table_of(top, "domains", file), file),
        words=read_words(table_of(top, "words", file), file),
        contact_topic=maybe_text(top, "contact_topic", file),
        needs=read_needs(folder / "categories.toml"),
        answers=load_answers(folder, agencies),
        facilities=load_facilities(folder, districts_of(villages), agencies),
        **load_rules(folder),
    )


def read_domains(row: Table, file: Path) -> dict[str, str]:
    """Label of each domain in the menu, by id."""
    return {key: text_of(row, key, file) for key in row}


def districts_of(villages: tuple[Village, ...]) -> tuple[str, ...]:
    """The districts in the order of the file."""
    return tuple(dict.fromkeys(village.district for village in villages))


def check(region: Region, folder: Path) -> Region:
    """The region, if its files agree with each other. Raises RegionError."""
    if region.coordinator not in region.agencies:
        raise RegionError(f"{folder / 'region.toml'}: coordinator: no agency {region.coordinator!r}")
    if region.other_category not in region.categories:
        raise RegionError(f"{folder / 'region.toml'}: other_category: no category {region.other_category!r}")
    if not fills_a_pin(region.map_url):
        raise RegionError(f"{folder / 'region.toml'}: map_url: must be an https address with {{lat}} and {{lon}}")
    if not is_timezone(region.timezone):
        raise RegionError(f"{folder / 'region.toml'}: timezone: unknown {region.timezone!r}")
    for category in region.categories.values():
        if category.agency not in region.agencies:
            raise RegionError(f"{folder / 'categories.toml'}: {category.id}: agency: no agency {category.agency!r}")
        unknown = [need for need in category.needs if need not in region.needs]
        if unknown:
            raise RegionError(f"{folder / 'categories.toml'}: {category.id}: needs: no need {', '.join(unknown)}")
    check_agencies(region.agencies, folder / "agencies.toml")
    check_care(region.care, region.emergencies, region.categories, folder / "emergency.toml")
    return region


def fills_a_pin(url: str) -> bool:
    try:
        return url.startswith("https://") and all(mark in url.format(lat="1.5", lon="2.5") for mark in ("1.5", "2.5"))
    except (KeyError, IndexError, ValueError):
        return False


def is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # unknown; a folder of the database; not a name at all
        return False
    return True


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
        needs=texts_of(row, "needs", place),
        field=flag_of(row, "field", place, default=False),
    )


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
        contact=lowered(texts_of(row, "contact", place)),
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
