"""Listening: votes on answers, questions without one, and whether a language was chosen"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("residents", sa.Column("language_chosen", sa.Boolean(), server_default=sa.false(), nullable=False))
    residents = sa.table("residents", sa.column("language", sa.String), sa.column("language_chosen", sa.Boolean))
    # Until now only a choice changed the language.
    op.execute(residents.update().where(residents.c.language != "id").values(language_chosen=True))
    op.create_table(
        "feedback",
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("vote", sa.String(length=4), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("answer", name=op.f("pk_feedback")),
    )
    op.create_index("ix_feedback_topic", "feedback", ["topic", "created_at"])
    op.create_table(
        "unmatched",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unmatched")),
    )
    op.create_index("ix_unmatched_created_at", "unmatched", ["created_at"])


def downgrade() -> None:
    op.drop_index("ix_unmatched_created_at", table_name="unmatched")
    op.drop_table("unmatched")
    op.drop_index("ix_feedback_topic", table_name="feedback")
    op.drop_table("feedback")
    op.drop_column("residents", "language_chosen")
