"""Going out: limits, errors, broken lines, strange words and impatient fingers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import sending
from bot.build import utc_now as clock_now
from bot.channels import telegram_request
from bot.worker import Worker
from domain.people import Desk, Role
from domain.retry import DELAYS, JITTER
from services.publishing import catch_up
from store.outbox import LEASE
from store.tables import outbox, tickets
from tests.conftest import Clock
from tests.doubles import telegram_faults as faults
from tests.doubles.process import Sapa
from tests.doubles.telegram_fake import TelegramFake
from tests.doubles.telegram_people import Member, Voice
from tests.doubles.telegram_world import ShownMessage
from tests.faults.instance import Instance, carries, says, settled, until_sent, until_turned
from tests.ledger import count, look

GROUP = -1_001_000_000_001
PAUSE = 4  # seconds that Telegram asks for
GRACE = 1.0  # seconds until what one process was told is known to the other, on a busy machine


# ------------------------------------------------------------------ limits


async def test_b1_too_many_requests_stops_every_process_and_loses_nothing(database_url: str, fake: TelegramFake) -> None:
    """B1: two processes; one call is answered 429 with retry_after 4, another at the same time with 1."""
    people = [fake.person(chat) for chat in range(101, 121)]
    async with (
        Sapa(database_url=database_url, telegram_url=fake.url) as serve,
        Sapa(database_url=database_url, telegram_url=fake.url, command="worker", ready=None) as second,
    ):
        await fake.wait_called("setMyCommands")
        await says(second, "working")
        await people[0].asks("/start")
        fake.fail_next(with_=faults.too_many(PAUSE))
        fake.fail_next(with_=faults.too_many(1))
        before = len(fake.calls)
        for person in people:
            person.says("/petugas")
        await fake.wait_for(lambda: len(fake.calls) > before)
        stopped = fake.calls[before].at

        for person in people:  # arrivals go on being stored and turned
            person.says("Kapan kantor buka?")
            person.says("/start")
        await fake.drained()
        await until_turned(database_url)
        assert time.monotonic() - stopped < PAUSE
        assert await count(database_url, tickets) == len(people)

        await fake.wait_for(lambda: all(len(person.sees()) >= 3 for person in people), timeout=20)
        await until_sent(database_url)
        assert serve.running
        assert second.running

    during = [call.at - stopped for call in fake.calls if GRACE < call.at - stopped < PAUSE]
    assert during == []
    after = sorted(call.at - stopped for call in fake.calls if call.at - stopped >= PAUSE)
    assert after[0] < PAUSE + 2.0
    assert after[40] < after[0] + 6.0  # 25 a second, all chats together
    for person in people:
        asked, passed_on, greeted = person.sees()[-3:]
        assert carries(asked, "operator.ask")
        assert carries(passed_on, "operator.passed_on")
        assert carries(greeted, "start.greeting")
    assert await count(database_url, outbox, outbox.c.state != "sent") == 0


async def test_b1_a_second_pause_never_shortens_the_first(
    database_url: str, fake: TelegramFake, instance: Instance, clock: Clock
) -> None:
    """B1: a minute, then a second, told to two letters that were under way together; and the other way round."""
    for first, second in ((60, 1), (1, 60)):
        clock.forward(seconds=5)
        fake.fail_next(with_=faults.too_many(first))
        fake.fail_next(with_=faults.too_many(second))
        fake.person(11).says("/start")
        fake.person(12).says("/start")
        await fake.drained()
        await instance.worker.drain()
        calls = len(fake.calls)
        clock.forward(seconds=59)
        await instance.worker.drain()
        assert len(fake.calls) == calls
        quiet_no_more(instance)
        clock.forward(seconds=2)
        await instance.worker.drain()
        assert len(fake.calls) == calls + 2
    assert [len(fake.chat(11)), len(fake.chat(12))] == [2, 2]


def quiet_no_more(instance: Instance) -> None:
    """The pause that a process keeps in its own memory runs on the real clock; this one stands in for a restart."""
    instance.worker = Worker(instance.app)


# ------------------------------------------------------------------ broken lines


@dataclass(frozen=True)
class Case:
    """What happens to the first try. `copies` that arrive at most; `uncertain`: so the letter is marked."""

    fault: faults.Fault
    copies: int
    uncertain: bool


CASES = {
    "500": Case(faults.server_error(), 1, False),
    "502 as HTML": Case(faults.bad_gateway(), 1, False),
    "silence": Case(faults.hang(5), 1, True),
    "silence after it was taken": Case(faults.hang(5, accepted=True), 2, True),
    "reset before the body was read": Case(faults.reset_before(), 1, True),
    "reset after the body was read": Case(faults.reset_after(), 2, True),
    "a page of the hotel's network": Case(faults.not_json(), 1, True),
    "byte by byte": Case(faults.drip(2.0), 2, True),
}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes 25 seconds takes half a second."""
    monkeypatch.setattr(telegram_request, "READ_SECONDS", 0.3)
    monkeypatch.setattr(telegram_request, "CONNECT_SECONDS", 0.2)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_b2_a_letter_that_met_an_error_is_tried_again_with_jitter(
    database_url: str, fake: TelegramFake, instance: Instance, clock: Clock, case: Case
) -> None:
    """B2: at most one copy too many, and only where the first may have arrived; the letter says so."""
    fake.person(11).says("/start")
    await fake.drained()
    fake.fail_next(with_=case.fault)
    await instance.worker.drain()

    letter = (await look(database_url, select(outbox)))[0]
    assert (letter.state, letter.uncertain) == ("due", case.uncertain)
    wait = (letter.not_before - clock()).total_seconds()
    assert DELAYS[0] * (1 - JITTER) - 1 <= wait <= DELAYS[0] * (1 + JITTER)

    clock.forward(seconds=wait + 0.1)
    await instance.worker.drain()
    letter = (await look(database_url, select(outbox)))[0]
    assert (letter.state, letter.uncertain, len(fake.chat(11))) == ("sent", case.uncertain, case.copies)
    assert bool(fake.called("getMe")) is case.uncertain  # asked first, before a copy was risked


async def test_b2_no_send_outlives_its_lease(
    database_url: str, fake: TelegramFake, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B2: another worker would take it for dead and send it again."""
    assert timedelta(seconds=sending.SEND_SECONDS) < LEASE
    monkeypatch.setattr(sending, "SEND_SECONDS", 0.2)
    fake.person(11).says("/start")
    await fake.drained()
    fake.fail_next(with_=faults.hang(5))
    await instance.worker.drain()
    letter = (await look(database_url, select(outbox)))[0]
    assert (letter.state, letter.uncertain, letter.reason) == ("due", True, "too_slow")


async def test_b2_a_letter_whose_line_breaks_twice_ends_as_uncertain(
    database_url: str, fake: TelegramFake, instance: Instance, clock: Clock
) -> None:
    """B2: a third copy would be a guess."""
    fake.person(11).says("/start")
    await fake.drained()
    fake.fail_next(with_=faults.reset_after(), times=2)
    for _ in range(5):
        await instance.worker.drain()
        clock.forward(minutes=1)
    letter = (await look(database_url, select(outbox)))[0]
    assert (letter.state, letter.reason, len(fake.chat(11))) == ("uncertain", "line_broke", 2)


async def test_b2_while_telegram_is_down_nothing_is_uncertain_and_the_waits_grow_for_a_day(
    database_url: str, fake: TelegramFake, instance: Instance, clock: Clock
) -> None:
    """B2 and goal 10: 5 s, 30 s, 2 min, 10 min, 30 min, then every hour, ±20 %; after 24 h it has failed."""
    fake.person(11).says("/start")
    await fake.drained()
    await fake.stop()
    waits = []
    while True:
        await instance.worker.drain()
        letter = (await look(database_url, select(outbox)))[0]
        assert not letter.uncertain
        if letter.state == "failed":
            break
        waits.append((letter.not_before - clock()).total_seconds())
        clock.forward(seconds=waits[-1] + 0.1)
    wanted = [*DELAYS, *[DELAYS[-1]] * (len(waits) - len(DELAYS))]
    assert all(0.8 * want - 1 <= wait <= 1.2 * want for want, wait in zip(wanted, waits, strict=True))
    assert len({round(wait / want, 3) for want, wait in zip(wanted, waits, strict=True)}) > 10
    assert timedelta(hours=22) < clock.ahead <= timedelta(hours=24)
    await fake.start()


# ------------------------------------------------------------------ strange words


NAME = "_<b>&[x](http://e)"


async def test_b3_mark_up_in_names_and_articles_is_shown_as_it_is(fake: TelegramFake, instance: Instance, clock: Clock) -> None:
    """B3: everything is escaped; our own bold is the only mark-up."""
    await break_an_article(instance, "**tebal <b>tanpa akhir & <a href='x'> </i> 3 < 4")
    shown = (await answered(fake.person(12), "KTP saya hilang", instance, clock))[-1]
    assert "**tebal <b>tanpa akhir & <a href='x'> </i> 3 < 4" in shown.text

    operator, card = await a_ticket_on_a_desk(fake, instance, clock)
    operator.presses(card, instance.app.say("button.ambil"))
    await fake.drained()
    await settled(instance, clock)
    note = next(shown for shown in fake.chat(GROUP) if NAME in shown.text)
    assert {entity["type"] for entity in note.entities} <= {"bold"}


async def break_an_article(instance: Instance, words: str) -> None:
    """Publish an edition in which the article on a lost card holds these words."""
    async with instance.app.store.unit() as unit:
        texts = await unit.articles.texts(await unit.articles.newest())
        article = instance.app.knowledge.article("administrasi/ktp-hilang")
        assert article is not None
        first = article.summary.splitlines()[0]
        assert first in texts[article.id]
        await unit.articles.publish({**texts, article.id: texts[article.id].replace(first, words)}, "test", "b3", clock_now())
        await unit.commit()
    await catch_up(instance.app)


async def answered(person: Voice, text: str, instance: Instance, clock: Clock) -> list[ShownMessage]:
    person.says(text)
    await person.fake.drained()
    await settled(instance, clock)
    return person.sees()


async def a_ticket_on_a_desk(fake: TelegramFake, instance: Instance, clock: Clock) -> tuple[Member, ShownMessage]:
    """A resident (11) asked a person; the coordinator's group shows the card to its operator."""
    operator = fake.group(GROUP).member(fake.person(21, NAME))
    coordinator = instance.app.region.coordinator
    async with instance.app.store.unit() as unit:
        await unit.people.bind_desk(Desk("telegram", str(GROUP), coordinator), clock())
        await unit.people.enrol("telegram", "21", NAME, coordinator, Role.OPERATOR, clock())
        await unit.commit()
    await answered(fake.person(11), "/petugas", instance, clock)
    await answered(fake.person(11), "Kapan kantor buka?", instance, clock)
    card = fake.chat(GROUP)[0]
    assert instance.app.say("button.ambil") in card.labels
    return operator, card


async def test_b3_what_telegram_cannot_parse_goes_out_as_plain_text(
    database_url: str, fake: TelegramFake, instance: Instance, clock: Clock
) -> None:
    """B3: never dropped."""
    fake.fail_next(with_=faults.bad_request('can\'t parse entities: Unsupported start tag "x" at byte offset 0'))
    shown = await answered(fake.person(11), "/start", instance, clock)
    greeting = instance.app.say("start.greeting", region=instance.app.region.name).replace("**", "")
    assert [one.text.startswith(greeting) for one in shown] == [True]
    assert shown[0].entities == []
    assert [row.state for row in await look(database_url, select(outbox.c.state))] == ["sent"]


# ------------------------------------------------------------------ impatient fingers


async def test_b9_a_double_click_of_an_operator_is_one_message_to_the_resident(
    database_url: str, fake: TelegramFake, instance: Instance, clock: Clock
) -> None:
    """B9: two presses of one button, each of them delivered twice by Telegram."""
    operator, card = await a_ticket_on_a_desk(fake, instance, clock)
    resident = fake.person(11)

    await press_twice(operator, card, instance.app.say("button.ambil"), instance, clock)
    assert sum(carries(shown, "letter.taken") for shown in resident.sees()) == 1

    operator.replies(card, "Senin sampai Jumat, 08.00–15.00.")
    await fake.drained()
    await settled(instance, clock)
    await press_twice(operator, card, instance.app.say("button.selesai"), instance, clock)
    reasons = fake.chat(GROUP)[-1]
    await press_twice(operator, reasons, reasons.labels[0], instance, clock)
    assert sum("08.00–15.00" in shown.text for shown in resident.sees()) == 1
    assert sum(instance.app.say("letter.closed", agency="X", number="Y")[-40:] in shown.text for shown in resident.sees()) == 1
    assert len(fake.answered) == 6  # every press stops spinning


async def press_twice(operator: Member, card: ShownMessage, label: str, instance: Instance, clock: Clock) -> None:
    data = card.data_of(label)
    presses = [operator.presses_data(card, data) for _ in range(2)]
    assert set(await operator.fake.push_all(presses, copies=2)) == {200}
    await settled(instance, clock)
