"""What desks and residents wait for, with a thousand tickets and with a million: `python -m bench.tickets`.

On SQLite and on PostgreSQL, both as durable as in life. The two sizes take turns, so that the machine's moods meet both alike.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from pydantic import SecretStr
from sqlalchemy import update

from bench.fill import AGENCIES, TICKETS_OF_A_RESIDENT, address_of, fill, number_of, offices
from bot import build
from bot.config import Settings
from bot.database import migrate_database
from domain.messages import Location
from domain.people import Desk, Operator, Role
from domain.ticket import NewTicket, Place, TicketKind
from knowledge.region import Region
from services import queue, same
from services.app import App
from services.tickets import open_ticket
from store.engine import open_engine
from store.tables import outbox
from tests.doubles.postgres import Postgres, name_of
from tests.doubles.process import VAULT_KEY

RESULTS = Path(__file__).parent / "tickets.md"
SMALL, LARGE = 1_000, 1_000_000
PROMISED = 1.5
WARM = 20
# PostgreSQL as it is delivered, so durable; but the sockets of a server that root starts for another user.
DURABLE = "\nunix_socket_permissions = 0777\n"
MOST_LISTED = 5  # tickets of a resident that `/status` lists


@dataclass(frozen=True, slots=True)
class Site:
    """One database with its tickets. `turn` counts up: every repetition asks for something else."""

    app: App
    size: int
    url: str
    offices: Sequence[tuple[str, str, str]]

    def office(self, turn: int) -> tuple[str, str, str]:
        return self.offices[turn % len(self.offices)]

    def ticket(self, turn: int) -> int:
        return 1 + turn * 7919 % self.size

    def resident(self, turn: int) -> int:
        return 1 + turn * 7919 % (self.size // 4)


Act = Callable[[Site, int], Awaitable[object]]


async def queue_page(site: Site, turn: int) -> object:
    async with site.app.store.reading() as unit:
        return await queue.page(site.app, unit, [site.office(turn)[0]], False, 0)


async def by_number(site: Site, turn: int) -> object:
    number = number_of(site.app.region, site.ticket(turn))
    async with site.app.store.reading() as unit:
        return await queue.search(site.app, unit, _coordinator(site.app.region), False, number)


async def by_words(site: Site, turn: int) -> object:
    agency, _, label = site.office(turn)
    village = site.app.region.villages[turn % len(site.app.region.villages)].name
    operator = Operator(1, "", {agency: Role.OPERATOR})
    async with site.app.store.reading() as unit:
        return await queue.search(site.app, unit, operator, False, f"{label.split()[0]} {village}")


async def filing(site: Site, turn: int) -> object:
    async with site.app.store.unit() as unit:
        ticket = await open_ticket(site.app, unit, _report(site, turn))
        await unit.commit()
    return ticket


async def own_tickets(site: Site, turn: int) -> object:
    async with site.app.store.reading() as unit:
        return await unit.tickets.of_resident(site.resident(turn), MOST_LISTED)


async def spoken(site: Site, turn: int) -> object:
    async with site.app.store.reading() as unit:
        return await unit.tickets.spoken([site.resident(turn)], site.app.now() - timedelta(hours=24))


async def me_too(site: Site, turn: int) -> object:
    async with site.app.store.reading() as unit:
        return await same.alike(site.app, unit, _report(site, turn))


ACTS: tuple[tuple[str, Act, bool], ...] = (
    ("Opening an agency's queue, first page (`/antrian`)", queue_page, True),
    ("Finding a ticket by its number (`/cari`)", by_number, True),
    ("Filing a ticket, committed", filing, True),
    ("Finding tickets by words (`/cari`)", by_words, False),
    ("A resident's own tickets (`/status`)", own_tickets, False),
    ("Every turn: what operators said last", spoken, False),
    ('Open reports nearby ("Saya juga")', me_too, False),
)


def _report(site: Site, turn: int) -> NewTicket:
    agency, category, label = site.office(turn)
    region, resident = site.app.region, site.resident(turn)
    village = region.villages[turn % len(region.villages)]
    pin = Location(region.centre_lat + turn % 50 * 0.003, region.centre_lon + turn % 40 * 0.003)
    words = f"{label} {village.name} {turn}"
    place, address = Place(village.name, village.code, pin), address_of(resident)
    return NewTicket(TicketKind.COMPLAINT, agency, category, words, resident, "telegram", address, place=place)


def _coordinator(region: Region) -> Operator:
    return Operator(1, "", {region.coordinator: Role.COORDINATOR})


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians in milliseconds."""

    database: str
    act: str
    promised: bool
    small: float
    large: float

    @property
    def ratio(self) -> float:
        return self.large / self.small


async def measure(database: str, sites: Sequence[Site], repetitions: int) -> list[Measured]:
    return [await _one(database, sites, repetitions, *act) for act in ACTS]


async def _one(database: str, sites: Sequence[Site], repetitions: int, name: str, act: Act, promised: bool) -> Measured:
    took: list[list[float]] = [[] for _ in sites]
    for turn in range(WARM + repetitions):
        for at in range(len(sites)) if turn % 2 else reversed(range(len(sites))):
            begun = time.perf_counter()
            await act(sites[at], turn)
            took[at].append(time.perf_counter() - begun)
            if act is filing:
                await _deliver(sites[at])
    small, large = (median(times[WARM:]) * 1000 for times in took)
    print(f"{database}: {name}: {small:.2f} → {large:.2f} ms, {large / small:.2f}", file=sys.stderr)
    return Measured(database, name, promised, small, large)


async def _deliver(site: Site) -> None:
    """The letters go out, so that none crowds a group."""
    engine = open_engine(site.url)
    async with engine.connect() as connection:
        await connection.execute(update(outbox).where(outbox.c.state == "due").values(state="sent"))
        await connection.commit()
    await engine.dispose()


@asynccontextmanager
async def sites(urls: Sequence[str], sizes: Sequence[int]) -> AsyncIterator[list[Site]]:
    """The databases migrated, seeded, filled and opened; statistics are up to date."""
    async with AsyncExitStack() as opened:
        made: list[Site] = []
        for url, size in zip(urls, sizes, strict=True):
            settings = Settings(_env_file=None, database_url=url, vault_key=SecretStr(VAULT_KEY))
            await migrate_database(settings)
            store = await opened.enter_async_context(build.open_store(settings))
            await build.seed_database(settings, store)
            app = replace(made[0].app, store=store) if made else await build.build_app(settings, store, [])
            begun = time.perf_counter()
            await fill(url, app.region, size, app.now())
            print(f"{size:,} tickets in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
            made.append(Site(app, size, url, offices(app.region)))
            await _open_desks(made[-1])
        yield made


async def _open_desks(site: Site) -> None:
    async with site.app.store.unit() as unit:
        for at, (agency, _, _) in enumerate(site.offices):
            await unit.people.bind_desk(Desk("telegram", f"-100{at}", agency), site.app.now())
        await unit.commit()


async def on_sqlite(sizes: Sequence[int], repetitions: int) -> list[Measured]:
    with tempfile.TemporaryDirectory(prefix="sapa-bench-") as folder:
        files = [Path(folder) / f"{size}.db" for size in sizes]
        async with sites([f"sqlite+aiosqlite:///{file}" for file in files], sizes) as made:
            for file in files:
                with closing(sqlite3.connect(file)) as database:
                    database.execute("ANALYZE")
                    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return await measure("SQLite", made, repetitions)


async def on_postgresql(sizes: Sequence[int], repetitions: int) -> list[Measured]:
    with Postgres(DURABLE) as server:
        urls = [server.new_database() for _ in sizes]
        async with sites(urls, sizes) as made:
            for url in urls:
                server.sql("VACUUM ANALYZE", name_of(url))
            server.sql("CHECKPOINT")
            return await measure("PostgreSQL", made, repetitions)


def table(found: Sequence[Measured], sizes: Sequence[int], repetitions: int) -> str:
    small, large = (f"{size:,}" for size in sizes)
    rows = "\n".join(
        f"| {one.act} | {one.database} | {f'≤ {PROMISED}' if one.promised else '–'} | {one.ratio:.2f} "
        f"| {one.small:.2f} | {one.large:.2f} |"
        for one in sorted(found, key=lambda one: [name for name, _, _ in ACTS].index(one.act))
    )
    return (
        f"# {small} tickets and {large}\n\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · Linux {platform.release()}, "
        f"{os.cpu_count()} cores · Python {platform.python_version()} · "
        f"SQLite {sqlite3.sqlite_version}, PostgreSQL, both durable\n\n"
        f"Medians of {repetitions} warm repetitions, each for another ticket, resident or agency; the two sizes take turns. "
        f"{AGENCIES} agencies; the newest tenth of the tickets is open, half of that overdue; each ticket has an entry, "
        f"promises and the letter of its card, "
        f"each resident {TICKETS_OF_A_RESIDENT} tickets. Only the ratios mean something elsewhere.\n\n"
        f"| What | Database | Promised | Ratio | {small}: ms | {large}: ms |\n"
        f"| --- | --- | ---: | ---: | ---: | ---: |\n{rows}\n\n"
        "A search for words looks at the newest 2,000 tickets of the agencies asked for, one for reports nearby at 50 of a "
        "village and 50 around a pin at most: they cost more until there are so many, and no more after that.\n"
    )


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench.tickets", description=__doc__)
    parser.add_argument("--large", type=int, default=LARGE, help="another size than a million; writes no file")
    parser.add_argument("--repetitions", type=int, default=300)
    return parser.parse_args()


async def main(chosen: argparse.Namespace) -> None:
    sizes = SMALL, chosen.large
    found = await on_sqlite(sizes, chosen.repetitions) + await on_postgresql(sizes, chosen.repetitions)
    text = table(found, sizes, chosen.repetitions)
    print(text)
    if chosen.large == LARGE:
        RESULTS.write_text(text)


if __name__ == "__main__":
    asyncio.run(main(options()))
