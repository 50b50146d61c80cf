"""A queue reads its own index alone, also where an agency has trial tickets"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OWED = sa.text("due_at IS NOT NULL")
BEFORE, NOW = ["agency_id", "due_at", "id"], ["agency_id", "trial", "due_at", "id"]


def upgrade() -> None:
    index_queue(NOW)


def downgrade() -> None:
    index_queue(BEFORE)


def index_queue(columns: list[str]) -> None:
    op.drop_index("ix_tickets_queue", table_name="tickets")
    op.create_index("ix_tickets_queue", "tickets", columns, sqlite_where=OWED, postgresql_where=OWED)
