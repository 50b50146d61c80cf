"""Privacy: consents, the vault, erasures, blocks, legal holds"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENTS = ("stopped_at", "erase_at", "blocked_until", "erased_at")


def upgrade() -> None:
    for name in MOMENTS:
        op.add_column("residents", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_residents_erase_at",
        "residents",
        ["erase_at"],
        sqlite_where=sa.text("erase_at IS NOT NULL"),
        postgresql_where=sa.text("erase_at IS NOT NULL"),
    )
    op.add_column("tickets", sa.Column("legal_hold", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("tickets", sa.Column("erased", sa.Boolean(), server_default=sa.false(), nullable=False))
    create_consents()
    create_vault()
    op.create_table(
        "erasures",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_erasures")),
    )
    create_blocks()


def create_consents() -> None:
    op.create_table(
        "consents",
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_consents_resident_id_residents")),
        sa.PrimaryKeyConstraint("resident_id", "version", name=op.f("pk_consents")),
    )


def create_vault() -> None:
    op.create_table(
        "vault",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("owner_kind", sa.String(length=16), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("key_id", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vault")),
    )
    op.create_index("ix_vault_owner", "vault", ["owner_kind", "owner_id"])


def create_blocks() -> None:
    op.create_table(
        "blocks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("author", sa.String(length=48), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_blocks_resident_id_residents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
    )
    op.create_index("ix_blocks_resident_id", "blocks", ["resident_id"])


def downgrade() -> None:
    for table in ("blocks", "erasures", "vault", "consents"):
        op.drop_table(table)
    op.drop_column("tickets", "erased")
    op.drop_column("tickets", "legal_hold")
    op.drop_index("ix_residents_erase_at", table_name="residents")
    for name in reversed(MOMENTS):
        op.drop_column("residents", name)
