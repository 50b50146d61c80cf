"""Votes and unmatched questions on both databases, and how the choice of a language came into old ones."""

from __future__ import annotations

from datetime import UTC, datetime

from alembic import command
from sqlalchemy import Connection, insert, select

from domain.feedback import Given, Miss, Unmatched, Vote
from store.engine import open_engine
from store.migrate import config_of, migrate
from store.tables import feedback, residents, unmatched
from store.unit import Store
from tests.ledger import look

NOW = datetime(2026, 3, 1, tzinfo=UTC)


async def test_a_later_vote_replaces_the_one_before(store: Store, database_url: str) -> None:
    given = Given("a" * 12, "administrasi/ktp-hilang", 1, None, "ktp")
    for vote in (Vote.UP, Vote.DOWN):
        async with store.unit() as unit:
            await unit.feedback.vote(given, vote, NOW)
            await unit.commit()
    (row,) = await look(database_url, select(feedback))
    assert (row.topic, row.vote, row.confidence, row.created_at) == ("administrasi/ktp-hilang", "down", None, NOW)


async def test_questions_without_an_answer_are_kept_one_by_one(store: Store, database_url: str) -> None:
    async with store.unit() as unit:
        for kind in Miss:
            await unit.feedback.miss(Unmatched(kind, "x" * 300, "id", 1), NOW)
        await unit.commit()
    rows = await look(database_url, select(unmatched).order_by(unmatched.c.id))
    assert [row.kind for row in rows] == list(Miss)


def test_neither_table_leads_to_a_resident() -> None:
    assert not feedback.foreign_keys | unmatched.foreign_keys


async def test_who_had_chosen_javanese_before_has_chosen_it_still(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(to_the_first)
            for language in ("id", "jv"):
                row = {"language": language, "trial": False, "created_at": NOW}
                await connection.execute(insert(residents).values(row))
        await migrate(engine)
    finally:
        await engine.dispose()
    found = await look(empty_database_url, select(residents.c.language, residents.c.language_chosen).order_by(residents.c.id))
    assert [tuple(row) for row in found] == [("id", False), ("jv", True)]


def to_the_first(connection: Connection) -> None:
    config = config_of(connection)
    command.upgrade(config, "0001")
