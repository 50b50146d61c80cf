"""WhatsApp: how far a letter has come, and letters that wait until the resident writes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("progress", sa.String(length=9), nullable=True))
    op.add_column("outbox", sa.Column("billed", sa.Boolean(), server_default=sa.false(), nullable=False))
    waiting = sa.text("state = 'waiting'")
    op.create_index("ix_outbox_waiting", "outbox", ["channel", "address"], sqlite_where=waiting, postgresql_where=waiting)


def downgrade() -> None:
    op.drop_index("ix_outbox_waiting", table_name="outbox")
    op.drop_column("outbox", "billed")
    op.drop_column("outbox", "progress")
