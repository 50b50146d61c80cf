"""The same thing, told already by somebody else: open reports of the kind, nearby, in similar words."""

from __future__ import annotations

import math
from datetime import timedelta

from rapidfuzz import fuzz

from domain.ticket import NewTicket, Place, Ticket, TicketKind
from knowledge.region import great_circle_km
from services.app import App
from store.unit import Unit

TOLD_WITHIN = timedelta(days=60)
NEAR_KM = 0.5
KM_A_DEGREE = 111.2
SIMILAR = 40.0  # of 100: shared words, whatever their order (rapidfuzz token_set_ratio)
MOST = 3


async def alike(app: App, unit: Unit, new: NewTicket) -> list[Ticket]:
    """At most three tickets that a report may repeat, the most similar first; none for what is confidential."""
    if not _is_public(app, new):
        return []
    found = await unit.tickets.alike(new, app.now() - TOLD_WITHIN, _span(new.place))
    scored = [(_likeness(new, ticket), ticket) for ticket in found if is_near(new.place, ticket.place)]
    best = sorted((pair for pair in scored if pair[0] >= SIMILAR), key=lambda pair: (-pair[0], -pair[1].id))
    return [ticket for _, ticket in best[:MOST]]


def _is_public(app: App, new: NewTicket) -> bool:
    """What is confidential is neither shown to others nor compared with what others wrote."""
    category = app.region.categories.get(new.category)
    return new.kind is TicketKind.COMPLAINT and category is not None and not (category.confidential or new.confidential)


def _span(place: Place) -> tuple[float, float]:
    """Degrees of latitude and longitude that hold the circle around a pin."""
    shrunk = math.cos(math.radians(place.pin.lat)) if place.pin else 1.0
    return NEAR_KM / KM_A_DEGREE, NEAR_KM / KM_A_DEGREE / max(shrunk, 0.01)


def is_near(one: Place, other: Place) -> bool:
    """Not further apart than half a kilometre, or in the same village where one of them has no pin."""
    km = distance_km(one, other)
    return km <= NEAR_KM if km is not None else bool(one.village) and one.village == other.village


def distance_km(one: Place, other: Place) -> float | None:
    """None where one of them has no pin."""
    if one.pin is None or other.pin is None:
        return None
    return great_circle_km(one.pin.lat, one.pin.lon, other.pin.lat, other.pin.lon)


def _likeness(new: NewTicket, ticket: Ticket) -> float:
    return fuzz.token_set_ratio(new.text.casefold(), ticket.text.casefold())
