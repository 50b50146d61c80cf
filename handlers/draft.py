"""A draft: the report that is being taken, as plain values in the conversation, and the ticket that it would become."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from domain.messages import Button, Location, Media
from domain.ticket import NewTicket, Place, TicketKind
from handlers.turn import Turn
from knowledge.needs import Need
from knowledge.region import Category
from services.completeness import untold
from services.routing import way_of_report

Draft = dict[str, Any]


def draft_of(turn: Turn) -> Draft | None:
    """The report that is being taken, if any."""
    return turn.data.get("draft") if turn.conversation.step.startswith("report.") else None


def press_of(draft: Draft, action: str, label: str) -> Button:
    """A button that only this draft obeys."""
    return Button(f"r:{draft['id']}:{action}", label)


def cancel_of(turn: Turn) -> Button:
    return turn.button("cancel", "button.cancel")


def category_of(turn: Turn, draft: Draft) -> Category:
    categories = turn.app.region.categories
    return categories.get(draft["category"]) or categories[turn.app.region.other_category]


def place_of(draft: Draft) -> Place:
    place = draft["place"]
    pin = Location(place["lat"], place["lon"]) if "lat" in place else None
    return Place(place.get("words", ""), place.get("village", ""), pin)


def answers_of(turn: Turn, draft: Draft) -> dict[str, str]:
    """Need → what the resident said when asked for it."""
    return {need: words for need, words in draft.get("answers", {}).items() if need in turn.app.region.needs}


def story_of(turn: Turn, draft: Draft) -> str:
    """The resident's words, and below them what was asked for, a line each."""
    needs = turn.app.region.needs
    lines = [f"{needs[need].label}: {words}" for need, words in answers_of(turn, draft).items()]
    return "\n".join((draft["text"], *lines))


def open_needs(turn: Turn, draft: Draft) -> tuple[Need, ...]:
    """What the category needs and the resident did not tell."""
    return untold(turn.app, _bare_report(turn, draft), answers_of(turn, draft))


def report_of(turn: Turn, draft: Draft) -> NewTicket:
    """The ticket that the draft would become now."""
    missing = tuple(need.id for need in open_needs(turn, draft))
    return replace(_bare_report(turn, draft), text=story_of(turn, draft), missing=missing)


def _bare_report(turn: Turn, draft: Draft) -> NewTicket:
    category, resident, incoming = category_of(turn, draft), turn.conversation.resident, turn.incoming
    way = way_of_report(turn.app, category, draft["text"], draft["place"].get("words", ""))
    return NewTicket(
        TicketKind.COMPLAINT,
        way.agency,
        category.id,
        draft["text"],
        resident.id,
        incoming.channel,
        incoming.chat,
        resident.trial,
        place_of(draft),
        tuple(Media(*file) for file in draft["files"]),
        edition=turn.app.knowledge.edition,
        anonymous=draft.get("anonymous", False),
        confidential=draft.get("confidential", category.confidential),
        urgent=category.emergency,
        field_check=category.field,
        routed_by=way.reason,
    )
