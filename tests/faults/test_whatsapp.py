"""Faults, attacks and bad input on WhatsApp (acceptance A2, A4, A9, A10, B4 to B6)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from bot.channels.whatsapp import GATHERS_OUTSIDE, Limits
from domain.errors import Delayed, Refused
from domain.files import MOST_BYTES
from domain.messages import Letter, Media, Reply
from domain.people import Role
from services import tickets as rules
from store.tables import entries, identities, inbox, outbox, residents, tickets
from store.unit import Store
from tests.conftest import Clock
from tests.doubles import telegram_faults as faults
from tests.doubles.telegram_world import picture
from tests.doubles.whatsapp_fake import SECRET, VERIFY_TOKEN, change, graph_error
from tests.doubles.whatsapp_people import Person
from tests.faults.instance import metric, opening
from tests.ledger import count, look
from tests.whatsapp import BSUID, FORMER, NUMBER, Running, opened

Json = dict[str, Any]


@pytest.fixture
async def sapa(store: Store, database_url: str, clock: Clock) -> AsyncIterator[Running]:
    async with opened(store, database_url, clock, Limits(1000.0)) as running:
        yield running
        assert not running.meta.refused


async def state_of(database_url: str, *columns: Any) -> list[Any]:
    """The letters, oldest first."""
    return await look(database_url, select(*(columns or (outbox.c.state,))).order_by(outbox.c.id))


# ------------------------------------------------------------------ A2: batches


async def test_a2_three_messages_and_two_statuses_in_one_body_each_count_once(sapa: Running, database_url: str) -> None:
    """Several entries and changes, resent five times and shuffled."""
    people = [Person(sapa.meta, f"62812000000{number}", f"ID.{number}") for number in range(3)]
    for person in people:
        await sapa.asks(person, "/petugas")
    wamids = [person.sees()[0].wamid for person in people[:2]]
    changes = [person.change(person.message("text", {"body": f"Pertanyaan dari {person.number}"})) for person in people]
    changes += [sapa.meta.status(wamid, "read") for wamid in wamids]
    body = sapa.meta.emit(*changes, entries=True)
    await sapa.settle()
    for seed in range(5):
        random.Random(seed).shuffle(body["entry"])
        assert await sapa.meta.knock(json.dumps(body).encode()) == 200
    await sapa.settle()

    assert await count(database_url, tickets) == 3
    assert [len(person.sees()) for person in people] == [2, 2, 2]
    rows = await look(database_url, select(outbox.c.external_id, outbox.c.progress))
    progress = {row.external_id: row.progress for row in rows}
    assert [progress[wamid] for wamid in wamids] == ["read", "read"]


@pytest.mark.parametrize("order", list(itertools.permutations(["sent", "delivered", "read"])))
async def test_a2_a_status_never_goes_back(order: tuple[str, ...], sapa: Running, database_url: str) -> None:
    sapa.meta.statuses = ()
    (greeting,) = await sapa.asks(sapa.person(), "/start")
    best = 0
    for status in order:
        sapa.meta.emit(sapa.meta.status(greeting.wamid, status))
        await sapa.settle()
        best = max(best, ["sent", "delivered", "read"].index(status))
        ((progress,),) = await state_of(database_url, outbox.c.progress)
        assert progress == ["sent", "delivered", "read"][best]


async def test_a2_messages_of_one_person_in_one_body_are_answered_in_their_order(sapa: Running) -> None:
    siti = sapa.person()
    said = [siti.message("text", {"body": text}) for text in ("/petugas", "Kapan kantor buka?", "/lapor")]
    for number, message in enumerate(said):
        message["timestamp"] = str(int(message["timestamp"]) + number)
    sapa.meta.emit(siti.change(*reversed(said)))
    await sapa.settle()
    keys = ("operator.ask", "operator.passed_on", "report.what")
    assert [shown.text.startswith(opening(key)) for shown, key in zip(siti.sees(), keys, strict=True)] == [True] * 3


# ------------------------------------------------------------------ A4: what nobody knows yet


STRANGE = {
    "sticker": {"id": "1", "mime_type": "image/webp"},
    "unsupported": {"type": "view_once"},
    "poll": {"name": "?", "options": ["a"]},
    "order": {"catalog_id": "1", "product_items": []},
    "aura": {"colour": 7},
}


@pytest.mark.parametrize("kind", STRANGE)
async def test_a4_what_nobody_can_read_is_kept_and_answered_kindly(kind: str, sapa: Running, database_url: str) -> None:
    siti = sapa.person()
    siti.sends(kind, STRANGE[kind])
    await sapa.settle()
    (shown,) = siti.sees()
    assert shown.text.startswith(sapa.app.say("start.unsupported"))
    (row,) = await look(database_url, select(inbox.c.body).where(inbox.c.external_id.not_like("%:%")))
    assert json.loads(sapa.app.vault.open(row.body))["message"][kind] == STRANGE[kind]


async def test_a4_a_newer_version_with_fields_and_changes_that_nobody_knows_disturbs_nothing(
    sapa: Running, database_url: str
) -> None:
    siti = sapa.person()
    message = siti.message("text", {"body": "/start", "tone": "polite"}, aura={"colour": 7})
    newer = siti.change(message) | {"since": "v99"}
    sapa.meta.emit(newer, change("account_alerts", alert={"severity": "x"}), change("messages", errors=[{"code": 1}]))
    for odd in ({}, {"entry": 7}, {"entry": [{"changes": [{"value": None, "field": "messages"}]}]}):
        assert await sapa.meta.knock(json.dumps(odd).encode()) == 200
    await sapa.settle()
    assert len(siti.sees()) == 1
    assert await count(database_url, inbox, inbox.c.state == "dead") == 0


async def test_a4_a_poisoned_message_is_set_aside_and_the_next_one_answered(sapa: Running, database_url: str) -> None:
    siti, clock = sapa.person(), sapa.clock
    siti.sends("text", None)
    siti.sends("location", {"latitude": "north"})
    sapa.meta.emit(change(messages=[{"id": "wamid.nobody", "type": "text", "text": {"body": "halo"}}]))
    siti.says("/start")
    for _ in range(12):
        await sapa.settle()
        clock.forward(seconds=2)
    assert await count(database_url, inbox, inbox.c.state == "dead") == 3
    assert siti.sees()[-1].text.startswith("Halo")


# ------------------------------------------------------------------ A9, A10: who knocks


EMOJI = json.dumps({"object": "whatsapp_business_account", "entry": [], "say": "🙏 nggih"}, ensure_ascii=False).encode()


def sha256(raw: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


BAD_SIGNATURES = {
    "none": "",
    "another secret": sha256(EMOJI, "guess"),
    "sha1 only": "sha1=" + hmac.new(SECRET.encode(), EMOJI, hashlib.sha1).hexdigest(),
    "of the JSON written anew": sha256(json.dumps(json.loads(EMOJI)).encode()),
    "of one byte more": sha256(EMOJI + b" "),
    "capitals": sha256(EMOJI).upper(),
    "no digest": "sha256=",
    "no ASCII": "sha256=ü",
}


@pytest.mark.parametrize("name", BAD_SIGNATURES)
async def test_a9_a_body_without_the_right_signature_is_turned_away(name: str, sapa: Running, database_url: str) -> None:
    refused = metric("sapa_door_refused_total", channel="whatsapp", status="401")
    assert await sapa.meta.knock(EMOJI, BAD_SIGNATURES[name]) == 401
    assert metric("sapa_door_refused_total", channel="whatsapp", status="401") == refused + 1
    assert await count(database_url, inbox) == 0


async def test_a9_sha1_beside_the_right_signature_does_no_harm(sapa: Running) -> None:
    assert await sapa.meta.knock(EMOJI, **{"X-Hub-Signature": BAD_SIGNATURES["sha1 only"]}) == 200


@pytest.mark.parametrize(("raw", "status"), [(b'{"entry": [', 400), (b"[]", 400), (b"\xff\xfe", 400), (b" " * 20_000_000, 413)])
async def test_a9_a_broken_or_huge_body_is_refused_though_it_is_signed(
    raw: bytes, status: int, sapa: Running, database_url: str
) -> None:
    assert await sapa.meta.knock(raw) == status
    assert await count(database_url, inbox) == 0


QUERY = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444"}


@pytest.mark.parametrize(
    ("change_of", "status"),
    [({}, 200), ({"hub.verify_token": "guess"}, 403), ({"hub.verify_token": ""}, 403), ({"hub.mode": "unsubscribe"}, 403)],
)
async def test_a9_only_who_knows_the_verify_token_gets_the_challenge(change_of: Json, status: int, sapa: Running) -> None:
    async with ClientSession() as client, client.get(f"{sapa.url}/hooks/whatsapp", params=QUERY | change_of) as answer:
        assert answer.status == status
        assert await answer.text() == ("1158201444" if status == 200 else "")


async def test_a10_a_replay_days_later_has_no_effect_and_both_secrets_are_good(sapa: Running, database_url: str) -> None:
    siti = sapa.person()
    captured = json.dumps(siti.says("/petugas")).encode()
    await sapa.settle()
    sapa.clock.forward(days=3)
    assert await sapa.meta.knock(captured) == 200
    assert await sapa.meta.knock(captured, sha256(captured, FORMER)) == 200
    await sapa.settle()
    assert len(siti.sees()) == 1
    assert await count(database_url, inbox, inbox.c.chat_key == f"whatsapp:{NUMBER}") == 1


# ------------------------------------------------------------------ who it is


async def test_whoever_hides_their_number_is_answered_at_their_business_scoped_id(sapa: Running) -> None:
    hidden = sapa.person(number="")
    await sapa.asks(hidden, "/start")
    assert [body.get("recipient") for body in sapa.meta.sent()] == [BSUID]
    assert "to" not in sapa.meta.sent()[0]


@pytest.mark.parametrize("then", [("", BSUID), (NUMBER, "")])
async def test_a_number_that_is_hidden_or_shown_later_stays_the_same_resident(
    then: tuple[str, str], sapa: Running, database_url: str
) -> None:
    await sapa.asks(sapa.person(), "/petugas")
    changed = sapa.person(*then)
    await sapa.asks(changed, "Kapan kantor buka?")
    assert await count(database_url, residents) == 1
    assert await look(database_url, select(tickets.c.address)) == [(changed.address,)]
    assert {row.value for row in await look(database_url, select(identities.c.value))} == {NUMBER, BSUID}


@pytest.mark.parametrize(
    ("system", "new"),
    [
        ({"type": "user_changed_number", "wa_id": "6289999999999", "body": "…"}, ("6289999999999", "")),
        ({"type": "user_changed_user_id", "user_id": "ID.2", "body": "…"}, ("", "ID.2")),
    ],
)
async def test_a_changed_number_or_id_takes_the_ticket_along(
    system: Json, new: tuple[str, str], sapa: Running, database_url: str
) -> None:
    siti = sapa.person()
    await sapa.asks(siti, "/petugas")
    await sapa.asks(siti, "Kapan kantor buka?")
    siti.sends("system", system)
    await sapa.settle()
    moved = sapa.person(*new)
    shown = await sapa.asks(moved, "/status")
    assert "MGT-" in shown[-1].text
    assert await count(database_url, residents) == 1
    assert await look(database_url, select(tickets.c.address)) == [(moved.address,)]


# ------------------------------------------------------------------ B4: errors by their code


async def has_ticket(sapa: Running, person: Person) -> None:
    """A question with a person; its ticket is the first."""
    await sapa.asks(person, "/petugas")
    await sapa.asks(person, "Kapan kantor buka?")


async def news(sapa: Running, text: str = "Buka jam 8.", media: tuple[Media, ...] = ()) -> None:
    """An operator answers; nothing is sent yet."""
    async with sapa.app.store.unit() as unit:
        ticket = await unit.tickets.get(1)
        assert ticket
        await unit.people.enrol("telegram", "9", "Budi", ticket.agency, Role.OPERATOR, sapa.app.now())
        operator = await unit.people.operator("telegram", "9")
        assert operator
        await rules.reply(sapa.app, unit, operator, ticket, text, media)
        await unit.commit()


FINAL = {
    131026: "no_whatsapp",
    131050: "opted_out",
    131049: "held_back",
    130472: "held_back",
    131009: "our_request",
    999: "bad_request",
}


@pytest.mark.parametrize("code", FINAL)
async def test_b4_a_final_error_ends_the_letter_and_stands_in_the_ticket(code: int, sapa: Running, database_url: str) -> None:
    siti = sapa.person()
    await has_ticket(sapa, siti)
    sapa.meta.fail_next(with_=graph_error(code))
    await news(sapa)
    await sapa.settle()
    last = (await state_of(database_url, outbox.c.state, outbox.c.reason))[-1]
    assert tuple(last) == ("failed", FINAL[code])
    assert f"undelivered:{FINAL[code]}" in [row.text for row in await look(database_url, select(entries.c.text))]
    gone = await count(database_url, identities, identities.c.reachable.is_(False), identities.c.value == NUMBER)
    assert gone == (code == 131026)


@pytest.mark.parametrize("code", [1, 2, 131000, 131016, 131057, 131056])
async def test_b4_a_passing_error_is_tried_again(code: int, sapa: Running) -> None:
    siti = sapa.person()
    sapa.meta.fail_next(with_=graph_error(code, 500 if code < 3 else 400))
    assert await sapa.asks(siti, "/start") == []
    sapa.clock.forward(seconds=70)
    await sapa.settle()
    assert len(siti.sees()) == 1


async def test_b4_the_pair_limit_waits_longer_each_time_and_stops_nobody_else(sapa: Running) -> None:
    siti, budi = sapa.person(), sapa.person("6281111111111", "ID.7")
    waits = []
    sapa.meta.fail_next(times=3, with_=graph_error(131056))
    siti.says("/start")
    for _ in range(200):
        tried = len(sapa.meta.sent())
        await sapa.settle()
        waits.append(len(sapa.meta.sent()) > tried)
        sapa.clock.forward(seconds=1)
    gaps = [at for at, sent in enumerate(waits) if sent]
    assert [later - earlier for earlier, later in itertools.pairwise(gaps)] == pytest.approx([4, 16, 64], abs=2)
    assert len(siti.sees()) == 1
    assert len(await sapa.asks(budi, "/start")) == 1


async def test_b4_too_many_messages_a_second_pause_the_whole_number(sapa: Running) -> None:
    siti, budi = sapa.person(), sapa.person("6281111111111", "ID.7")
    sapa.meta.fail_next(with_=graph_error(130429, 429))
    await sapa.asks(siti, "/start")
    assert await sapa.asks(budi, "/start") == []
    sapa.clock.forward(seconds=6)
    sapa.start_anew()
    await sapa.settle()
    assert (len(siti.sees()), len(budi.sees())) == (1, 1)


async def test_the_limit_for_one_person_is_a_burst_and_then_one_in_six_seconds(sapa: Running) -> None:
    siti = sapa.person()
    for _ in range(50):
        siti.says("/start")
    for _ in range(3):
        await sapa.settle()
    burst = len(siti.sees())
    assert 40 <= burst <= 42  # the test itself takes some seconds
    sapa.clock.forward(seconds=6.1)
    await sapa.settle()
    assert len(siti.sees()) in (burst + 1, burst + 2)


# ------------------------------------------------------------------ B4: the 24-hour window


async def test_b4_inside_the_window_news_is_an_ordinary_message(sapa: Running) -> None:
    siti = sapa.person()
    await has_ticket(sapa, siti)
    sapa.clock.forward(hours=23)
    await news(sapa)
    await sapa.settle()
    assert siti.sees()[-1].template == ""
    assert "Buka jam 8." in siti.sees()[-1].text


async def test_b4_after_24_hours_news_is_a_template_whose_button_opens_the_ticket(sapa: Running, database_url: str) -> None:
    siti = sapa.person()
    await has_ticket(sapa, siti)
    sapa.clock.forward(hours=25)
    await news(sapa)
    await sapa.settle()
    shown = siti.sees()[-1]
    assert shown.template == "sapa_kabar_laporan"
    assert "Buka jam 8." in shown.text
    assert (await state_of(database_url))[-1].state == "sent"
    siti.taps(shown, "ticket:1")
    await sapa.settle()
    assert "MGT-" in siti.sees()[-1].text
    assert "Buka jam 8." in siti.sees()[-1].text


@pytest.mark.parametrize("late", [False, True])
async def test_b4_131047_falls_back_to_the_template_at_once_and_late(late: bool, sapa: Running, database_url: str) -> None:
    """Our clock says that the window is open; Meta says that it is not, in its answer or by a status."""
    siti = sapa.person()
    await has_ticket(sapa, siti)
    sapa.meta.heard.clear()
    sapa.meta.late_window = late
    await news(sapa)
    for _ in range(3):
        await sapa.settle()
        sapa.clock.forward(seconds=10)
    assert [shown.template for shown in siti.sees()[2:]] == ["sapa_kabar_laporan"]
    assert (await state_of(database_url))[-1].state == "sent"


async def test_b4_what_is_no_news_of_a_ticket_waits_until_the_resident_writes(sapa: Running, database_url: str) -> None:
    siti = sapa.person()
    await sapa.asks(siti, "/start")
    sapa.clock.forward(hours=25)
    async with sapa.app.store.unit() as unit:
        sapa.app.post(unit, Letter("whatsapp", NUMBER, Reply("Kabar lain")))
        await unit.commit()
    await sapa.settle()
    last = (await state_of(database_url, outbox.c.state, outbox.c.reason))[-1]
    assert tuple(last) == ("waiting", "window_closed")
    assert len(siti.sees()) == 1
    sapa.clock.forward(days=3)
    shown = await sapa.asks(siti, "/start")
    assert [one.text.startswith("Halo") for one in shown] == [True, False, True]
    assert shown[1].text == "Kabar lain"


async def test_b4_words_too_long_for_a_template_are_announced_and_come_whole_with_the_next_message(
    sapa: Running, database_url: str
) -> None:
    siti = sapa.person()
    await has_ticket(sapa, siti)
    sapa.clock.forward(hours=25)
    await news(sapa, "Syaratnya banyak. " * 70 + "Selesai.")
    await sapa.settle()
    assert siti.sees()[-1].text.count("…") == 1
    assert (await state_of(database_url))[-1].state == "waiting"
    siti.says("ya?")
    await sapa.settle()
    assert any("Selesai." in shown.text and not shown.template for shown in siti.sees())


async def test_b4_a_template_that_meta_refuses_leaves_the_news_waiting_with_an_alarm(sapa: Running, database_url: str) -> None:
    siti = sapa.person()
    await has_ticket(sapa, siti)
    sapa.meta.templates.clear()
    alarms = metric("sapa_alarms_total", kind="letters_stopped")
    sapa.clock.forward(hours=25)
    await news(sapa)
    await sapa.settle()
    last = (await state_of(database_url, outbox.c.state, outbox.c.reason))[-1]
    assert tuple(last) == ("waiting", "template_refused")
    assert metric("sapa_alarms_total", kind="letters_stopped") == alarms + 1
    siti.says("halo")
    await sapa.settle()
    assert any("Buka jam 8." in shown.text for shown in siti.sees())


# ------------------------------------------------------------------ few messages


@pytest.fixture
async def gathering(store: Store, database_url: str, clock: Clock) -> AsyncIterator[Running]:
    async with opened(store, database_url, clock, Limits(1000.0, gathers=10.0)) as running:
        yield running
        assert not running.meta.refused


async def test_news_of_one_ticket_within_seconds_is_one_message(gathering: Running, database_url: str) -> None:
    siti = gathering.person()
    await has_ticket(gathering, siti)
    for text in ("Buka jam 8.", "Istirahat jam 12.", "Tutup jam 15."):
        await news(gathering, text)
    await gathering.settle()
    assert len(siti.sees()) == 2
    gathering.clock.forward(seconds=11)
    await gathering.settle()
    (merged,) = siti.sees()[2:]
    assert [word in merged.text for word in ("jam 8", "jam 12", "jam 15")] == [True] * 3
    assert [row.state for row in await state_of(database_url)][-3:] == ["sent", "merged", "merged"]


async def test_what_the_resident_asks_for_does_not_wait_behind_gathering_news(gathering: Running) -> None:
    siti = gathering.person()
    await has_ticket(gathering, siti)
    await news(gathering)
    shown = await gathering.asks(siti, "/start")
    assert [one.text.startswith("Halo") for one in shown[2:]] == [False, True]


async def test_outside_the_window_ten_minutes_of_news_are_one_template(gathering: Running) -> None:
    siti = gathering.person()
    await has_ticket(gathering, siti)
    gathering.clock.forward(hours=25)
    await news(gathering, "Buka jam 8.")
    gathering.clock.forward(seconds=30)
    await gathering.settle()
    await news(gathering, "Tutup jam 15.")
    gathering.clock.forward(seconds=30)
    await gathering.settle()
    assert len(siti.sees()) == 2
    gathering.clock.forward(seconds=GATHERS_OUTSIDE.total_seconds())
    await gathering.settle()
    (template,) = siti.sees()[2:]
    assert template.template
    assert "jam 8" in template.text
    assert "jam 15" in template.text


async def test_messages_that_cost_money_are_counted_once_by_month(sapa: Running, database_url: str) -> None:
    siti = sapa.person()
    await has_ticket(sapa, siti)
    sapa.clock.forward(hours=25)
    await news(sapa)
    await sapa.settle()
    wamid = siti.sees()[-1].wamid
    for status in ("read", "delivered"):
        priced: Json = {"pricing": {"billable": True, "category": "utility", "pricing_model": "PMP"}}
        sapa.meta.emit(sapa.meta.status(wamid, status, 0, **priced))
        await sapa.settle()
    assert await count(database_url, outbox, outbox.c.billed) == 1


# ------------------------------------------------------------------ B5, B6


async def test_b5_a_revoked_token_pauses_the_number_and_burns_no_attempt(sapa: Running, database_url: str) -> None:
    siti = sapa.person()
    alarms = metric("sapa_alarms_total", kind="token_revoked")
    sapa.meta.token = "another"
    for _ in range(5):
        siti.says("/start")
        await sapa.settle()
    tried = len(sapa.meta.sent())
    assert tried == 1
    assert metric("sapa_alarms_total", kind="token_revoked") == alarms + 1
    assert metric("sapa_channel_connected", channel="whatsapp") == 0
    sapa.clock.forward(seconds=61)
    sapa.meta.token = "EAAFakeFakeFakeFakeFakeFakeFake"
    sapa.start_anew()
    await sapa.settle()
    assert len(siti.sees()) == 5
    assert metric("sapa_channel_connected", channel="whatsapp") == 1
    assert {row.attempts for row in await state_of(database_url, outbox.c.attempts)} == {1}


@pytest.mark.parametrize("code", [10, 200, 131031, 131042, 368, 131048, 131064])
async def test_b5_what_only_a_person_can_mend_is_an_alarm(code: int, sapa: Running) -> None:
    alarms = metric("sapa_alarms_total", kind="letters_stopped")
    sapa.meta.fail_next(with_=graph_error(code, 403))
    await sapa.asks(sapa.person(), "/start")
    assert metric("sapa_alarms_total", kind="letters_stopped") == alarms + 1
    assert metric("sapa_channel_connected", channel="whatsapp") == 0


async def test_b6_a_file_whose_link_ran_out_is_asked_for_once_more(sapa: Running, tmp_path: Path) -> None:
    media_id, into = sapa.meta.store(picture(), "image/jpeg"), tmp_path / "file"
    sapa.meta.fail_next("link", with_=faults.Refusal(404, ""))
    await sapa.channel.fetch(media_id, into, MOST_BYTES)
    assert into.read_bytes() == picture()
    sapa.meta.fail_next("link", times=2, with_=faults.Refusal(404, ""))
    with pytest.raises(Refused):
        await sapa.channel.fetch(media_id, into, MOST_BYTES)
    with pytest.raises(Refused):
        await sapa.channel.fetch("99", into, MOST_BYTES)
    sapa.meta.fail_next("link", with_=faults.server_error())
    with pytest.raises(Delayed):
        await sapa.channel.fetch(media_id, into, MOST_BYTES)


async def test_b6_a_file_that_is_larger_than_we_take_is_refused(sapa: Running, tmp_path: Path) -> None:
    media_id = sapa.meta.store(picture(), "image/jpeg")
    with pytest.raises(Refused, match="too_large"):
        await sapa.channel.fetch(media_id, tmp_path / "file", len(picture()) - 1)


async def test_b6_a_photo_is_kept_by_its_id_and_the_ticket_stays_whatever_becomes_of_the_file(
    sapa: Running, database_url: str
) -> None:
    siti = sapa.person()
    await sapa.asks(siti, "/petugas")
    siti.sends_photo("Kapan kantor ini buka?")
    await sapa.settle()
    sapa.meta.media.clear()
    (row,) = await look(database_url, select(entries.c.media).where(entries.c.author.like("resident%")))
    assert row.media[0][0] == "photo"
    assert await count(database_url, tickets) == 1


@pytest.mark.parametrize("fault", [faults.reset_after(), faults.bad_gateway(), faults.not_json()])
async def test_a_letter_of_which_we_are_not_sure_is_cleared_up_by_its_status(
    fault: faults.Fault, sapa: Running, database_url: str
) -> None:
    """B2: the answer was lost, but each status names our own letter: no second copy goes out."""

    async def states() -> list[tuple[str, str | None]]:
        return [tuple(row) for row in await state_of(database_url, outbox.c.state, outbox.c.progress)]

    siti = sapa.person()
    sapa.meta.fail_next(with_=fault)
    await sapa.asks(siti, "/start")
    sapa.clock.forward(seconds=10)
    await sapa.settle()
    async with asyncio.timeout(10):  # its statuses come when Meta likes
        while await states() != [("sent", "delivered")]:
            await sapa.settle()
    assert len(siti.sees()) == 1


async def test_typing_is_shown_before_the_answer(sapa: Running) -> None:
    siti = sapa.person()
    sapa.meta.fail_next("read", with_=faults.hang(0.3, accepted=True))
    await sapa.asks(siti, "/start")
    kinds = ["read" if call.body.get("status") == "read" else "message" for call in sapa.meta.calls]
    assert kinds == ["read", "message"]
    assert sapa.meta.calls[0].body["typing_indicator"] == {"type": "text"}


async def test_an_answer_does_not_depend_on_typing(sapa: Running) -> None:
    sapa.meta.fail_next("read", with_=faults.server_error())
    assert len(await sapa.asks(sapa.person(), "/start")) == 1
    await asyncio.sleep(0)
    assert timedelta(0) == sapa.clock.ahead
