"""Files of tickets in the store, on both databases."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import count

from bot.build import utc_now
from domain.files import FileState, Seen, Side, StoredFile, Wanted
from domain.messages import Media
from domain.ticket import NewTicket, TicketKind
from services import tickets
from services.app import App
from store.conversations import Newcomer
from store.files import LEASE
from store.unit import Store

CHANNEL = "telegram"
NUMBERS = count(1)
LOOK = 0x0F0F_1234_ABCD_8001


async def a_ticket(app: App, *, trial: bool = False) -> int:
    async with app.store.unit() as unit:
        who = Newcomer(f"{CHANNEL}:{next(NUMBERS)}", CHANNEL, str(next(NUMBERS)), "id", trial)
        resident = (await unit.conversations.open([who], app.now()))[who.chat_key].resident
        new = NewTicket(TicketKind.QUESTION, app.region.coordinator, "", "?", resident.id, CHANNEL, "7", trial)
        ticket = await tickets.open_ticket(app, unit, new)
        await unit.commit()
    return ticket.id


async def want(store: Store, ticket_id: int, now: datetime, side: Side = Side.OPERATOR) -> None:
    async with store.unit() as unit:
        await unit.files.want([Wanted(ticket_id, side, "operator:1", CHANNEL, Media("photo", "ref", "unique"))], now)
        await unit.commit()


async def claim(store: Store, now: datetime) -> StoredFile | None:
    async with store.unit() as unit:
        file = await unit.files.claim([CHANNEL], now)
        await unit.commit()
    return file


async def keep(store: Store, ticket_id: int, seen: Seen) -> StoredFile:
    """A file of the ticket that is kept."""
    now = utc_now()
    await want(store, ticket_id, now)
    file = await claim(store, now)
    assert file
    async with store.unit() as unit:
        assert await unit.files.keep(file, seen, None)
        await unit.commit()
    return file


def seen(content: str, look: int | None = None) -> Seen:
    return Seen(content * 64, content * 64, "image/jpeg", 9, 3, 3, look)


async def test_of_many_workers_one_gets_a_file_and_the_next_only_after_the_lease(app: App) -> None:
    now = utc_now()
    await want(app.store, await a_ticket(app), now)
    claimed = await asyncio.gather(*(claim(app.store, now) for _ in range(4)))
    assert len([file for file in claimed if file]) == 1
    later = await claim(app.store, now + LEASE + timedelta(seconds=1))
    assert later is not None
    assert later.attempts == 2


async def test_a_file_is_settled_once(app: App) -> None:
    file = await keep(app.store, await a_ticket(app), seen("a"))
    async with app.store.unit() as unit:
        assert not await unit.files.end(file, FileState.GONE, "gone")
        assert not await unit.files.keep(file, seen("b"), None)


async def test_a_twin_has_the_same_bytes_or_nearly_the_same_look_and_another_ticket(app: App) -> None:
    here, there, trial = await a_ticket(app), await a_ticket(app), await a_ticket(app, trial=True)
    one = await keep(app.store, there, seen("a", LOOK))
    other = await keep(app.store, there, seen("b", LOOK ^ 0x8001_0001_0003_0001))  # six bits, spread over all words
    await keep(app.store, there, seen("c", LOOK ^ 0x7F))  # seven bits
    await keep(app.store, there, seen("d"))
    await keep(app.store, trial, seen("a", LOOK))
    mine = await keep(app.store, here, seen("e", LOOK))
    async with app.store.reading() as unit:
        assert [twin.id for twin in await unit.files.twins(mine, seen("e", LOOK))] == [one.id, other.id]
        assert [twin.copy for twin in await unit.files.twins(mine, seen("d"))] == ["d" * 64]


async def test_what_is_forgotten_leaves_the_disk_only_if_nobody_else_needs_it(app: App) -> None:
    here, there = await a_ticket(app), await a_ticket(app)
    for ticket_id in (here, there):
        await keep(app.store, ticket_id, seen("a", LOOK))
    async with app.store.unit() as unit:
        await unit.files.forget(here)
        await unit.commit()
    leaving = await claim(app.store, utc_now())
    assert leaving
    assert (leaving.state, leaving.ticket_id, leaving.sha256, leaving.look) == (FileState.LEAVING, here, "", None)
    async with app.store.reading() as unit:
        assert await unit.files.is_shared(leaving.copy)
