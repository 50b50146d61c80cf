"""What operators do beyond answering: prompts, held and ready-made answers, notes, roles, topics, queue and figures.

Those of the first part are played by real processes, too, in a program apart: each works with an agency of its own there.
"""

from __future__ import annotations

from datetime import timedelta

from domain.messages import Location, Media
from domain.people import Role
from domain.ticket import Follower, NewTicket, Place
from services.cards import CROWDED
from services.desks import dismiss
from services.tickets import follow, open_ticket
from tests.flows.drivers import CLOCK, GROUPS, FakePerson, Message, TurnsWorld, Voice, World
from tests.flows.stories import REGION, complains, story, words_of

FORMULA = "Terima kasih atas laporannya, akan kami tindak lanjuti."


async def card_of(desk: Voice, number: str) -> Message:
    return await desk.sees(number, "state.baru")


async def unfolds(desk: Voice, card: Message, label: str) -> None:
    await desk.presses("button.more", card)
    await desk.world.until(lambda: any(label in one for one in card.labels))


# Answers and words


@story(apart=True)
async def an_empty_formula_waits_for_a_press(world: World) -> None:
    desk, siti = await world.desk("dlhp"), world.resident()
    number = await complains(siti, "dlhp")
    card = await card_of(desk, number)
    await desk.says(FORMULA, to=card)
    held = await desk.sees("desk.formula", number)
    await desk.presses("button.send_anyway", held)
    await siti.sees("letter.answer", FORMULA)
    await desk.sees("desk.answered", number)
    await desk.presses("button.send_anyway", held)  # once only
    await siti.hears_nothing()
    await desk.hears_nothing()


@story(apart=True)
async def a_ready_made_answer_goes_out_only_when_somebody_presses(world: World) -> None:
    desk, siti = await world.desk("dpupr"), world.resident()
    number = await complains(siti, "dpupr")
    card = await card_of(desk, number)
    await unfolds(desk, card, words_of("button.ready"))
    await desk.presses("button.ready", card)
    await desk.presses("Jalan ditambal", await desk.sees("desk.choose_answer", number))
    shown = await desk.sees("desk.ready", number, "tambal sulam")
    assert "{" not in shown.text
    await siti.hears_nothing()
    await desk.presses("button.change", shown)
    await desk.sees("desk.rewrite", number)
    await desk.presses("button.send_answer", shown)
    await siti.sees("letter.answer", number, "tambal sulam")
    await desk.sees("desk.answered", number)


@story(apart=True)
async def a_question_to_the_resident_stops_the_clock(world: World) -> None:
    desk, siti = await world.desk("dishub"), world.resident()
    number = await complains(siti, "dishub")
    card = await card_of(desk, number)
    assert "⏰" in card.text
    await unfolds(desk, card, "Minta keterangan")
    await desk.presses("button.tunda", card)
    await desk.says("Tiang nomor berapa?", to=await desk.sees("desk.ask_tunda", number))
    asked = await siti.sees("letter.held", "Tiang nomor berapa?")
    await desk.sees("desk.did_tunda", number)
    await desk.becomes(card, "state.tunda", "card.clock_stands")
    await siti.says("Tiang nomor 14", to=asked)
    await siti.sees("status.added")
    await desk.sees("note.resident", "Tiang nomor 14")
    await desk.becomes(card, "state.proses")


@story(apart=True)
async def a_note_stays_among_operators(world: World) -> None:
    desk, siti = await world.desk("disperindag"), world.resident()
    number = await complains(siti, "disperindag")
    card = await card_of(desk, number)
    await desk.says("/catat Pelapor ini sering keliru", to=card)
    await desk.sees("desk.did_catat", number)
    await desk.sends_photo("/catat Ini fotonya", to=card)
    await desk.sees("desk.did_catat", number)
    await unfolds(desk, card, "Catatan")
    await desk.presses("button.note", card)
    await desk.says("Kios nomor 7", to=await desk.sees("desk.ask_catat"))
    await desk.sees("desk.did_catat", number)
    await siti.says("/status")
    await siti.presses(number, await siti.sees(number))
    timeline = await siti.sees(number)
    assert not [word for word in ("keliru", "Kios", "/catat") if word in timeline.text]


# Two operators


@story(GROUPS, CLOCK)
async def a_second_answer_to_a_ticket_that_changed_is_refused_with_what_changed(world: World) -> None:
    desk, siti = await world.desk("dlhp"), world.resident()
    ani = await world.colleague(desk, "dlhp")
    number = await complains(siti, "dlhp")
    await card_of(desk, number)
    await siti.says("Baunya sampai rumah", to=siti.messages()[-1])
    await siti.sees("status.added")
    note = await desk.sees("note.resident")
    await desk.says("Besok kami angkut.", to=note)
    await siti.sees("Besok kami angkut.")
    await desk.sees("desk.answered")
    await ani.says("Minggu depan kami angkut.", to=note)
    refusal = await ani.sees("sudah berubah sejak", "Petugas: Besok kami angkut.")
    await siti.hears_nothing()
    await ani.says("Ralat: lusa kami angkut.", to=refusal)
    await siti.sees("Ralat: lusa kami angkut.")
    await ani.sees("desk.answered")


@story(GROUPS, CLOCK)
async def who_saw_the_card_change_may_answer(world: World) -> None:
    desk, siti = await world.desk("dlhp"), world.resident()
    ani = await world.colleague(desk, "dlhp")
    number = await complains(siti, "dlhp")
    card = await card_of(desk, number)
    await desk.presses("button.ambil", card)
    await desk.sees("desk.taken_by")
    await siti.sees("letter.taken")
    await ani.says("Besok kami angkut.", to=card)
    await siti.sees("Besok kami angkut.")


# Roles


@story(GROUPS, CLOCK)
async def only_a_head_puts_a_report_away(world: World) -> None:
    assert isinstance(world, TurnsWorld)
    desk, siti = await world.desk("dlhp"), world.resident()
    head = await world.colleague(desk, "dlhp", Role.HEAD)
    number = await complains(siti, "dlhp")
    card = await card_of(desk, number)
    await unfolds(desk, card, "Catatan")
    assert not [label for label in card.labels if "Arsip" in label]
    ticket = card.shown.data_of("✋ Ambil").split(":")[1]
    await desk.presses_data(card, f"k:{ticket}:arsip")
    assert "Hanya atasan dinas" in world.toasts[-1]
    await desk.presses_data(card, f"k:{ticket}:arsip:iseng")
    assert "Hanya atasan dinas" in world.toasts[-1]
    await desk.presses("button.fewer", card)
    await unfolds(head, card, "Arsip")
    await head.presses("button.arsip", card)
    await head.presses("Bukan laporan", await head.sees("desk.choose_archive"))
    await siti.sees("letter.archived", number, "bukan laporan")
    await head.becomes(card, "state.arsip", labels=[])


@story(GROUPS, CLOCK)
async def a_removed_operator_is_not_obeyed_from_the_next_press_on(world: World) -> None:
    assert isinstance(world, TurnsWorld)
    desk, siti = await world.desk("dlhp"), world.resident()
    number = await complains(siti, "dlhp")
    card = await card_of(desk, number)
    async with world.store.unit() as unit:
        (member,) = await unit.people.members()
        assert await dismiss(world.parts.app, unit, member.operator_id) == ["dlhp"]
        await unit.commit()
    await desk.presses("button.ambil", card)
    assert "Hanya petugas terdaftar" in world.toasts[-1]
    await desk.says("Besok kami angkut.", to=card)
    await desk.sees("error.not_operator")
    await desk.says("/antrian")
    await desk.sees("error.not_operator")
    await siti.hears_nothing()


@story(GROUPS, CLOCK)
async def a_colleagues_ticket_is_not_passed_on(world: World) -> None:
    assert isinstance(world, TurnsWorld)
    desk, siti = await world.desk("dlhp"), world.resident()
    ani = await world.colleague(desk, "dlhp")
    number = await complains(siti, "dlhp")
    card = await card_of(desk, number)
    await desk.presses("button.ambil", card)
    await desk.sees("desk.taken_by")
    await ani.presses("button.disposisi", card)
    assert "Rekan Anda" in world.toasts[-1]
    await desk.presses("button.disposisi", card)
    await desk.sees("desk.choose_agency", number)


@story(GROUPS, CLOCK)
async def an_agency_refuses_with_a_reason_and_the_coordinator_gets_it(world: World) -> None:
    desk, siti = await world.desk("dlhp"), world.resident()
    center = await world.desk(REGION.coordinator, Role.COORDINATOR)
    number = await complains(siti, "dlhp")
    card = await card_of(desk, number)
    await unfolds(desk, card, "Tolak")
    await desk.presses("button.tolak", card)
    await desk.says("Itu jalan provinsi", to=await desk.sees("desk.ask_tolak"))
    there = await center.sees(number, "state.verifikasi", "ditolak dinas")
    await center.sees("Itu jalan provinsi")
    await desk.sees("desk.did_tolak")
    await unfolds(center, there, "Bukan wewenang")
    await center.presses("button.bukan_wewenang", there)
    await center.says("Dinas PU Provinsi", to=await center.sees("desk.ask_bukan_wewenang"))
    await siti.sees("letter.not_ours", "Dinas PU Provinsi")


# Topics


@story(GROUPS, CLOCK)
async def in_a_forum_each_ticket_has_its_topic(world: World) -> None:
    assert isinstance(world, TurnsWorld)
    desk, siti = await world.desk("dlhp", Role.HEAD, forum=True), world.resident()
    number = await complains(siti, "dlhp")
    card = await card_of(desk, number)
    topic = world.fake.group(int(desk.chat)).topic_named(f"{number} {subject_of(card)}")
    assert card.shown.thread_id == topic
    inside = in_topic(world, desk, topic)
    await inside.says("Siapa yang ambil?")  # talk: it "replies" to the message that opened the topic
    await siti.hears_nothing()
    await inside.says("/catat Sudah ditelepon")
    assert (await desk.sees("desk.did_catat")).shown.thread_id == topic
    await inside.says("Besok kami angkut.", to=card)
    await siti.sees("Besok kami angkut.")
    assert (await desk.sees("desk.answered")).shown.thread_id == topic
    await siti.presses("button.done_yes")
    await siti.sees("status.confirmed")
    assert [call.params["message_thread_id"] for call in world.fake.called("closeForumTopic")] == [topic]
    assert (await desk.sees("note.confirmed")).shown.thread_id == topic


def subject_of(card: Message) -> str:
    """The second line says kind, subject and agency."""
    return card.text.splitlines()[1].partition(": ")[2].partition(" · ")[0]


def in_topic(world: TurnsWorld, desk: Voice, topic: int) -> FakePerson:
    assert isinstance(desk, FakePerson)
    return world.member(desk.chat, desk, topic)


@story(GROUPS, CLOCK)
async def a_closed_topic_opens_again_with_its_ticket(world: World) -> None:
    assert isinstance(world, TurnsWorld)
    desk, siti = await world.desk("dlhp", forum=True), world.resident()
    card = await card_of(desk, await complains(siti, "dlhp"))
    await desk.says("Besok kami angkut.", to=card)
    await siti.sees("Besok kami angkut.")
    await siti.presses("button.done_yes")
    done = await siti.sees("status.confirmed")
    ticket = card.shown.data_of("⋯ Lainnya").split(":")[1] if card.shown.buttons else ticket_in(siti)
    await siti.presses_data(done, f"reopen:{ticket}")
    await siti.sees("status.reopened")
    assert len(world.fake.called("reopenForumTopic")) == 1


def ticket_in(person: Voice) -> str:
    """The id of the ticket below the newest message that has a button for one."""
    rows = [row for message in reversed(person.messages()) for row in message.shown.buttons]
    return next(data.split(":")[1] for row in rows for _, data in row if data.startswith("ticket:"))


@story(GROUPS, CLOCK)
async def a_forum_in_which_we_may_open_no_topic_works_like_a_group(world: World) -> None:
    assert isinstance(world, TurnsWorld)
    desk, siti = await world.desk("dlhp", forum=True), world.resident()
    world.fake.group(int(desk.chat)).state.may_manage_topics = False
    card = await card_of(desk, await complains(siti, "dlhp"))
    assert card.shown.thread_id is None
    await desk.says("Besok kami angkut.", to=card)
    await siti.sees("Besok kami angkut.")
    assert (await desk.sees("desk.answered")).quotes == card.id


@story(GROUPS, CLOCK)
async def a_topic_that_somebody_deleted_costs_no_answer(world: World) -> None:
    assert isinstance(world, TurnsWorld)
    desk, siti = await world.desk("dlhp", forum=True), world.resident()
    card = await card_of(desk, await complains(siti, "dlhp"))
    world.fake.group(int(desk.chat)).state.topics.clear()
    await siti.says("Baunya sampai rumah", to=siti.messages()[-1])
    await siti.sees("status.added")
    assert (await desk.sees("Baunya sampai rumah")).shown.thread_id is None
    await desk.says("Besok kami angkut.", to=card)
    await siti.sees("Besok kami angkut.")


# Lists


@story(GROUPS, CLOCK)
async def the_queue_shows_overdue_tickets_first_and_their_cards_on_demand(world: World) -> None:
    assert isinstance(world, TurnsWorld)
    desk, siti = await world.desk("dlhp"), world.resident()
    await desk.says("/antrian")
    await desk.sees("queue.empty")
    late = await complains(siti, "dlhp")
    await card_of(desk, late)
    world.clock.forward(days=40)
    fresh = await complains(siti, "dlhp", "Ada sampah lagi di dekat balai desa Baron")
    await card_of(desk, fresh)
    await desk.says("/antrian@SapaUjiBot")
    queue = await desk.sees(late, fresh, "2 menunggu", "🔴", "40 hari")
    assert queue.text.index(late) < queue.text.index(fresh)
    await desk.presses(late, queue)
    again = await desk.sees(late, "card.late", "state.baru")
    await desk.presses("button.ambil", again)
    await desk.sees("desk.taken_by")
    await desk.becomes(again, "state.proses")
    await siti.sees("letter.taken")
    await desk.says("Besok kami angkut.", to=again)
    await siti.sees("Besok kami angkut.")
    await desk.sees("desk.answered")
    await desk.says("/antrian")
    assert late not in (await desk.sees(fresh, "1 menunggu")).text


@story(GROUPS, CLOCK)
async def a_search_finds_what_is_mine_and_says_the_same_of_what_is_not(world: World) -> None:
    desk, other, siti = await world.desk("dlhp"), await world.desk("dpupr"), world.resident()
    center = await world.desk(REGION.coordinator, Role.COORDINATOR)
    number = await complains(siti, "dlhp", "Kasur bekas dibuang di dekat balai desa Baron")
    await card_of(desk, number)
    for voice in (desk, center):
        for words in (number, "kasur baron"):
            await voice.says(f"/cari {words}")
            await voice.sees(number)
    for words in (number, "MGT-26-999999-X", "kasur baron", "xx"):
        await other.says(f"/cari {words}")
        await other.sees("queue.nothing_found")
    await desk.says("/cari")
    await desk.sees("queue.how_to_search")


@story(GROUPS, CLOCK)
async def every_desk_gets_its_figures_once_on_a_working_morning(world: World) -> None:
    assert isinstance(world, TurnsWorld)
    desk, idle, siti = await world.desk("dlhp"), await world.desk("dpupr"), world.resident()
    await card_of(desk, await complains(siti, "dlhp"))
    await desk.says("/rekap")
    await desk.sees("Rekap DLHP", "Baru: 1", "Masih terbuka: 1")
    await idle.says("/rekap")
    await idle.sees("digest.nothing")
    app = world.parts.app
    morning = next(app.calendar.days_from(app.today() + timedelta(days=1)))
    world.clock.ahead += app.calendar.opening(morning) - app.now() + timedelta(minutes=1)
    for _ in range(3):
        await world.parts.worker.tick()
        await world.parts.worker.drain()
    texts = [message.text for message in desk.messages() if "Rekap" in message.text]
    assert len(texts) == 2  # the one that was asked for, and the morning's
    await idle.hears_nothing()


@story(GROUPS, CLOCK)
async def many_new_tickets_at_once_share_one_message(world: World) -> None:
    assert isinstance(world, TurnsWorld)
    desk, siti = await world.desk("dlhp"), world.resident()
    await card_of(desk, await complains(siti, "dlhp"))
    async with world.store.unit() as unit:
        first = await unit.tickets.get(1)
        assert first
        one = NewTicket(first.kind, first.agency, first.category, "Sampah", first.resident_id, first.channel, first.address)
        opened = [await open_ticket(world.parts.app, unit, one) for _ in range(CROWDED + 3)]
        await unit.commit()
    await world.parts.worker.drain()
    assert len(desk.messages()) == 2 + CROWDED + 1  # welcome, the first card, cards, and one list
    listed = desk.messages()[-1]
    assert listed.labels == [ticket.number for ticket in opened[-3:]]
    world.read[desk.chat] = len(desk.messages())
    await desk.presses(opened[-1].number, listed)
    card = await desk.sees(opened[-1].number, "state.baru")
    await desk.presses("button.ambil", card)
    await desk.becomes(card, "state.proses")


# Where it goes


@story(GROUPS, CLOCK)
async def words_that_name_an_office_decide_where_nothing_else_does(world: World) -> None:
    desk, siti = await world.desk("dikpora"), world.resident()
    await siti.says("/petugas")
    await siti.sees("operator.ask")
    await siti.says("Mau tanya ke Dinas Pendidikan, kapan libur akhir semester?")
    await siti.sees("operator.passed_on", REGION.agencies["dikpora"].name)
    await desk.sees("namanya disebut", "Pertanyaan")


# What a card says


@story(GROUPS, CLOCK)
async def a_card_shows_all_that_an_operator_decides_by(world: World) -> None:
    assert isinstance(world, TurnsWorld)
    desk, siti = await world.desk("dlhp"), world.resident()
    plain = await card_of(desk, await complains(siti, "dlhp"))
    assert not [word for word in ("MENDESAK", "rahasia", "anonim", "openstreetmap") if word in plain.text]
    budi = world.resident()
    await budi.says("/bantuan")
    category = next(one for one in REGION.categories.values() if one.agency == "dlhp" and len(one.needs) > 1)
    async with world.store.unit() as unit:
        first = await unit.tickets.get(1)
        assert first
        told = NewTicket(
            first.kind, "dlhp", category.id, "Limbah", first.resident_id, first.channel, first.address,
            place=Place("belakang pasar", pin=Location(-7.65, 111.33)), media=(Media("photo", "x", "y"),), anonymous=True,
            confidential=True, urgent=True, routed_by="category", missing=category.needs[:1],
        )  # fmt: skip
        ticket = await open_ticket(world.parts.app, unit, told)
        await follow(world.parts.app, unit, ticket, Follower(ticket.resident_id + 1, "telegram", "999"))
        await unit.commit()
    await world.parts.worker.drain()
    card = desk.messages()[-1] if desk.messages()[-1].labels else desk.messages()[-2]
    missing = REGION.needs[category.needs[0]].label
    map_link = "https://www.openstreetmap.org/?mlat=-7.65000&mlon=111.33000"
    marks = ("MENDESAK", "rahasia", "anonim", f"Pelapor #{ticket.alias}", map_link, "1 foto", f"belum ada: {missing}")
    clocks = ("Jawab paling lambat", "Tanggapi paling lambat", "karena jenis laporannya")
    assert not [word for word in (*marks, *clocks, "+1 warga") if word not in card.text]


@story(GROUPS, CLOCK)
async def a_prompt_is_understood_after_a_restart(world: World) -> None:
    assert isinstance(world, TurnsWorld)
    desk, siti = await world.desk("dlhp"), world.resident()
    card = await card_of(desk, await complains(siti, "dlhp"))
    await unfolds(desk, card, "Minta keterangan")
    await desk.presses("button.tunda", card)
    prompt = await desk.sees("desk.ask_tunda")
    await world.restart()
    await desk.says("Patokannya apa?", to=prompt)
    await siti.sees("letter.held", "Patokannya apa?")
    await desk.sees("desk.did_tunda")
    await desk.says("Berapa hari sudah?", to=prompt)  # once more: the ticket waits already
    await desk.sees("error.move_tunda")
    await siti.hears_nothing()


@story(GROUPS, CLOCK)
async def a_held_answer_that_was_overtaken_says_what_changed(world: World) -> None:
    desk, siti = await world.desk("dlhp"), world.resident()
    ani = await world.colleague(desk, "dlhp")
    card = await card_of(desk, await complains(siti, "dlhp"))
    await ani.says(FORMULA, to=card)
    held = await ani.sees("desk.formula")
    await desk.says("Besok kami angkut.", to=card)
    await siti.sees("Besok kami angkut.")
    await desk.sees("desk.answered")
    await ani.presses("button.send_anyway", held)
    refusal = await ani.sees("sudah berubah sejak", "Besok kami angkut.")
    await siti.hears_nothing()
    await ani.presses("button.send_anyway", refusal)
    await siti.sees(FORMULA)
