"""Files of tickets: wanted, kept, compared, forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.files import FileState, Seen, Side, StoredFile, Wanted, alike, look_of_words, neighbours, words_of_look
from domain.messages import Media
from store.file_tables import PHASHES
from store.tables import files, tickets

LEASE = timedelta(minutes=3)  # longer than a download with its inspection may take; after it another worker tries
TO_DO = (FileState.WANTED.value, FileState.LEAVING.value)
DISK_LOCK = 7_233_002  # any number, the same in every process
MOST_TWINS = 5000  # pictures of which an index says that they might be the same
FORGOTTEN = {"ref": "", "unique_ref": "", "sha256": "", "duplicate_of": None, **dict.fromkeys(PHASHES)}


class Files:
    """Queries on files, within one unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def want(self, wanted: Sequence[Wanted], now: datetime) -> None:
        """Have them fetched after the turn."""
        if wanted:
            await self._connection.execute(insert(files), [_row(one, now) for one in wanted])

    async def due(self, channels: Sequence[str], now: datetime) -> bool:
        """Whether there is anything to fetch or to delete now."""
        return (await self._connection.execute(select(files.c.id).where(_due(channels, now)).limit(1))).first() is not None

    async def claim(self, channels: Sequence[str], now: datetime) -> StoredFile | None:
        """The file that waited longest. If whoever took it dies, it is due again when the lease is over."""
        query = select(files).where(_due(channels, now)).order_by(files.c.not_before, files.c.id).limit(1)
        if self._connection.dialect.name != "sqlite":
            query = query.with_for_update(skip_locked=True)
        row = (await self._connection.execute(query)).first()
        if row is None:
            return None
        values = {"attempts": row.attempts + 1, "not_before": now + LEASE}
        claimed = update(files).where(files.c.id == row.id).values(**values).returning(files)
        return _file((await self._connection.execute(claimed)).one())

    async def again(self, file: StoredFile, at: datetime, counted: bool) -> None:
        """Try once more at `at`; a try that did not count is taken back."""
        values = {"not_before": at, "attempts": file.attempts if counted else file.attempts - 1}
        await self._connection.execute(update(files).where(_still(file)).values(**values))

    async def end(self, file: StoredFile, state: FileState, reason: str = "") -> bool:
        """It is refused or gone; False when somebody else settled it before."""
        return await self._settle(file, {"state": state.value, "reason": reason})

    async def keep(self, file: StoredFile, seen: Seen, duplicate_of: int | None) -> bool:
        """Its clean copy is on the disk; False when somebody else settled it before."""
        words = words_of_look(seen.look) if seen.look is not None else [None] * len(PHASHES)
        names = ("sha256", "copy", "mime", "size", "width", "height")
        values = {name: getattr(seen, name) for name in names} | dict(zip(PHASHES, words, strict=True))
        return await self._settle(file, values | {"state": FileState.KEPT.value, "duplicate_of": duplicate_of})

    async def _settle(self, file: StoredFile, values: dict[str, Any]) -> bool:
        done = update(files).where(_still(file)).values(**values).returning(files.c.id)
        return (await self._connection.execute(done)).first() is not None

    async def get(self, file_id: int) -> StoredFile | None:
        row = (await self._connection.execute(select(files).where(files.c.id == file_id))).first()
        return _file(row) if row else None

    async def of_ticket(self, ticket_id: int) -> list[StoredFile]:
        """All files of a ticket, oldest first."""
        query = select(files).where(files.c.ticket_id == ticket_id).order_by(files.c.id)
        return [_file(row) for row in await self._connection.execute(query)]

    async def twins(self, file: StoredFile, seen: Seen) -> list[StoredFile]:
        """Kept files of other tickets, from the same side and equally trial or not, that are or show the same. Oldest first."""
        own = select(tickets.c.trial).where(tickets.c.id == file.ticket_id).scalar_subquery()
        query = select(files).join(tickets).where(files.c.state == FileState.KEPT.value, files.c.side == file.side.value)
        query = query.where(files.c.ticket_id != file.ticket_id, tickets.c.trial == own, _perhaps_same(seen))
        found = [_file(row) for row in await self._connection.execute(query.order_by(files.c.id).limit(MOST_TWINS))]
        return [one for one in found if one.sha256 == seen.sha256 or alike(one.look, seen.look)]

    async def forget(self, ticket_id: int) -> None:
        """Nothing of a ticket's files is kept: copies leave the disk soon, what was not fetched is not wanted any more."""
        own = files.c.ticket_id == ticket_id
        kept = own & (files.c.state == FileState.KEPT.value)
        leaving = {"state": FileState.LEAVING.value, "not_before": files.c.created_at, "attempts": 0}
        await self._connection.execute(update(files).where(kept).values(**FORGOTTEN, **leaving))
        others = own & (files.c.state != FileState.LEAVING.value)
        await self._connection.execute(update(files).where(others).values(**FORGOTTEN, state=FileState.GONE.value))

    async def is_shared(self, copy: str) -> bool:
        """Whether a kept file still needs this copy."""
        query = select(files.c.id).where(files.c.copy == copy, files.c.state == FileState.KEPT.value).limit(1)
        return (await self._connection.execute(query)).first() is not None

    async def lock_disk(self) -> None:
        """Until the end of the unit nobody else puts copies on the disk or takes them from it. (SQLite has one writer anyway.)"""
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": DISK_LOCK})


def _due(channels: Sequence[str], now: datetime) -> ColumnElement[bool]:
    return and_(files.c.state.in_(TO_DO), files.c.not_before <= now, files.c.channel.in_(channels))


def _still(file: StoredFile) -> ColumnElement[bool]:
    return (files.c.id == file.id) & (files.c.state == file.state.value)


def _perhaps_same(seen: Seen) -> ColumnElement[bool]:
    """The same bytes, or one of the four words of the hash as good as equal: which an index finds."""
    same = files.c.sha256 == seen.sha256
    if seen.look is None:
        return same
    words = zip(PHASHES, words_of_look(seen.look), strict=True)
    return or_(same, *(files.c[name].in_(neighbours(word)) for name, word in words))


def _row(wanted: Wanted, now: datetime) -> dict[str, Any]:
    media = wanted.media
    return {
        "ticket_id": wanted.ticket_id,
        "side": wanted.side.value,
        "author": wanted.author,
        "channel": wanted.channel,
        "kind": media.kind,
        "ref": media.ref,
        "unique_ref": media.unique,
        "state": FileState.WANTED.value,
        "not_before": now,
        "created_at": now,
    }


def _file(row: Row[Any]) -> StoredFile:
    words = [getattr(row, name) for name in PHASHES]
    return StoredFile(
        id=row.id,
        ticket_id=row.ticket_id,
        side=Side(row.side),
        author=row.author,
        channel=row.channel,
        media=Media(row.kind, row.ref, row.unique_ref),
        state=FileState(row.state),
        attempts=row.attempts,
        created_at=row.created_at,
        reason=row.reason,
        sha256=row.sha256,
        copy=row.copy,
        mime=row.mime,
        size=row.size,
        width=row.width,
        height=row.height,
        look=look_of_words(words) if None not in words else None,
        duplicate_of=row.duplicate_of,
    )
