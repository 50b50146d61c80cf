"""WhatsApp as others see it: Meta's own examples and description, pywa; and what residents do that only WhatsApp knows."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pywa.client import WhatsApp as Pywa
from pywa.types.callback import Button
from sqlalchemy import select

from bot.channels.whatsapp import Limits
from bot.channels.whatsapp_client import File
from bot.channels.whatsapp_errors import meaning
from domain.errors import Delayed, Refused
from domain.messages import Kind, Letter, Media, Reply
from store.tables import feedback, inbox, outbox, tickets
from store.unit import Store
from tests.conftest import Clock, sqlite_url
from tests.doubles import whatsapp_openapi
from tests.doubles.telegram_world import picture
from tests.doubles.whatsapp_fake import ACCOUNT_ID, NUMBER_ID, SECRET, TOKEN, VERIFY_TOKEN, WhatsAppFake
from tests.doubles.whatsapp_people import Person
from tests.faults.instance import opening
from tests.ledger import count, look
from tests.whatsapp import BSUID, NUMBER, Running, opened

Json = dict[str, Any]
meta_is_here = pytest.mark.skipif(not whatsapp_openapi.here(), reason=whatsapp_openapi.WHY_SKIPPED)


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: Any) -> str:
    """One database is enough here: nothing of this is about the store."""
    return sqlite_url(shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "sapa.db"))


@pytest.fixture
async def sapa(store: Store, database_url: str, clock: Clock) -> AsyncIterator[Running]:
    async with opened(store, database_url, clock, Limits(1000.0)) as running:
        yield running
        assert not running.meta.refused


# ------------------------------------------------------------------ Meta's examples


@meta_is_here
async def test_metas_own_examples_are_taken_understood_and_none_of_them_dies(sapa: Running, database_url: str) -> None:
    """Several examples share one id; each is given its own, so that none counts as a repetition."""
    for number, (name, body) in enumerate(whatsapp_openapi.examples().items()):
        for message in body["entry"][0]["changes"][0]["value"].get("messages", []):
            message["id"] = f"wamid.example{number}"
            message["from"] = f"1650555{number:04d}"
            body["entry"][0]["changes"][0]["value"]["contacts"] = [{"wa_id": message["from"], "profile": {"name": name[:10]}}]
        sapa.meta.emit(*body["entry"][0]["changes"])
    await sapa.settle()
    assert sapa.meta.statuses_of_hook.count(200) >= 16
    assert await count(database_url, inbox, inbox.c.state != "done") == 0
    assert await count(database_url, inbox, inbox.c.external_id.like("wamid.example%")) == 13


EXPECTED = {
    "Text Message": Kind.TEXT,
    "Text Message with Context (Product Inquiry)": Kind.TEXT,
    "Text Message from Click to WhatsApp Ad": Kind.TEXT,
    "Reaction Message": Kind.REACTION,
    "Image Message": Kind.PHOTO,
    "Location Message": Kind.LOCATION,
    "Contact Sharing Message": Kind.TEXT,
    "Unsupported Message": Kind.UNSUPPORTED,
    "Button Message": Kind.BUTTON,
    "Interactive List Reply Message": Kind.BUTTON,
    "Interactive Button Reply Message": Kind.BUTTON,
    "Order Message": Kind.UNSUPPORTED,
    "System Message": Kind.MIGRATION,
    "Group Create Message": Kind.SILENT,
    "Group Settings Update": Kind.SILENT,
    "Group Remove Participants": Kind.SILENT,
}


@meta_is_here
@pytest.mark.parametrize("name", EXPECTED)
def test_each_of_metas_examples_is_what_it_says(name: str, sapa: Running) -> None:
    body = json.dumps(whatsapp_openapi.examples()[name]).encode()
    (arrival,) = sapa.channel.arrivals(body)
    assert sapa.channel.parse(arrival).kind is EXPECTED[name]


@meta_is_here
def test_the_description_refuses_what_meta_would() -> None:
    base = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": NUMBER}
    taps = [{"type": "reply", "reply": {"id": str(number), "title": "x" * 21}} for number in range(4)]
    too_many = {"type": "button", "body": {"text": "?"}, "action": {"buttons": taps}}
    assert whatsapp_openapi.complaints({**base, "type": "text", "text": {"body": "halo"}}) == []
    assert whatsapp_openapi.complaints({**base, "type": "text", "text": {"body": "halo", "colour": 7}})
    assert whatsapp_openapi.complaints({**base, "type": "text"})
    assert whatsapp_openapi.complaints({**base, "type": "interactive", "interactive": too_many})


# ------------------------------------------------------------------ pywa


def client() -> Pywa:
    """Without a server: bodies are handed over by the test."""
    return Pywa(NUMBER_ID, TOKEN, server=None, verify_token=VERIFY_TOKEN, app_secret=SECRET, waba_id=ACCOUNT_ID)


async def test_pywa_reads_what_our_fake_tells() -> None:
    """A library that nobody here wrote takes our fake for Meta."""
    heard: list[Any] = []
    wa: Any = client()
    for register in (wa.on_message, wa.on_callback_button, wa.on_callback_selection, wa.on_message_status):
        register()(lambda _, update: heard.append(update))
    async with WhatsAppFake() as meta:
        siti = Person(meta, NUMBER, BSUID)
        shown = meta._show(NUMBER, {"type": "text", "text": {"body": "halo"}, "to": NUMBER})  # noqa: SLF001 - our own double
        bodies = [
            siti.says("halo"),
            siti.sends_photo("jalan"),
            siti.sends_voice(),
            siti.sends_place(-7.65, 111.33),
            siti.reacts(shown, "👍"),
            siti.taps(shown, "menu"),
            meta.emit(meta.status(shown.wamid, "delivered")),
            meta.emit(meta.status(shown.wamid, "failed", 131026)),
            Person(meta, "", "ID.2").says("tanpa nomor"),
        ]
        answers = [wa.webhook_update_handler(json.dumps(body).encode()) for body in bodies]
    assert [status for _, status in answers] == [200] * len(bodies)
    kinds = [type(one).__name__ for one in heard]
    assert kinds == ["Message"] * 5 + ["CallbackButton"] + ["MessageStatus"] * 2 + ["Message"]
    assert heard[0].text == "halo"
    assert heard[1].image.mime_type == "image/jpeg"
    assert heard[3].location.latitude == -7.65
    assert heard[4].reaction.emoji == "👍"
    assert heard[7].error.code == 131026
    assert (heard[8].from_user.bsuid, heard[8].from_user.wa_id) == ("ID.2", None)


async def test_our_fake_serves_pywas_client() -> None:
    async with WhatsAppFake() as meta:
        Person(meta, NUMBER, BSUID).says("halo")
        wa = client()
        wa.api._session.base_url = f"{meta.url}/v26.0"  # noqa: SLF001 - the library has no setting for it
        sent = await asyncio.to_thread(wa.send_message, NUMBER, "halo")
        buttons = [Button("Ya", "pass:yes"), Button("Menu", "menu")]
        await asyncio.to_thread(wa.send_message, NUMBER, "Diteruskan?", buttons=buttons)
        uploaded = await asyncio.to_thread(wa.upload_media, picture(), mime_type="image/jpeg", filename="foto.jpg")
        url = await asyncio.to_thread(wa.get_media_url, uploaded.id)
        assert await asyncio.to_thread(wa.get_media_bytes, url.url) == picture()
        wa.api._session.close()  # noqa: SLF001
        assert sent.id.startswith("wamid.")
        assert [shown.text for shown in meta.chat(NUMBER)] == ["halo", "Diteruskan?"]
        assert meta.chat(NUMBER)[1].labels == ["Ya", "Menu"]


# ------------------------------------------------------------------ what residents do


async def test_a_number_presses_the_choice_of_that_number(sapa: Running) -> None:
    """Too many topics for a list: they are numbered, and the number is written."""
    siti = sapa.person()
    siti.taps((await sapa.asks(siti, "/start"))[0], "domain:kesehatan")
    await sapa.settle()
    topics = siti.sees()[-1]
    assert len(topics.labels) > 10
    siti.says("3.")
    await sapa.settle()
    assert topics.labels[2].rstrip("…") in siti.sees()[-1].text


async def test_a_number_without_choices_is_an_ordinary_message(sapa: Running) -> None:
    siti = sapa.person()
    await sapa.asks(siti, "/petugas")
    assert "MGT-" in (await sapa.asks(siti, "3"))[-1].text


async def test_a_thumb_on_a_question_is_its_yes(sapa: Running, database_url: str) -> None:
    siti = sapa.person()
    (offer,) = await sapa.asks(siti, "Berapa berat gajah di kebun binatang?")
    siti.reacts(offer, "👍")
    await sapa.settle()
    assert siti.sees()[-1].text.startswith(opening("operator.passed_on"))
    assert await count(database_url, tickets) == 1


async def test_a_thumb_on_an_answer_is_a_vote_and_a_heart_on_anything_else_asks_for_nothing(
    sapa: Running, database_url: str
) -> None:
    siti = sapa.person()
    (answer,) = await sapa.asks(siti, "Cara mengurus KTP hilang bagaimana ya?")
    siti.reacts(answer, "👎")
    await sapa.settle()
    assert [row.vote for row in await look(database_url, select(feedback.c.vote))] == ["down"]
    (_, asked) = siti.sees()
    siti.reacts(asked, "")
    siti.reacts(asked, "🐘")
    await sapa.settle()
    assert len(siti.sees()) == 2


async def test_a_shared_contact_is_read_as_words(sapa: Running, database_url: str) -> None:
    siti = sapa.person()
    await sapa.asks(siti, "/petugas")
    siti.sends("contacts", [{"name": {"formatted_name": "Pak Lurah"}, "phones": [{"phone": "+62 811-111"}]}])
    await sapa.settle()
    assert [row.text for row in await look(database_url, select(tickets.c.text))] == ["Pak Lurah ▮"]


async def test_what_goes_to_another_number_of_the_account_is_kept_and_not_answered(sapa: Running, database_url: str) -> None:
    siti = sapa.person()
    other = siti.change(siti.message("text", {"body": "/start"}))
    other["value"]["metadata"]["phone_number_id"] = "1"
    sapa.meta.emit(other)
    await sapa.settle()
    assert siti.sees() == []
    assert await count(database_url, inbox, inbox.c.state == "done") == 1


async def test_reading_is_shown_for_what_people_do_and_not_for_receipts(sapa: Running) -> None:
    siti = sapa.person()
    body = siti.says("/start")
    await sapa.settle()
    assert sapa.meta.read() == [body["entry"][0]["changes"][0]["value"]["messages"][0]["id"]]


async def test_a_file_of_another_messenger_is_handed_to_meta_once(sapa: Running, database_url: str) -> None:
    async def files(media: Media) -> File:
        return File(picture(), "image/jpeg", "foto.jpg")

    sapa.channel._files = files  # noqa: SLF001 - the builder's part
    siti = sapa.person()
    await sapa.asks(siti, "/start")
    for _ in range(2):
        async with sapa.app.store.unit() as unit:
            sapa.app.post(unit, Letter("whatsapp", NUMBER, Reply("Fotonya", media=Media("photo", "AgACAgUAAxkB"))))
            await unit.commit()
        await sapa.settle()
    assert [shown.kind for shown in siti.sees()] == ["text", "photo", "photo"]
    assert len([call for call in sapa.meta.calls if call.path.endswith("/media")]) == 1


async def test_a_file_that_nobody_can_bring_is_a_failure_that_says_so(sapa: Running, database_url: str) -> None:
    await sapa.asks(sapa.person(), "/start")
    async with sapa.app.store.unit() as unit:
        sapa.app.post(unit, Letter("whatsapp", NUMBER, Reply("Fotonya", media=Media("photo", "AgACAgUAAxkB"))))
        await unit.commit()
    await sapa.settle()
    rows = await look(database_url, select(outbox.c.state, outbox.c.reason).order_by(outbox.c.id))
    assert tuple(rows[-1]) == ("failed", "media")


# ------------------------------------------------------------------ codes


RETRY = (130429, 131056, 80007, 4, 131016, 131000, 131057)
GIVE_UP = (131026, 131050, 131049, 130472, 100, 131008, 131009)
ALARM = (190, 10, 200, 299, 131031, 131042, 368, 131048, 131064)
WAIT = (131047, 132000, 132001, 132005, 132007, 132012, 132015, 132016)


def test_every_code_of_the_plan_has_its_meaning() -> None:
    assert [code for code in (*RETRY, *ALARM) if not isinstance(meaning(code), Delayed)] == []
    assert [code for code in GIVE_UP if not isinstance(meaning(code), Refused)] == []
    found = [meaning(code) for code in WAIT]
    assert all(isinstance(one, Delayed) and one.awaits for one in found)
    assert all(isinstance(one, Delayed) and one.pauses and not one.counts for one in map(meaning, ALARM))
    assert meaning(999_999) is None
