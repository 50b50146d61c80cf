"""D2: ten thousand guesses at numbers of somebody else's ticket, a thousand at its PIN: slowed, alike, and nothing told."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.messages import Arrival, Kind
from handlers.conduct import Heard, conduct
from store.sql import opened
from store.tables import outbox
from store.unit import Store
from tests.flows.drivers import TerminalWorld, words_of
from tests.flows.stories import REGION, complains
from tests.ledger import look

NUMBER = f"{REGION.code}-26-{{:06d}}-{{}}"
LETTERS = "ABCDEFGHJKLMNPQRSTVWXYZ"


def numbered(counter: int) -> str:
    """The number of the ticket with this counter, whether there is one or not."""
    return NUMBER.format(counter, LETTERS[(26_000_000 + counter) % 23])


def asked(theirs: str, guess: int) -> str:
    return f"/status {named(theirs, guess)}"


def claimed(theirs: str, guess: int) -> str:
    return f"/klaim {named(theirs, guess)} {guess:08d}"


def named(theirs: str, guess: int) -> str:
    """Every second guess names the ticket that there is, the others none."""
    return theirs if guess % 2 else numbered(1000 + guess)


async def answers_to(world: TerminalWorld, thief: str, said: list[str]) -> Counter[str]:
    """What the bot answers to all of this, one every three seconds, in one chat."""
    app, begun = world.parts.app, world.parts.app.now()
    for place, text in enumerate(said):
        async with world.store.unit() as unit:
            app.now = lambda place=place: begun + timedelta(seconds=3 * place)  # type: ignore[misc]
            arrival: Arrival = world.channel.arrival(thief, thief, Kind.TEXT, text=text)
            await conduct(app, unit, [Heard(arrival, world.channel.parse(arrival))])
            await unit.commit()
    found = await look(world.database_url, select(outbox).where(outbox.c.address == thief))
    return Counter(opened(row.reply, app.vault)["text"] for row in found)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("guess", "times", "refusal", "free"), [(asked, 10_000, "error.no_ticket", 10), (claimed, 1000, "error.no_claim", 5)]
)
async def test_d2_guesses_are_slowed_and_learn_nothing(
    store: Store, database_url: str, guess: object, times: int, refusal: str, free: int
) -> None:
    assert callable(guess)
    async with TerminalWorld(store, database_url) as world:
        number = await complains(world.resident(), "dpupr")
        given = await answers_to(world, "thief", ["/bantuan", *(guess(number, n) for n in range(times))])
    refused = {text: seen for text, seen in given.items() if words_of(refusal) in text}
    slowed = sum(seen for text, seen in given.items() if words_of("error.too_many_tries") in text)
    assert len(refused) == 1, "the same words, whether there is such a ticket or not"
    assert free <= sum(refused.values()) <= free + 10
    assert slowed + sum(refused.values()) == times
    assert not [text for text in given if "Baron" in text or REGION.agencies["dpupr"].name in text]
