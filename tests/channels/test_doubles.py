"""The doubles themselves: are they like the real thing, as far as other people's libraries can tell?"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiogram.types import Update as AiogramUpdate
from aiohttp import ClientConnectionError, ClientSession, MultipartWriter, web
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup, Update
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from tests.doubles import telegram_faults as faults
from tests.doubles.emulator import Emulator
from tests.doubles.postgres import Postgres
from tests.doubles.process import Sapa
from tests.doubles.telegram_fake import TelegramFake
from tests.doubles.telegram_html import HtmlError, parse_html
from tests.doubles.telegram_world import picture

Json = dict[str, Any]
FORUM = -1_001_234_567_890


@pytest.fixture(autouse=True)
def ptb_without_its_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """python-telegram-bot warns inside RetryAfter unless one opts in to timedelta."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
async def fake() -> AsyncIterator[TelegramFake]:
    async with TelegramFake() as started:
        yield started


@pytest.fixture
async def bot(fake: TelegramFake) -> AsyncIterator[Bot]:
    async with client(fake) as started:
        yield started


def client(server: TelegramFake | Emulator) -> Bot:
    """python-telegram-bot with its own HTTP client."""
    return Bot(server.token, base_url=f"{server.url}/bot", base_file_url=f"{server.url}/file/bot")


def buttons(*labels: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=f"d:{label}")] for label in labels])


class Hook:
    """A webhook that answers `status` (a list: one after the other, the last for ever)."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses or (200,))
        self.got: list[Json] = []
        self.secrets: list[str] = []
        self.url = ""

    async def __aenter__(self) -> Hook:
        app = web.Application()
        app.router.add_post("/hook", self._take)
        self.runner = web.AppRunner(app, access_log=None)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}/hook"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token", ""))
        self.got.append(await request.json())
        await asyncio.sleep(0.01)
        return web.Response(status=self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0])


# python-telegram-bot and the fake


async def test_send_edit_and_press(fake: TelegramFake, bot: Bot) -> None:
    siti = fake.person(11, "Siti")
    asked = siti.says("/start")
    sent = await bot.send_message(
        11, "Halo <b>Siti</b> &amp; kawan", parse_mode="HTML", reply_markup=buttons("Ya", "Tidak"),
        reply_to_message_id=asked["message"]["message_id"],
    )  # fmt: skip
    assert (sent.text, sent.entities[0].type) == ("Halo Siti & kawan", "bold")
    shown = siti.sees()[0]
    assert shown.buttons == [[("Ya", "d:Ya")], [("Tidak", "d:Tidak")]]
    assert shown.quotes == asked["message"]["message_id"]

    press = siti.presses(shown, "Ya")["callback_query"]
    assert await bot.answer_callback_query(press["id"])
    await bot.edit_message_text("Terima kasih", 11, sent.message_id)
    assert (shown.text, shown.buttons, shown.edits) == ("Terima kasih", [], 1)
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_text("Terima kasih", 11, sent.message_id)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("x", 11, 999)
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query("1")
    with pytest.raises(AssertionError, match="no button"):
        siti.presses(shown, "Ya")


async def test_refusals(fake: TelegramFake, bot: Bot) -> None:
    with pytest.raises(BadRequest, match=r"Can't parse entities: can't find end tag corresponding to start tag \"b\""):
        await bot.send_message(1, "<b>x", parse_mode="HTML")
    with pytest.raises(BadRequest, match="too long"):
        await bot.send_message(1, "🏛" * 2049)
    await bot.send_message(1, "<i>" + "🏛" * 2048 + "</i>", parse_mode="HTML")
    with pytest.raises(BadRequest, match="Button_data_invalid"):
        await bot.send_message(1, "x", reply_markup=InlineKeyboardMarkup.from_button(
            InlineKeyboardButton("y", callback_data="é" * 33)))  # fmt: skip
    with pytest.raises(BadRequest, match="to be replied not found"):
        await bot.send_message(1, "x", reply_to_message_id=77)
    key = ReplyKeyboardMarkup([[KeyboardButton("Lokasi", request_location=True)]])
    with pytest.raises(BadRequest, match="private chats only"):
        await bot.send_message(-5, "x", reply_markup=key)
    assert len(fake.delivered) == 1


async def test_json_form_multipart_and_query_are_the_same(fake: TelegramFake) -> None:
    form = {
        "chat_id": "7",
        "text": "12",
        "reply_markup": '{"inline_keyboard": [[{"text": "a", "callback_data": "b"}]]}',
    }
    url = f"{fake.url}/bot{fake.token}/sendMessage"
    async with ClientSession() as session:
        multipart = MultipartWriter("form-data")
        for name, value in form.items():
            multipart.append(value).set_content_disposition("form-data", name=name)
        as_json = {**form, "chat_id": 7, "reply_markup": json.loads(form["reply_markup"])}
        bodies: list[Json] = [{"data": form}, {"params": form}, {"data": multipart}, {"json": as_json}]
        for body in bodies:
            async with session.post(url, **body) as answer:
                assert (answer.status, (await answer.json())["result"]["text"]) == (200, "12")
        async with session.post(url, data=b"{", headers={"Content-Type": "application/json"}) as answer:
            assert answer.status == 400
    assert [call.params for call in fake.calls] == [as_json] * 4
    assert [one.buttons for one in fake.chat(7)] == [[[("a", "b")]]] * 4


async def test_media_and_files(fake: TelegramFake, bot: Bot) -> None:
    siti = fake.person(11)
    photo = siti.sends_photo("jalan rusak", data=picture(3))["message"]["photo"][-1]
    file = await bot.get_file(photo["file_id"])
    assert bytes(await file.download_as_bytearray()) == picture(3)
    await bot.send_photo(-200, photo["file_id"], caption="<i>dari warga</i>", parse_mode="HTML")
    uploaded = await bot.send_photo(-200, picture(4))
    again = await (await bot.get_file(uploaded.photo[-1].file_id)).download_as_bytearray()
    await bot.send_document(-200, b"%PDF", filename="surat.pdf")
    await bot.send_voice(-200, b"OggS")
    await bot.send_location(-200, -7.65, 111.33)
    assert bytes(again) == picture(4)
    assert [one.kind for one in fake.chat(-200)] == ["photo", "photo", "document", "voice", "location"]
    assert fake.chat(-200)[0].text == "dari warga"
    fake.expire_files()
    with pytest.raises(InvalidToken):
        await file.download_as_bytearray()


async def test_get_me_commands_chat_and_action(fake: TelegramFake, bot: Bot) -> None:
    assert (bot.username, bot.id) == ("SapaUjiBot", fake.bot["id"])
    assert await bot.set_my_commands([("lapor", "Melapor")])
    assert (await bot.get_my_commands())[0].command == "lapor"
    assert (await bot.get_chat(fake.person(5, "Budi").id)).first_name == "Budi"
    assert await bot.send_chat_action(5, "typing")


async def test_faults(fake: TelegramFake, bot: Bot) -> None:
    script: list[tuple[faults.Fault, type[TelegramError]]] = [
        (faults.too_many(35), RetryAfter),
        (faults.blocked(), Forbidden),
        (faults.bad_request("chat not found"), BadRequest),
        (faults.unauthorized(), InvalidToken),
        (faults.server_error(), NetworkError),
        (faults.bad_gateway(), NetworkError),
        (faults.not_json(), TelegramError),
        (faults.migrated(-1_009), ChatMigrated),
        (faults.reset_before(), NetworkError),
    ]
    for fault, error in script:
        fake.fail_next(with_=fault)
        with pytest.raises(error):
            await bot.send_message(9, "halo")
    assert fake.chat(9) == []
    fake.fail_next(with_=faults.reset_after())
    with pytest.raises(NetworkError):
        await bot.send_message(9, "halo")
    assert [one.text for one in fake.chat(9)] == ["halo"]
    await bot.send_message(9, "sehat")
    assert len(fake.sent(9)) == len(script) - 1 + 2  # nobody knows the chat of a body that was not read


async def test_a_hang_delivers_nothing_unless_it_was_accepted(fake: TelegramFake, bot: Bot) -> None:
    fake.fail_next(with_=faults.hang(5))
    with pytest.raises(TimedOut):
        await bot.send_message(9, "satu", read_timeout=0.1)
    assert fake.chat(9) == []
    fake.fail_next(with_=faults.hang(5, accepted=True))
    with pytest.raises(TimedOut):
        await bot.send_message(9, "dua", read_timeout=0.1)
    assert len(fake.chat(9)) == 1


async def test_faults_for_one_chat_only_until_healed(fake: TelegramFake, bot: Bot) -> None:
    fake.fail_always("sendMessage", chat_id=9, with_=faults.too_many(3))
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(9, "x")
    assert caught.value.retry_after == timedelta(seconds=3)
    await bot.send_message(8, "x")
    fake.heal()
    await bot.send_message(9, "x")
    assert fake.peak(60) == 3


async def test_a_dripping_answer_and_a_server_that_is_down(fake: TelegramFake, bot: Bot) -> None:
    fake.fail_next(with_=faults.drip(2000))
    assert (await bot.send_message(9, "pelan")).text == "pelan"
    await fake.stop()
    with pytest.raises(NetworkError):
        await bot.send_message(9, "tidak")
    await fake.start()
    await bot.send_message(9, "lagi")
    assert [one.text for one in fake.chat(9)] == ["pelan", "lagi"]


async def test_a_person_who_blocks_the_bot(fake: TelegramFake, bot: Bot) -> None:
    siti = fake.person(11)
    assert siti.blocks_bot()["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(11, "x")
    siti.unblocks_bot()
    await bot.send_message(11, "x")


async def test_strangers_when_asked_for() -> None:
    async with TelegramFake(known_chats_only=True) as strict, client(strict) as bot:
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(11, "x")
        strict.person(11).says("halo")
        await bot.send_message(11, "x")


# Polling and webhook


async def test_polling(fake: TelegramFake, bot: Bot) -> None:
    siti = fake.person(11)
    waiting = asyncio.create_task(bot.get_updates(timeout=5))
    await fake.wait_called("getUpdates")
    siti.says("satu")
    first = await waiting
    assert first[0].message is not None
    assert first[0].message.text == "satu"
    siti.says("dua")
    assert len(await bot.get_updates()) == 2  # not yet confirmed
    second = await bot.get_updates(offset=first[0].update_id + 1)
    assert [one.update_id for one in second] == [first[0].update_id + 1]
    await bot.get_updates(offset=second[0].update_id + 1)
    assert fake.pending == []


async def test_two_pollers_and_a_webhook_exclude_each_other(fake: TelegramFake, bot: Bot) -> None:
    async with client(fake) as other:
        older = asyncio.create_task(bot.get_updates(timeout=5))
        await fake.wait_called("getUpdates")
        newer = asyncio.create_task(other.get_updates(timeout=5))
        with pytest.raises(Conflict, match="other getUpdates"):
            await older
        await bot.set_webhook("https://sapa.magetankab.go.id/hooks/telegram")
        with pytest.raises(Conflict, match="setWebhook"):
            await newer
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()


async def test_the_second_poller_loses_when_a_test_wants_it(fake: TelegramFake, bot: Bot) -> None:
    fake.outlet.second_poll_loses = True
    async with client(fake) as other:
        older = asyncio.create_task(bot.get_updates(timeout=5))
        await fake.wait_called("getUpdates")
        with pytest.raises(Conflict):
            await other.get_updates()
        fake.person(11).says("halo")
        assert len(await older) == 1


async def test_webhook_with_secret_retries_and_order(fake: TelegramFake, bot: Bot) -> None:
    async with Hook(500, 503, 200) as hook:
        await bot.set_webhook(hook.url, secret_token="rahasia_1", allowed_updates=["message"])
        siti = fake.person(11)
        wanted = [siti.says(str(number))["update_id"] for number in range(4)]
        siti.blocks_bot()  # not among allowed_updates
        await fake.drained()
    assert [one["update_id"] for one in hook.got] == [wanted[0], wanted[0], *wanted]
    assert set(hook.secrets) == {"rahasia_1"}
    assert fake.acked == set(wanted)
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count, info.allowed_updates) == (hook.url, 0, ("message",))


async def test_updates_wait_while_the_webhook_is_away(fake: TelegramFake, bot: Bot) -> None:
    async with Hook() as hook:
        url = hook.url
    await bot.set_webhook(url)
    fake.person(11).says("halo")
    await fake.wait_for(lambda: len(fake.outlet.deliveries) >= 2)
    assert fake.outlet.deliveries[0].status == 0
    await bot.delete_webhook()
    assert len(await bot.get_updates()) == 1


async def test_raw_updates_copies_and_shuffles(fake: TelegramFake, bot: Bot) -> None:
    async with Hook(200) as hook:
        await bot.set_webhook(hook.url, secret_token="s")
        poison = {"message": {"text": None}}
        assert await fake.push(poison, copies=5) == [200] * 5
        assert len({one["update_id"] for one in hook.got}) == 5 or hook.got[0] == hook.got[4]
        many = [fake.build.text(user, "halo") for user in range(1, 41)]
        assert await fake.push_all(many, copies=2, shuffle=random.Random(1)) == [200] * 80
        assert await fake.knock(b"{broken", secret="wrong") == 500
    assert fake.pending == []


# People


async def test_aiogram_and_telegram_read_every_act(fake: TelegramFake, bot: Bot) -> None:
    siti = fake.person(11, "Siti", username="siti", last_name="A.")
    await bot.send_message(11, "pilih", reply_markup=buttons("Ya"))
    shown = siti.sees()[0]
    first = siti.says("/lapor@SapaUjiBot jalan #rusak https://x.id")
    acts = [
        first, siti.starts("dari-poster"), siti.says("ya", reply_to=shown), siti.edits(first, "jalan"),
        siti.presses(shown, "Ya"), siti.presses_data(shown, "t:999:close"), siti.sends_photo(),
        siti.sends_photo("satu", album="77"), siti.sends_document(), siti.sends_voice(), siti.sends_video(),
        siti.sends_location(-7.6, 111.3), siti.sends_contact("+628123"), siti.sends_sticker(), siti.sends_poll(),
        siti.sends_dice(), siti.sends_view_once(), siti.sends_unknown_kind(), siti.forwards(shown), siti.blocks_bot(),
        fake.build.text(5, "halo"), fake.build.press(5, "x:1", message_id=3),
    ]  # fmt: skip
    for act in acts:
        AiogramUpdate.model_validate(act)
        parsed = Update.de_json(act, bot)
        assert parsed.update_id == act["update_id"]
        assert parsed.effective_user is not None
    assert [act["update_id"] for act in acts] == sorted({act["update_id"] for act in acts})
    assert first["message"]["entities"][0] == {"type": "bot_command", "offset": 0, "length": 17}


async def test_groups_topics_and_members(fake: TelegramFake, bot: Bot) -> None:
    forum = fake.group(FORUM, "Operator Magetan", forum=True)
    op = fake.person(21, "Operator")
    topic = await bot.create_forum_topic(FORUM, "LP-1 Jalan rusak")
    card = await bot.send_message(FORUM, "kartu", message_thread_id=topic.message_thread_id, reply_markup=buttons("Ambil"))
    member = forum.member(op, topic=forum.topic_named("LP-1 Jalan rusak"))
    plain, answer = member.says("catatan"), member.replies(member.sees()[0], "sudah dikerjakan")
    assert "forum_topic_created" in plain["message"]["reply_to_message"]
    assert answer["message"]["reply_to_message"]["message_id"] == card.message_id
    assert member.presses(member.sees()[0], "Ambil")["callback_query"]["message"]["message_thread_id"]
    with pytest.raises(BadRequest, match="thread not found"):
        await bot.send_message(FORUM, "x", message_thread_id=12345)
    with pytest.raises(BadRequest, match="not a forum"):
        await bot.create_forum_topic(fake.group(-300).chat_id, "x")
    assert (await bot.get_chat_member(FORUM, 21)).status == "member"


async def test_a_group_that_migrates(fake: TelegramFake, bot: Bot) -> None:
    old = fake.group(-300, "OPD")
    new = old.migrates(FORUM, by=fake.person(21))
    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(-300, "x")
    assert caught.value.new_chat_id == new.chat_id == FORUM
    await bot.send_message(FORUM, "x")
    kinds = [update.message for update in await bot.get_updates()]
    assert [(one.migrate_to_chat_id, one.migrate_from_chat_id) for one in kinds if one] == [(FORUM, None), (None, -300)]


async def test_waiting_tells_what_happened(fake: TelegramFake, bot: Bot) -> None:
    await bot.send_message(3, "sesuatu")
    with pytest.raises(TimeoutError, match="sesuatu"):
        await fake.wait_sent(3, 2, timeout=0.1)
    later = asyncio.create_task(fake.person(3).asks("halo"))
    await asyncio.sleep(0)
    await bot.send_message(3, "jawaban")
    assert [one.text for one in await later] == ["jawaban"]


@pytest.mark.parametrize(
    ("html", "shown", "kinds"),
    [
        ("a &lt;b&gt; &amp; &quot;c&quot; &#33; &nbsp;", 'a <b> & "c" ! &nbsp;', []),
        ("  <b>x</b> ", "x", ["bold"]),
        ("<b>🏛 <i>y</i></b>", "🏛 y", ["bold", "italic"]),
        ('<a href="https://x.id/?a=1&amp;b">z</a>', "z", ["text_link"]),
        ("<blockquote expandable>q</blockquote>", "q", ["expandable_blockquote"]),
        ('<pre><code class="language-py">p</code></pre>', "p", ["pre", "code"]),
    ],
)
def test_html_that_telegram_reads(html: str, shown: str, kinds: list[str]) -> None:
    text_shown, entities = parse_html(html)
    assert text_shown == shown
    assert sorted(one["type"] for one in entities) == sorted(kinds)


@pytest.mark.parametrize(
    ("html", "why"),
    [
        ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("é 3 < 4", 'Unsupported start tag "" at byte offset 5'),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b x", "Unclosed start tag at byte offset 0"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_html_that_telegram_refuses(html: str, why: str) -> None:
    with pytest.raises(HtmlError) as caught:
        parse_html(html)
    assert str(caught.value) == why


# The emulator that nobody here wrote


async def test_emulator_by_polling() -> None:
    async with Emulator() as emu, client(emu) as bot:
        await emu.says(11, "/start")
        update = (await bot.get_updates(allowed_updates=["message", "callback_query"]))[0]
        assert update.message is not None
        await update.message.reply_text("Halo", reply_markup=buttons("Ya"), do_quote=True)
        shown = (await emu.wait_messages(11))[0]
        assert (shown.text, shown.labels, shown.quotes) == ("Halo", ["Ya"], update.message.message_id)
        await emu.presses(11, shown, "Ya")
        press = (await bot.get_updates(offset=update.update_id + 1))[0].callback_query
        assert press is not None
        await press.answer()
        await press.edit_message_text("Baik")
        assert [(one.text, one.edits) for one in await emu.messages(11)] == [("Baik", 1)]
        assert (bot.username, emu.answered) == ("SapaEmulatorBot", [press.id])


async def test_emulator_by_webhook_with_a_photo_in_a_group() -> None:
    async with Emulator() as emu, client(emu) as bot, Hook(200) as hook:
        await bot.set_webhook(hook.url, secret_token="rahasia", allowed_updates=["message"])
        await emu.sends_photo(11, "jalan rusak", group=-100)
        message = hook.got[0]["message"]
        assert (message["chat"]["id"], message["caption"], hook.secrets) == (-100, "jalan rusak", ["rahasia"])
        file = await bot.get_file(message["photo"][0]["file_id"])
        assert bytes(await file.download_as_bytearray())[:2] == b"\xff\xd8"
        await bot.send_photo(-100, message["photo"][0]["file_id"], caption="terima")
        assert [(one.kind, one.text) for one in await emu.messages(-100)] == [("photo", "terima")]


async def test_emulator_stays_strict() -> None:
    async with Emulator() as emu, client(emu) as bot:
        with pytest.raises(BadRequest, match="Protect_content is not supported"):
            await bot.send_message(11, "x", protect_content=True)
        with pytest.raises(BadRequest, match="too long"):
            await bot.send_message(11, "x" * 4097)
        assert [(method, status) for method, status, _ in emu.refused] == [("sendMessage", 400)] * 2


# PostgreSQL


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


async def scalar(url: str, statement: str) -> Any:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        result = await connection.execute(text(statement))
        value = result.scalar() if result.returns_rows else None
    await engine.dispose()
    return value


async def test_postgres_databases_are_separate_and_survive_a_crash(postgres: Postgres) -> None:
    one, other = postgres.new_database(), postgres.new_database()
    await scalar(one, "CREATE TABLE t AS SELECT 42 AS x")
    postgres.crash()
    with pytest.raises(OSError):  # noqa: PT011 - a refused or missing socket, by the moment
        await scalar(one, "SELECT 1")
    postgres.start()
    assert await scalar(one, "SELECT x FROM t") == 42
    assert await scalar(other, "SELECT to_regclass('t') IS NULL") is True
    assert await scalar(postgres.new_database("sapa_1"), "SELECT x FROM t") == 42


async def test_postgres_can_cut_and_drop(postgres: Postgres) -> None:
    url = postgres.new_database()
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    assert await connection.fetchval("SELECT 1") == 1
    assert postgres.cut(url) == 1
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        await connection.fetchval("SELECT 1")
    postgres.drop(url)
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(url.replace("+asyncpg", ""))


# The program as a process, with a stand-in for the program

STAND_IN = """
import os, signal, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Door(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()

def bye(*_):
    print("bye", flush=True)
    sys.exit(0)

if sys.argv[1] == "serve":
    signal.signal(signal.SIGTERM, bye)
    print("serving", os.environ["SAPA_DATABASE_URL"], os.environ["EXTRA"], flush=True)
    HTTPServer(("127.0.0.1", int(os.environ["SAPA_PORT"])), Door).serve_forever()
print("ran", *sys.argv[1:])
sys.exit(3 if "fail" in sys.argv else 0)
"""


@pytest.fixture
def program(tmp_path: Path) -> list[str]:
    script = tmp_path / "stand_in.py"
    script.write_text(STAND_IN)
    return [sys.executable, str(script)]


async def test_a_process_is_killed_terminated_and_restarted(program: list[str]) -> None:
    async with Sapa(database_url="sqlite://x", env={"EXTRA": "1"}, program=program) as sapa:
        async with ClientSession() as session, session.get(f"{sapa.url}/nowhere") as answer:
            assert answer.status == 404
        assert (await sapa.kill()).code == -9
        async with ClientSession() as session:
            with pytest.raises(ClientConnectionError):
                await session.get(f"{sapa.url}/healthz")
        assert await sapa.restart() < 10
        seconds, code = await sapa.terminate()
        assert (code, seconds < 5) == (0, True)
        assert sapa.log_text().count("serving sqlite://x 1") == 2
        assert "bye" in sapa.log_text()


async def test_commands_run_once_and_a_dying_program_is_reported(program: list[str]) -> None:
    sapa = Sapa(database_url="sqlite://x", env={"EXTRA": "1"}, program=program)
    assert await sapa.run("migrate", "--now") == (0, "ran migrate --now\n")
    assert (await sapa.run("fail")).code == 3
    dying = Sapa(database_url="sqlite://x", program=program, command="fail")
    with pytest.raises(RuntimeError, match=r"fail ended with 3(.|\n)*ran fail"):
        await dying.start()
    sapa.log.unlink()
    dying.log.unlink()
