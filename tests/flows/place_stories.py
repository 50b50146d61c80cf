"""Looking for a place or an office: what is known is told, what is not is said."""

from __future__ import annotations

from tests.flows.drivers import Message, Voice, World
from tests.flows.stories import REGION, number_in, story, words_of

PUSKESMAS = REGION.facilities.kinds["puskesmas"]


async def asks_for_the_nearest(person: Voice) -> Message:
    """What is known of all comes first, then the question where; returns the latter."""
    await person.says("puskesmas terdekat di mana?")
    await person.sees("Puskesmas terdekat")
    return await person.sees("places.which")


@story()
async def the_puskesmas_of_a_named_kecamatan_is_told_with_what_is_not_known_of_it(world: World) -> None:
    siti = world.resident()
    await siti.says("puskesmas terdekat dari Lembeyan di mana ya?")
    told = await siti.sees("Puskesmas Lembeyan", "places.no_contact")
    assert REGION.agencies["dinkes"].name in told.text
    assert f"15 dari {PUSKESMAS.total}" in told.text


@story()
async def where_none_is_listed_the_bot_says_so_and_passes_the_question_on(world: World) -> None:
    siti = world.resident()
    await siti.says("puskesmas sing cedak Sukomoro ngendi?")
    siti.language = "jv"  # as they wrote
    told = await siti.sees("Kecamatan Sukomoro", f"15 saking {PUSKESMAS.total}")
    assert "Puskesmas Sukomoro" not in told.text
    await siti.presses("button.pass_on")
    number_in(await siti.sees("operator.passed_on", REGION.agencies["dinkes"].name))


@story()
async def without_a_place_the_kecamatan_is_asked_for_and_may_be_written(world: World) -> None:
    siti = world.resident()
    asked = await asks_for_the_nearest(siti)
    assert set(REGION.districts) <= set(asked.labels)
    await siti.says("qwertz")
    await siti.sees("places.unknown")
    await siti.says("desa Banjarejo")
    narrowed = await siti.sees("places.which")
    assert set(REGION.districts) & set(narrowed.labels) == {"Panekan", "Barat", "Ngariboyo"}
    await siti.presses("Ngariboyo")
    await siti.sees("Puskesmas Ngariboyo", "places.inferred")


@story()
async def a_pin_is_answered_by_asking_for_the_kecamatan(world: World) -> None:
    siti = world.resident()
    await asks_for_the_nearest(siti)
    await siti.sends_place(-7.65, 111.34)
    await siti.sees("places.pin")
    await siti.presses("Karas")
    told = await siti.sees("Puskesmas Taji")
    assert "Gorang" not in told.text


@story()
async def another_matter_with_a_place_in_it_is_not_taken_for_the_answer(world: World) -> None:
    siti = world.resident()
    await asks_for_the_nearest(siti)
    await siti.says("Lampu jalan di desa Baron mati semua sejak minggu lalu, gelap sekali")
    await siti.sees("report.begun")


@story()
async def the_contact_of_an_office_is_told_with_its_source_and_date(world: World) -> None:
    siti = world.resident()
    await siti.says("kontak dinas kesehatn")
    contact = REGION.agencies["dinkes"].contact
    assert contact
    told = await siti.sees(REGION.agencies["dinkes"].name, contact.address)
    assert contact.phone in told.text
    assert contact.as_of in told.text


@story()
async def an_old_name_leads_to_the_office_of_today_whose_missing_contact_is_admitted(world: World) -> None:
    siti = world.resident()
    await siti.says("alamat BPPKAD")
    told = await siti.sees(REGION.agencies["bpkpd"].name, "places.no_contact")
    assert "BPPKAD" in told.text


@story()
async def an_article_that_tells_where_to_go_comes_before_a_mere_contact(world: World) -> None:
    siti = world.resident()
    await siti.says("kantor dukcapil di mana ya")
    await siti.sees("MPP", "ask.answer")


@story()
async def a_name_of_two_offices_is_asked_back(world: World) -> None:
    siti = world.resident()
    await siti.says("nomor telepon dinsosnakertrans berapa")
    which = await siti.sees("office.which")
    assert {REGION.agencies[name].name for name in ("dinsos", "disnaker")} <= set(which.labels)
    await siti.presses(REGION.agencies["disnaker"].name)
    told = await siti.sees(REGION.agencies["disnaker"].name, "places.no_contact")
    assert words_of("button.pass_on") in told.labels
