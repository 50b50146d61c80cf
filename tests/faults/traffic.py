"""Residents who all put a question to a person, at a steady rate, and the account of what became of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from time import monotonic

from sqlalchemy import select

from store.tables import inbox, outbox, tickets
from tests.doubles.telegram_fake import TelegramFake
from tests.faults.instance import carries
from tests.ledger import look

PER_SECOND = 50
FIRST_CHAT = 10_000


@dataclass
class Traffic:
    """Each resident says /petugas and, half a second later, their question: that must be one ticket and two replies."""

    fake: TelegramFake
    begun: int = 0
    asked: int = 0
    update_ids: list[int] = field(default_factory=list)

    @property
    def chats(self) -> range:
        return range(FIRST_CHAT, FIRST_CHAT + self.asked)

    async def flow(self, stop: asyncio.Event) -> None:
        """Until told to stop; then everybody who began still asks their question."""
        began = monotonic()
        while not stop.is_set() or self.asked < self.begun:
            if stop.is_set() or self.begun - self.asked > PER_SECOND // 2:
                self._ask()
            else:
                self._begin()
            await asyncio.sleep(max(0.0, began + len(self.update_ids) / PER_SECOND - monotonic()))

    def _begin(self) -> None:
        self._say(FIRST_CHAT + self.begun, "/petugas")
        self.begun += 1

    def _ask(self) -> None:
        chat = FIRST_CHAT + self.asked
        self._say(chat, question(chat))
        self.asked += 1

    def _say(self, chat: int, text: str) -> None:
        self.update_ids.append(self.fake.person(chat).says(text)["update_id"])


def question(chat: int) -> str:
    return f"Kapan kantor nomor {chat} buka?"


@dataclass(frozen=True)
class Account:
    """What must be nothing is named so; `copies`: letters that arrived twice, all of them marked uncertain."""

    lost: list[int]
    unanswered: list[str]
    wrong_tickets: list[str]
    wrong_chats: list[int]
    copies: int
    uncertain: int


async def account_of(traffic: Traffic, database_url: str) -> Account:
    """Compare what people sent and see with what the database holds."""
    fake, chats = traffic.fake, traffic.chats
    arrivals = {int(row.external_id): row.state for row in await look(database_url, select(inbox.c.external_id, inbox.c.state))}
    held = Counter(row.text for row in await look(database_url, select(tickets.c.text)))
    letters = await look(database_url, select(outbox))
    wanted = Counter(question(chat) for chat in chats)
    uncertain = Counter(int(letter.address) for letter in letters if letter.uncertain)
    posted = Counter(int(letter.address) for letter in letters)
    return Account(
        lost=[one for one in fake.acked if one not in arrivals],
        unanswered=[f"{number} {state}" for number, state in arrivals.items() if state != "done"],
        wrong_tickets=list(((held - wanted) + (wanted - held)).keys()),
        wrong_chats=[chat for chat in chats if posted[chat] != 2 or not _right(fake, chat, uncertain[chat])],
        copies=sum(len(fake.chat(chat)) - 2 for chat in chats),
        uncertain=uncertain.total(),
    )


def _right(fake: TelegramFake, chat: int, may_be_copied: int) -> bool:
    """The two replies in their order; one more of each letter whose sender was killed while it was under way."""
    shown = fake.chat(chat)
    asked = [carries(one, "operator.ask") for one in shown]
    passed_on = [carries(one, "operator.passed_on") for one in shown]
    in_order = asked == sorted(asked, reverse=True) and all(a != b for a, b in zip(asked, passed_on, strict=True))
    return any(asked) and any(passed_on) and in_order and len(shown) <= 2 + may_be_copied
