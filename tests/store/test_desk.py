"""What desks ask of the store, on both databases: queues, searches, figures, held answers, versions of what was shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from domain.messages import Letter, LetterKind, Reply
from domain.people import Role
from domain.ticket import NewTicket, State, Ticket, TicketKind
from services.app import App
from services.desks import dismiss
from services.tickets import open_ticket
from store.conversations import Newcomer
from store.outbox import Settled
from store.said import Said
from store.unit import Store, Unit
from tests.conftest import Clock

AGENCY, OTHER = "dlhp", "dpupr"


async def ticket(app: App, unit: Unit, text: str = "Sampah", agency: str = AGENCY) -> Ticket:
    """A complaint of one and the same resident."""
    category = next(one.id for one in app.region.categories.values() if one.agency == agency)
    newcomer = Newcomer("telegram:7", "telegram", "7", "id", False)
    known = await unit.conversations.load(["telegram:7"])
    found = known or await unit.conversations.open([newcomer], app.now())
    resident = found["telegram:7"].resident.id
    return await open_ticket(app, unit, NewTicket(TicketKind.COMPLAINT, agency, category, text, resident, "telegram", "7"))


async def test_a_queue_begins_with_what_is_due_first_and_leaves_out_what_is_not_owed(app: App, store: Store) -> None:
    async with store.unit() as unit:
        first, second, third = [await ticket(app, unit) for _ in range(3)]
        await ticket(app, unit, agency=OTHER)
        await unit.tickets.change(second, app.now(), due_at=app.now() - timedelta(days=1))
        await unit.tickets.change(third, app.now(), due_at=None, state=State.HELD.value)
        owed = await unit.queues.owed(AGENCY, False, 10)
        assert [one.id for one in owed] == [second.id, first.id]
        assert [await unit.queues.count_owed(AGENCY, False, most) for most in (1, 2, 3)] == [1, 2, 2]
        assert await unit.queues.owed(AGENCY, True, 10) == []


async def test_words_are_found_in_the_text_of_ones_own_tickets_only(app: App, store: Store) -> None:
    async with store.unit() as unit:
        mine = await ticket(app, unit, "Kasur BEKAS 100% di selokan")
        await ticket(app, unit, "Kasur di jalan", OTHER)
        for words, agencies, count in (
            (["kasur"], [AGENCY], 1),
            (["kasur"], None, 2),
            (["bekas", "selokan"], [AGENCY], 1),
            (["bekas", "jalan"], None, 0),
            (["100%"], None, 1),
            (["%"], [OTHER], 0),
            (["kasur"], [], 0),
        ):
            assert len(await unit.queues.with_words(agencies, False, words, 5)) == count, words
        assert [one.id for one in await unit.queues.with_words([AGENCY], False, ["kasur"], 5)] == [mine.id]


async def test_figures_count_what_happened_since_and_what_is_so_now(app: App, store: Store, clock: Clock) -> None:
    async with store.unit() as unit:
        old = await ticket(app, unit)
        clock.forward(days=3)
        since = app.now() - timedelta(hours=1)
        late, held, done = [await ticket(app, unit) for _ in range(3)]
        await unit.tickets.change(late, app.now(), due_at=app.now() - timedelta(minutes=1))
        await unit.tickets.change(held, app.now(), state=State.HELD.value, due_at=None)
        values = {"state": State.CONFIRMED.value, "due_at": None, "rating": 3, "answered_at": app.now(), "closed_at": app.now()}
        await unit.tickets.change(done, app.now(), **values)
        figures = await unit.queues.figures(AGENCY, False, since, app.now())
        assert (figures.new, figures.open, figures.overdue, figures.held) == (3, 3, 1, 1)
        assert (figures.answered, figures.confirmed, figures.rating) == (1, 1, 3.0)
        assert not (await unit.queues.figures(OTHER, False, since, app.now())).anything
        assert old.id


async def test_a_day_is_reached_once(store: Store) -> None:
    async with store.unit() as unit:
        assert [await unit.queues.reach("digest", day) for day in (5, 5, 4, 6)] == [True, False, False, True]
        assert await unit.queues.reached("digest") == 6


async def test_a_held_answer_is_used_once_and_belongs_to_its_ticket(app: App, store: Store) -> None:
    async with store.unit() as unit:
        one, other = await ticket(app, unit), await ticket(app, unit)
        draft = await unit.drafts.keep(one.id, "Besok", (), one.version, app.now())
        assert await unit.drafts.get(draft, other.id) is None
        assert await unit.drafts.get(draft, one.id)
        assert [await unit.drafts.use(draft, app.now()) for _ in range(2)] == [True, False]
        assert await unit.drafts.get(draft, one.id) is None


async def test_a_card_tells_of_the_newest_edit_that_had_been_sent(app: App, store: Store, clock: Clock) -> None:
    card = Letter("telegram", "-9", Reply("kartu"), dedupe_key="card:1", ticket_version=1)
    edits = [replace(card, kind=LetterKind.EDIT, dedupe_key="", edits_letter="card:1", ticket_version=n) for n in (2, 3, 4)]
    async with store.unit() as unit:
        for letter in (card, *edits):
            app.post(unit, letter)
        await unit.commit()
    moments = []
    for number in (1, 2, 3):
        async with store.unit() as unit:
            await unit.outbox.settle([Settled(number, "sent", 1, False, app.now(), external_id="77")], app.now())
            await unit.commit()
        moments.append(app.now())
        clock.forward(minutes=1)
    async with store.reading() as unit:
        said = await unit.said.at("telegram", "-9", "77")
        assert said == Said(None, 1, "card:1")
        assert [await unit.said.version(said, moment) for moment in moments] == [1, 2, 3]
        assert await unit.said.at("telegram", "-9", "78") is None


async def test_who_is_dismissed_has_no_place_any_more(app: App, store: Store) -> None:
    async with store.unit() as unit:
        number = await unit.people.enrol("telegram", "21", "Ani", AGENCY, Role.HEAD, app.now())
        await unit.people.enrol("telegram", "21", "Ani", OTHER, Role.OPERATOR, app.now())
        assert {(one.agency, one.role) for one in await unit.people.members()} == {(AGENCY, Role.HEAD), (OTHER, Role.OPERATOR)}
        assert await dismiss(app, unit, number, OTHER) == [OTHER]
        operator = await unit.people.operator("telegram", "21")
        assert operator
        assert operator.roles == {AGENCY: Role.HEAD}
        assert await dismiss(app, unit, number) == [AGENCY]
        assert await unit.people.operator("telegram", "21") is None
        assert await unit.records.audited(f"operator:{number}") == [("admin", "dismissed")] * 2
