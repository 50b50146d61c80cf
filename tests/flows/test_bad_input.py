"""Whatever a resident sends gets a clear reply or is quietly kept: never a crash, never a half-made ticket."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.messages import Arrival
from domain.text import LONGEST_KEPT
from store import tables
from store.unit import Store
from tests.conftest import Clock
from tests.doubles.telegram_fake import TelegramFake
from tests.flows.drivers import FakePerson, TurnsWorld, Voice, words_of
from tests.flows.stories import comes_to_summary, complains, reaches_summary, sends
from tests.ledger import count

Json = dict[str, Any]

TEXTS = {
    "empty": "",
    "blank": " \n\t ",
    "long": "jalan rusak " * 834,
    "one long word": "a" * 10_000,
    "emoji": "🙏🏽👨‍👩‍👧‍👦🔥",
    "right to left": "مرحبا كيف حالك",
    "turned around": "\u202egnajanpis\u202c jalan \u2066rusak\u2069",
    "NUL": "ja\0lan\0",
    "only NUL": "\0\0",
    "lone surrogate": "jalan \ud83d rusak \udc00",
    "piled accents": "j" + "\u0301" * 3000,
    "unknown command": "/tidakada",
    "a slash": "/",
    "a command in parts": "/ lapor",
    "braces": "{text} {0} {number!r} %s",
    "mark-up": "**tebal <b>&amp;</i> **",
    "half mark-up": "**" * 50 + "_" * 50 + "`[](",
    "SQL": "'; DROP TABLE tickets; --",
    "numbers": "٣٤٥ MGT-٢٦-٠٠٠٠٠١-A",
}
CONTENTS: dict[str, Json] = {
    "view once": {},
    "unknown kind": {"hologram": {"file_id": "HgAC1", "depth": 3}},
    "contact": {"contact": {"phone_number": "+628123", "first_name": "Siti"}},
    "dice": {"dice": {"emoji": "🎲", "value": 4}},
    "nowhere": {"location": {"latitude": 0.0, "longitude": 0.0}},
    "off the globe": {"location": {"latitude": 900.0, "longitude": -900.0}},
    "joined": {"new_chat_members": [{"id": 5, "is_bot": False, "first_name": "Siti"}]},
}
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
STEPS = {  # the open question → what leads there
    "nothing": (),
    "what": ("/lapor",),
    "where": ("/lapor", "Selokan mampet"),
    "village": ("/lapor", "Selokan mampet", "dekat warung Bu Tini"),
    "namesakes": ("/lapor", "Selokan mampet", "desa Banjarejo"),
    "photo": ("/lapor", "Selokan mampet di desa Baron"),
    "confirm": ("/lapor", "Selokan mampet di desa Baron", "tidak ada"),
    "question": ("/petugas",),
}


@pytest.fixture
async def world(fake: TelegramFake, store: Store, database_url: str, clock: Clock) -> AsyncIterator[TurnsWorld]:
    fake.build.check = False  # no library would build such updates; Telegram's clients, and forgers, do
    async with TurnsWorld(fake, store, database_url, clock) as started:
        yield started
        async with store.reading() as unit:
            left = {state: await unit.inbox.count(state) for state in ("open", "dead")}
            letters = {state: await unit.outbox.count(state) for state in ("due", "claimed", "failed")}
        assert not any([*left.values(), *letters.values()]), (left, letters)


async def tickets(world: TurnsWorld) -> int:
    return await count(world.database_url, tables.tickets)


async def came(person: Voice) -> list[str]:
    """The new messages of ours."""
    read = person.world.read.get(person.chat, 0)
    texts = [message.text for message in person.messages()[read:]]
    person.world.read[person.chat] = len(person.messages())
    return texts


async def led_to(person: FakePerson, step: str) -> None:
    await person.says("/batal")
    for words in STEPS[step]:
        await person.says(words)
    await came(person)


@ON_SQLITE
@pytest.mark.parametrize("step", STEPS)
async def test_odd_words_at_every_step(world: TurnsWorld, step: str) -> None:
    await says_all(world, step)


async def test_odd_words_in_both_databases(world: TurnsWorld) -> None:
    """PostgreSQL keeps neither NULs nor lone surrogates."""
    await says_all(world, "question")


async def says_all(world: TurnsWorld, step: str) -> None:
    siti = world.resident()
    for name, text in TEXTS.items():
        await led_to(siti, step)
        before = await tickets(world)
        await siti.sends({"text": text})
        answers = await came(siti)
        assert answers, name
        assert all(answer.strip() and len(answer) <= 4096 for answer in answers), name
        made = await tickets(world) - before
        assert made == (step == "question" and words_of("operator.passed_on") in answers[-1]), name


@ON_SQLITE
@pytest.mark.parametrize("step", STEPS)
async def test_odd_things_at_every_step(world: TurnsWorld, step: str) -> None:
    siti = world.resident()
    for name, content in CONTENTS.items():
        await led_to(siti, step)
        await siti.sends(content)
        assert bool(await came(siti)) == (name != "joined"), name
    for send in (siti.voice.sends_sticker, siti.voice.sends_poll, siti.voice.sends_voice, siti.voice.sends_document):
        await led_to(siti, step)
        await siti.taken(send())
        assert await came(siti), send
    assert not await tickets(world)


@ON_SQLITE
async def test_ten_thousand_characters_are_a_report_like_any_other(world: TurnsWorld) -> None:
    siti = world.resident()
    await siti.says("/lapor")
    await siti.sees("report.what")
    await siti.says("Jalan rusak di desa Baron. " + "panjang sekali 👨‍👩‍👧 " * 400)
    await siti.sees("report.photo")
    await siti.says("tidak ada")
    await reaches_summary(siti, "Jalan rusak di desa Baron.", "…")
    await siti.says("ya")
    await siti.sees("report.sent")
    async with world.store.reading() as unit:
        ticket = await unit.tickets.get(1)
    assert ticket
    assert 3000 < len(ticket.text) <= LONGEST_KEPT


@ON_SQLITE
@pytest.mark.parametrize("long", ["kata panjang " * 310, "🙏🏽" * 1990], ids=["words", "emoji"])
async def test_long_words_reach_the_other_side_whole(world: TurnsWorld, long: str) -> None:
    desk, siti = await world.desk("bpkpd"), world.resident()
    await siti.says("/lapor")
    await siti.sees("report.what")
    await siti.says(long)
    await siti.sees("report.where")
    await siti.says(long)
    await siti.sees("report.village")
    await siti.says("tidak tahu")
    await siti.sees("report.photo")
    await siti.says("tidak ada")
    await reaches_summary(siti)
    await siti.presses("button.edit_category")
    await siti.sees("report.category")
    await siti.presses("PBB & pajak daerah")
    await siti.sees("Ini laporan Anda")
    await siti.says("ya")
    await siti.sees("report.sent")
    card = await desk.sees("state.baru")
    for voice, other in ((desk, siti), (siti, desk)):
        said = f"Besok {long}" if voice is desk else long  # an answer without a time would be held back
        await voice.says(said, to=card if voice is desk else siti.messages()[-1])
        got = "".join(await came(other))
        assert long[:3000].replace(" ", "") in got.replace(" ", "")
        assert other.messages()[-1].shown.quotes == (card.id if other is desk else None)
        await came(voice)


@ON_SQLITE
async def test_two_presses_on_send_make_one_ticket(world: TurnsWorld) -> None:
    siti = world.resident()
    await comes_to_summary(siti)
    await siti.presses("button.send", times=2)
    await siti.sees("report.sent")
    await siti.hears_nothing()
    assert await tickets(world) == 1
    assert world.toasts[-2:] == ["", f"Sudah terkirim: {(await of_siti(world)).number}"]


async def of_siti(world: TurnsWorld) -> Any:
    async with world.store.reading() as unit:
        return await unit.tickets.get(1)


@ON_SQLITE
async def test_send_and_cancel_at_once(world: TurnsWorld) -> None:
    siti = world.resident()
    summary = await comes_to_summary(siti)
    send, cancel = (summary.shown.data_of(words_of(f"button.{name}")) for name in ("send", "cancel"))
    await siti.taken(siti.voice.presses_data(summary.shown, cancel), siti.voice.presses_data(summary.shown, send))
    await siti.sees("start.cancelled")
    await siti.sees("start.stale")
    assert not await tickets(world)


@ON_SQLITE
async def test_the_buttons_of_an_old_draft_are_stale(world: TurnsWorld) -> None:
    siti = world.resident()
    old = await comes_to_summary(siti, "Jalan rusak di desa Baron")
    await siti.says("/lapor")
    await siti.sees("report.what")
    for label in ("button.send", "button.edit_place", "button.edit_files"):
        await siti.presses(label, old)
        await siti.sees("report.what")
    await siti.says("/batal")
    await siti.sees("start.cancelled")
    await siti.presses("button.send", old)
    await siti.sees("start.stale")
    assert not await tickets(world)
    assert words_of("start.stale_toast") in world.toasts


@ON_SQLITE
async def test_another_persons_buttons_do_nothing(world: TurnsWorld) -> None:
    siti, budi = world.resident(), world.resident()
    summary = await comes_to_summary(siti)
    await budi.says("/bantuan")
    below = await budi.sees("start.help")
    await budi.presses_data(below, summary.shown.data_of(words_of("button.send")))
    await budi.sees("start.stale")
    assert not await tickets(world)
    await sends(siti)
    assert (await of_siti(world)).address == siti.chat


FORGED = (
    "", ":", "::::", "domain:", "domain:x", "topic:", "topic:x", "part:", "part:x", "part:administrasi/ktp-hilang:",
    "part:administrasi/ktp-hilang:xyz", "part:administrasi/ktp-hilang:{0}", "language:", "language:xx", "report:x", "ticket:",
    "ticket:²", "add:", "reopen:1", "continue:1",
    "unfollow:1", "pin:1", "release:1", "done:1:yes", "rate:1:9", "fresh", "fresh:1", "none", "pass", "r", "r:", "r::send",
    "emergency", "k:1:ambil", "\0", "menu\0", "x" * 4000, "🙏" * 16, "\ud800",
)  # fmt: skip


async def test_forged_buttons(world: TurnsWorld) -> None:
    siti = world.resident()
    await siti.says("/bantuan")
    below = await siti.sees("start.help")
    for data in FORGED:
        await siti.says("/batal")
        await came(siti)
        await siti.presses_data(below, data)
        assert await came(siti), data
    assert not await tickets(world)


async def test_forged_buttons_of_an_own_draft(world: TurnsWorld) -> None:
    siti = world.resident()
    summary = await comes_to_summary(siti)
    draft = summary.shown.data_of(words_of("button.send")).rpartition(":")[0]
    for action in ("", "village:", "village:35.20.99.9999", "village:" + "9" * 500, "category:", "category:" + "x" * 500, "edit:",
                   "edit:x", "use_pin", "skip_village:7", "photo_done:x", "toString"):  # fmt: skip
        await siti.presses_data(summary, f"{draft}:{action}")
        await siti.sees("Desa Baron")
    await siti.presses_data(summary, f"{draft}:send:now:x")
    await siti.sees("report.sent")
    ticket = await of_siti(world)
    assert (ticket.category, ticket.place.village) == ("aduan/lainnya", "35.20.06.2016")


@ON_SQLITE
async def test_a_photo_without_words_waits_for_them(world: TurnsWorld) -> None:
    siti = world.resident()
    await siti.sends_photo()
    await siti.sees("report.what_with_file")
    assert not await tickets(world)
    await siti.says("/petugas")
    await siti.sees("operator.ask")
    await siti.sends_photo()
    await siti.sees("operator.ask")
    assert not await tickets(world)
    await siti.says("Surat ini asli atau palsu?")
    await siti.sees("operator.passed_on")
    async with world.store.reading() as unit:
        (entry,) = await unit.tickets.history(1)
    assert len(entry.media) == 1


@ON_SQLITE
async def test_the_same_photo_counts_once_and_ten_are_enough(world: TurnsWorld) -> None:
    siti = world.resident()
    await comes_to_summary(siti)
    same = world.fake.world.photo_json(b"the same")
    await siti.sends({"photo": same})
    await siti.sends({"photo": same})
    await siti.sees("Foto: 1")
    await siti.sees("Foto: 1")
    for _ in range(12):
        await siti.sends_photo()
    assert "Foto: 10" in (await came(siti))[-1]


@ON_SQLITE
async def test_edits_of_other_messages_are_only_kept(world: TurnsWorld) -> None:
    siti = world.resident()
    greeted = await siti.says("Selamat pagi")
    await siti.sees("start.greeting")
    await siti.rewrites(greeted, "/lapor")
    await siti.rewrites(greeted, "Jalan rusak di desa Baron")
    await siti.hears_nothing()
    number = await complains(siti, "bpkpd")
    await siti.rewrites(greeted, number)
    await siti.hears_nothing()


async def test_the_same_update_twice_is_answered_once(world: TurnsWorld) -> None:
    siti = world.resident()
    update = siti.voice.says("/start")
    await world.take([update, update])
    await siti.sees("start.greeting")
    await world.take([update])
    await siti.hears_nothing()


UNREADABLE: list[Json] = [
    {"update_id": 900_000_001},
    {"update_id": 900_000_002, "message": None},
    {"update_id": 900_000_003, "message": {"message_id": 1}},
    {"update_id": 900_000_004, "poll_answer": {"poll_id": "1", "option_ids": [0]}},
    {"update_id": 900_000_005, "message": {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "photo": "x"}},
]


@pytest.mark.parametrize("update", UNREADABLE, ids=lambda update: str(update["update_id"]))
async def test_what_cannot_be_read_is_set_aside_and_holds_nobody_up(
    fake: TelegramFake, store: Store, database_url: str, clock: Clock, update: Json
) -> None:
    async with TurnsWorld(fake, store, database_url, clock) as world:
        await world.take([update])
        for _ in range(5):
            clock.forward(seconds=3)
            await world.parts.worker.drain()
        siti = world.resident()
        await siti.says("/start")
        await siti.sees("start.greeting")
        async with store.reading() as unit:
            assert (await unit.inbox.count("open"), await unit.inbox.count("dead")) == (0, 1)


def test_a_raw_arrival_keeps_what_was_sent(fake: TelegramFake) -> None:
    """The test above goes through real JSON: surrogates and NULs arrive as escapes."""
    body = json.dumps({"text": TEXTS["lone surrogate"] + TEXTS["NUL"]})
    assert body.isascii()
    assert Arrival("telegram", "1", "telegram:1", 1, body).body == body
