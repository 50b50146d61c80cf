"""Files of tickets"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NOTHING, ZERO = sa.text("''"), sa.text("0")
NAMED = (("side", 8), ("author", 48), ("channel", 16), ("kind", 12), ("unique_ref", 160), ("state", 8))
FOUND = (("reason", 40), ("sha256", 64), ("copy", 64), ("mime", 40))
NUMBERS = ("size", "width", "height", "attempts")
PHASHES = ("phash1", "phash2", "phash3", "phash4")
TO_DO = sa.text("state IN ('wanted', 'leaving')")
KEPT = sa.text("state = 'kept'")
LOOKS = sa.text("state = 'kept' AND phash1 IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.String(length=size), nullable=False) for name, size in NAMED),
        sa.Column("ref", sa.Text(), nullable=False),
        *(sa.Column(name, sa.String(length=size), server_default=NOTHING, nullable=False) for name, size in FOUND),
        *(sa.Column(name, sa.Integer(), server_default=ZERO, nullable=False) for name in NUMBERS),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in PHASHES),
        sa.Column("duplicate_of", sa.BigInteger(), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_files_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
    )
    op.create_index("ix_files_to_do", "files", ["not_before", "id"], sqlite_where=TO_DO, postgresql_where=TO_DO)
    op.create_index("ix_files_ticket_id", "files", ["ticket_id", "id"])
    for known in ("sha256", "copy"):
        op.create_index(f"ix_files_{known}", "files", [known], sqlite_where=KEPT, postgresql_where=KEPT)
    for word in PHASHES:
        op.create_index(f"ix_files_{word}", "files", [word], sqlite_where=LOOKS, postgresql_where=LOOKS)


def downgrade() -> None:
    op.drop_table("files")
