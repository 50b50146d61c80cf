"""Answers that wait for a press: ready-made ones, empty formulas, and those that a colleague's move overtook."""

from __future__ import annotations

from collections.abc import Sequence

from domain.errors import Invalid, WrongMoment
from domain.messages import Media
from domain.people import Operator
from domain.ticket import Ticket, TicketKind
from knowledge.answers import Answer
from services.app import App
from services.card_text import subject
from services.places import place_words
from services.tickets import reply
from store.unit import Unit


def is_formula(app: App, ticket: Ticket, text: str, media: Sequence[Media]) -> bool:
    """Whether an answer to a complaint says neither what is done, nor when, nor by whom. A file is substance enough."""
    return ticket.kind is TicketKind.COMPLAINT and bool(text) and not media and not app.region.answers.substance.is_in(text)


def ready(app: App, ticket: Ticket, identifier: str) -> Answer:
    """A ready-made answer that the ticket's agency may take. Raises Invalid."""
    found = next((answer for answer in app.region.answers.of(ticket.agency) if answer.id == identifier), None)
    if found is None:
        raise Invalid("error.no_such_answer")
    return found


def filled(app: App, ticket: Ticket, answer: Answer) -> str:
    """Its text with everything filled in."""
    values = {
        "nomor": ticket.number,
        "warga": app.say("answer.resident"),
        "dinas": app.region.agencies[ticket.agency].name,
        "tenggat": app.day(ticket.due_at) if ticket.due_at else app.say("answer.no_due"),
        "perihal": subject(app, ticket),
        "tempat": place_words(app, ticket.place) or app.say("answer.no_place"),
        "hari_ini": app.day(app.now()),
    }
    return answer.text.format(**values)


async def hold(app: App, unit: Unit, ticket: Ticket, text: str, media: Sequence[Media], seen: int | None) -> int:
    """Keep an answer until somebody presses; returns its id. `seen`: the version that it answers, None = the one of now."""
    return await unit.drafts.keep(ticket.id, text, media, ticket.version if seen is None else seen, app.now())


async def send(app: App, unit: Unit, operator: Operator, ticket: Ticket, draft_id: int) -> Ticket:
    """A held answer goes to the resident, once. Raises WrongMoment where it went before, or the ticket changed since."""
    draft = await unit.drafts.get(draft_id, ticket.id)
    if draft is None:
        raise WrongMoment("error.draft_gone")
    answered = await reply(app, unit, operator, ticket, draft.text, draft.media, draft.seen)
    if not await unit.drafts.use(draft_id, app.now()):
        raise WrongMoment("error.draft_gone")
    return answered
