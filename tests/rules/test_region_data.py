"""Offices, places, promises and free days of the region: only what is sourced, read strictly, found by the names people use."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import Calendar
from knowledge.names import NameFinder
from knowledge.region import Region, load_region
from tests.rules.test_region import refuses

FOLDER = Path(__file__).parents[2] / "knowledge" / "region"
REGION = load_region(FOLDER)
AGENCIES, FACILITIES, CALENDAR = REGION.agencies, REGION.facilities, REGION.promises.calendar


def offices(text: str, region: Region = REGION) -> list[str]:
    return [agency.id for agency in region.agencies_in(text)]


def places(text: str) -> list[str]:
    return [facility.id for facility in REGION.facilities_in(text)]


# Offices


def test_names_that_changed_are_kept_with_the_last_day_a_source_used_them() -> None:
    former = {name.name: (agency.id, name.until) for agency in AGENCIES.values() for name in agency.former}
    assert former["BPPKAD"] == ("bpkpd", "2023-11-06")
    assert former["TPHPKP"][0] == "tphp"
    assert all(name.source for agency in AGENCIES.values() for name in agency.former)


def test_street_lights_moved_to_the_traffic_office() -> None:
    (moved,) = AGENCIES["dishub"].took_over
    assert (moved.agency, moved.since) == ("dpupr", "2024-11-01")


def test_every_contact_has_a_source_and_a_date_and_most_offices_have_none() -> None:
    contacts = [agency.contact for agency in AGENCIES.values() if agency.contact]
    assert all(contact.source and contact.as_of for contact in contacts)
    assert len(contacts) < len(AGENCIES) / 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kontak dinas kesehatan", ["dinkes"]),
        ("telpon dinkes brp", ["dinkes"]),
        ("alamat dinas kesehatn", ["dinkes"]),
        ("kantor dinaspendidikan", ["dikpora"]),
        ("dhinas sosial pundi", ["dinsos"]),
        ("alamat bppkad", ["bpkpd"]),
        ("nomor dispenduk", ["disdukcapil"]),
        ("dinas pekerjaan umum dan penatan ruang", ["dpupr"]),
        ("disperindak", ["disperindag"]),
        ("cabang dinas pendidikan", ["cabdin"]),  # the longer name, not the office whose name it contains
        ("dinsosnakertrans", ["dinsos", "disnaker"]),  # one office that became two
        ("dinas sosial dan dinas perhubungan", ["dinsos", "dishub"]),
        ("saya mau ke dinas", []),
        ("kantor pos", []),
        ("sosial media saya", []),
        ("", []),
    ],
)
def test_an_office_is_found_by_any_name_it_has_or_had(text: str, found: list[str]) -> None:
    assert offices(text) == found


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("alamat bppkad", True),
        ("kontak dinas kesehatan pak", True),
        ("nomor wa dukcapil berapa ya", True),
        ("dinas kesehatan", False),
        ("nomor antrean saya", False),
        ("alamat rumah saya di KTP salah, saya sudah ke dukcapil tapi ditolak", False),
    ],
)
def test_asking_how_to_reach_an_office_is_little_more_than_its_name(text: str, asks: bool) -> None:
    assert REGION.asks_to_reach(text) is asks


# Places


def test_15_of_the_22_puskesmas_have_a_sourced_name_and_the_others_are_not_listed() -> None:
    listed = FACILITIES.of("puskesmas")
    assert (len(listed), FACILITIES.kinds["puskesmas"].total) == (15, 22)
    unsourced = ("Plaosan", "Sumberagung", "Sidokerto", "Sukomoro", "Tladan", "Tebon", "Rejomulyo")
    assert not [facility.name for facility in listed if facility.name.endswith(unsourced)]
    assert not [facility for facility in listed if facility.address or facility.phone]


def test_two_puskesmas_of_similar_names_lie_in_two_districts() -> None:
    assert [place.id for place in FACILITIES.of("puskesmas", "Karas")] == ["puskesmas-taji"]
    assert [place.id for place in FACILITIES.of("puskesmas", "Nguntoronadi")] == ["puskesmas-gorang-gareng-taji"]


def test_what_is_planned_or_may_not_work_is_not_offered() -> None:
    assert [place.id for place in FACILITIES.of("tpa")] == ["tpa-milangasri"]
    assert {"tpa-botok", "iplt-milangasri"} <= set(FACILITIES.all)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("alamat puskesmas taji", ["puskesmas-taji"]),
        ("pkm gorang gareng taji", ["puskesmas-gorang-gareng-taji"]),
        ("puskesmas goranggareng", ["puskesmas-gorang-gareng-taji"]),
        ("pukesmas maospati", ["puskesmas-maospati"]),
        ("puskesmaslembeyan", ["puskesmas-lembeyan"]),
        ("puskesmas panekn", ["puskesmas-panekan"]),
        ("griya sakit sayidiman", ["rsud-sayidiman"]),
        ("rumah sakit efram", ["rsau-efram"]),
        ("puskesmas plaosan", []),
        ("puskesmas terdekat dari karas", []),
        ("desa taji", []),
    ],
)
def test_a_place_is_found_by_the_words_people_have_for_its_kind(text: str, found: list[str]) -> None:
    assert places(text) == found


def test_of_names_one_typo_apart_none_is_guessed() -> None:
    finder = NameFinder({"one": ["Puskesmas Sumberan"], "two": ["Puskesmas Sumberas"]})
    assert finder.ids("puskesmas sumberam") == []
    assert finder.ids("puskesmas sumberas") == ["two"]


def test_a_name_that_two_bear_gives_both() -> None:
    assert NameFinder({"one": ["Dinas X"], "two": ["Dinas X"]}).ids("dinas x") == ["one", "two"]


@given(st.text(max_size=1200))
def test_no_text_breaks_the_search_for_names(text: str) -> None:
    assert set(offices(text)) <= set(AGENCIES)
    assert set(places(text)) <= set(FACILITIES.all)
    assert set(REGION.districts_in(text)) <= set(REGION.districts)


# Promises and free days


def test_the_promised_days_are_those_of_the_rules() -> None:
    days = {name: promise.days for name, promise in REGION.promises.by_class.items()}
    assert days == {"verification": 3, "light": 5, "complaint": 14, "complaint_field": 60, "reaction": 10}
    assert (REGION.promises.first_reaction_hours, REGION.promises.warn_at, REGION.promises.escalate_at) == (4, 0.8, 1.0)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2026-11-24", True),
        ("2026-11-28", False),  # Saturday
        ("2026-08-17", False),  # national, computed
        ("2026-12-24", False),  # cuti bersama, from the file
        ("2026-12-25", False),
        ("2026-12-28", True),
    ],
)
def test_weekends_national_holidays_and_cuti_bersama_are_free(day: str, working: bool) -> None:
    assert CALENDAR.is_working(date.fromisoformat(day)) is working


def test_working_days_are_counted_over_a_long_holiday() -> None:
    jakarta = ZoneInfo(REGION.timezone)
    calendar = Calendar(jakarta, CALENDAR.opens, CALENDAR.closes, CALENDAR.is_working)
    assert calendar.after_days(datetime(2026, 3, 17, 9, tzinfo=jakarta), 1).date() == date(2026, 3, 25)
    assert calendar.after_days(datetime(2026, 12, 23, 9, tzinfo=jakarta), 3).date() == date(2026, 12, 30)


def test_every_category_knows_what_its_agency_must_know_and_each_need_is_asked_in_words() -> None:
    assert all(category.needs for category in REGION.categories.values())
    used = {need for category in REGION.categories.values() for need in category.needs}
    assert used == set(REGION.needs)
    assert all(need.label and need.ask for need in REGION.needs.values())


# Broken files


@pytest.mark.parametrize(
    ("file", "old", "new", "place"),
    [
        ("agencies.toml", 'name = "BPPKAD"', 'nama = "BPPKAD"', "bpkpd: former: unknown key: nama"),
        ("agencies.toml", 'until = "2023-11-06"', 'until = "kapan-kapan"', "bpkpd: former: until"),
        ("agencies.toml", 'from = "dpupr"', 'from = "nobody"', "dishub: took_over: no agency"),
        ("agencies.toml", 'phone = "(0351) 895365"', "phone = 351895365", "dinkes: contact: phone"),
        ("agencies.toml", 'as_of = "2018"\n', "", "dinkes: contact: as_of"),
        ("agencies.toml", 'does = "perpustakaan', 'duty = "perpustakaan', "arpus: unknown key: duty"),
        ("places.toml", 'kind = "puskesmas"', 'kind = "klinik"', "puskesmas-bendo: kind"),
        ("places.toml", 'kecamatan = "Bendo"', 'kecamatan = "Madiun"', "puskesmas-bendo: kecamatan"),
        ("places.toml", 'confidence = "inferred"', 'confidence = "sure"', "puskesmas-bendo: confidence"),
        ("places.toml", 'as_of = "2022-01-18"', 'as_of = "2022-13-18"', "puskesmas-bendo: as_of"),
        ("places.toml", "total = 22", "total = 14", "15 are named, but there are 14"),
        ("places.toml", 'agency = "dinkes"', 'agency = "nobody"', "puskesmas: agency"),
        ("sla.toml", "days = 14", "days = 0", "complaint: days"),
        ("sla.toml", 'id = "light"', 'id = "quick"', "must be exactly"),
        ("sla.toml", "warn_at = 0.8", "warn_at = 1.8", "warn_at"),
        ("sla.toml", 'opens = "07:30"', 'opens = "pagi"', "opens: must be an hour"),
        ("sla.toml", 'closes = "16:00"', 'closes = "07:00"', "closes: must be after opens"),
        ("sla.toml", "days = [1, 2, 3, 4, 5]", "days = [0, 8]", "[week]: days"),
        ("holidays.toml", 'country = "ID"', 'country = "XX"', "country"),
        ("holidays.toml", "date = 2026-03-20", "date = 2026-03-18", "date: must be a day"),
        ("holidays.toml", "date = 2026-03-20", 'date = "2026-03-20"', "date: must be a day"),
        ("categories.toml", 'needs = ["lokasi", "foto"', 'needs = ["lokasi", "warna"', "needs: no need warna"),
    ],
)
def test_a_broken_file_is_refused_with_its_name_and_the_place(tmp_path: Path, file: str, old: str, new: str, place: str) -> None:
    refuses(tmp_path, file, old, new, place)


def test_a_region_may_do_without_a_list_of_places(tmp_path: Path) -> None:
    folder = tmp_path / "region"
    shutil.copytree(FOLDER, folder)
    (folder / "places.toml").unlink()
    assert load_region(folder).facilities.of("puskesmas") == []
