"""Residents' side of tickets: when operators spoke last, similar tickets, PINs, holders, wrong tries"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    op.add_column("tickets", sa.Column("spoken_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE tickets SET spoken_at = changed_at WHERE state = 'dijawab'")
    for name, columns in (("ix_tickets_village", ["category", "village", "id"]), ("ix_tickets_lat", ["category", "lat"])):
        op.create_index(name, "tickets", columns, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("ix_followers_resident_id", "followers", ["resident_id"])
    create_pins()
    create_holders()
    op.create_table(
        "tries",
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wait_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("who", name=op.f("pk_tries")),
    )


def create_pins() -> None:
    op.create_table(
        "pins",
        sa.Column("ticket_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_pins_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_pins")),
    )


def create_holders() -> None:
    op.create_table(
        "holders",
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=160), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_holders_ticket_id_tickets")),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_holders_resident_id_residents")),
        sa.PrimaryKeyConstraint("ticket_id", "resident_id", name=op.f("pk_holders")),
    )
    op.create_index("ix_holders_resident_id", "holders", ["resident_id"])


def downgrade() -> None:
    for table in ("tries", "holders", "pins"):
        op.drop_table(table)
    op.drop_index("ix_followers_resident_id", table_name="followers")
    for name in ("ix_tickets_lat", "ix_tickets_village"):
        op.drop_index(name, table_name="tickets")
    op.drop_column("tickets", "spoken_at")
