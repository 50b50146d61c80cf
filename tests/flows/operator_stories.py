"""What operators live through: their group, cards, answers, and whom they need not fear.

Many of these are played at once in one program: each works with agencies that no other story reports to.
"""

from __future__ import annotations

from tests.doubles import media
from tests.flows.drivers import CLOCK, DOCUMENTS, GROUPS, SAME, SERVICE, FakePerson, FakeWorld, Message, TurnsWorld, Voice, World
from tests.flows.stories import REGION, comes_to_summary, complains, kind_of, number_in, reaches_summary, sends, story, words_of

FIRST = ["button.ambil", "button.balas", "button.disposisi", "button.more"]


async def has_card(desk: Voice, number: str, *words: str) -> Message:
    """The next message in the group is the card of a new ticket."""
    card = await desk.sees(number, "state.baru", *words)
    assert card.labels == [words_of(label) for label in FIRST]
    return card


# One ticket, from both sides


@story()
async def a_ticket_from_card_to_end_and_open_again(world: World) -> None:
    desk, siti = await world.desk("bpbd"), world.resident()
    number = await complains(siti, "bpbd")
    card = await has_card(desk, number, kind_of("bpbd"), "Desa Baron", "Ada kerusakan")
    await desk.presses("button.ambil", card)
    await desk.sees(number)
    await siti.sees("letter.taken", number)
    await desk.becomes(card, "state.proses", labels=["button.balas", "button.disposisi", "button.tunda", "button.more"])
    await desk.says("Besok kami datangi.", to=card)
    await siti.sees(number, "Besok kami datangi.")
    assert (await desk.sees("desk.answered", number)).quotes == card.id
    await desk.becomes(card, "state.dijawab", labels=["button.balas", "button.selesai", "button.disposisi", "button.more"])
    await desk.presses("button.selesai", card)
    reasons = await desk.sees("desk.choose_reason", number)
    await desk.presses("Sudah ditindaklanjuti", reasons)
    closed = await siti.sees("letter.closed", number)
    await siti.presses("button.done_no", closed)
    await siti.sees("status.reopened", number)
    assert (await desk.sees("note.reopened", number)).quotes == card.id
    await desk.becomes(card, "state.dibuka_lagi")
    await siti.says("Belum didatangi sampai hari ini")
    await siti.sees("status.added")
    assert (await desk.sees("Belum didatangi sampai hari ini")).quotes == card.id


@story()
async def the_resident_adds_by_replying_and_by_button(world: World) -> None:
    desk, siti = await world.desk("rsud"), world.resident()
    number = await complains(siti, "rsud")
    card = await has_card(desk, number)
    sent = siti.messages()[-1]
    await siti.says("Dekat pertigaan", to=sent)
    added = await siti.sees("status.added", number)
    assert (await desk.sees("note.resident", "Dekat pertigaan")).quotes == card.id
    await siti.says("/status")
    await siti.sees(number)
    await siti.presses(number)
    await siti.sees(number, "Dekat pertigaan")
    await siti.presses("button.add")
    await siti.sees("status.ask_more", number)
    await siti.says("Lubangnya tambah dalam")
    await siti.sees("status.added", number)
    note = await desk.sees("Lubangnya tambah dalam")
    assert note.quotes == card.id
    await desk.says("Terima kasih, lusa kami tambal.", to=note)
    await siti.sees("Terima kasih, lusa kami tambal.")
    assert added.id != note.id


@story()
async def while_an_operator_talks_the_bot_keeps_still(world: World) -> None:
    desk, siti = await world.desk("dinsos"), world.resident()
    number = await complains(siti, "dinsos")
    card = await has_card(desk, number)
    await desk.says("Sudah kami datangi kemarin. Ada yang kurang?", to=card)
    await siti.sees("Sudah kami datangi kemarin.")
    await desk.sees("desk.answered")
    await siti.says("Dekat pertigaan, pak")
    await siti.sees("talk.passed_on", number)
    assert (await desk.sees("Dekat pertigaan, pak")).quotes == card.id
    await siti.says("tadi pagi")
    assert (await desk.sees("tadi pagi")).quotes == card.id
    await siti.says("Tolong, ada kebakaran di rumah tetangga!")
    await siti.sees(REGION.emergencies[0].number)
    await desk.sees("ada kebakaran di rumah tetangga")
    await siti.says("/menu")
    await siti.sees("talk.over")
    await siti.sees("start.greeting")
    await siti.says("Dekat pertigaan, pak")  # the resident turned to the bot: now it asks, once
    await siti.sees("status.continue", number)
    await siti.says("yang catnya hijau")
    await siti.sees("status.continue", number)
    await siti.presses("button.continue")
    await siti.sees("status.added", number)
    await desk.sees("Dekat pertigaan, pak\nyang catnya hijau")


@story(GROUPS, CLOCK)
async def later_than_half_an_hour_the_bot_asks_what_it_is_about(world: World) -> None:
    assert isinstance(world, TurnsWorld)
    desk, siti = await world.desk("dinsos"), world.resident()
    number = await complains(siti, "dinsos")
    card = await has_card(desk, number)
    await desk.says("Sudah kami datangi kemarin.", to=card)
    await siti.sees("Sudah kami datangi kemarin.")
    await siti.says("Dekat pertigaan, pak")
    await siti.sees("talk.passed_on", number)
    world.clock.forward(minutes=31)
    await siti.says("Dekat pertigaan, pak")
    await siti.sees("talk.over")
    await siti.sees("status.continue", number)
    await siti.presses("button.continue")
    await siti.sees("status.added", number)


@story()
async def after_an_answer_something_new_takes_its_own_way(world: World) -> None:
    desk, siti = await world.desk("tphp"), world.resident()
    number = await complains(siti, "tphp")
    card = await has_card(desk, number)
    await desk.says("Sudah kami tegur.", to=card)
    await siti.sees("Sudah kami tegur.")
    await desk.sees("desk.answered")
    await siti.says("Cara mengurus KTP hilang bagaimana?")
    await siti.sees("status.continue", number)
    await siti.presses("button.fresh")
    await siti.sees("KTP hilang", REGION.agencies["disdukcapil"].name)
    await siti.says("Kalau KTP rusak, syaratnya apa?")  # asked once is enough
    first = await siti.sees()
    assert words_of("status.continue") not in first.text


@story()
async def the_last_word_is_understood_in_javanese(world: World) -> None:
    desk, siti = await world.desk("disnakkan"), world.resident()
    await siti.says("/bahasa")
    await siti.sees("language.choose")
    await siti.presses("Basa Jawa")
    siti.language = "jv"
    await siti.sees("language.changed")
    await siti.says("/lapor")
    await siti.sees("report.what")
    await siti.says("Lembu kula gerah sedaya wonten desa Nitikan")
    await siti.sees("report.photo")
    await siti.presses("button.without_photo")
    await reaches_summary(siti)
    await siti.presses("button.edit_category")
    await siti.sees("report.category")
    await siti.presses(kind_of("disnakkan"))
    await reaches_summary(siti)
    number = number_in(await sends(siti))
    card = await desk.sees(number)
    await desk.says("Sampun kulo cek, wonten barangipun.", to=card)
    await siti.sees("letter.answer", number)
    await siti.says("sampun")
    await siti.sees("status.confirmed", number)
    await siti.says("sae sanget")
    await siti.sees("status.rated", number)


@story(apart=True)
async def the_last_word_is_the_residents_also_in_words(world: World) -> None:
    desk, siti, budi = await world.desk("disbudpar"), world.resident(), world.resident()
    number = await complains(siti, "disbudpar", "Ada kekeliruan di desa Nitikan")
    card = await has_card(desk, number)
    await comes_to_summary(budi, "Ada kekeliruan di desa Nitikan")
    await budi.presses("button.edit_category")
    await budi.sees("report.category")
    await budi.presses(kind_of("disbudpar"))
    await budi.sees("Ini laporan Anda")
    await budi.presses("button.send")
    await budi.sees("report.same")
    await budi.presses("button.same")
    await budi.sees("report.joined", number)
    await desk.says("Sudah kami perbaiki, telepon 081234567890.", to=card)
    answer = await siti.sees("letter.answer", "081234567890")
    followed = await budi.sees("Sudah kami perbaiki")
    assert "0812" not in followed.text
    assert followed.labels == [words_of("button.ticket"), words_of("button.unfollow")]
    await desk.sees("desk.answered")
    await siti.says("Belum pak, namanya masih salah")
    await siti.sees("status.reopened_with", number)
    await budi.sees("follower.reopened", number)
    await desk.sees("note.reopened")
    await desk.sees("namanya masih salah")
    await desk.says("Sekarang sudah benar.", to=card)
    await siti.sees("Sekarang sudah benar.")
    await budi.sees("Sekarang sudah benar.")
    await desk.sees("desk.answered")
    await siti.says("Wis beres")
    await siti.sees("status.confirmed", number)
    await budi.sees("follower.confirmed", number)
    await desk.sees("note.confirmed")
    await siti.presses("button.done_yes", answer)  # once more
    await siti.sees("status.confirmed_before", number)
    await siti.says("baik")
    await siti.sees("status.rated", number)
    await desk.sees("note.rated", "rating.3")
    await siti.presses("button.rate_2")
    await siti.sees("status.rated_again", number, "button.rate_2")
    await desk.sees("note.rated", "rating.2")


@story(SAME)
async def photos_go_both_ways(world: World) -> None:
    desk, siti = await world.desk("satpolpp"), world.resident()
    await siti.sends_photo("Ada kerusakan di desa Baron")
    await siti.sees("report.more_photos")
    await siti.presses("button.go_on")
    await reaches_summary(siti)
    await siti.presses("button.edit_category")
    await siti.sees("report.category")
    await siti.presses(kind_of("satpolpp"))
    await siti.sees("Ini laporan Anda")
    number = number_in(await sends(siti))
    card = await has_card(desk, number)
    photo = await desk.sees("card.file", number)
    assert (photo.kind, photo.quotes) == ("photo", card.id)
    await desk.sends_photo("Sudah bersih", to=photo)  # a reply to the photo is as good as one to the card
    await siti.sees(number, "Sudah bersih")
    assert (await siti.sees("letter.file", number)).kind == "photo"


@story(DOCUMENTS, apart=True)  # with an agency that another story works with
async def documents_go_both_ways_as_clean_copies(world: World) -> None:
    assert isinstance(world, FakeWorld)
    desk, siti = await world.desk("p2kbp3a"), world.resident()
    assert isinstance(desk, FakePerson)
    number = await complains(siti, "p2kbp3a")
    sent, card = siti.messages()[-1], await has_card(desk, number)
    raw = await siti.sends_file(media.picture_of("HEIF", 21), "IMG_0021.HEIC", to=sent)
    await siti.sees("status.added", number)
    assert (await desk.sees("note.resident", number)).quotes == card.id
    shown = await desk.sees("card.file", number)
    assert (shown.kind, shown.quotes) == ("photo", card.id)
    offer = await siti.sees("letter.gps", number)
    await siti.presses("button.gps_yes", offer)
    await siti.sees("evidence.used", number)
    await desk.sees("note.resident", number, "titik -7.65433")
    letter = await desk.sends_file(media.pdf_with_photo(active=True), "surat.pdf", to=card)
    await siti.sees("letter.answer", number)
    answer = await siti.sees("letter.file", number)
    assert answer.kind == "document"
    assert {raw, letter}.isdisjoint({shown.shown.file_id, answer.shown.file_id})
    files = world.fake.world.files
    copies = files[shown.shown.file_id].data + files[answer.shown.file_id].data
    assert not [trace for trace in (*media.TRACES, b"SapaJahat") if trace in copies]


# Codes


@story(GROUPS)
async def a_group_is_bound_with_a_code_of_the_command_line(world: World) -> None:
    siti = world.resident()
    number = await complains(siti, "dpmptsp")  # before anybody works there
    group = world.group()
    admin = world.member(group, world.resident())
    for wrong in ("/ikat", "/ikat ABCDEFGHJK"):
        await admin.says(wrong)
        await admin.sees("error.bad_code")
    code = await world.invite("dpmptsp", by_hand=True)
    await admin.says(f"/ikat {code[:5].lower()}-{code[5:]}")
    await admin.sees("desk.bound", REGION.agencies["dpmptsp"].name)
    await has_card(admin, number)
    other = world.member(world.group(), world.resident())
    await other.says(f"/ikat {code}")
    await other.sees("error.bad_code")
    await other.hears_nothing()


@story(GROUPS, SAME)
async def a_second_operator_joins_with_a_code(world: World) -> None:
    desk, budi, siti = await world.desk("pdam"), world.resident(), world.resident()
    number = await complains(siti, "pdam")
    card = await has_card(desk, number)
    second = world.member(desk.chat, budi)
    await second.says("Air sudah mengalir", to=card)
    await second.sees("error.not_operator")
    code = await world.invite("pdam", "operator", by_hand=True)
    await budi.says(f"/ikat {code}")
    await budi.sees("operator.bind_in_group")
    await budi.says(f"/gabung {code}")
    await budi.sees("operator.joined", REGION.agencies["pdam"].name)
    await second.says("Air sudah mengalir", to=card)
    await siti.sees(number, "Air sudah mengalir")
    await world.resident().says(f"/gabung {code}")


@story(GROUPS, CLOCK)
async def a_code_is_good_once_for_a_day_and_for_one_thing(world: World) -> None:
    assert isinstance(world, TurnsWorld)
    late, wrong_kind = await world.invite("dpmptsp"), await world.invite("dpmptsp", "operator")
    admin = world.member(world.group(), world.resident())
    await admin.says(f"/ikat {wrong_kind}")
    await admin.sees("error.bad_code")
    world.clock.forward(hours=25)
    await admin.says(f"/ikat {late}")
    await admin.sees("error.bad_code")
    person = world.resident()
    for code in (wrong_kind, await world.invite("dpmptsp"), ""):
        await person.says(f"/gabung {code}")
        await person.sees("error.bad_code")


# Whose ticket it is


@story(GROUPS)
async def a_ticket_moves_to_another_agency_and_back(world: World) -> None:
    market, school, siti = await world.desk("disdukcapil"), await world.desk("dikpora"), world.resident()
    number = await complains(siti, "disdukcapil")
    card = await has_card(market, number)
    await market.presses("button.disposisi", card)
    choice = await market.sees("desk.choose_agency", number)
    await market.presses(REGION.agencies["dikpora"].short, choice)
    await siti.sees("letter.reassigned", REGION.agencies["dikpora"].name)
    await market.sees("desk.reassigned", REGION.agencies["dikpora"].name)
    there = await school.sees(number, "state.disposisi")
    await market.becomes(card, REGION.agencies["dikpora"].short, labels=[])
    await market.says("Kami jawab saja", to=card)  # not theirs any more
    await market.sees("error.not_operator")
    await school.presses("button.disposisi", there)
    await school.presses(REGION.agencies["disdukcapil"].short, await school.sees("desk.choose_agency"))
    await siti.sees("letter.reassigned", REGION.agencies["disdukcapil"].name)
    await market.sees("note.reassigned", number)
    await market.becomes(card, REGION.agencies["disdukcapil"].short, labels=FIRST)
    await school.becomes(there, labels=[])


@story(GROUPS, apart=True)
async def an_agency_without_a_group_is_served_by_the_coordinator(world: World) -> None:
    siti = world.resident()
    early = await complains(siti, "tphp")
    desk = await world.desk(REGION.coordinator)
    await has_card(desk, early, REGION.agencies["tphp"].short)
    number = await complains(siti, "disnakkan")
    card = await has_card(desk, number, REGION.agencies["disnakkan"].short)
    await desk.says("Dinas segera datang", to=card)
    await siti.sees(number, "Dinas segera datang")
    await desk.sees("desk.answered")
    own = await world.desk("disnakkan")
    shown = await own.sees(number, "state.dijawab")
    await siti.says("Terima kasih", to=siti.messages()[-1])
    await siti.sees("status.added")
    assert (await own.sees("note.resident")).quotes == shown.id


# Who is not obeyed


@story(GROUPS)
async def strangers_are_not_obeyed(world: World) -> None:
    desk, rival, siti, budi = await world.desk("disnaker"), await world.desk("dpmd"), world.resident(), world.resident()
    number = await complains(siti, "disnaker")
    card = await has_card(desk, number)
    stranger = world.member(desk.chat, budi)
    await stranger.presses("button.ambil", card)
    await stranger.says("Saya bereskan", to=card)
    await stranger.sees("error.not_operator")
    for voice, forged in await forgeries(world, rival, budi, card):
        await voice.presses_data(voice.messages()[0], forged)
        if not voice.is_group:
            await voice.sees("start.stale")
    await rival.hears_nothing()
    outsider = world.member(world.group(), world.resident())
    await outsider.says("Halo bot")
    await outsider.hears_nothing()
    assert (card.labels, "🆕" in card.text) == ([words_of(label) for label in FIRST], True)
    await siti.hears_nothing()


async def forgeries(world: World, rival: Voice, budi: Voice, card: Message) -> list[tuple[Voice, str]]:
    """Presses that no honest button makes: on a ticket of another agency, on none, with moves that do not exist."""
    taking = card.shown.data_of(words_of("button.ambil"))
    ticket = taking.split(":")[1]
    await budi.says("/batal")
    await budi.sees("start.nothing_to_cancel")
    numbers = ("999999", "-1", "x", "", "9" * 40)
    at_desk = [taking, f"k:{ticket}:ke:dpmd", f"k:{ticket}:buka", "k:", *(f"k:{number}:ambil" for number in numbers)]
    return [(budi, taking), (budi, f"k:{ticket}:selesai"), *((rival, data) for data in at_desk)]


@story()
async def a_resident_cannot_touch_what_is_not_theirs(world: World) -> None:
    siti, budi = world.resident(), world.resident()
    await complains(siti, "inspektorat")
    ticket = next(data for row in siti.messages()[-1].shown.buttons for _, data in row if data.startswith("ticket:"))
    await budi.says("/bantuan")
    below = await budi.sees("start.help")
    number = ticket.partition(":")[2]
    for forged in (ticket, f"add:{number}", f"reopen:{number}", f"continue:{number}", "ticket:x", "add:99999999999999999999"):
        await budi.presses_data(below, forged)
        await budi.sees("error.no_ticket")
    await budi.hears_nothing()


# Groups that change


@story(GROUPS, SERVICE)
async def a_group_becomes_a_supergroup(world: World) -> None:
    assert isinstance(world, FakeWorld)
    desk, siti = await world.desk("disbudpar"), world.resident()
    number = await complains(siti, "disbudpar")
    await has_card(desk, number)
    moved = await migrate(world, desk)
    card = await has_card(moved, number)  # the old one stayed in the old group
    await moved.says("Kami cek", to=card)
    await siti.sees(number, "Kami cek")
    await moved.sees("desk.answered")
    await moved.becomes(card, "state.dijawab")
    second = await complains(siti, "disbudpar")
    await has_card(moved, second)


async def migrate(world: FakeWorld, desk: Voice) -> Voice:
    assert isinstance(desk, FakePerson)
    new = str(int(desk.chat) - 2_000_000_000_000)
    await world.after(lambda: world.fake.group(int(desk.chat)).migrates(int(new), desk.voice))
    world.bound.add(new)
    return world.member(new, desk)


@story(GROUPS, SERVICE)
async def a_forum_group_works_like_any_other(world: World) -> None:
    assert isinstance(world, FakeWorld)
    group, person, siti = world.group(forum=True), world.resident(), world.resident()
    topic = await world.after(lambda: world.fake.group(int(group)).topic("Aduan", world.member(group, person).voice))
    operator = world.member(group, person, topic)
    await operator.says(f"/ikat {await world.invite('p2kbp3a')}")
    await operator.sees("desk.bound")
    world.bound.add(group)
    number = await complains(siti, "p2kbp3a")
    card = await has_card(operator, number)
    await operator.says("Obrolan kami saja")  # Telegram lets it "reply" to the message that opened the topic
    await operator.says("Besok kami datang", to=card)
    await siti.sees(number, "Besok kami datang")
    assert (await operator.sees("desk.answered")).quotes == card.id
