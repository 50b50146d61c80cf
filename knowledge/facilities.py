"""Places that residents look for: puskesmas, hospitals, waste stations and others, with no more than a source says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from knowledge.agencies import Agency
from knowledge.tables import (
    RegionError,
    Table,
    flag_of,
    known_keys,
    maybe_text,
    month_of,
    number_of,
    read_tables,
    text_of,
    texts_of,
)

FILE = "places.toml"
CONFIDENCE = ("official", "local", "inferred")
DISTRICT = "kecamatan"  # the key of a place's district
KIND_KEYS = ("id", "label", "words", "agency", "topic", "total", "total_source")
KEYS = ("id", "name", "kind", DISTRICT, "address", "phone", "aliases", "note", "source", "as_of", "confidence", "open")


@dataclass(frozen=True, slots=True)
class FacilityKind:
    """`label` in a sentence ("puskesmas"), `words`: what people say for it. `agency`: id of whom to ask.

    `topic`: id of the topic whose questions are answered from this list, "" for none. `total`: how many there are in truth,
    0 where no source counts them.
    """

    id: str
    label: str
    words: tuple[str, ...]
    agency: str
    topic: str
    total: int
    total_source: str


@dataclass(frozen=True, slots=True)
class Facility:
    """`district`, `address`, `phone`, `note`: "" where no source says. `as_of`: the source's day, month or year, ISO.

    `confidence`: "official" (an authority says so), "local" (a local paper or list), "inferred" (its district is our
    conclusion from the name: say so). `open`: False for what is planned or not known to work.
    """

    id: str
    name: str
    kind: str
    district: str
    address: str
    phone: str
    aliases: tuple[str, ...]
    note: str
    source: str
    as_of: str
    confidence: str
    open: bool


@dataclass(frozen=True, slots=True)
class Facilities:
    """The places of a region and their kinds, by id."""

    kinds: dict[str, FacilityKind]
    all: dict[str, Facility]

    def of(self, kind: str, district: str = "") -> list[Facility]:
        """Those of a kind that are open, all or in one district, in the order of the file."""
        return [f for f in self.all.values() if f.kind == kind and f.open and district in ("", f.district)]

    def kind_of_topic(self, topic: str | None) -> FacilityKind | None:
        """The kind whose list answers the questions of a topic."""
        return next((kind for kind in self.kinds.values() if topic and kind.topic == topic), None)


def load_facilities(folder: Path, districts: tuple[str, ...], agencies: Mapping[str, Agency]) -> Facilities:
    """Read places.toml; a region may do without. Raises RegionError, also on an unknown kind, kecamatan or agency."""
    file = folder / FILE
    if not file.exists():
        return Facilities({}, {})
    kinds = read_tables(file, "kind", read_kind)
    found = read_tables(file, "place", read_facility)
    for kind in kinds.values():
        if kind.agency not in agencies:
            raise RegionError(f"{file}: {kind.id}: agency: no agency {kind.agency!r}")
        check_total(kind, sum(facility.kind == kind.id for facility in found.values()), file)
    for facility in found.values():
        if facility.kind not in kinds:
            raise RegionError(f"{file}: {facility.id}: kind: no kind {facility.kind!r}")
        if facility.district not in ("", *districts):
            raise RegionError(f"{file}: {facility.id}: {DISTRICT}: unknown {facility.district!r}")
    return Facilities(kinds, found)


def check_total(kind: FacilityKind, named: int, file: Path) -> None:
    if kind.total and named > kind.total:
        raise RegionError(f"{file}: {kind.id}: total: {named} are named, but there are {kind.total}")


def read_kind(row: Table, place: str) -> FacilityKind:
    known_keys(row, KIND_KEYS, place)
    total = number_of(row, "total", place) if "total" in row else 0.0
    return FacilityKind(
        id=text_of(row, "id", place),
        label=text_of(row, "label", place),
        words=texts_of(row, "words", place),
        agency=text_of(row, "agency", place),
        topic=maybe_text(row, "topic", place),
        total=int(total),
        total_source=text_of(row, "total_source", place) if total else "",
    )


def read_facility(row: Table, place: str) -> Facility:
    known_keys(row, KEYS, place)
    confidence = text_of(row, "confidence", place)
    if confidence not in CONFIDENCE:
        raise RegionError(f"{place}: confidence: {confidence!r} is none of {', '.join(CONFIDENCE)}")
    return Facility(
        id=text_of(row, "id", place),
        name=text_of(row, "name", place),
        kind=text_of(row, "kind", place),
        district=maybe_text(row, DISTRICT, place),
        address=maybe_text(row, "address", place),
        phone=maybe_text(row, "phone", place),
        aliases=texts_of(row, "aliases", place),
        note=maybe_text(row, "note", place),
        source=text_of(row, "source", place),
        as_of=month_of(row, "as_of", place),
        confidence=confidence,
        open=flag_of(row, "open", place, default=True),
    )
