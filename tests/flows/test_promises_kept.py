"""The clock of the law as time passes: warned, broken, escalated, closed, and standing still while a resident is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from domain.people import Operator, Role
from domain.promise import PromiseKind, Stage
from domain.ticket import State, Ticket
from services.tickets import hold
from store.unit import Store
from tests.conftest import Clock
from tests.doubles.telegram_fake import TelegramFake
from tests.flows.drivers import TurnsWorld, Voice
from tests.flows.stories import REGION, complains

AGENCY = "dpupr"
HERE = {AGENCY: Role.OPERATOR}


@pytest.fixture
async def world(fake: TelegramFake, store: Store, database_url: str, clock: Clock) -> AsyncIterator[TurnsWorld]:
    async with TurnsWorld(fake, store, database_url, clock) as opened:
        yield opened


async def until(world: TurnsWorld, moment: datetime) -> None:
    """Time passes up to a moment, a quarter of an hour at a time, and the clock ticks."""
    while world.clock() < moment:
        world.clock.forward(seconds=min(900.0, (moment - world.clock()).total_seconds() + 1))
        await world.parts.worker.tick()
    await world.parts.worker.drain()


async def ticket_of(world: TurnsWorld, number: str) -> Ticket:
    async with world.store.reading() as unit:
        found = await unit.tickets.by_number(number)
    assert found is not None
    return found


async def due(world: TurnsWorld, ticket: Ticket, kind: PromiseKind = PromiseKind.ANSWER) -> datetime:
    async with world.store.reading() as unit:
        return (await unit.promises.of(ticket.id))[kind].due_at


async def somebody_who_answers_for(world: TurnsWorld, agency: str, role: Role) -> Voice:
    """A head or a coordinator, in their private chat with the bot."""
    person = world.resident()
    async with world.store.unit() as unit:
        await unit.people.enrol("telegram", person.chat, "Pimpinan", agency, role, world.clock())
        await unit.commit()
    return person


def told(person: Voice, key: str, number: str) -> int:
    """How often somebody was told something about a ticket."""
    mark = {"warned": "⏳", "broken": "⏰", "escalated": "🚨"}[key]
    return sum(message.text.startswith(mark) and number in message.text for message in person.messages())


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_a_broken_promise_is_warned_of_then_told_to_the_head_and_then_to_the_coordinator(world: TurnsWorld) -> None:
    desk, siti = await world.desk(AGENCY), world.resident()
    head = await somebody_who_answers_for(world, AGENCY, Role.HEAD)
    coordinator = await somebody_who_answers_for(world, REGION.coordinator, Role.COORDINATOR)
    number = await complains(siti, AGENCY)
    ticket = await ticket_of(world, number)
    await until(world, (await due(world, ticket)) - timedelta(minutes=1))
    assert told(head, "broken", number) == 2  # of the first reaction and of the verification, which were due long before
    before = told(desk, "warned", number), told(desk, "broken", number)
    assert before == (3, 2)
    await until(world, await due(world, ticket))
    assert told(desk, "broken", number) == told(head, "broken", number) == 3
    await until(world, (await due(world, ticket)) + timedelta(days=10))
    assert told(desk, "escalated", number) == told(coordinator, "escalated", number) == 3
    assert told(desk, "warned", number) == 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_answer_in_time_is_never_reminded_of_and_silence_closes_it_which_is_not_fixed(world: TurnsWorld) -> None:
    desk, siti = await world.desk(AGENCY), world.resident()
    number = await complains(siti, AGENCY)
    await desk.says("Besok pagi petugas kami menambal lubangnya.", to=desk.messages()[-1])
    ticket = await ticket_of(world, number)
    assert ticket.due_at is None
    await until(world, await due(world, ticket, PromiseKind.CLOSING))
    assert told(desk, "warned", number) == 0
    assert (await ticket_of(world, number)).state is State.LAPSED
    assert [message for message in siti.messages() if number in message.text][-1].labels[0]  # it can be opened again
    await siti.presses("button.reopen")
    again = await ticket_of(world, number)
    assert again.state is State.REOPENED
    assert again.due_at is not None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_while_the_resident_is_asked_the_clock_stands_still(world: TurnsWorld) -> None:
    _, siti = await world.desk(AGENCY), world.resident()
    number = await complains(siti, AGENCY)
    ticket = await ticket_of(world, number)
    was_due = await due(world, ticket)
    async with world.store.unit() as unit:
        operator = Operator(await unit.people.enrol("telegram", "21", "Budi", AGENCY, Role.OPERATOR, world.clock()), "Budi", HERE)
        held = await hold(world.parts.app, unit, operator, ticket, "Di RT berapa?")
        await unit.commit()
    await world.parts.worker.drain()
    assert (held.state, held.due_at) == (State.HELD, None)
    await until(world, was_due + timedelta(days=30))
    async with world.store.reading() as unit:
        assert (await unit.promises.of(ticket.id))[PromiseKind.ANSWER].stage is Stage.RUNNING
    await siti.says("Di RT 3, dekat musala", to=siti.messages()[-1])
    back = await ticket_of(world, number)
    assert back.state is State.WORKING
    assert back.due_at is not None
    assert back.due_at > was_due + timedelta(days=29)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_c7_a_wall_clock_that_jumps_breaks_nothing(world: TurnsWorld) -> None:
    """C7: three hours back, then forty days on: each thing happens once, and what was answered stays so."""
    desk, siti = await world.desk(AGENCY), world.resident()
    number = await complains(siti, AGENCY)
    world.clock.forward(hours=-3)
    await world.parts.worker.tick()
    await siti.says("/status")
    assert number in siti.messages()[-1].text
    world.clock.forward(days=40)
    for _ in range(3):
        await world.parts.worker.tick()
    await world.parts.worker.drain()
    assert told(desk, "warned", number) == 0  # the time is over: only that is told
    assert told(desk, "broken", number) == 3
    assert (await ticket_of(world, number)).state is State.NEW
