"""Offices: what they are called now and were called before, what they do, and how to reach them as far as a source says."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.tables import RegionError, Table, flag_of, known_keys, maybe_text, month_of, rows_of, table_of, text_of, texts_of

KEYS = ("id", "name", "short", "aliases", "ours", "does", "former", "took_over", "contact")
CONTACT_KEYS = ("address", "phone", "fax", "email", "web", "hours", "note", "source", "as_of")


@dataclass(frozen=True, slots=True)
class Former:
    """A name of before. `until`: when a source last used it, ISO; `source`: which."""

    name: str
    until: str
    source: str


@dataclass(frozen=True, slots=True)
class TookOver:
    """A matter that moved here. `since`: when a source first says so, ISO. `agency`: id of the office that had it before."""

    matter: str
    agency: str
    since: str
    source: str


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach an office; "" for what no source says. `as_of`: the day, month or year of the source, ISO."""

    source: str
    as_of: str
    address: str = ""
    phone: str = ""
    fax: str = ""
    email: str = ""
    web: str = ""
    hours: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Agency:
    """An office that answers for something. `ours`: it belongs to the regency. `aliases`: everyday names. `does`: its matters."""

    id: str
    name: str
    short: str
    aliases: tuple[str, ...] = ()
    ours: bool = True
    does: str = ""
    former: tuple[Former, ...] = ()
    took_over: tuple[TookOver, ...] = ()
    contact: Contact | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All that people call it, old names too."""
        return (self.name, self.short, *self.aliases, *(former.name for former in self.former))


def read_agency(row: Table, place: str) -> Agency:
    known_keys(row, KEYS, place)
    return Agency(
        id=text_of(row, "id", place),
        name=text_of(row, "name", place),
        short=text_of(row, "short", place),
        aliases=texts_of(row, "aliases", place),
        ours=flag_of(row, "ours", place, default=True),
        does=maybe_text(row, "does", place),
        former=tuple(read_former(item, f"{place}: former") for item in rows_of(row, "former", place)),
        took_over=tuple(read_took_over(item, f"{place}: took_over") for item in rows_of(row, "took_over", place)),
        contact=read_contact(table_of(row, "contact", place), f"{place}: contact") if "contact" in row else None,
    )


def read_former(row: Table, place: str) -> Former:
    known_keys(row, ("name", "until", "source"), place)
    return Former(text_of(row, "name", place), month_of(row, "until", place), text_of(row, "source", place))


def read_took_over(row: Table, place: str) -> TookOver:
    known_keys(row, ("matter", "from", "since", "source"), place)
    return TookOver(
        text_of(row, "matter", place), text_of(row, "from", place), month_of(row, "since", place), text_of(row, "source", place)
    )


def read_contact(row: Table, place: str) -> Contact:
    """At least one way to reach it, and where that is from."""
    known_keys(row, CONTACT_KEYS, place)
    ways = {key: maybe_text(row, key, place) for key in CONTACT_KEYS[:-2]}
    if not any(ways.values()):
        raise RegionError(f"{place}: says nothing; leave it out")
    return Contact(text_of(row, "source", place), month_of(row, "as_of", place), **ways)


def check_agencies(agencies: dict[str, Agency], file: object) -> None:
    """What one office says about another. Raises RegionError."""
    for agency in agencies.values():
        for moved in agency.took_over:
            if moved.agency not in agencies:
                raise RegionError(f"{file}: {agency.id}: took_over: no agency {moved.agency!r}")
