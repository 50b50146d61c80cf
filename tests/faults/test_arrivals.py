"""Coming in: repeated, shuffled, strange, poisoned, forged and replayed updates."""

from __future__ import annotations

import asyncio
import io
import json
import random
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.build import SECRETS_KEPT_SECONDS, utc_now
from handlers import routes
from handlers.turn import Replies, Turn
from store.tables import conversations, door_secrets, inbox, residents, tickets
from tests.conftest import Clock
from tests.doubles.process import Sapa
from tests.doubles.telegram_fake import TelegramFake
from tests.doubles.telegram_updates import private_chat, user_json
from tests.doubles.telegram_world import picture
from tests.faults.instance import SECRET, Instance, knock, metric, settled, until_turned
from tests.ledger import age, count, look, readable

Json = dict[str, Any]


# ------------------------------------------------------------------ once


async def test_a1_the_same_update_five_times_has_one_effect(database_url: str, fake: TelegramFake) -> None:
    """A1: five at once, again after a restart, again after six days."""
    siti = fake.person(11)
    async with Sapa(database_url=database_url, telegram_url=fake.url) as sapa:
        await fake.wait_called("setMyCommands")
        await siti.asks("/petugas")
        question = fake.build.text(11, "Apakah kantor kecamatan buka hari Sabtu?")
        assert await fake.push(question, copies=5) == [200] * 5
        await fake.wait_sent(11, 2)

        await sapa.restart()
        await fake.wait_called("setWebhook", 2)  # A10: every start registers anew
        assert await fake.push(question, copies=5) == [200] * 5
        await age(database_url, inbox.c.received_at, timedelta(days=6))
        assert await fake.push(question, copies=5) == [200] * 5

        await siti.asks("/start")  # what came before is answered before
    assert await count(database_url, tickets) == 1
    assert await count(database_url, inbox) == 3
    assert len(fake.chat(11)) == 3


async def test_a2_a_shuffled_and_resent_batch_has_each_effect_once_and_in_order(
    database_url: str, fake: TelegramFake, instance: Instance, clock: Clock
) -> None:
    """A2, as far as it concerns Telegram: 120 updates of 20 chats, each twice, in no order at all."""
    chats = range(1, 21)
    said = {chat: [f"Pertanyaan {number} dari {chat}" for number in range(3)] for chat in chats}
    batch = [fake.build.text(chat, words) for number in range(3) for chat in chats for words in ("/petugas", said[chat][number])]
    assert set(await fake.push_all(batch, copies=2, shuffle=random.Random(7))) == {200}

    await settled(instance, clock)

    rows = await look(database_url, select(tickets.c.address, tickets.c.text).order_by(tickets.c.id))
    assert {chat: [row.text for row in rows if row.address == str(chat)] for chat in chats} == said
    for chat in chats:
        numbers = [shown.text.split("Nomornya ")[1] for shown in fake.chat(chat)[1::2]]
        assert (len(fake.chat(chat)), numbers) == (6, sorted(numbers))


async def test_a3_an_album_from_a_new_citizen_is_one_draft_with_ten_files_and_one_reply(
    database_url: str, fake: TelegramFake, instance: Instance
) -> None:
    """A3: ten photos as ten simultaneous updates."""
    instance.start()
    user = user_json(11)
    photos = [{"photo": fake.world.photo_json(picture(number)), "media_group_id": "77"} for number in range(10)]
    album = [fake.build.update("message", fake.build.message(user, private_chat(user), photo)) for photo in photos]

    assert await fake.push_all(album, shuffle=random.Random(3)) == [200] * 10
    await until_turned(database_url)
    await instance.stop()

    assert await count(database_url, residents) == 1
    drafts = await look(database_url, select(conversations.c.data, conversations.c.step))
    assert [(len(readable(row.data)["draft"]["files"]), row.step) for row in drafts] == [(10, "report.what")]
    assert len(fake.chat(11)) == 1


# ------------------------------------------------------------------ strange


async def test_a4_what_nobody_can_read_yet_is_kept_and_answered_kindly(
    database_url: str, fake: TelegramFake, instance: Instance, clock: Clock
) -> None:
    """A4: sticker, poll, view-once, content and fields that no library knows."""
    siti = fake.person(11)
    strange = [siti.sends_sticker(), siti.sends_poll(), siti.sends_view_once(), siti.sends_unknown_kind(), siti.sends_dice()]
    newer = fake.build.text(12, "/start")
    newer["message"] |= {"aura": {"colour": 7}, "from": newer["message"]["from"] | {"soul_id": "x"}}
    newer["spectrum"] = [1, 2]
    assert await fake.push(newer) == [200]
    await fake.drained()

    await settled(instance, clock)

    sorry = instance.app.say("start.unsupported")
    assert [shown.text.startswith(sorry) for shown in fake.chat(11)] == [True] * len(strange)
    assert len(fake.chat(12)) == 1
    kept = [json.loads(readable(row.body)) for row in await look(database_url, select(inbox.c.body).order_by(inbox.c.rank))]
    assert kept == sorted([*strange, newer], key=lambda update: update["update_id"])


async def test_a4_an_update_of_an_unknown_kind_is_set_aside_and_the_channel_stays_up(
    database_url: str, fake: TelegramFake, instance: Instance, clock: Clock
) -> None:
    """A4: a kind of update that Telegram has not invented yet, with and without a chat."""
    user = user_json(11)
    with_chat = {"hologram": {"chat": private_chat(user), "from": user, "depth": 3}}
    assert await fake.push_all([with_chat, {"weather": {"rain": True}}]) == [200, 200]
    assert await fake.push(fake.build.text(11, "/start")) == [200]
    await settled(instance, clock)
    assert len(fake.chat(11)) == 1
    assert await count(database_url, inbox, inbox.c.state == "dead") == 2


# ------------------------------------------------------------------ poison


def poisons(chat: int) -> dict[str, Any]:
    """Updates of one chat that cannot be understood, or only just. None may stop what comes after it."""
    user, room = user_json(chat), private_chat(user_json(chat))
    said = {"message_id": 1, "date": 1, "from": user, "chat": room, "text": "halo"}
    bare = {"message_id": 1, "date": 1}
    return {
        "no sender": {"message": {**bare, "chat": room, "text": "halo"}},
        "sender is null": {"message": {**said, "from": None}},
        "no chat": {"message": {**bare, "from": user, "text": "halo"}},
        "chat is null": {"message": {**said, "chat": None}},
        "text is null": {"message": {**said, "text": None}},
        "text is a number": {"message": {**said, "text": 7}},
        "no date": {"message": {"message_id": 1, "from": user, "chat": room, "text": "halo"}},
        "date far away": {"message": {**said, "date": 10**18}},
        "message_id of 64 bits": {"message": {**said, "message_id": 2**63 - 1}},
        "message_id beyond 64 bits": {"message": {**said, "message_id": 2**80}},
        "photo without sizes": {"message": {**said, "photo": [{}]}},
        "press without chat_instance": {"callback_query": {"id": "1", "from": user, "message": said, "data": "menu"}},
        "press with NUL": {
            "callback_query": {"id": "1\0", "from": user, "message": said, "data": "menu\0", "chat_instance": "1"}
        },
        "album named by NUL": {"message": {**said, "media_group_id": "\0\ud800"}},
        "words of NUL and half characters": {"message": {**said, "text": "\0\ud800halo\udfff"}},
        "place is words": {"message": {**said, "location": "di sana"}},
        "handler fails": {"message": {**said, "text": "racun"}},
    }


async def boom(_turn: Turn) -> Replies:
    raise RuntimeError("a mistake of ours")


@pytest.fixture
def failing_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    """One word that always makes its handler fail."""
    monkeypatch.setattr(routes, "RESIDENT", ((lambda turn: turn.text == "racun", boom), *routes.RESIDENT))


@pytest.mark.usefixtures("failing_handler")
async def test_a5_a_poisoned_update_is_set_aside_and_does_not_hold_up_its_chat(
    database_url: str, fake: TelegramFake, instance: Instance
) -> None:
    """A5: each in a chat of its own, all at once; then everybody says something sensible."""
    instance.start()
    alarms = metric("sapa_alarms_total", kind="arrival_set_aside")
    chats = dict(enumerate(poisons(0), start=101))
    bad = [{"update_id": 900 + chat, **poisons(chat)[name]} for chat, name in chats.items()]
    assert await fake.push_all(bad) == [200] * len(bad)
    good = [fake.build.text(chat, "/start") for chat in chats]
    assert set(await fake.push_all(good)) == {200}

    greeting = instance.app.say("start.greeting", region=instance.app.region.name).replace("**", "")
    began = time.monotonic()
    await fake.wait_for(lambda: all(any(greeting in m.text for m in fake.chat(chat)) for chat in chats), timeout=10)
    assert time.monotonic() - began <= 5.0

    dead = await look(database_url, select(inbox).where(inbox.c.state == "dead"))
    assert {"handler fails", "no chat", "no date", "press without chat_instance"} <= {
        chats[int(row.external_id) - 900] for row in dead
    }
    assert {row.attempts for row in dead} == {5}
    assert metric("sapa_alarms_total", kind="arrival_set_aside") - alarms == len(dead)
    assert await count(database_url, inbox, inbox.c.state == "done") == len(bad) + len(good) - len(dead)


async def test_a5_ids_of_any_length_are_answered(database_url: str, fake: TelegramFake, instance: Instance, clock: Clock) -> None:
    """A5: chat and update ids of 64 bits and beyond."""
    chats = [2**31, 2**52, 2**63 - 1, 2**63, 2**80]
    updates = [fake.build.text(chat, "/start") | {"update_id": chat} for chat in chats]
    assert set(await fake.push_all(updates, copies=2)) == {200}
    await settled(instance, clock)
    assert [len(fake.chat(chat)) for chat in chats] == [1] * len(chats)
    assert await count(database_url, inbox, inbox.c.state == "done") == len(chats)


async def test_a5_an_update_with_an_unusable_id_is_answered_once(
    database_url: str, fake: TelegramFake, instance: Instance, clock: Clock
) -> None:
    """A5: it is then known by its content."""
    ids: dict[int, Any] = dict(enumerate([None, "7", -1, 1.5, True, 10**30], start=11))
    bodies = [json.dumps(fake.build.text(chat, "/start") | {"update_id": given}).encode() for chat, given in ids.items()]
    assert {await fake.knock(body) for body in bodies * 2} == {200}
    await settled(instance, clock)
    assert [len(fake.chat(chat)) for chat in ids] == [1] * len(ids)
    assert await count(database_url, inbox, inbox.c.state == "done") == len(ids)


async def test_a5_an_update_without_any_id_is_set_aside_once(
    database_url: str, fake: TelegramFake, instance: Instance, clock: Clock
) -> None:
    """A5: python-telegram-bot does not read it, and the same bytes are known again."""
    update = fake.build.text(11, "/start")
    del update["update_id"]
    body = json.dumps(update).encode()
    assert [await fake.knock(body), await fake.knock(body)] == [200, 200]
    assert await fake.push(fake.build.text(11, "/start")) == [200]
    await settled(instance, clock)
    assert len(fake.chat(11)) == 1
    assert await count(database_url, inbox, inbox.c.state == "dead") == 1


# ------------------------------------------------------------------ forged


async def test_a9_what_does_not_come_from_telegram_is_turned_away(
    database_url: str, fake: TelegramFake, instance: Instance, capfd: pytest.CaptureFixture[str]
) -> None:
    """A9: no secret, a wrong one, too much, too little, no JSON: 401, 413, 400, and nothing is written."""
    good = json.dumps(fake.build.text(11, "/start")).encode()
    wrong = "wrong-" + SECRET
    answers = {
        "no secret": await fake.knock(good, ""),
        "wrong secret": await fake.knock(good, wrong),
        "right secret and more": await fake.knock(good, SECRET + "x"),
        "20 MB": await knock(instance, io.BytesIO(b'{"x": "' + b"a" * 20_000_000 + b'"}')),
        "20 MB without length": await knock(instance, in_pieces(b"a" * 1_000_000, 20)),
        "half a body": await fake.knock(good[: len(good) // 2]),
        "no body": await fake.knock(b""),
        "no JSON": await fake.knock(b"<html>"),
        "JSON but no update": await fake.knock(b"[1, 2]"),
        "another encoding": await fake.knock(good.decode().encode("utf-16")),
        "no encoding": await fake.knock(b'{"text": "\xff\xfe"}'),
        "too deep": await fake.knock(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    }
    assert answers == {
        "no secret": 401,
        "wrong secret": 401,
        "right secret and more": 401,
        "20 MB": 413,
        "20 MB without length": 413,
        "half a body": 400,
        "no body": 400,
        "no JSON": 400,
        "JSON but no update": 400,
        "another encoding": 400,
        "no encoding": 400,
        "too deep": 400,
    }
    assert await count(database_url, inbox) == 0
    assert await fake.knock(good) == 200
    said = "".join(capfd.readouterr())
    assert SECRET not in said
    assert "Traceback" not in said


async def in_pieces(piece: bytes, pieces: int) -> AsyncIterator[bytes]:
    """A body whose length nobody announces."""
    for _ in range(pieces):
        yield piece


async def test_a9_a_connection_that_breaks_in_the_middle_of_a_body_leaves_nothing(
    database_url: str, fake: TelegramFake, instance: Instance
) -> None:
    """A9: the announced length never comes."""
    body = json.dumps(fake.build.text(11, "/start")).encode()
    host, port = instance.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /hooks/telegram HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    writer.write(f"{head}X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\n\r\n".encode() + body[:40])
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert await fake.knock(body) == 200  # the door still works
    assert await count(database_url, inbox) == 1


# ------------------------------------------------------------------ replayed


async def test_a10_a_captured_request_replayed_three_days_later_has_no_effect(
    database_url: str, fake: TelegramFake, instance: Instance, clock: Clock
) -> None:
    """A10: right secret, right body, but known."""
    body = json.dumps(fake.build.text(11, "/start")).encode()
    assert await fake.knock(body) == 200
    await settled(instance, clock)
    clock.forward(days=3)
    await age(database_url, inbox.c.received_at, timedelta(days=3))
    assert await fake.knock(body) == 200
    await settled(instance, clock)
    assert (len(fake.chat(11)), await count(database_url, inbox)) == (1, 1)


async def test_a10_a_changed_secret_leaves_the_old_one_good_for_a_day(database_url: str, fake: TelegramFake) -> None:
    """A10: the door knows a new secret before Telegram does, and the old one as long as Telegram may still use it."""
    async with Sapa(database_url=database_url, telegram_url=fake.url, env={"SAPA_TELEGRAM_SECRET": "lama"}) as sapa:
        await fake.wait_called("setMyCommands")
        sapa.env["SAPA_TELEGRAM_SECRET"] = "baru"
        await sapa.restart()
        await fake.wait_called("setWebhook", 2)
        assert fake.outlet.secret == "baru"

        body = json.dumps(fake.build.text(11, "/start")).encode()
        assert [await fake.knock(body, secret) for secret in ("lama", "baru", "lain")] == [200, 200, 401]

        old = await look(database_url, select(door_secrets.c.valid_until).where(door_secrets.c.valid_until.is_not(None)))
        assert timedelta(hours=23, minutes=59) < old[0].valid_until - utc_now() <= timedelta(hours=24)
        await age(database_url, door_secrets.c.valid_until, timedelta(hours=24))
        await asyncio.sleep(SECRETS_KEPT_SECONDS)
        assert [await fake.knock(body, secret) for secret in ("lama", "baru")] == [401, 200]
