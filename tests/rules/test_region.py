"""The region's files: complete, consistent, and names found in what residents write."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.region import MAX_LABEL, Region, RegionError, load_region

FOLDER = Path(__file__).parents[2] / "knowledge" / "region"
REGION = load_region(FOLDER)


def refuses(tmp_path: Path, file: str, old: str, new: str, place: str) -> None:
    """A copy of the region with one slip in one file: the message names the file and the place."""
    folder = tmp_path / "region"
    shutil.copytree(FOLDER, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RegionError) as raised:
        load_region(folder)
    assert file in str(raised.value)
    assert place in str(raised.value)


def found(text: str, region: Region = REGION) -> set[str]:
    return {f"{village.name}/{village.district}" for village in region.villages_in(text)}


def test_the_regency_has_18_districts_and_235_villages() -> None:
    assert len(REGION.districts) == len(set(REGION.districts)) == 18
    assert len(REGION.villages) == len({village.code for village in REGION.villages}) == 235
    assert sum(village.kind == "kelurahan" for village in REGION.villages) == 28


def test_it_has_the_31_categories_of_the_catalogue_each_with_an_agency_and_a_short_label() -> None:
    assert len(REGION.categories) == 31
    for category in REGION.categories.values():
        assert category.agency in REGION.agencies
        assert len(category.label) <= MAX_LABEL
        assert 8 <= len(set(category.phrasings)) == len(category.phrasings) <= 12


def test_flags_of_the_catalogue_are_kept() -> None:
    flagged = {c.id for c in REGION.categories.values() if c.emergency}
    assert flagged == {"aduan/bencana", "aduan/kebakaran-penyelamatan", "aduan/perempuan-anak"}
    assert {c.id for c in REGION.categories.values() if c.confidential} == {
        "aduan/pungli-integritas",
        "aduan/perempuan-anak",
    }
    assert [c.id for c in REGION.categories.values() if not c.ours] == ["aduan/bukan-kewenangan"]


def test_offices_that_do_not_belong_to_the_regency_are_marked() -> None:
    foreign = {agency.id for agency in REGION.agencies.values() if not agency.ours}
    assert foreign == {"bpjs", "bpn", "polres", "pln", "samsat", "kemenag", "imigrasi", "cabdin", "perhutani", "pmi"}
    assert REGION.agencies[REGION.coordinator].ours


def test_the_emergency_numbers_are_those_with_a_source_and_112_is_not_among_them() -> None:
    assert {n.number for n in REGION.emergencies} == {
        "0351-8900119",
        "(0351) 891111",
        "0813-3643-0086",
        "119",
        "110",
        "113",
    }
    assert {n.number for n in REGION.emergencies if n.national} == {"119", "110", "113"}
    assert all(n.source and n.as_of for n in REGION.emergencies)


@pytest.mark.parametrize(
    ("name", "districts"),
    [
        ("Banjarejo", {"Panekan", "Barat", "Ngariboyo"}),
        ("Sukowidi", {"Panekan", "Kartoharjo", "Nguntoronadi"}),
        ("Bogem", {"Kawedanan", "Sukomoro"}),
        ("Dukuh", {"Lembeyan", "Bendo"}),
        ("Karangrejo", {"Kawedanan", "Karangrejo"}),
        ("Manjung", {"Panekan", "Barat"}),
        ("Ngunut", {"Parang", "Kawedanan"}),
        ("Rejomulyo", {"Panekan", "Barat"}),
    ],
)
def test_a_name_borne_in_several_districts_gives_all_until_the_district_is_named(name: str, districts: set[str]) -> None:
    assert {village.district for village in REGION.villages_named(name.upper())} == districts
    assert found(f"jalan rusak di desa {name}") == {f"{name}/{district}" for district in districts}
    for district in districts:
        assert found(f"jalan rusak di desa {name} kecamatan {district}") == {f"{name}/{district}"}
        assert found(f"desa {name}, Kec. {district}") == {f"{name}/{district}"}


def test_a_village_is_named_in_full_as_people_write_it() -> None:
    assert [REGION.full_name(v) for v in REGION.villages_in("banjarejo panekan")] == ["Desa Banjarejo, Kec. Panekan"]
    assert [REGION.full_name(v) for v in REGION.villages_in("kelurahan tambran")] == ["Kelurahan Tambran, Kec. Magetan"]


def test_every_village_is_found_by_its_own_full_name() -> None:
    for village in REGION.villages:
        assert REGION.villages_in(REGION.full_name(village)) == (village,), village


ORDINARY = ["Malang", "Waduk", "Semen", "Jeruk", "Pojok", "Tulung", "Dukuh", "Dadi", "Bulak", "Turi", "Kalang", "Jajar"]


@pytest.mark.parametrize("name", ORDINARY)
def test_an_everyday_word_is_a_village_only_after_a_place_word_or_alone(name: str) -> None:
    assert found(f"saya lihat {name.lower()} itu kemarin") == set()
    for text in (f"di desa {name}", f"ds. {name.lower()}", f"dusun {name}", name.lower()):
        assert {entry.split("/")[0] for entry in found(text)} == {name}


@pytest.mark.parametrize(
    "text",
    [
        "tulung, omahku kobong",
        "rumah di sebelah barat jalan",
        "air waduk dadi keruh",
        "pupuk langka, tanaman kurang subur",
        "tiap hari tunggu di samping kantor kelurahan",
        "harga semen dan jeruk naik",
        "durung diangkut, jangan dibiarkan balik lagi",
        "saudara saya di Jombang",
        "saya dari Magelang",
        "warga kabupaten Magetan",
        "",
    ],
)
def test_everyday_sentences_name_no_village(text: str) -> None:
    assert found(text) == set()


@pytest.mark.parametrize(
    ("text", "village"),
    [
        ("lampu mati di panekn", "Panekan"),
        ("sampah di milangasry numpuk", "Milangasri"),
        ("banjir nguntoronadhi", "Nguntoronadi"),
        ("longsor genilngit", "Genilangit"),
        ("jalan tambak rejo rusak", "Tambakrejo"),
        ("di selotinata kering", "Selotinatah"),
        ("sumur di desa Sayutn asat", "Sayutan"),
        ("dusun ngurii", "Nguri"),
    ],
)
def test_misspelt_and_split_names_are_found(text: str, village: str) -> None:
    assert {v.name for v in REGION.villages_in(text)} == {village}


@pytest.mark.parametrize(
    ("text", "village"),
    [
        ("jembatan lembeyan kulon retak", "Lembeyan Kulon"),
        ("pju klagen gambiran mati", "Klagen Gambiran"),
        ("jalan klagen rusak", "Klagen"),
        ("got di banjarpanjang mampet", "Banjarpanjang"),
        ("Terung Panekan", "Terung"),
    ],
)
def test_the_longest_reading_wins(text: str, village: str) -> None:
    assert {v.name for v in REGION.villages_in(text)} == {village}


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("kec. Barat", "Barat"),
        ("di kecamatan parang", "Parang"),
        ("warga Lembeyan", "Lembeyan"),
        ("kecamatan Plaosn", "Plaosan"),
        ("warga Panekan", None),  # also a kelurahan: not explicit
        ("sebelah barat pasar", None),
        ("lembeyan kulon", None),
        ("", None),
    ],
)
def test_a_district_counts_when_it_is_named_explicitly(text: str, district: str | None) -> None:
    assert REGION.district_in(text) == district


def test_a_name_after_the_district_word_is_no_village() -> None:
    assert found("saya warga kecamatan Parang") == set()


def test_magetan_is_inside_and_magelang_and_malang_are_outside() -> None:
    assert REGION.contains(-7.6497, 111.3389)  # the town
    assert REGION.contains(-7.6767, 111.2198)  # Telaga Sarangan
    assert not REGION.contains(-7.4706, 110.2177)  # Magelang
    assert not REGION.contains(-7.9797, 112.6304)  # Malang
    assert not REGION.contains(0.0, 0.0)


@given(st.text(max_size=1200))
def test_no_text_breaks_the_search_for_places(text: str) -> None:
    assert set(REGION.villages_in(text)) <= set(REGION.villages)
    assert REGION.district_in(text) in (None, *REGION.districts)


@pytest.mark.parametrize(
    ("file", "old", "new", "place"),
    [
        ("villages.csv", "35.20.01.2001,Poncol,desa,Poncol", "35.20.01.2001,Poncol,dusun,Poncol", "line 3"),
        ("villages.csv", "35.20.01.2001,Poncol,desa,Poncol", "35.20.01.2001,Poncol,desa", "line 3"),
        ("villages.csv", "35.20.01.2001,Poncol", "35.20.01.2002,Poncol", "35.20.01.2002"),
        ("villages.csv", "kode,kecamatan", "kode,district", "line 1"),
        ("categories.toml", 'agency = "dlhp"', 'agency = "nobody"', "aduan/sampah: agency"),
        ("categories.toml", 'label = "Sampah menumpuk"', f'label = "{"s" * 25}"', "aduan/sampah: label"),
        ("categories.toml", "emergency = true", 'emergency = "yes"', "aduan/bencana: emergency"),
        ("agencies.toml", 'id = "inspektorat"', 'id = "setda"', "'setda' stands twice"),
        ("agencies.toml", 'short = "Setda"', "short = 7", "setda: short"),
        ("agencies.toml", '"Bagian Hukum"', "12", "setda: aliases"),
        ("emergency.toml", 'as_of = "2022-04-30"', 'as_of = "April 2022"', "psc: as_of"),
        ("region.toml", 'coordinator = "diskominfo"', 'coordinator = "nobody"', "coordinator"),
        ("region.toml", 'other_category = "aduan/lainnya"', 'other_category = "aduan/x"', "other_category"),
        ("region.toml", "radius_km = 30", 'radius_km = "30"', "radius_km"),
        ("region.toml", "centre_lat = -7.65", "centre_lat = nan", "centre_lat"),
        ("region.toml", "[domains]", "[domain]", "[domains]"),
        ("region.toml", 'timezone = "Asia/Jakarta"', 'timezone = "Asia/Magetan"', "timezone"),
        ("region.toml", 'name = "Kabupaten Magetan"', "name = ", "line 2"),
    ],
)
def test_a_broken_file_is_refused_with_its_name_and_the_place(tmp_path: Path, file: str, old: str, new: str, place: str) -> None:
    refuses(tmp_path, file, old, new, place)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegionError, match=r"region\.toml"):
        load_region(tmp_path)
