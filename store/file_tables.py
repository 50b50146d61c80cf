"""The table of files that belong to tickets."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, text

from store.columns import NOTHING, ZERO, identity, metadata, moment

PHASHES = ("phash1", "phash2", "phash3", "phash4")  # 16 bits each of the hash of what a picture shows

files = Table(
    "files",
    metadata,
    identity(),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), nullable=False),
    Column("side", String(8), nullable=False),  # resident | operator | note
    Column("author", String(48), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("ref", Text, nullable=False),
    Column("unique_ref", String(160), nullable=False),
    Column("state", String(8), nullable=False),  # wanted | kept | refused | gone | leaving
    Column("reason", String(40), nullable=False, server_default=NOTHING),
    Column("sha256", String(64), nullable=False, server_default=NOTHING),  # of what was sent, which is not kept
    Column("copy", String(64), nullable=False, server_default=NOTHING),  # sha256 of the clean copy: its name on the disk
    Column("mime", String(40), nullable=False, server_default=NOTHING),
    Column("size", Integer, nullable=False, server_default=ZERO),
    Column("width", Integer, nullable=False, server_default=ZERO),
    Column("height", Integer, nullable=False, server_default=ZERO),
    *(Column(name, Integer) for name in PHASHES),
    Column("duplicate_of", BigInteger),  # the file of another ticket that it repeats
    Column("attempts", Integer, nullable=False, server_default=ZERO),
    moment("not_before"),
    moment("created_at"),
)
TO_DO = text("state IN ('wanted', 'leaving')")
Index("ix_files_to_do", files.c.not_before, files.c.id, sqlite_where=TO_DO, postgresql_where=TO_DO)
Index("ix_files_ticket_id", files.c.ticket_id, files.c.id)
KEPT = text("state = 'kept'")
for known in ("sha256", "copy"):
    Index(f"ix_files_{known}", files.c[known], sqlite_where=KEPT, postgresql_where=KEPT)
LOOKS = text("state = 'kept' AND phash1 IS NOT NULL")
for word in PHASHES:
    Index(f"ix_files_{word}", files.c[word], sqlite_where=LOOKS, postgresql_where=LOOKS)
