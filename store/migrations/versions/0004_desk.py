"""The agencies' desk: states and flags of tickets, promises, followers, corrections, a chain through the audit trail"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FLAGS = ("anonymous", "confidential", "urgent", "field_check")
WORDS = (("routed_by", 40), ("missing", 160), ("outcome", 32))
NUMBERS = ("alias", "rating", "followers", "refusals")
MOMENTS = ("due_at", "answered_at", "closed_at")
OWED = sa.text("due_at IS NOT NULL")
TICKING = sa.text("tick_at IS NOT NULL AND paused_at IS NULL")


def upgrade() -> None:
    for column in ticket_columns():
        op.add_column("tickets", column)
    tickets = sa.table(
        "tickets", sa.column("state", sa.String), sa.column("closed_at", sa.DateTime), sa.column("changed_at", sa.DateTime)
    )
    # "selesai" was the agency's word alone, without the resident's.
    closed = tickets.update().where(tickets.c.state == "selesai")
    op.execute(closed.values(state="selesai_otomatis", closed_at=tickets.c.changed_at))
    op.create_index("ix_tickets_queue", "tickets", ["agency_id", "due_at", "id"], sqlite_where=OWED, postgresql_where=OWED)
    op.add_column("entries", sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("entries", sa.Column("detail", sa.JSON(), nullable=True))
    op.add_column("outbox", sa.Column("ticket_version", sa.Integer(), server_default=sa.text("0"), nullable=False))
    create_promises()
    create_followers()
    create_corrections()
    begin_chain()


def ticket_columns() -> list[sa.Column[object]]:
    columns: list[sa.Column[object]] = [
        sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False) for name in FLAGS
    ]
    columns += [sa.Column(name, sa.String(length=size), server_default=sa.text("''"), nullable=False) for name, size in WORDS]
    columns += [sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False) for name in NUMBERS]
    columns += [sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in MOMENTS]
    return columns


def create_promises() -> None:
    op.create_table(
        "promises",
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tick_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_promises_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("ticket_id", "kind", name=op.f("pk_promises")),
    )
    op.create_index("ix_promises_tick_at", "promises", ["tick_at"], sqlite_where=TICKING, postgresql_where=TICKING)


def create_followers() -> None:
    op.create_table(
        "followers",
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=160), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_followers_ticket_id_tickets")),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_followers_resident_id_residents")),
        sa.PrimaryKeyConstraint("ticket_id", "resident_id", name=op.f("pk_followers")),
    )


def create_corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.String(length=48), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("went_to", sa.String(length=32), nullable=False),
        sa.Column("belongs_to", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_corrections_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )


def begin_chain() -> None:
    op.add_column("audit", sa.Column("digest", sa.String(length=64), server_default=sa.text("''"), nullable=False))
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.bulk_insert(head, [{"id": 1, "lines": 0, "digest": ""}])


def downgrade() -> None:
    for table in ("audit_head", "corrections", "followers", "promises"):
        op.drop_table(table)
    op.drop_column("audit", "digest")
    op.drop_column("outbox", "ticket_version")
    op.drop_column("entries", "detail")
    op.drop_column("entries", "version")
    op.drop_index("ix_tickets_queue", table_name="tickets")
    for column in reversed(ticket_columns()):
        op.drop_column("tickets", column.name)
