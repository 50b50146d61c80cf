"""Topics of forums, answers that wait for a press, edits of any message"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OF_LETTERS = ("edits", "thread", "thread_letter")
AN_EDIT = sa.text("edits_letter <> ''")


def upgrade() -> None:
    for name in OF_LETTERS:
        op.add_column("outbox", sa.Column(name, sa.String(length=80), server_default=sa.text("''"), nullable=False))
    op.create_index("ix_outbox_edits_letter", "outbox", ["edits_letter"], sqlite_where=AN_EDIT, postgresql_where=AN_EDIT)
    op.add_column("desks", sa.Column("forum", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "drafts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("media", sa.JSON(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_drafts_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_index("ix_drafts_ticket_id", "drafts", ["ticket_id"])


def downgrade() -> None:
    op.drop_table("drafts")
    op.drop_column("desks", "forum")
    op.drop_index("ix_outbox_edits_letter", table_name="outbox")
    for name in reversed(OF_LETTERS):
        op.drop_column("outbox", name)
