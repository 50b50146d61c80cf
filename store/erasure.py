"""What goes: everything of one resident, and whatever has had its time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Delete, Update, and_, delete, exists, false, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.people import Gone
from domain.seal import Seal
from domain.ticket import EntryKind
from store.files import Files
from store.inbox import LOCK_CHATS
from store.sql import insert_or_nothing, opened, sealed
from store.tables import (
    consents,
    conversations,
    corrections,
    counters,
    drafts,
    entries,
    erasures,
    feedback,
    followers,
    holders,
    identities,
    inbox,
    limits,
    outbox,
    pins,
    residents,
    tickets,
    tries,
    unmatched,
    vault,
)

SETTLED = "sent", "failed", "uncertain", "merged"
OVER = *SETTLED, "waiting"  # also letters that wait for a resident to write again
OF_TICKETS = "ticket", "reporter"  # kinds of owners in the vault whose ids are tickets'
WORDS = "words"  # key of an event's detail that a person wrote
CARDS = "card:%"  # letters that later ones may still change
_last_inbound = func.max(conversations.c.last_inbound_at)
DAY = "retention"  # counter of the last day on which the store was tidied


class Erasure:
    """Statements that make things unreadable for good, within one unit of work."""

    def __init__(self, connection: AsyncConnection, seal: Seal) -> None:
        self._connection = connection
        self._seal = seal

    # Whom it concerns

    async def asked(self, now: datetime, most: int) -> list[int]:
        """Residents who are to be erased by now."""
        query = select(residents.c.id).where(residents.c.erase_at <= now).order_by(residents.c.erase_at).limit(most)
        return list((await self._connection.execute(query)).scalars())

    async def never_went_on(self, before: datetime, most: int) -> list[int]:
        """Residents who read the notice, said no more before then, and have no ticket."""
        return await self._silent(before, most, ~exists().where(consents.c.resident_id == residents.c.id))

    async def idle(self, before: datetime, most: int) -> list[int]:
        """Residents whose last message is older, and who have no ticket."""
        return await self._silent(before, most)

    async def _silent(self, before: datetime, most: int, *more: ColumnElement[bool]) -> list[int]:
        query = select(residents.c.id).join(conversations).where(residents.c.erased_at.is_(None))
        query = query.where(~exists().where(tickets.c.resident_id == residents.c.id), *more)
        query = query.group_by(residents.c.id).having(_last_inbound < before).limit(most)
        return list((await self._connection.execute(query)).scalars())

    async def chats(self, resident_id: int) -> list[str]:
        query = select(conversations.c.chat_key).where(conversations.c.resident_id == resident_id)
        return list((await self._connection.execute(query)).scalars())

    async def hold(self, chats: Sequence[str]) -> bool:
        """Whether nobody answers these chats just now; held until the unit ends. (SQLite has one writer anyway.)"""
        if self._connection.dialect.name == "sqlite" or not chats:
            return True
        held = set((await self._connection.execute(LOCK_CHATS, {"chats": list(chats)})).scalars())
        return held == set(chats)

    async def learned_from(self, resident_id: int) -> tuple[list[str], list[int]]:
        """Answers that they voted on, and questions of theirs that found no answer: as their conversations remember."""
        query = select(conversations.c.data).where(conversations.c.resident_id == resident_id)
        found = [opened(row.data, self._seal) for row in await self._connection.execute(query)]
        answers = [str(one["answer"]) for data in found for one in data.get("answers", [])]
        voted = [str(name) for data in found for name in data.get("voted", [])]
        return answers + voted, [int(row_id) for data in found for row_id in data.get("missed", [])]

    async def unsent(self, accounts: Sequence[tuple[str, str]]) -> bool:
        """Whether letters still wait to go there."""
        query = select(outbox.c.id).where(_addressed(accounts), outbox.c.state.in_(("due", "claimed"))).limit(1)
        return bool(accounts) and (await self._connection.execute(query)).first() is not None

    async def open_tickets(self, resident_id: int) -> list[int]:
        """Their tickets that agencies still work on and that no legal hold keeps."""
        own = (tickets.c.resident_id == resident_id) & ~tickets.c.legal_hold & ~tickets.c.erased & tickets.c.closed_at.is_(None)
        return list((await self._connection.execute(select(tickets.c.id).where(own).order_by(tickets.c.id))).scalars())

    # What goes

    async def erase(self, gone: Gone, now: datetime, placeholder: str) -> None:
        """Everything of a resident; `placeholder` stands where desks had their words. Tickets stay, without words."""
        own = select(tickets.c.id).where(tickets.c.resident_id == gone.resident_id, ~tickets.c.legal_hold)
        await self.forget_words(list((await self._connection.execute(own)).scalars()), placeholder)
        for statement in _goodbye(gone, now):
            await self._connection.execute(statement)
        rows = [{"fingerprint": fingerprint, "at": now} for fingerprint in gone.fingerprints]
        await insert_or_nothing(self._connection, erasures, rows)

    async def forget_words(self, ticket_ids: Sequence[int], placeholder: str) -> None:
        """Tickets stay as figures: what people wrote in them is gone, and where an answer would go."""
        if not ticket_ids:
            return
        await self._forget_details(ticket_ids)
        letter = {"reply": sealed({"text": placeholder}, self._seal)}
        for statement in (
            update(tickets)
            .where(tickets.c.id.in_(ticket_ids))
            .values(text="", place_words="", lat=None, lon=None, address="", erased=True),
            update(entries)
            .where(entries.c.ticket_id.in_(ticket_ids), entries.c.kind != EntryKind.EVENT.value)
            .values(text="", media=[]),
            update(corrections).where(corrections.c.ticket_id.in_(ticket_ids)).values(words=""),
            update(outbox).where(outbox.c.ticket_id.in_(ticket_ids)).values(letter),
            delete(vault).where(vault.c.owner_kind.in_(OF_TICKETS), vault.c.owner_id.in_(ticket_ids)),
            *(delete(table).where(table.c.ticket_id.in_(ticket_ids)) for table in (pins, holders, drafts)),
        ):
            await self._connection.execute(statement)
        files = Files(self._connection)
        for ticket_id in ticket_ids:
            await files.forget(ticket_id)

    async def _forget_details(self, ticket_ids: Sequence[int]) -> None:
        """Events stay, without the words that somebody gave as their reason."""
        query = select(entries.c.id, entries.c.detail).where(entries.c.ticket_id.in_(ticket_ids), entries.c.detail.is_not(None))
        for row in (await self._connection.execute(query)).all():
            if WORDS in (row.detail or {}):
                kept = {key: value for key, value in row.detail.items() if key != WORDS}
                await self._connection.execute(update(entries).where(entries.c.id == row.id).values(detail=kept or None))

    # What has had its time

    async def first_today(self, today: date) -> bool:
        """Whether the store was not tidied today yet; only one process is told so."""
        await insert_or_nothing(self._connection, counters, [{"name": DAY, "value": 0}])
        key = (counters.c.name == DAY) & (counters.c.value < today.toordinal())
        return await self._count(update(counters).where(key).values(value=today.toordinal())) == 1

    async def arrivals(self, before: datetime) -> int:
        return await self._count(delete(inbox).where(inbox.c.received_at < before, inbox.c.state != "open"))

    async def letters(self, before: datetime) -> int:
        """Settled letters; those of tickets once the ticket is closed for as long."""
        closed = select(tickets.c.id).where(tickets.c.closed_at < before)
        over = or_(outbox.c.ticket_id.is_(None), outbox.c.ticket_id.in_(closed))
        lasting = outbox.c.dedupe_key.is_(None) | ~outbox.c.dedupe_key.like(CARDS)
        return await self._count(delete(outbox).where(outbox.c.created_at < before, outbox.c.state.in_(OVER), over, lasting))

    async def conversations(self, before: datetime) -> int:
        return await self._count(delete(conversations).where(conversations.c.last_inbound_at < before))

    async def learning(self, before: datetime) -> int:
        """Words that editors learned from; votes stay as figures."""
        votes = update(feedback).where(feedback.c.created_at < before, feedback.c.words != "").values(words="")
        return await self._count(votes) + await self._count(delete(unmatched).where(unmatched.c.created_at < before))

    async def closed_tickets(self, before: datetime, most: int) -> list[int]:
        """Tickets that were closed before then and still have their words, but for those under a legal hold."""
        due = and_(tickets.c.closed_at < before, ~tickets.c.erased, ~tickets.c.legal_hold)
        return list((await self._connection.execute(select(tickets.c.id).where(due).limit(most))).scalars())

    async def told_once(self, prefix: str) -> int:
        """Letters that nobody may read again go as soon as they went out; `prefix` begins their dedupe_key."""
        sent = outbox.c.dedupe_key.like(f"{prefix}%") & outbox.c.state.in_(SETTLED)
        return await self._count(delete(outbox).where(sent))

    async def fingerprints(self) -> dict[str, datetime]:
        """Keyed hashes of everybody who was erased."""
        return {row.fingerprint: row.at for row in await self._connection.execute(select(erasures))}

    async def _count(self, statement: Update | Delete) -> int:
        return (await self._connection.execute(statement)).rowcount


def _goodbye(gone: Gone, now: datetime) -> list[Update | Delete]:
    """The rows that are about nothing but the resident, and what is left of their arrivals: that they came."""
    resident, addresses = gone.resident_id, [value for _, value in gone.accounts]
    statements: list[Update | Delete] = [
        delete(table).where(table.c.resident_id == resident)
        for table in (conversations, identities, followers, holders, consents)
    ]
    came = inbox.c.chat_key.in_(gone.chats) & (inbox.c.state != "open")
    return [
        *statements,
        update(inbox).where(came).values(body="", chat_key=""),
        delete(outbox).where(_addressed(gone.accounts), outbox.c.state.in_(OVER)),
        delete(limits).where(limits.c.bucket.in_(addresses)),
        delete(tries).where(tries.c.who.endswith(f":resident:{resident}")),
        delete(feedback).where(feedback.c.answer.in_(gone.answers)),
        delete(unmatched).where(unmatched.c.id.in_(gone.questions)),
        update(residents).where(residents.c.id == resident).values(erase_at=None, stopped_at=None, erased_at=now),
    ]


def _addressed(accounts: Sequence[tuple[str, str]]) -> ColumnElement[bool]:
    """Letters to these (channel, account)."""
    return or_(false(), *(and_(outbox.c.channel == channel, outbox.c.address == value) for channel, value in accounts))
