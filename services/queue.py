"""What a desk asks for: its queue, and tickets by number or words."""

from __future__ import annotations

from heapq import merge

from domain.messages import Button, Reply
from domain.people import Operator
from domain.ticket import Ticket, find_number
from services.app import App
from services.card_text import CARD, line
from store.unit import Unit

A_PAGE = 8  # tickets
MOST_FOUND = 8
FARTHEST = 200  # tickets of a queue that can be leafed through; who has more looks at the first
WORDS = 5  # of a search
SHORTEST = 3  # letters of a word worth looking for

Rows = tuple[tuple[Button, ...], ...]


async def page(app: App, unit: Unit, agencies: list[str], trial: bool, start: int) -> Reply:
    """The tickets to which these agencies owe an answer, from number `start` on: overdue ones first, then by their day."""
    start = min(max(start, 0), FARTHEST)
    most = start + A_PAGE
    queues = [await unit.queues.owed(agency, trial, most) for agency in agencies]
    shown = list(merge(*queues, key=_due))[start:most]
    total = sum([await unit.queues.count_owed(agency, trial, FARTHEST + 1) for agency in agencies])
    count = total if total <= FARTHEST else f"{FARTHEST}+"
    names = ", ".join(app.region.agencies[agency].short for agency in agencies[:3])
    if not shown:
        return Reply(app.say("queue.empty", agency=names))
    more = (Button(f"antrian:{most}", app.say("button.next")),)
    rows = (*_buttons(shown), more) if most < min(total, FARTHEST) else _buttons(shown)
    return Reply("\n".join([app.say("queue.head", agency=names, count=count), *(line(app, one) for one in shown)]), rows)


def _due(ticket: Ticket) -> tuple[float, int]:
    return (ticket.due_at.timestamp() if ticket.due_at else 0.0, ticket.id)


def _buttons(found: list[Ticket]) -> Rows:
    buttons = [Button(f"k:{ticket.id}:{CARD}", ticket.number) for ticket in found]
    return tuple(tuple(buttons[start : start + 2]) for start in range(0, len(buttons), 2))


async def search(app: App, unit: Unit, operator: Operator, trial: bool, said: str) -> list[Ticket]:
    """The tickets that an operator may see, by number or by words: those of their agencies, all for the coordinator's."""
    everything = app.region.coordinator in operator.agencies
    if number := find_number(said):
        ticket = await unit.tickets.by_number(number)
        mine = ticket is not None and ticket.trial == trial and (everything or ticket.agency in operator.agencies)
        return [ticket] if ticket and mine else []
    words = [word for word in said.split() if len(word) >= SHORTEST][:WORDS]
    agencies = None if everything else sorted(operator.agencies)
    return await unit.queues.with_words(agencies, trial, words, MOST_FOUND) if words else []


def listed(app: App, found: list[Ticket]) -> Reply:
    """Tickets that were found, or that there are none."""
    if not found:
        return Reply(app.say("queue.nothing_found"))
    return Reply("\n".join([app.say("queue.found"), *(line(app, ticket) for ticket in found)]), _buttons(found))
