"""Every table. Migrations must add up to exactly this (tested)."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.types import BigInteger

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. Refuses moments without a time zone, returns them with one, also on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def _id() -> Column[int]:
    # SQLite counts up by itself only in a column of exactly this type.
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


def _moment(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, Moment, nullable=nullable)


inbox = Table(
    "inbox",
    metadata,
    _id(),
    Column("channel", String(16), nullable=False),
    Column("external_id", String(160), nullable=False),
    Column("chat_key", String(160), nullable=False),
    Column("rank", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(8), nullable=False),  # open | done | dead
    Column("attempts", Integer, nullable=False),
    _moment("not_before"),
    Column("error", String(80)),
    _moment("received_at"),
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
    _id(),
    Column("channel", String(16), nullable=False),
    Column("address", String(160), nullable=False),
    Column("bucket", String(160), nullable=False),
    Column("kind", String(8), nullable=False),  # message | edit | ack
    Column("reply", JSON, nullable=False),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id")),
    Column("quotes", String(80), nullable=False),
    Column("quotes_letter", String(80), nullable=False),
    Column("edits_letter", String(80), nullable=False),
    Column("dedupe_key", String(80), unique=True),
    Column("state", String(9), nullable=False),  # due | claimed | sent | failed | uncertain | waiting | merged
    Column("progress", String(9)),  # sent | delivered | read | failed, as the messenger tells
    Column("billed", Boolean, nullable=False, server_default=false()),
    Column("attempts", Integer, nullable=False),
    Column("uncertain", Boolean, nullable=False),
    _moment("not_before"),
    _moment("lease_until", nullable=True),
    Column("external_id", String(160)),
    Column("reason", String(80)),
    _moment("created_at"),
    _moment("settled_at", nullable=True),
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

limits = Table(
    "limits",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("bucket", String(160), primary_key=True),  # "" = the whole channel
    _moment("full_at"),
    _moment("ready_at"),
    _moment("paused_until"),
)

residents = Table(
    "residents",
    metadata,
    _id(),
    Column("language", String(8), nullable=False),
    Column("language_chosen", Boolean, nullable=False, server_default=false()),
    Column("trial", Boolean, nullable=False),
    _moment("created_at"),
)

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
    _moment("last_inbound_at"),
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
    _moment("bound_at"),
)

operators = Table(
    "operators",
    metadata,
    _id(),
    Column("channel", String(16), nullable=False),
    Column("value", String(160), nullable=False),
    Column("name", String(80), nullable=False),
    _moment("created_at"),
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
    _moment("expires_at"),
    _moment("used_at", nullable=True),
)

tickets = Table(
    "tickets",
    metadata,
    _id(),
    Column("number", String(24), nullable=False, unique=True),
    Column("kind", String(24), nullable=False),
    Column("state", String(24), nullable=False),
    Column("agency_id", String(32), ForeignKey("agencies.id"), nullable=False),
    Column("category", String(48), nullable=False),
    Column("topic", String(64), nullable=False),
    Column("edition", Integer, nullable=False, server_default="0"),  # that was in force; 0 before editions were kept
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
    Column("version", Integer, nullable=False),
    _moment("created_at"),
    _moment("changed_at"),
)
Index("ix_tickets_resident", tickets.c.resident_id, tickets.c.id)
Index("ix_tickets_agency", tickets.c.agency_id, tickets.c.state, tickets.c.id)

entries = Table(
    "entries",
    metadata,
    _id(),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("author", String(48), nullable=False),
    Column("text", Text, nullable=False),
    Column("media", JSON, nullable=False),
    _moment("created_at"),
)
Index("ix_entries_ticket_id", entries.c.ticket_id, entries.c.id)

counters = Table(
    "counters",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

editions = Table(
    "editions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("author", String(80), nullable=False),
    Column("reason", String(240), nullable=False),
    Column("digest", String(64), nullable=False),
    _moment("published_at"),
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
    _moment("created_at"),
)
Index("ix_feedback_topic", feedback.c.topic, feedback.c.created_at)

unmatched = Table(
    "unmatched",
    metadata,
    _id(),
    Column("kind", String(16), nullable=False),  # declined | rejected | disliked | missing
    Column("words", String(300), nullable=False),  # masked
    Column("language", String(8), nullable=False),
    Column("topic", String(64), nullable=False),  # "" = none
    Column("edition", Integer, nullable=False),
    _moment("created_at"),
)
Index("ix_unmatched_created_at", unmatched.c.created_at)

audit = Table(
    "audit",
    metadata,
    _id(),
    _moment("at"),
    Column("actor", String(48), nullable=False),
    Column("action", String(48), nullable=False),
    Column("object", String(64), nullable=False),
    Column("detail", JSON, nullable=False),
)

door_secrets = Table(
    "door_secrets",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("digest", String(64), primary_key=True),
    _moment("valid_until", nullable=True),  # empty = the one in force
)
