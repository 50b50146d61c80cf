"""Letters as rows of the outbox, and news of a ticket put into one letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from domain.messages import Button, Letter, LetterKind, Media, Reply
from domain.seal import Seal
from domain.text import units
from store.sql import opened, sealed


def row_of(letter: Letter, seal: Seal, bucket: str, now: datetime) -> dict[str, Any]:
    return {
        "channel": letter.channel,
        "address": letter.address,
        "bucket": bucket,
        "kind": letter.kind.value,
        "reply": reply_row(letter.reply, seal),
        "ticket_id": letter.ticket_id,
        "ticket_version": letter.ticket_version,
        "quotes": letter.quotes,
        "quotes_letter": letter.quotes_letter,
        "edits_letter": letter.edits_letter,
        "edits": letter.edits,
        "thread": letter.thread,
        "thread_letter": letter.thread_letter,
        "dedupe_key": letter.dedupe_key or None,
        "state": "due",
        "attempts": 0,
        "uncertain": False,
        "not_before": letter.not_before or now,
        "created_at": now,
    }


def reply_row(reply: Reply, seal: Seal) -> dict[str, Any]:
    """A reply as the column keeps it, sealed."""
    row: dict[str, Any] = {"text": reply.text}
    if reply.buttons:
        row["buttons"] = [[[button.id, button.label] for button in line] for line in reply.buttons]
    if reply.ask_location:
        row["ask_location"] = reply.ask_location
    if reply.media:
        row["media"] = [reply.media.kind, reply.media.ref, reply.media.unique, reply.media.copy]
    if reply.secret:
        row["secret"] = True
    return sealed(row, seal)


def reply_of(value: dict[str, Any], seal: Seal) -> Reply:
    row = opened(value, seal)
    return Reply(
        text=row["text"],
        buttons=tuple(tuple(Button(*button) for button in line) for line in row.get("buttons", ())),
        ask_location=row.get("ask_location", ""),
        media=Media(*row["media"]) if "media" in row else None,
        secret=row.get("secret", False),
    )


def letter_of(row: Row[Any], seal: Seal) -> Letter:
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name for the row as a mapping
    return Letter(
        channel=row.channel,
        address=row.address,
        reply=reply_of(row.reply, seal),
        kind=LetterKind(row.kind),
        ticket_id=row.ticket_id,
        ticket_version=row.ticket_version,
        quotes=found.get("quoted_id") or row.quotes,
        quotes_letter=row.quotes_letter,
        edits_letter=row.edits_letter,
        edits=found.get("edited_id") or row.edits,
        thread=found.get("thread_id") or row.thread,
        thread_letter=row.thread_letter,
        dedupe_key=row.dedupe_key or "",
        id=row.id,
        attempts=row.attempts,
        uncertain=row.uncertain,
        created_at=row.created_at,
        language=found.get("language") or "",
        heard_at=found.get("heard_at"),
    )


def is_news(letter: Letter) -> bool:
    """Words about a ticket, with nothing that only one message can carry, or that is forgotten once it was shown."""
    reply = letter.reply
    alone = reply.media or reply.ask_location or reply.secret
    return bool(letter.ticket_id and letter.attempts == 0 and reply.text and not alone)


def join(lead: Letter, more: Letter, most: int) -> Letter | None:
    """Both as one letter with the buttons of the later one; None where they do not belong together or grow too long."""
    if not (is_news(lead) and is_news(more)) or lead.ticket_id != more.ticket_id:
        return None
    text = f"{lead.reply.text}\n\n{more.reply.text}"
    return replace(lead, reply=replace(more.reply, text=text)) if units(text) <= most else None
