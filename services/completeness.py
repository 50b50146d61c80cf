"""Which of the things that a category needs a report does not tell yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from domain.messages import Media
from domain.ticket import NewTicket, Place, Ticket
from knowledge.needs import Need, Told
from services.app import App


def untold(app: App, report: NewTicket, answered: Collection[str] = ()) -> tuple[Need, ...]:
    """What the report's category needs and nothing in it tells, the most important first. `answered`: needs asked and told."""
    region = app.region
    told = _told(app, report.text, report.media, place=report.place != Place())
    category = region.categories.get(report.category)
    needs = [region.needs[need] for need in (category.needs if category else ()) if need not in answered]
    return tuple(need for need in needs if not need.is_told(told))


def still_missing(app: App, ticket: Ticket, text: str, media: Sequence[Media]) -> tuple[str, ...]:
    """What is missing in a ticket once its resident said this, too."""
    told = _told(app, text, media, place=bool(app.region.villages_in(text)))
    known = [need for need in ticket.missing if need in app.region.needs]
    return tuple(need for need in known if not app.region.needs[need].is_told(told))


def _told(app: App, text: str, media: Sequence[Media], *, place: bool) -> Told:
    office = bool(app.region.agencies_in(text) or app.region.facilities_in(text))
    return Told(text, place=place, files=bool(media), office=office)
