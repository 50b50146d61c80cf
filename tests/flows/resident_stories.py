"""What residents live through: asking, complaining step by step, asking after it."""

from __future__ import annotations

import re

from tests.flows.drivers import ALBUMS, EDITS, World
from tests.flows.stories import (
    DATE,
    REGION,
    comes_to_summary,
    complains,
    has_no_ticket,
    kind_of,
    number_in,
    reaches_summary,
    sends,
    story,
    words_of,
)

# Asking


@story()
async def start_greets_with_three_domains_and_a_menu(world: World) -> None:
    siti = world.resident()
    await siti.says("/start")
    greeting = await siti.sees("Sapa", REGION.name)
    ways = [words_of(f"button.{name}") for name in ("report", "status", "operator")]
    assert greeting.labels == [*REGION.domains.values(), *ways, words_of("button.privacy")]


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
    await reaches_summary(siti, "Lampu jalan mati", "balai desa Banjarejo · Desa Banjarejo, Kec. Barat")
    number = number_in(await sends(siti))
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
    await reaches_summary(siti, "Desa Banjarejo, Kec. Ngariboyo")
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
    await reaches_summary(siti, "dekat warung Bu Tini, Desa Antahberantah")
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
    await reaches_summary(siti, "titik -7.65010, 111.33020")
    await sends(siti)


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
    await reaches_summary(siti, "titik -6.20000, 106.80000")
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
    await reaches_summary(siti, "Foto: 3", "Jembatan retak di desa Baron yang ini dari dekat")
    await sends(siti)


@story(ALBUMS)
async def an_album_is_answered_once(world: World) -> None:
    siti = world.resident()
    for caption in ("Sampah menumpuk di desa Baron", None, None):
        await siti.sends_photo(caption, album="album-1")
    await siti.sees("report.more_photos")
    await siti.hears_nothing()
    await siti.presses("button.go_on")
    await reaches_summary(siti, "Foto: 3")
    for caption in (None, None):
        await siti.sends_photo(caption, album="album-2")
    await siti.sees("Ini laporan Anda")
    await siti.hears_nothing()
    await sends(siti)


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
    await reaches_summary(siti, "Cerita: Jalan berlubang\n")
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
    steps = ("report.what", "report.where", "report.village", "report.photo", "Sejak kapan", "Ini laporan Anda")
    answers = ("Selokan mampet", "dekat warung Bu Tini", "Desa Baron", "tidak ada", "kemarin")
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
    await reaches_summary(siti, "Lampu jalan mati", "Desa Baron", REGION.agencies["dishub"].name)
    await sends(siti)


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
    await reaches_summary(siti, "Cerita: Jalan berlubang di desa Baron dalamnya sampai lutut")
    await sends(siti)
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
    await reaches_summary(siti, "ada kebakaran di rumah tetangga")


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
    await reaches_summary(siti, "ada ular masuk rumah")


@story()
async def what_the_agency_needs_is_asked_for_unless_it_was_told(world: World) -> None:
    siti = world.resident()
    await siti.says("Lampu jalan mati di Desa Baron sudah seminggu, tolong diperbaiki")
    await siti.sees("report.begun", "report.photo")
    await siti.presses("button.without_photo")
    pole = await siti.sees("nomor tiangnya")  # since when was told
    assert pole.labels == [words_of("button.skip"), words_of("button.cancel")]
    await siti.says("nomor 14")
    summary = await siti.sees("Cerita: Lampu jalan mati", "Nomor tiang: nomor 14", "paling lambat")
    await siti.presses("button.skip", pole)  # too late to matter
    await siti.sees("Nomor tiang: nomor 14")
    await siti.presses("button.edit_category", summary)
    await siti.sees("report.category")
    await siti.presses("Jalan & jembatan rusak")  # nothing more is asked once the summary was shown
    await siti.sees("Ini laporan Anda", "Nomor tiang: nomor 14")
    await siti.presses("button.edit_text")
    await siti.sees("report.what")
    await siti.says("Jalan berlubang")
    await siti.sees("Kira-kira seberapa besar")
    await siti.says("tidak tahu")
    await siti.sees("Sejak kapan")
    await siti.presses("button.skip")
    assert "tidak tahu" not in (await siti.sees("Cerita: Jalan berlubang\n")).text


@story()
async def a_name_is_hidden_and_a_matter_kept_confidential(world: World) -> None:
    siti = world.resident()
    summary = await comes_to_summary(siti)
    assert words_of("report.is_anonymous") not in summary.text
    await siti.presses("button.anonymous")
    await siti.sees("report.is_anonymous")
    await siti.presses("button.confidential")
    await siti.sees("report.is_anonymous", "report.is_confidential")
    await siti.presses("button.name_shown")
    assert words_of("report.is_anonymous") not in (await siti.sees("report.is_confidential")).text
    await siti.presses("button.public")
    plain = await siti.sees("Ini laporan Anda")
    assert words_of("report.is_confidential") not in plain.text
    await siti.presses("button.edit_category")
    await siti.sees("report.category")
    await siti.presses(kind_of("inspektorat"))
    assert words_of("report.is_confidential") not in (await siti.sees("Ini laporan Anda")).text  # their own choice stands


@story()
async def what_others_told_is_joined_followed_and_left(world: World) -> None:
    siti, budi, ani = world.resident(), world.resident(), world.resident()
    story = "Gorong-gorong di desa Tamanarum ambrol, air mengalir ke jalan. Hubungi Pak Joko 081234567890"
    number = await complains(siti, "dpupr", story)
    await comes_to_summary(budi, "gorong-gorong ambrol di Tamanarum, air ke jalan semua")
    await budi.presses("button.edit_category")
    await budi.sees("report.category")
    await budi.presses(kind_of("dpupr"))
    await budi.sees("Ini laporan Anda")
    await budi.presses("button.send")
    shown = await budi.sees("report.same", "Desa Tamanarum", "1 warga")
    assert number not in shown.text
    assert "Joko" not in shown.text
    await budi.says("saya juga")
    joined = await budi.sees("report.joined", number)
    await budi.presses("button.same", shown)  # a second press only says so
    if world.speaks_toasts:
        await budi.sees("report.sent_toast", number)
    await budi.says("Dekat jembatan", to=joined)
    await budi.sees("status.only_followed", number)
    await budi.says("/status")
    await budi.sees("status.following", number)
    await budi.says(number)
    view = await budi.sees(number, "resident_state.baru", "status.you_follow")
    assert "Joko" not in view.text
    assert "ambrol" not in view.text
    await ani.says(number)
    await ani.sees("error.no_ticket")
    await budi.presses("button.unfollow")
    await budi.sees("status.unfollowed", number)
    await budi.says(number)
    await budi.sees("error.no_ticket")


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
    await budi.says("/bantuan")
    await budi.sees("start.help")
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
    await siti.says("Lampu mati ing desa Bulugunung")  # where no other story reports
    await siti.sees("report.photo")
    await siti.says("boten wonten")
    await reaches_summary(siti)
    await siti.says("inggih")
    await siti.sees("report.sent")
    await siti.says("/bahasa")
    await siti.sees("language.choose")
    await siti.presses("Bahasa Indonesia")
    siti.language = "id"
    await siti.sees("language.changed")


@story()
async def a_ticket_is_claimed_from_another_account_with_its_pin(world: World) -> None:
    siti, phone, thief = world.resident(), world.resident(), world.resident()
    number = await complains(siti, "bpkpd")
    await siti.presses("button.ticket")
    await siti.sees(number, "status.due")
    await siti.presses("button.pin")
    shown = await siti.sees("claim.pin", number)
    (pin,) = set(re.findall(r"\b\d{8}\b", shown.text))
    wrong = f"{(int(pin) + 1) % 10**8:08d}"
    nobodys = f"{REGION.code}-26-999999-{'ABCDEFGHJKLMNPQRSTVWXYZ'[26999999 % 23]}"
    answers = []
    await thief.says("/bantuan")  # the notice stands below the first answer
    await thief.sees("start.help")
    for attempt in (f"/klaim {number} {wrong}", f"/klaim {nobodys} {pin}"):
        await thief.says(attempt)
        answers.append((await thief.sees("error.no_claim")).text)
    assert answers[0] == answers[1]
    for _ in range(3):
        await thief.says(f"/klaim {number} {wrong}")
        await thief.sees("error.no_claim")
    await thief.says(f"/klaim {number} {pin}")
    await thief.sees("error.too_many_tries")
    await phone.says("/klaim")
    await phone.sees("claim.ask_number")
    await phone.says(number.lower())
    await phone.sees("claim.ask_pin", number)
    await phone.says(f"{pin[:4]} {pin[4:]}")
    await phone.sees("claim.done", number)
    await siti.sees("letter.claimed", number)
    await phone.says("/status")
    await phone.sees(number)
    await phone.presses(number)
    await phone.sees("Ada kerusakan di dekat balai desa Baron")
    other = world.resident()
    await other.says(f"/klaim {number} {pin}")  # used up
    await other.sees("error.no_claim")
    await siti.presses("button.release", shown)
    await siti.sees("claim.released", number)
    await phone.says(number)
    await phone.sees("error.no_ticket")


@story()
async def guesses_at_numbers_are_slowed_but_not_one_s_own(world: World) -> None:
    siti, thief = world.resident(), world.resident()
    number = await complains(siti, "bpkpd")
    own = await complains(thief, "bpkpd", "Tagihan salah di desa Baron")
    for _ in range(10):
        await thief.says(number)
        await thief.sees("error.no_ticket")
    await thief.says(number)
    await thief.sees("error.too_many_tries")
    await thief.says(own)
    await thief.sees(own, "resident_state.baru")
