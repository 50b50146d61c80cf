"""A place in a ticket, in words."""

from __future__ import annotations

from domain.messages import Location
from domain.ticket import Place
from services.app import App


def village_name(app: App, code: str) -> str:
    """The full name of a village by its code; "" for none."""
    return next((app.region.full_name(village) for village in app.region.villages if village.code == code), "")


def place_words(app: App, place: Place) -> str:
    """Everything that is known of a place, in one line; "" where nothing is."""
    pin = app.say("place.pin", lat=f"{place.pin.lat:.5f}", lon=f"{place.pin.lon:.5f}") if place.pin else ""
    village = village_name(app, place.village)
    words = "" if village.lower().startswith(place.words.lower()) else place.words  # "Desa Baron" adds nothing to its full name
    return " · ".join(part for part in (words, village, pin) if part)


def map_link(app: App, pin: Location) -> str:
    """Where a pin stands on the region's map."""
    return app.region.map_url.format(lat=f"{pin.lat:.5f}", lon=f"{pin.lon:.5f}")
