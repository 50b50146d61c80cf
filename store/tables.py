"""Every table but those of tickets, which are named here, too. Migrations must add up to exactly this (tested)."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from store.columns import NOTHING, ZERO, Moment, identity, metadata, moment
from store.file_tables import files
from store.privacy_tables import blocks, consents, erasures, vault
from store.ticket_tables import corrections, counters, drafts, entries, followers, holders, pins, promises, tickets, tries

__all__ = [
    "Moment",
    "blocks",
    "consents",
    "corrections",
    "counters",
    "drafts",
    "entries",
    "erasures",
    "files",
    "followers",
    "holders",
    "metadata",
    "pins",
    "promises",
    "tickets",
    "tries",
    "vault",
]

inbox = Table(
    "inbox",
    metadata,
    identity(),
    Column("channel", String(16), nullable=False),
    Column("external_id", String(160), nullable=False),
    Column("chat_key", String(160), nullable=False),
    Column("rank", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(8), nullable=False),  # open | done | dead
    Column("attempts", Integer, nullable=False),
    moment("not_before"),
    Column("error", String(80)),
    moment("received_at"),
    UniqueConstraint("channel", "external_id"),
)
OPEN_ARRIVAL = text("state = 'open'")
Index(
    "ix_inbox_open",
    inbox.c.chat_key,
    inbox.c.rank,
    inbox.c.id,
    sqlite_where=OPEN_ARRIVAL,
    postgresql_where=OPEN_ARRIVAL,
)
Index("ix_inbox_received_at", inbox.c.received_at)

outbox = Table(
    "outbox",
    metadata,
    identity(),
    Column("channel", String(16), nullable=False),
    Column("address", String(160), nullable=False),
    Column("bucket", String(160), nullable=False),
    Column("kind", String(8), nullable=False),  # message | edit | ack | topic | close | reopen
    Column("reply", JSON, nullable=False),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id")),
    Column("ticket_version", Integer, nullable=False, server_default=ZERO),
    Column("quotes", String(80), nullable=False),
    Column("quotes_letter", String(80), nullable=False),
    Column("edits_letter", String(80), nullable=False),
    Column("edits", String(80), nullable=False, server_default=NOTHING),
    Column("thread", String(80), nullable=False, server_default=NOTHING),
    Column("thread_letter", String(80), nullable=False, server_default=NOTHING),
    Column("dedupe_key", String(80), unique=True),
    Column("state", String(9), nullable=False),  # due | claimed | sent | failed | uncertain | waiting | merged
    Column("progress", String(9)),  # sent | delivered | read | failed, as the messenger tells
    Column("billed", Boolean, nullable=False, server_default=false()),
    Column("attempts", Integer, nullable=False),
    Column("uncertain", Boolean, nullable=False),
    moment("not_before"),
    moment("lease_until", nullable=True),
    Column("external_id", String(160)),
    Column("reason", String(80)),
    moment("created_at"),
    moment("settled_at", nullable=True),
)
UNSENT_LETTER = text("state IN ('due', 'claimed')")
Index(
    "ix_outbox_unsent",
    outbox.c.channel,
    outbox.c.address,
    outbox.c.id,
    sqlite_where=UNSENT_LETTER,
    postgresql_where=UNSENT_LETTER,
)
WAITING_LETTER = text("state = 'waiting'")
Index(
    "ix_outbox_waiting",
    outbox.c.channel,
    outbox.c.address,
    sqlite_where=WAITING_LETTER,
    postgresql_where=WAITING_LETTER,
)
Index("ix_outbox_sent", outbox.c.channel, outbox.c.address, outbox.c.external_id)
Index("ix_outbox_ticket_id", outbox.c.ticket_id)
AN_EDIT = text("edits_letter <> ''")
Index("ix_outbox_edits_letter", outbox.c.edits_letter, sqlite_where=AN_EDIT, postgresql_where=AN_EDIT)

limits = Table(
    "limits",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("bucket", String(160), primary_key=True),  # "" = the whole channel
    moment("full_at"),
    moment("ready_at"),
    moment("paused_until"),
)

residents = Table(
    "residents",
    metadata,
    identity(),
    Column("language", String(8), nullable=False),
    Column("language_chosen", Boolean, nullable=False, server_default=false()),
    Column("trial", Boolean, nullable=False),
    moment("stopped_at", nullable=True),  # since when they want no more letters of us
    moment("erase_at", nullable=True),  # when what they told us is to go
    moment("blocked_until", nullable=True),
    moment("erased_at", nullable=True),  # nobody any more: the row only holds statistics together
    moment("created_at"),
)
TO_ERASE = text("erase_at IS NOT NULL")
Index("ix_residents_erase_at", residents.c.erase_at, sqlite_where=TO_ERASE, postgresql_where=TO_ERASE)

identities = Table(
    "identities",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("value", String(160), primary_key=True),
    Column("resident_id", BigInteger, ForeignKey("residents.id"), nullable=False),
    Column("reachable", Boolean, nullable=False),
)
Index("ix_identities_resident_id", identities.c.resident_id)

conversations = Table(
    "conversations",
    metadata,
    Column("chat_key", String(160), primary_key=True),
    Column("resident_id", BigInteger, ForeignKey("residents.id"), nullable=False),
    Column("step", String(40), nullable=False),
    Column("data", JSON, nullable=False),
    moment("last_inbound_at"),
)

agencies = Table(
    "agencies",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(160), nullable=False),
)

desks = Table(
    "desks",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("address", String(160), primary_key=True),
    Column("agency_id", String(32), ForeignKey("agencies.id"), primary_key=True),
    Column("trial", Boolean, nullable=False),
    Column("forum", Boolean, nullable=False, server_default=false()),  # the group has topics
    moment("bound_at"),
)

operators = Table(
    "operators",
    metadata,
    identity(),
    Column("channel", String(16), nullable=False),
    Column("value", String(160), nullable=False),
    Column("name", String(80), nullable=False),
    moment("created_at"),
    UniqueConstraint("channel", "value"),
)

memberships = Table(
    "memberships",
    metadata,
    Column("operator_id", BigInteger, ForeignKey("operators.id"), primary_key=True),
    Column("agency_id", String(32), ForeignKey("agencies.id"), primary_key=True),
    Column("role", String(16), nullable=False),
)

invites = Table(
    "invites",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("agency_id", String(32), ForeignKey("agencies.id"), nullable=False),
    Column("role", String(16), nullable=False),
    moment("expires_at"),
    moment("used_at", nullable=True),
)

editions = Table(
    "editions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("author", String(80), nullable=False),
    Column("reason", String(240), nullable=False),
    Column("digest", String(64), nullable=False),
    moment("published_at"),
)

articles = Table(
    "articles",
    metadata,
    Column("edition", Integer, ForeignKey("editions.number"), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("text", Text, nullable=False),
)

# What editors learn from; neither says who asked.
feedback = Table(
    "feedback",
    metadata,
    Column("answer", String(16), primary_key=True),  # drawn by lot for each answer that was given
    Column("topic", String(64), nullable=False),
    Column("edition", Integer, nullable=False),
    Column("confidence", Float),  # empty where the resident chose the topic
    Column("vote", String(4), nullable=False),  # up | down
    Column("words", String(300), nullable=False),  # masked
    moment("created_at"),
)
Index("ix_feedback_topic", feedback.c.topic, feedback.c.created_at)

unmatched = Table(
    "unmatched",
    metadata,
    identity(),
    Column("kind", String(16), nullable=False),  # declined | rejected | disliked | missing
    Column("words", String(300), nullable=False),  # masked
    Column("language", String(8), nullable=False),
    Column("topic", String(64), nullable=False),  # "" = none
    Column("edition", Integer, nullable=False),
    moment("created_at"),
)
Index("ix_unmatched_created_at", unmatched.c.created_at)

audit = Table(
    "audit",
    metadata,
    identity(),
    moment("at"),
    Column("actor", String(48), nullable=False),
    Column("action", String(48), nullable=False),
    Column("object", String(64), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("digest", String(64), nullable=False, server_default=NOTHING),  # of the line and of the digest before it
)

# The end of the audit trail's chain: what was cut off there is missed.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("lines", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
)

door_secrets = Table(
    "door_secrets",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("digest", String(64), primary_key=True),
    moment("valid_until", nullable=True),  # empty = the one in force
)
