"""What residents live through: asking, complaining step by step, asking after it."""

from __future__ import annotations

from tests.flows.drivers import ALBUMS, EDITS, World
from tests.flows.stories import DATE, REGION, comes_to_summary, complains, has_no_ticket, number_in, story, words_of

# Asking


@story()
async def start_greets_with_three_domains_and_a_menu(world: World) -> None:
    siti = world.resident()
    await siti.says("/start")
    greeting = await siti.sees("Sapa", REGION.name)
    ways = [words_of(f"button.{name}") for name in ("report", "status", "operator")]
    assert greeting.labels == [*REGION.domains.values(), *ways]


@story()
async def from_a_domain_to_a_topic_its_parts_and_its_sources(world: World) -> None:
    siti = world.resident()
    await siti.says("/start")
    await siti.sees("start.greeting")
    await siti.presses(REGION.domains["administrasi"])
    topics = await siti.sees("ask.topics")
    assert len(topics.labels) >= 5
    await siti.presses("KTP hilang")
    answer = await siti.sees("KTP hilang", REGION.agencies["disdukcapil"].name)
    assert DATE.search(answer.text)
    await siti.presses("part.syarat")
    part = await siti.sees("KTP hilang", "Fotokopi KK")
    assert words_of("part.syarat") not in part.labels
    await siti.presses("part.sumber")
    await siti.sees("KTP hilang", "http")
    await siti.presses("button.menu")
    await siti.sees("start.greeting")


@story()
async def a_typed_question_gets_its_article(world: World) -> None:
    siti = world.resident()
    await siti.says("Cara mengurus KTP hilang bagaimana ya?")
    answer = await siti.sees("KTP hilang", REGION.agencies["disdukcapil"].name)
    assert DATE.search(answer.text)
    assert words_of("button.operator") in answer.labels


@story()
async def an_answer_is_asked_on_about_judged_and_thanked_for(world: World) -> None:
    siti = world.resident()
    await siti.says("Cara mengurus KTP hilang bagaimana ya?")
    answer = await siti.sees("KTP hilang")
    assert answer.labels.index("👎") == answer.labels.index("👍") + 1
    await siti.says("biayanya berapa?")
    await siti.sees("KTP hilang", "part.biaya", "Gratis")
    await siti.presses("👍", answer)
    if world.speaks_toasts:
        await siti.sees("feedback.thanks")
    await siti.says("ok siap")
    await siti.sees("start.thanks")
    await siti.presses("👎", answer)
    await siti.sees("feedback.what_is_missing")


@story()
async def what_has_no_answer_is_passed_on_and_becomes_a_ticket(world: World) -> None:
    siti = world.resident()
    await siti.says("Berapa berat gajah di kebun binatang?")
    await siti.sees("ask.unanswered")
    await siti.says("tidak")
    await siti.sees("start.cancelled")
    await siti.says("Berapa berat gajah di kebun binatang?")
    await siti.sees("ask.unanswered")
    await siti.presses("button.pass_on")
    number = number_in(await siti.sees("operator.passed_on", REGION.agencies[REGION.coordinator].name))
    await siti.says("/status")
    assert number in (await siti.sees("card.question")).text


@story()
async def the_way_to_a_person_is_always_open(world: World) -> None:
    siti = world.resident()
    await siti.says("/petugas")
    await siti.sees("operator.ask")
    await siti.says("Saya mau tanya soal rumah saya")
    number_in(await siti.sees("operator.passed_on"))
    await siti.says("terima kasih")
    await siti.sees("start.thanks")


# Complaining


@story()
async def a_complaint_by_guided_steps(world: World) -> None:
    siti = world.resident()
    await siti.says("/start")
    await siti.sees("start.greeting")
    await siti.presses("button.report")
    await siti.sees("report.what")
    await siti.says("Lampu jalan mati sudah seminggu")
    await siti.sees("report.where")
    await siti.says("depan balai desa Banjarejo")
    which = await siti.sees("report.which_village")
    assert [label for label in which.labels if "Banjarejo" in label] == [
        f"Desa Banjarejo, Kec. {district}" for district in ("Panekan", "Barat", "Ngariboyo")
    ]
    await siti.presses("Desa Banjarejo, Kec. Barat")
    await siti.sees("report.photo")
    await siti.presses("button.without_photo")
    await siti.sees("Ini laporan Anda", "Lampu jalan mati", "balai desa Banjarejo · Desa Banjarejo, Kec. Barat")
    await siti.presses("button.send")
    number = number_in(await siti.sees("report.sent"))
    await siti.presses("button.ticket")
    await siti.sees(number, "resident_state.baru", "Lampu jalan mati sudah seminggu")


@story()
async def a_district_in_words_tells_namesakes_apart(world: World) -> None:
    siti = world.resident()
    await siti.says("/lapor")
    await siti.sees("report.what")
    await siti.says("Jalan rusak di Banjarejo")
    await siti.sees("report.which_village")
    await siti.says("yang kecamatan Ngariboyo")
    await siti.sees("report.photo")
    await siti.says("tidak ada")
    await siti.sees("Ini laporan Anda", "Desa Banjarejo, Kec. Ngariboyo")
    await siti.says("ya, kirim")
    await siti.sees("report.sent")


@story()
async def a_village_that_nobody_knows_stays_in_the_words(world: World) -> None:
    siti = world.resident()
    await siti.says("/lapor")
    await siti.sees("report.what")
    await siti.says("Selokan mampet dan bau")
    await siti.sees("report.where")
    await siti.says("dekat warung Bu Tini")
    await siti.sees("report.village")
    await siti.says("Desa Antahberantah")
    await siti.sees("report.photo")
    await siti.presses("button.without_photo")
    await siti.sees("Ini laporan Anda", "dekat warung Bu Tini, Desa Antahberantah")
    await siti.presses("button.edit_place")
    await siti.sees("report.where")
    await siti.says("belakang pasar")
    await siti.sees("report.village")
    await siti.presses("button.skip")
    summary = await siti.sees("Ini laporan Anda", "belakang pasar")
    assert "Tini" not in summary.text


@story()
async def a_pin_is_a_place(world: World) -> None:
    siti = world.resident()
    await siti.says("/lapor")
    await siti.sees("report.what")
    await siti.says("Pohon besar miring")
    assert words_of("button.cancel") in (await siti.sees("report.where")).labels
    await siti.sends_place(-7.6501, 111.3302)
    await siti.sees("report.photo")
    await siti.presses("button.without_photo")
    await siti.sees("Ini laporan Anda", "titik -7.65010, 111.33020")
    await siti.presses("button.send")
    await siti.sees("report.sent")


@story()
async def a_pin_outside_is_asked_about(world: World) -> None:
    siti = world.resident()
    await siti.says("/lapor")
    await siti.sees("report.what")
    await siti.says("Pohon besar miring")
    await siti.sees("report.where")
    await siti.sends_place(-6.2, 106.8)
    outside = await siti.sees("report.outside", REGION.short_name)
    await siti.presses("button.use_pin")
    await siti.sees("report.photo")
    await siti.presses("button.use_pin", outside)  # a second press of an old button forgets nothing
    await siti.sees("report.photo")
    await siti.presses("button.without_photo")
    await siti.sees("Ini laporan Anda", "titik -6.20000, 106.80000")
    await siti.presses("button.edit_place")
    await siti.sees("report.where")
    await siti.sends_place(-6.2, 106.8)
    await siti.sees("report.outside")
    await siti.says("Desa Baron")
    summary = await siti.sees("Ini laporan Anda", "Desa Baron")
    assert "-6.2" not in summary.text


@story()
async def several_photos_and_what_is_said_with_them(world: World) -> None:
    siti = world.resident()
    await siti.sends_photo()
    await siti.sees("report.what_with_file")
    await siti.says("Jembatan retak di desa Baron")
    await siti.sees("report.more_photos")
    await siti.sends_photo()
    await siti.sees("2")
    await siti.sends_photo("yang ini dari dekat")
    await siti.sees("3")
    await siti.presses("button.go_on")
    await siti.sees("Ini laporan Anda", "Foto: 3", "Jembatan retak di desa Baron yang ini dari dekat")
    await siti.presses("button.send")
    await siti.sees("report.sent")


@story(ALBUMS)
async def an_album_is_answered_once(world: World) -> None:
    siti = world.resident()
    for caption in ("Sampah menumpuk di desa Baron", None, None):
        await siti.sends_photo(caption, album="album-1")
    await siti.sees("report.more_photos")
    await siti.hears_nothing()
    await siti.presses("button.go_on")
    await siti.sees("Ini laporan Anda", "Foto: 3")
    for caption in (None, None):
        await siti.sends_photo(caption, album="album-2")
    await siti.sees("Ini laporan Anda")
    await siti.hears_nothing()
    await siti.presses("button.send")
    await siti.sees("report.sent")


@story()
async def every_field_can_be_changed(world: World) -> None:
    siti = world.resident()
    old = await comes_to_summary(siti, "Ada kerusakan di desa Baron")
    await siti.says("tidak")
    await siti.sees("report.what_to_change")
    await siti.presses("button.edit_text")
    await siti.sees("report.what")
    await siti.presses("button.send", old)  # the old summary's button must not send a report without a story
    await siti.sees("report.what")
    await siti.says("Jalan berlubang")
    await siti.sees("Cerita: Jalan berlubang\n")
    await siti.presses("button.edit_place")
    await siti.sees("report.where")
    await siti.says("Desa Tamanarum")
    await siti.sees("Ini laporan Anda", "Desa Tamanarum, Kec. Parang")
    await siti.presses("button.edit_category")
    await siti.sees("report.category")
    await siti.presses("Pasar & harga")
    await siti.sees("Jenis: Pasar & harga", REGION.agencies["disperindag"].name)
    await siti.presses("button.edit_files")
    await siti.sees("report.photo")
    await siti.sends_photo()
    await siti.sees("report.more_photos")
    await siti.presses("button.go_on")
    await siti.sees("Pasar & harga", "Jalan berlubang", "Desa Tamanarum", "Foto: 1")
    await siti.presses("button.send")
    await siti.sees("report.sent", REGION.agencies["disperindag"].name)


@story()
async def cancelled_at_any_step_nothing_is_left(world: World) -> None:
    siti = world.resident()
    steps = ("report.what", "report.where", "report.village", "report.photo", "Ini laporan Anda")
    answers = ("Selokan mampet", "dekat warung Bu Tini", "Desa Baron", "tidak ada")
    for last in range(len(steps)):
        await siti.says("/lapor")
        await siti.sees(steps[0])
        for answer, step in zip(answers[:last], steps[1:], strict=False):
            await siti.says(answer)
            await siti.sees(step)
        await (siti.says("gak jadi") if last == 3 else siti.presses("button.cancel"))
        await siti.sees("start.cancelled")
    await has_no_ticket(siti)


@story()
async def the_first_sentence_is_the_complaint(world: World) -> None:
    siti = world.resident()
    await siti.says("Lampu jalan mati di Desa Baron sudah sebulan, tolong diperbaiki")
    await siti.sees("report.begun", "report.photo")
    await siti.presses("button.without_photo")
    await siti.sees("Lampu jalan mati", "Desa Baron", REGION.agencies["dishub"].name)
    await siti.presses("button.send")
    await siti.sees("report.sent")


@story(EDITS)
async def an_edited_story_changes_the_draft(world: World) -> None:
    siti = world.resident()
    await siti.says("/lapor")
    await siti.sees("report.what")
    said = await siti.says("Jalan berlubank di desa Baron")
    await siti.sees("report.photo")
    await siti.says("dalamnya sampai lutut")
    await siti.sees("report.photo")
    await siti.rewrites(said, "Jalan berlubang di desa Baron")
    await siti.sees("report.edited")
    await siti.sees("report.photo")
    await siti.presses("button.without_photo")
    await siti.sees("Cerita: Jalan berlubang di desa Baron dalamnya sampai lutut")
    await siti.presses("button.send")
    await siti.sees("report.sent")
    await siti.rewrites(said, "Tidak jadi berlubang")
    await siti.hears_nothing()


@story()
async def danger_in_the_middle_of_a_report(world: World) -> None:
    siti = world.resident()
    await siti.says("/lapor")
    await siti.sees("report.what")
    await siti.says("Tolong, ada kebakaran di rumah tetangga")
    await siti.sees(REGION.emergencies[0].number, "113")
    await siti.sees("report.where")
    await siti.says("Desa Baron")
    await siti.sees("report.photo")
    await siti.presses("button.without_photo")
    await siti.sees("Ini laporan Anda", "ada kebakaran di rumah tetangga")


@story()
async def danger_at_once_and_then_on_record(world: World) -> None:
    siti = world.resident()
    await siti.says("Tolong ada ular masuk rumah")
    await siti.sees("emergency.numbers", REGION.emergencies[0].number)
    await siti.presses("button.record")
    await siti.sees("report.where")
    await siti.says("Desa Baron")
    await siti.sees("report.photo")
    await siti.presses("button.without_photo")
    await siti.sees("Ini laporan Anda", "ada ular masuk rumah")


# Afterwards


@story()
async def asking_how_far_it_is(world: World) -> None:
    siti, budi = world.resident(), world.resident()
    for words in ("/status", "laporan saya sampai mana"):
        await siti.says(words)
        await siti.sees("status.none")
    number = await complains(siti, "bpkpd")
    for words in ("/status", "laporan saya sampai mana ya?"):
        await siti.says(words)
        await siti.sees(number, "resident_state.baru")
    await siti.says(f"bagaimana kabar {number.lower().replace('-', ' ')}?")
    await siti.sees(number, REGION.agencies["bpkpd"].name)
    await budi.says(number)
    anothers = await budi.sees("error.no_ticket")
    await budi.says(f"{REGION.code}-26-999999-{'ABCDEFGHJKLMNPQRSTVWXYZ'[26999999 % 23]}")
    nobodys = await budi.sees("error.no_ticket")
    await budi.says(f"{number[:-1]}{'A' if number[-1] != 'A' else 'B'}")
    misspelt = await budi.sees("error.no_ticket")
    assert (anothers.text, anothers.labels) == (nobodys.text, nobodys.labels) == (misspelt.text, misspelt.labels)


@story()
async def the_bot_speaks_javanese(world: World) -> None:
    siti = world.resident()
    await siti.says("/bahasa")
    await siti.sees("language.choose")
    await siti.presses("Basa Jawa")
    siti.language = "jv"
    await siti.sees("language.changed")
    await siti.says("/lapor")
    await siti.sees("report.what")
    await siti.says("Lampu mati ing desa Baron")
    await siti.sees("report.photo")
    await siti.says("boten wonten")
    await siti.sees("Punika laporan panjenengan")
    await siti.says("inggih")
    await siti.sees("report.sent")
    await siti.says("/bahasa")
    await siti.sees("language.choose")
    await siti.presses("Bahasa Indonesia")
    siti.language = "id"
    await siti.sees("language.changed")
