"""Which agency a report or a question goes to, and why. Nobody's matter, or one that is not clear, is the coordinator's."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.region import Category
from knowledge.routing.decision import DecisionKind
from services.app import App

SURE = 0.5  # the router's confidence from which its best guess decides where a question goes


@dataclass(frozen=True, slots=True)
class Way:
    """`reason`: a phrase `routed.*`."""

    agency: str
    reason: str


def way_of_report(app: App, category: Category, text: str, place: str = "") -> Way:
    """The category decides; where it is the one of what fits no other, the offices and facilities that the words name do."""
    if category.id != app.region.other_category:
        return _to(app, category.agency, "category")
    return _by_names(app, text) or _by_facilities(app, f"{text} {place}") or _to(app, category.agency, "unclear")


def way_of_question(app: App, text: str, topic: str = "") -> Way:
    """The topic that was open decides, then an office that the words name, then what the router is sure of."""
    about = app.knowledge.topics.get(topic)
    if about:
        return _to(app, about.agency, "topic")
    return _by_names(app, text) or _guessed(app, text) or Way(app.region.coordinator, "unclear")


def _to(app: App, agency: str, reason: str) -> Way:
    """Offices that are not the regency's have no desk here."""
    ours = app.region.agencies[agency].ours
    return Way(agency, reason) if ours else Way(app.region.coordinator, "not_ours")


def _by_names(app: App, text: str) -> Way | None:
    """One office of ours that the words name, and no other."""
    named = {agency.id for agency in app.region.agencies_in(text) if agency.ours}
    return Way(named.pop(), "named") if len(named) == 1 else None


def _by_facilities(app: App, text: str) -> Way | None:
    """A puskesmas, a market …: whoever looks after that kind of place."""
    kinds = {app.region.facilities.kinds[one.kind].agency for one in app.region.facilities_in(text)}
    return _to(app, kinds.pop(), "place") if len(kinds) == 1 else None


def _guessed(app: App, text: str) -> Way | None:
    """The router's best guess, where it is sure; or where everything that it thinks of belongs to one agency."""
    decision = app.knowledge.decide(text)
    if decision.kind is DecisionKind.ANSWER and decision.topic:
        return _to(app, app.knowledge.topics[decision.topic].agency, "guess")
    options = [(owner, one.confidence) for one in decision.options if (owner := _owner(app, one.id))]
    owners = {owner for owner, _ in options}
    sure = sum(confidence for _, confidence in options)
    return _to(app, owners.pop(), "guess") if len(owners) == 1 and sure >= SURE else None


def _owner(app: App, identifier: str) -> str:
    """The agency of a topic or a category; "" for what is neither."""
    known = app.knowledge.topics.get(identifier) or app.region.categories.get(identifier)
    return known.agency if known else ""
