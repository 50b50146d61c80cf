"""Letters: claimed in the order of each address and within the limits, settled after the messenger has spoken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BindParameter, Integer, Row, and_, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.messages import Letter, LetterKind, Rate, Reply
from domain.rates import Bucket
from domain.seal import Seal
from store.letters import is_news, join, letter_of, reply_of, reply_row, row_of
from store.sql import Write, execute_many, insert_or_nothing, insert_or_update, or_nothing
from store.tables import Moment, conversations, limits, outbox, residents

LEASE = timedelta(seconds=40)  # longer than any send may take; after it the sender counts as dead
LONG_AGO = timedelta(days=1)
OVERALL = ""
# Written into the statement, not bound: only so SQLite sees that the index of unsent letters will do. It takes that one, and not
# the index of all letters to an address, for the condition on ids.
UNSENT: BindParameter[Any] = bindparam("unsent", ("due", "claimed"), expanding=True, literal_execute=True)
ANY_ID = outbox.c.id > 0


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a claimed letter: its new state and the columns that go with it."""

    letter_id: int
    state: str
    attempts: int
    uncertain: bool
    not_before: datetime
    external_id: str | None = None
    reason: str | None = None


class Outbox:
    """Queries on letters, within one unit of work. Added letters are written when the unit commits."""

    def __init__(self, connection: AsyncConnection, seal: Seal) -> None:
        self._connection = connection
        self._seal = seal
        self._added: list[dict[str, Any]] = []

    def add(self, letter: Letter, bucket: str, now: datetime) -> None:
        """Post a letter; one with a `dedupe_key` that was used before is dropped."""
        self._added.append(row_of(letter, self._seal, bucket, now))

    @property
    def posts(self) -> bool:
        """Whether the commit is to write a letter."""
        return bool(self._added)

    def last_writes(self) -> Iterator[Write]:
        """What the commit is to write."""
        rows, self._added = self._added, []
        yield or_nothing(self._connection, outbox), rows

    async def claim(self, channel: str, rate: Callable[[str], Rate], now: datetime, most: int, merges: int = 0) -> list[Letter]:
        """Take due letters, oldest first, at most one per address, as far as every bucket allows.

        News of one ticket is merged into one letter of up to `merges` units.
        """
        await self._lock(channel, now)
        overall = await self._overall(channel)
        if overall and overall.paused_until > now:
            return []
        rows = await self._due(channel, now, most)
        buckets = _Buckets(rate, now, {row.bucket: row.full_at for row in rows if row.full_at}, overall)
        claimed = [row for row in rows if buckets.take(row.bucket)]
        if claimed:
            await insert_or_update(self._connection, limits, buckets.rows(channel))
            await self._connection.execute(CLAIM, {"ids": [row.id for row in claimed], "until": now + LEASE})
        letters = [letter_of(row, self._seal) for row in claimed]
        return await self._merged(letters, merges) if merges else letters

    async def _merged(self, letters: Sequence[Letter], most: int) -> list[Letter]:
        """The letters with what else waits for the same address about the same ticket."""
        leads = {letter.address: letter for letter in letters if is_news(letter)}
        rows = await self._connection.execute(FOLLOWERS, {"of": letters[0].channel, "at": list(leads)}) if leads else ()
        closed: set[str] = set()  # where something stands between: what comes later must not overtake it
        for follower in [letter_of(row, self._seal) for row in rows]:
            lead = leads[follower.address]
            joined = join(lead, follower, most) if lead.address not in closed else None
            if joined is None:
                closed.add(lead.address)
                continue
            leads[lead.address] = joined
            await self._connection.execute(MERGE, {"follower": follower.id})
            await self._connection.execute(REWRITE, {"lead": lead.id, "words": reply_row(joined.reply, self._seal)})
        return [leads.get(letter.address, letter) for letter in letters]

    async def _lock(self, channel: str, now: datetime) -> None:
        """Only who holds the row of the whole channel may change limits: two workers never spend the same tokens, or forget a
        pause. (SQLite has one writer anyway.)"""
        past = now - LONG_AGO
        row = {"channel": channel, "bucket": OVERALL, "full_at": past, "ready_at": past, "paused_until": past}
        if self._connection.dialect.name == "sqlite":
            return
        await insert_or_nothing(self._connection, limits, [row])
        key = (limits.c.channel == channel) & (limits.c.bucket == OVERALL)
        await self._connection.execute(select(limits.c.bucket).where(key).with_for_update())

    async def _overall(self, channel: str) -> Row[Any] | None:
        return (await self._connection.execute(OVERALL_LIMIT, {"of": channel})).first()

    async def _due(self, channel: str, now: datetime, most: int) -> Sequence[Row[Any]]:
        return (await self._connection.execute(DUE, {"of": channel, "now": now, "most": most})).all()

    async def settle(self, settled: Sequence[Settled], now: datetime) -> None:
        """Write what became of claimed letters."""
        await execute_many(self._connection, SETTLE, [_settled_row(item, now) for item in settled])

    async def blot_out(self, letter_id: int) -> None:
        """Forget the words of a letter that went out or was given up."""
        over = (outbox.c.id == letter_id) & outbox.c.state.not_in(("due", "claimed", "waiting"))
        await self._connection.execute(update(outbox).where(over).values(reply=reply_row(Reply(""), self._seal)))

    async def pause(self, channel: str, until: datetime, now: datetime) -> None:
        """Let no worker send on the channel before `until`; a pause is never made shorter."""
        await self._lock(channel, now)
        row = await self._overall(channel)
        past = now - LONG_AGO
        new = {
            "channel": channel,
            "bucket": OVERALL,
            "full_at": row.full_at if row else past,
            "ready_at": row.ready_at if row else past,
            "paused_until": max(row.paused_until, until) if row else until,
        }
        await insert_or_update(self._connection, limits, [new])

    async def abandoned(self, channels: Sequence[str], now: datetime) -> list[Letter]:
        """Claimed letters whose lease ran out: the sender died, and they may have gone out."""
        query = select(outbox).where(outbox.c.channel.in_(channels), outbox.c.state == "claimed", outbox.c.lease_until < now)
        if self._connection.dialect.name != "sqlite":
            query = query.with_for_update(skip_locked=True)
        return [letter_of(row, self._seal) for row in await self._connection.execute(query)]

    async def waiting(self, channels: Sequence[str]) -> bool:
        """Whether any letter is still to go out on these channels, now or later."""
        query = select(outbox.c.id).where(outbox.c.channel.in_(channels), outbox.c.state.in_(UNSENT)).limit(1)
        return (await self._connection.execute(query)).first() is not None

    async def due(self, channels: Sequence[str], now: datetime) -> bool:
        """Whether any letter may be tried now."""
        query = (
            select(outbox.c.id)
            .where(
                outbox.c.channel.in_(channels), outbox.c.state.in_(UNSENT), outbox.c.state == "due", outbox.c.not_before <= now
            )
            .limit(1)
        )
        return (await self._connection.execute(query)).first() is not None

    async def oldest_waiting(self) -> datetime | None:
        """When the oldest letter that has not gone out was posted."""
        gathering = outbox.c.reason.is_not_distinct_from(GATHERING)
        query = select(func.min(outbox.c.created_at)).where(outbox.c.state.in_(UNSENT), ~gathering)
        found: datetime | None = (await self._connection.execute(query)).scalar()
        return found

    async def count(self, state: str) -> int:
        query = select(func.count()).select_from(outbox).where(outbox.c.state == state)
        return (await self._connection.execute(query)).scalar_one()

    async def posted(self, dedupe_key: str) -> bool:
        """Whether a letter with this key was posted before."""
        if any(row["dedupe_key"] == dedupe_key for row in self._added):
            return True
        query = select(outbox.c.id).where(outbox.c.dedupe_key == dedupe_key)
        return (await self._connection.execute(query)).first() is not None

    async def ticket_of(self, channel: str, address: str, external_id: str) -> int | None:
        """The ticket that a message of ours belongs to, by the messenger's id of it; the beginning of a topic is no message."""
        query = select(outbox.c.ticket_id).where(
            outbox.c.channel == channel,
            outbox.c.address == address,
            outbox.c.external_id == external_id,
            outbox.c.kind == LetterKind.MESSAGE.value,
            outbox.c.ticket_id.is_not(None),
        )
        found: int | None = (await self._connection.execute(query.limit(1))).scalar()
        return found

    async def crowd(self, channel: str, address: str) -> int:
        """How many letters wait for an address."""
        unsent = (outbox.c.channel == channel) & (outbox.c.address == address) & outbox.c.state.in_(UNSENT) & ANY_ID
        query = select(func.count()).select_from(outbox).where(unsent)
        added = len([row for row in self._added if (row["channel"], row["address"]) == (channel, address)])
        stored: int = (await self._connection.execute(query)).scalar_one()
        return stored + added

    async def unsent_like(self, channel: str, address: str, start: str) -> tuple[str, Reply] | None:
        """The newest letter to an address that was not tried yet and whose `dedupe_key` begins so: the key and the reply.

        Nobody else changes or sends it before this unit ends.
        """
        for added in reversed(self._added):
            if (added["dedupe_key"] or "").startswith(start) and added["address"] == address:
                return added["dedupe_key"], reply_of(added["reply"], self._seal)
        unsent = (outbox.c.channel == channel) & (outbox.c.address == address) & outbox.c.state.in_(UNSENT) & ANY_ID
        mine = unsent & (outbox.c.state == "due") & (outbox.c.attempts == 0)
        query = select(outbox.c.dedupe_key, outbox.c.reply).where(mine, outbox.c.dedupe_key.startswith(start, autoescape=True))
        query = query.order_by(outbox.c.id.desc()).limit(1)
        if self._connection.dialect.name != "sqlite":
            query = query.with_for_update()
        row = (await self._connection.execute(query)).first()
        return (row.dedupe_key, reply_of(row.reply, self._seal)) if row else None

    async def rewrite(self, dedupe_key: str, reply: Reply) -> None:
        """Other words for a letter that has not gone out."""
        for row in self._added:
            if row["dedupe_key"] == dedupe_key:
                row["reply"] = reply_row(reply, self._seal)
        key = (outbox.c.dedupe_key == dedupe_key) & (outbox.c.state == "due")
        await self._connection.execute(update(outbox).where(key).values(reply=reply_row(reply, self._seal)))

    async def release(self, channel: str, addresses: Sequence[str], now: datetime) -> None:
        """The residents wrote: what waited for that, or for more news, goes out now, before anything newer."""
        await self._connection.execute(RELEASE, {"of": channel, "at": list(addresses), "now": now})

    async def readdress(self, channel: str, old: str, new: str) -> None:
        """The messenger gave a group another id: letters that wait go there."""
        unsent = (outbox.c.channel == channel) & (outbox.c.address == old) & outbox.c.state.in_(UNSENT)
        await self._connection.execute(update(outbox).where(unsent).values(address=new, bucket=new))


GATHERING = "gathering"  # the reason of a letter that waits for more news to go with it

_ahead, _quoted, _edited, _topic = outbox.alias(), outbox.alias(), outbox.alias(), outbox.alias()
_first_of_address = ~(
    select(1)
    .where(_ahead.c.state.in_(UNSENT), _ahead.c.channel == outbox.c.channel)
    .where(_ahead.c.address == outbox.c.address, _ahead.c.id < outbox.c.id)
    .exists()
)
_now = bindparam("now", type_=Moment)
_letter_columns = [
    outbox.c[name]
    for name in (
        "id",
        "channel",
        "address",
        "bucket",
        "kind",
        "reply",
        "ticket_id",
        "ticket_version",
        "quotes",
        "quotes_letter",
        "edits_letter",
        "edits",
        "thread",
        "thread_letter",
        "dedupe_key",
        "attempts",
        "uncertain",
        "created_at",
    )
]
DUE = (
    select(*_letter_columns)
    .add_columns(conversations.c.last_inbound_at.label("heard_at"), residents.c.language)
    .add_columns(limits.c.full_at, _quoted.c.external_id.label("quoted_id"), _edited.c.external_id.label("edited_id"))
    .add_columns(_topic.c.external_id.label("thread_id"))
    .outerjoin(limits, and_(limits.c.channel == outbox.c.channel, limits.c.bucket == outbox.c.bucket))
    .outerjoin(_quoted, and_(outbox.c.quotes_letter != "", _quoted.c.dedupe_key == outbox.c.quotes_letter))
    .outerjoin(_edited, and_(outbox.c.edits_letter != "", _edited.c.dedupe_key == outbox.c.edits_letter))
    .outerjoin(_topic, and_(outbox.c.thread_letter != "", _topic.c.dedupe_key == outbox.c.thread_letter))
    .outerjoin(conversations, conversations.c.chat_key == outbox.c.channel + ":" + outbox.c.address)
    .outerjoin(residents, residents.c.id == conversations.c.resident_id)
    .where(outbox.c.channel == bindparam("of"), outbox.c.state == "due", outbox.c.not_before <= _now, _first_of_address)
    .where(outbox.c.state.in_(UNSENT))
    .where((limits.c.ready_at.is_(None)) | (limits.c.ready_at <= _now))
    .order_by(outbox.c.id)
    .limit(bindparam("most", type_=Integer))
)
OVERALL_LIMIT = select(limits).where(limits.c.channel == bindparam("of"), limits.c.bucket == OVERALL)
CLAIM = (
    update(outbox)
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)))
    .values(state="claimed", lease_until=bindparam("until", type_=Moment))
)
_at = (outbox.c.channel == bindparam("of")) & outbox.c.address.in_(bindparam("at", expanding=True))
FOLLOWERS = (
    select(outbox).where(_at, outbox.c.state == "due", outbox.c.attempts == 0, outbox.c.kind == "message").order_by(outbox.c.id)
)
MERGE = update(outbox).where(outbox.c.id == bindparam("follower")).values(state="merged", reason="merged")
REWRITE = update(outbox).where(outbox.c.id == bindparam("lead")).values(reply=bindparam("words", type_=JSON))
RELEASE = (
    update(outbox)
    .where(_at, (outbox.c.state == "waiting") | ((outbox.c.state == "due") & (outbox.c.attempts == 0)))
    .values(state="due", not_before=_now, created_at=_now, reason=None)
)
SETTLE = (
    update(outbox)
    .where(outbox.c.id == bindparam("letter_id"), (outbox.c.state == "claimed") | (outbox.c.state == "due"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("state", "attempts", "uncertain", "not_before", "external_id", "reason", "settled_at")
        }
    )
)


@dataclass(slots=True)
class _Buckets:
    """The buckets of one claim, filled from what is stored: bucket → `full_at`, and the row of the whole channel."""

    rate: Callable[[str], Rate]
    now: datetime
    stored: dict[str, datetime]
    overall: Row[Any] | None
    used: dict[str, Bucket] = field(default_factory=dict)

    def take(self, name: str) -> bool:
        """One token of the bucket and one of the whole channel, or none at all."""
        bucket, overall = self._bucket(name), self._bucket(OVERALL)
        if self.now < bucket.ready_at or self.now < overall.ready_at:
            return False
        if name != OVERALL:
            bucket.take(self.now)
        return overall.take(self.now)

    def _bucket(self, name: str) -> Bucket:
        if name not in self.used:
            past = self.now - LONG_AGO
            full_at = self.stored.get(name, past) if name else self.overall.full_at if self.overall else past
            self.used[name] = Bucket(self.rate(name), full_at)
        return self.used[name]

    def rows(self, channel: str) -> list[dict[str, Any]]:
        """Only the whole channel is ever paused, so a pause is kept there and long over elsewhere."""
        past = self.now - LONG_AGO
        paused = {OVERALL: self.overall.paused_until if self.overall else past}
        return [
            {
                "channel": channel,
                "bucket": name,
                "full_at": b.full_at,
                "ready_at": b.ready_at,
                "paused_until": paused.get(name, past),
            }
            for name, b in self.used.items()
        ]


def _settled_row(item: Settled, now: datetime) -> dict[str, Any]:
    return {
        "letter_id": item.letter_id,
        "new_state": item.state,
        "new_attempts": item.attempts,
        "new_uncertain": item.uncertain,
        "new_not_before": item.not_before,
        "new_external_id": item.external_id,
        "new_reason": item.reason,
        "new_settled_at": now,
    }
