"""Whatever people do and whenever the program dies: one effect an arrival, no move outside the table, the audit trail whole."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from bot import build
from bot.channels.telegram import Telegram
from bot.worker import Worker
from domain.errors import Crossed, Problem
from domain.messages import Letter
from domain.people import Desk, Operator, Role
from domain.promise import Stage
from domain.ticket import MOVES, EntryKind, Move, NewTicket, State, Ticket, TicketKind
from handlers.conduct import Heard, conduct
from services import audit, privacy, tickets
from services.app import App
from store.conversations import Newcomer
from store.unit import Unit
from tests.conftest import Clock, remembered_knowledge, settings_for, sqlite_url

NAME = "Kenari Budi Santoso"  # of a resident who wants to stay unknown
ACCOUNT = 7_411_305_522
AGENCIES = ("dpupr", "dlhp", "dinkes")
GROUP = "-1009"
MOVE_NAMES = {move.value for move in Move}
Act = Callable[[App, Unit, Operator, Ticket], Awaitable[object]]
ACTS: dict[str, Act] = {
    "verify": tickets.verify,
    "take": tickets.take,
    "reply": lambda app, unit, operator, one: tickets.reply(app, unit, operator, one, "Besok kami perbaiki."),
    "hold": lambda app, unit, operator, one: tickets.hold(app, unit, operator, one, "Di RT berapa?"),
    "refuse": lambda app, unit, operator, one: tickets.refuse(app, unit, operator, one, "Jalan provinsi."),
    "redirect": lambda app, unit, operator, one: tickets.redirect(app, unit, operator, one, "Balai provinsi"),
    "archive": lambda app, unit, operator, one: tickets.archive(app, unit, operator, one, "iseng"),
    "close": lambda app, unit, operator, one: tickets.close(app, unit, operator, one, "ditindaklanjuti"),
    "look": tickets.look_in_the_field,
    "confirm": lambda app, unit, operator, one: tickets.confirm(app, unit, one),
    "reopen": lambda app, unit, operator, one: tickets.reopen(app, unit, one),
    "add": lambda app, unit, operator, one: tickets.add_from_resident(app, unit, one, "Di RT 3"),
    "rate": lambda app, unit, operator, one: tickets.rate(app, unit, one, 4),
}


class Lives(RuleBasedStateMachine):
    """Tickets of one resident, worked on by three agencies and the coordinator. `template`: a prepared database."""

    template: Path
    folder: Path
    arrived = Bundle("arrived")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock, self.sent = Clock(), 0
        self.erased: set[int] = set()  # residents
        self.runner.run(self.open())

    async def open(self) -> None:
        self.folder.mkdir(exist_ok=True)
        copy = shutil.copy(self.template, self.folder / f"{id(self)}.db")
        url = sqlite_url(Path(copy))
        self.opening = build.open_store(settings_for(url))
        self.store = await self.opening.__aenter__()
        self.channel = Telegram("1:x", "http://127.0.0.1:9", 25.0, build.known_secrets(self.store, "telegram"))
        self.app = await build.build_app(settings_for(url), self.store, [self.channel], remembered_knowledge)
        self.app.now = self.clock
        self.worker = Worker(self.app)
        async with self.store.unit() as unit:
            for agency in (*AGENCIES, self.app.region.coordinator):
                await unit.people.bind_desk(Desk("telegram", GROUP, agency), self.clock())
            number = await unit.people.enrol(
                "telegram", "21", "Petugas", self.app.region.coordinator, Role.OPERATOR, self.clock()
            )
            await unit.commit()
        self.operator = Operator(number, "Petugas", dict.fromkeys((self.app.region.coordinator, *AGENCIES), Role.COORDINATOR))

    def teardown(self) -> None:
        self.runner.run(self.close())
        self.runner.close()

    async def close(self) -> None:
        await self.channel.close()
        await self.opening.__aexit__(None, None, None)

    # ------------------------------------------------------------------ what happens

    @rule(target=arrived, words=st.sampled_from(["/petugas", "Kapan loket buka?", "Bagaimana cara pindah?", "/batal", "/status"]))
    def receive(self, words: str) -> str:
        """The resident writes; the door stores it."""
        self.sent += 1
        person = {"id": ACCOUNT, "is_bot": False, "first_name": NAME}
        message = {"message_id": self.sent, "date": 1, "chat": {"id": ACCOUNT, "type": "private"}, "from": person, "text": words}
        body = json.dumps({"update_id": self.sent, "message": message})
        self.runner.run(self.put(body))
        return body

    @rule(body=arrived)
    def duplicate(self, body: str) -> None:
        """The messenger delivers it again."""
        self.runner.run(self.put(body))

    async def put(self, body: str) -> None:
        await self.store.put(self.channel.arrivals(body.encode()), self.clock())

    @rule()
    def turn(self) -> None:
        """The worker answers what is open."""
        self.runner.run(self.all_turns())

    async def all_turns(self) -> None:
        while await self.worker._turns.round():  # noqa: SLF001 - the loop's own step, without its deliveries
            pass

    @rule()
    def crash(self) -> None:
        """The worker dies when everything is done but the commit."""
        self.runner.run(self.half_a_turn())

    async def half_a_turn(self) -> None:
        async with self.store.unit() as unit:
            taken = await unit.inbox.take(["telegram"], self.clock(), 64)
            await conduct(self.app, unit, [Heard(one, self.channel.parse(one)) for one in taken])
            unit.inbox.done([one.id for one in taken])

    @rule(agency=st.sampled_from(AGENCIES), anonymous=st.booleans())
    def report(self, agency: str, anonymous: bool) -> None:
        """A report that somebody has confirmed."""
        self.runner.run(self.within(lambda unit: self.opened(unit, agency, anonymous)))

    async def opened(self, unit: Unit, agency: str, anonymous: bool) -> None:
        chat = f"telegram:{ACCOUNT}"
        known = await unit.conversations.open([Newcomer(chat, "telegram", str(ACCOUNT), "id", trial=False)], self.clock())
        resident = known[chat].resident
        kind, place = TicketKind.COMPLAINT, ("telegram", str(ACCOUNT))
        new = NewTicket(kind, agency, "aduan/jalan-jembatan", "Lubang", resident.id, *place, anonymous=anonymous)
        await tickets.open_ticket(self.app, unit, new)

    @rule(data=st.data(), what=st.sampled_from(sorted(ACTS)))
    def act(self, data: st.DataObject, what: str) -> None:
        """Somebody does something to a ticket, allowed or not."""
        if known := self.runner.run(self.all_tickets()):
            one = data.draw(st.sampled_from(known))
            self.runner.run(self.within(lambda unit: ACTS[what](self.app, unit, self.operator, one)))

    @rule(data=st.data(), agency=st.sampled_from(AGENCIES))
    def transfer(self, data: st.DataObject, agency: str) -> None:
        if known := self.runner.run(self.all_tickets()):
            one = data.draw(st.sampled_from(known))
            self.runner.run(self.within(lambda unit: tickets.reassign(self.app, unit, self.operator, one, agency)))

    @rule(data=st.data(), first=st.sampled_from(sorted(ACTS)), second=st.sampled_from(sorted(ACTS)))
    def race(self, data: st.DataObject, first: str, second: str) -> None:
        """Two people act on what both saw: one of them is told."""
        if known := self.runner.run(self.all_tickets()):
            one = data.draw(st.sampled_from(known))
            for what in (first, second):
                act = ACTS[what]
                self.runner.run(self.within(lambda unit, act=act: act(self.app, unit, self.operator, one)))  # type: ignore[misc]

    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        """The resident of a ticket wants to be forgotten."""
        if known := self.runner.run(self.all_tickets()):
            resident = data.draw(st.sampled_from(known)).resident_id
            self.runner.run(self.within(lambda unit: privacy.erase(self.app, unit, resident)))
            self.erased.add(resident)

    @rule(days=st.integers(0, 20), hours=st.integers(0, 23))
    def time_passes(self, days: int, hours: int) -> None:
        self.clock.forward(days=days, hours=hours)
        self.runner.run(self.worker.tick())

    async def within(self, act: Callable[[Unit], Awaitable[object]]) -> None:
        """A unit that is committed, or leaves nothing where a rule was broken."""
        async with self.store.unit() as unit:
            try:
                await act(unit)
            except (Problem, Crossed):
                return
            await unit.commit()

    # ------------------------------------------------------------------ what stays true

    async def all_tickets(self) -> list[Ticket]:
        found: list[Ticket] = []
        async with self.store.reading() as unit:
            while one := await unit.tickets.get(len(found) + 1):
                found.append(one)
        return found

    @invariant()
    def moves_keep_to_the_table(self) -> None:
        self.runner.run(self.check_histories())

    async def check_histories(self) -> None:
        for one in await self.all_tickets():
            state = State.NEW
            async with self.store.reading() as unit:
                history = await unit.tickets.history(one.id)
                promises = await unit.promises.of(one.id)
            for entry in history:
                if entry.kind is EntryKind.EVENT and entry.text in MOVE_NAMES:
                    state = MOVES[state, Move(entry.text)]
            assert one.state is state
            moves = [entry.version for entry in history if entry.kind is EntryKind.EVENT and entry.text in MOVE_NAMES]
            assert moves == sorted(set(moves))
            assert one.is_open or all(promise.stage is Stage.OVER for promise in promises.values())
            assert (one.due_at is not None) <= one.is_open

    @invariant()
    def who_was_erased_left_no_words(self) -> None:
        theirs = [one for one in self.runner.run(self.all_tickets()) if one.resident_id in self.erased]
        assert not [one for one in theirs if one.text or one.address or one.place.words]

    @invariant()
    def each_report_stands_once(self) -> None:
        numbers = [one.number for one in self.runner.run(self.all_tickets())]
        assert len(numbers) == len(set(numbers))

    @invariant()
    def nobody_at_a_desk_reads_who_it_was(self) -> None:
        desk = [letter for letter in self.runner.run(self.letters()) if letter.address == GROUP]
        assert not [letter for letter in desk if NAME in str(letter.reply) or str(ACCOUNT) in str(letter.reply)]

    async def letters(self) -> list[Letter]:
        async with self.store.unit() as unit:
            return await unit.outbox.claim("telegram", self.channel.rate, self.clock(), 500)

    @invariant()
    def the_audit_trail_is_whole(self) -> None:
        assert self.runner.run(self.broken_at()) == 0

    async def broken_at(self) -> int:
        async with self.store.reading() as unit:
            return (await audit.verify(unit)).broken_at


def test_every_life_of_a_ticket_keeps_to_the_rules(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    Lives.template, Lives.folder = sqlite_template, tmp_path_factory.mktemp("lives")
    quick = settings(
        max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
    )
    run_state_machine_as_test(Lives, settings=quick)
