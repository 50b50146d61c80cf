"""What /metrics shows, and alarms: an event that a person should look at."""

from __future__ import annotations

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

log = structlog.get_logger()
registry = CollectorRegistry()

ARRIVALS = Counter("sapa_arrivals_total", "Arrivals acknowledged", ["channel"], registry=registry)
REFUSED = Counter("sapa_door_refused_total", "Requests that a door turned away", ["channel", "status"], registry=registry)
TURNS = Counter("sapa_turns_total", "Arrivals answered", ["channel", "outcome"], registry=registry)
LETTERS = Counter("sapa_letters_total", "Letters settled", ["channel", "outcome"], registry=registry)
FILES = Counter("sapa_files_total", "Files of tickets fetched", ["channel", "outcome"], registry=registry)
ALARMS = Counter("sapa_alarms_total", "Events that a person should look at", ["kind"], registry=registry)
INBOX_AGE = Gauge("sapa_inbox_oldest_seconds", "Age of the oldest open arrival", registry=registry)
OUTBOX_AGE = Gauge("sapa_outbox_oldest_seconds", "Age of the oldest letter that has not gone out", registry=registry)
EXPIRED = Gauge("sapa_articles_expired", "Articles past their date, which are not given as answers", registry=registry)
BILLABLE = Gauge("sapa_billable_messages", "Messages of this month that cost money", ["channel"], registry=registry)
CHANNEL_UP = Gauge("sapa_channel_connected", "1 while the messenger answers", ["channel"], registry=registry)


def alarm(kind: str, **ids: object) -> None:
    """Raise an alarm: one error line with ids, and a counter to alert on."""
    ALARMS.labels(kind).inc()
    log.error("alarm", kind=kind, **ids)
