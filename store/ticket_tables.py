"""Tables of tickets: their history, what they owe and whom they concern."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text, false, text

from store.columns import NOTHING, ZERO, identity, metadata, moment

tickets = Table(
    "tickets",
    metadata,
    identity(),
    Column("number", String(24), nullable=False, unique=True),
    Column("kind", String(24), nullable=False),
    Column("state", String(24), nullable=False),
    Column("agency_id", String(32), ForeignKey("agencies.id"), nullable=False),
    Column("category", String(48), nullable=False),
    Column("topic", String(64), nullable=False),
    Column("edition", Integer, nullable=False, server_default=ZERO),  # that was in force; 0 before editions were kept
    Column("text", Text, nullable=False),
    Column("place_words", Text, nullable=False),
    Column("village", String(16), nullable=False),
    Column("lat", Float),
    Column("lon", Float),
    Column("resident_id", BigInteger, ForeignKey("residents.id"), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("address", String(160), nullable=False),
    Column("trial", Boolean, nullable=False),
    Column("operator_id", BigInteger, ForeignKey("operators.id")),
    Column("anonymous", Boolean, nullable=False, server_default=false()),
    Column("confidential", Boolean, nullable=False, server_default=false()),
    Column("urgent", Boolean, nullable=False, server_default=false()),
    Column("field_check", Boolean, nullable=False, server_default=false()),
    Column("routed_by", String(40), nullable=False, server_default=NOTHING),
    Column("missing", String(160), nullable=False, server_default=NOTHING),  # ids of needs, with spaces
    Column("alias", Integer, nullable=False, server_default=ZERO),
    Column("outcome", String(32), nullable=False, server_default=NOTHING),
    Column("rating", Integer, nullable=False, server_default=ZERO),
    Column("followers", Integer, nullable=False, server_default=ZERO),
    Column("refusals", Integer, nullable=False, server_default=ZERO),
    Column("legal_hold", Boolean, nullable=False, server_default=false()),  # a court or an audit needs it: its words stay
    Column("erased", Boolean, nullable=False, server_default=false()),  # its words are gone, for good
    Column("version", Integer, nullable=False),
    moment("due_at", nullable=True),  # when the answer is owed; empty while nothing is
    moment("answered_at", nullable=True),
    moment("closed_at", nullable=True),
    moment("spoken_at", nullable=True),  # an operator wrote to the resident, last of all
    moment("created_at"),
    moment("changed_at"),
)
Index("ix_tickets_resident", tickets.c.resident_id, tickets.c.id)
Index("ix_tickets_agency", tickets.c.agency_id, tickets.c.state, tickets.c.id)
OPEN = text("closed_at IS NULL")
Index("ix_tickets_village", tickets.c.category, tickets.c.village, tickets.c.id, sqlite_where=OPEN, postgresql_where=OPEN)
Index("ix_tickets_lat", tickets.c.category, tickets.c.lat, sqlite_where=OPEN, postgresql_where=OPEN)
OWED = text("due_at IS NOT NULL")
IN_QUEUE = tickets.c.agency_id, tickets.c.trial, tickets.c.due_at, tickets.c.id
Index("ix_tickets_queue", *IN_QUEUE, sqlite_where=OWED, postgresql_where=OWED)

promises = Table(
    "promises",
    metadata,
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), primary_key=True),
    Column("kind", String(16), primary_key=True),
    moment("begun_at"),
    moment("due_at"),
    moment("tick_at", nullable=True),
    Column("stage", String(12), nullable=False),
    moment("paused_at", nullable=True),
)
TICKING = text("tick_at IS NOT NULL AND paused_at IS NULL")
Index("ix_promises_tick_at", promises.c.tick_at, sqlite_where=TICKING, postgresql_where=TICKING)


def _accounts(name: str) -> Table:
    """People beside the one who opened a ticket, and where each of them hears of it."""
    return Table(
        name,
        metadata,
        Column("ticket_id", BigInteger, ForeignKey("tickets.id"), primary_key=True),
        Column("resident_id", BigInteger, ForeignKey("residents.id"), primary_key=True),
        Column("channel", String(16), nullable=False),
        Column("address", String(160), nullable=False),
        moment("since"),
    )


followers = _accounts("followers")

Index("ix_followers_resident_id", followers.c.resident_id)

pins = Table(
    "pins",
    metadata,
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), primary_key=True, autoincrement=False),
    Column("salt", String(32), nullable=False),
    Column("digest", String(64), nullable=False),
    moment("created_at"),
)

# Accounts of the ticket's own resident, beside the one that opened it: they had its PIN.
holders = _accounts("holders")
Index("ix_holders_resident_id", holders.c.resident_id)

# Wrong guesses of PINs and numbers: of an account, or at a ticket.
tries = Table(
    "tries",
    metadata,
    Column("who", String(64), primary_key=True),
    Column("wrong", Integer, nullable=False),
    moment("last_at"),
    moment("wait_until"),
)

# What operators put right: which agency a report was first sent to, and which one it belongs to.
corrections = Table(
    "corrections",
    metadata,
    identity(),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), nullable=False),
    Column("category", String(48), nullable=False),
    Column("words", String(300), nullable=False),  # masked
    Column("went_to", String(32), nullable=False),
    Column("belongs_to", String(32), nullable=False),
    moment("created_at"),
)

entries = Table(
    "entries",
    metadata,
    identity(),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("author", String(48), nullable=False),
    Column("text", Text, nullable=False),
    Column("media", JSON, nullable=False),
    Column("version", Integer, nullable=False, server_default=ZERO),
    Column("detail", JSON),
    moment("created_at"),
)
Index("ix_entries_ticket_id", entries.c.ticket_id, entries.c.id)

# Answers of operators that wait for a press: canned ones, and those that were held back.
drafts = Table(
    "drafts",
    metadata,
    identity(),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("media", JSON, nullable=False),
    Column("seen", Integer, nullable=False),  # the version of the ticket that it answers
    moment("created_at"),
    moment("used_at", nullable=True),
)
Index("ix_drafts_ticket_id", drafts.c.ticket_id)

counters = Table(
    "counters",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
