"""Tables of privacy: consents, the vault, who was erased, who is blocked."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from store.columns import identity, metadata, moment

consents = Table(
    "consents",
    metadata,
    Column("resident_id", BigInteger, ForeignKey("residents.id"), primary_key=True),
    Column("version", Integer, primary_key=True),  # of the notice
    moment("at"),
)

# Encrypted under a key that stands outside the database.
vault = Table(
    "vault",
    metadata,
    identity(),
    Column("owner_kind", String(16), nullable=False),  # check | ticket | reporter
    Column("owner_id", BigInteger, nullable=False),
    Column("token", Text, nullable=False),
    Column("key_id", String(8), nullable=False),
    moment("created_at"),
)
Index("ix_vault_owner", vault.c.owner_kind, vault.c.owner_id)

# Keyed hashes of identities that were erased: a backup that is restored is erased again by them.
erasures = Table(
    "erasures",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    moment("at"),
)

blocks = Table(
    "blocks",
    metadata,
    identity(),
    Column("resident_id", BigInteger, ForeignKey("residents.id"), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("author", String(48), nullable=False),
    moment("until"),
    moment("created_at"),
    moment("lifted_at", nullable=True),
)
Index("ix_blocks_resident_id", blocks.c.resident_id)
