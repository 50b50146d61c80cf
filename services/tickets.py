"""What can happen to a ticket. Each writes the rule's result, an entry, an audit line and the letters that follow."""

from __future__ import annotations

from collections.abc import Sequence

from domain.errors import Invalid, NotAllowed, NotFound
from domain.messages import Button, Letter, Media, Reply
from domain.people import Operator
from domain.ticket import Entry, EntryKind, Move, NewTicket, State, Ticket, after, number
from services.app import App
from services.cards import move_card, post_card, post_note, refresh_card
from store.unit import Unit


async def open_ticket(app: App, unit: Unit, new: NewTicket) -> Ticket:
    """A new ticket with its number, on its agency's desk."""
    now = app.now()
    year = app.local(now).year
    counter = await unit.tickets.count_up(f"ticket:{year}")
    ticket = await unit.tickets.add(new, number(app.region.code, year, counter), now)
    await unit.tickets.write(Entry(ticket.id, EntryKind.RESIDENT, new.text, now, _resident(ticket), new.media))
    await _audit(app, unit, _resident(ticket), "opened", ticket)
    await post_card(app, unit, ticket, new.media)
    return ticket


async def add_from_resident(app: App, unit: Unit, ticket: Ticket, text: str, media: Sequence[Media] = ()) -> None:
    """The resident says more: it returns to the card's thread. A closed ticket stays closed, but nothing is lost."""
    entry = Entry(ticket.id, EntryKind.RESIDENT, text, app.now(), _resident(ticket), tuple(media))
    await unit.tickets.write(entry)
    await post_note(
        app, unit, ticket, app.say("note.resident", number=ticket.number, text=text or app.say("note.file_only")), media
    )


async def take(app: App, unit: Unit, operator: Operator, ticket: Ticket) -> Ticket:
    """The operator works on it; the resident hears so."""
    taken = await _move(app, unit, operator, ticket, Move.TAKE, operator_id=operator.id)
    await _tell(app, unit, taken, "letter.taken")
    return taken


async def reply(app: App, unit: Unit, operator: Operator, ticket: Ticket, text: str, media: Sequence[Media] = ()) -> Ticket:
    """The operator's words go to the resident. Raises Invalid for an empty answer."""
    if not text and not media:
        raise Invalid("error.empty_answer")
    answered = await _move(app, unit, operator, ticket, Move.REPLY, operator_id=operator.id)
    await unit.tickets.write(Entry(ticket.id, EntryKind.OPERATOR, text, app.now(), f"operator:{operator.id}", tuple(media)))
    await _tell(app, unit, answered, "letter.answer", text=text)
    for file in media:
        await _tell(app, unit, answered, "letter.file", media=file)
    return answered


async def close(app: App, unit: Unit, operator: Operator, ticket: Ticket) -> Ticket:
    """The agency is done; the resident can say that it is not."""
    closed = await _move(app, unit, operator, ticket, Move.CLOSE)
    await _tell(app, unit, closed, "letter.closed")
    return closed


async def reassign(app: App, unit: Unit, operator: Operator, ticket: Ticket, agency: str) -> Ticket:
    """The ticket goes to another agency. Raises Invalid when it is there already or the agency is none of ours."""
    known = app.region.agencies.get(agency)
    if known is None or not known.ours or agency == ticket.agency:
        raise Invalid("error.no_such_agency")
    moved = await _move(app, unit, operator, ticket, Move.REASSIGN, agency_id=agency, operator_id=None)
    media = [file for entry in await unit.tickets.history(ticket.id) if entry.kind is EntryKind.RESIDENT for file in entry.media]
    await move_card(app, unit, moved, ticket.agency, media)
    await _tell(app, unit, moved, "letter.reassigned")
    return moved


async def reopen(app: App, unit: Unit, resident_id: int, ticket: Ticket) -> Ticket:
    """The resident says that it is not done after all."""
    opened = await unit.tickets.change(ticket, app.now(), state=after(ticket.state, Move.REOPEN).value)
    await unit.tickets.write(Entry(ticket.id, EntryKind.EVENT, Move.REOPEN.value, app.now(), _resident(ticket)))
    await _audit(app, unit, f"resident:{resident_id}", Move.REOPEN.value, ticket)
    await refresh_card(app, unit, opened)
    await post_note(app, unit, opened, app.say("note.reopened", number=ticket.number))
    return opened


async def own_ticket(unit: Unit, resident_id: int, ticket_id: int) -> Ticket:
    """The resident's ticket. Raises NotFound: "not yours" and "does not exist" read alike."""
    ticket = await unit.tickets.get(ticket_id)
    if ticket is None or ticket.resident_id != resident_id:
        raise NotFound("error.no_ticket")
    return ticket


async def desk_ticket(app: App, unit: Unit, operator: Operator | None, ticket_id: int) -> Ticket:
    """The ticket, if the operator may touch it: their agency's, or any for the coordinator's. Raises NotAllowed."""
    ticket = await unit.tickets.get(ticket_id)
    if operator is None or ticket is None or not operator.agencies & {ticket.agency, app.region.coordinator}:
        raise NotAllowed("error.not_operator")
    return ticket


async def _move(app: App, unit: Unit, operator: Operator, ticket: Ticket, move: Move, **values: object) -> Ticket:
    """Check the move and write it: state, event, audit, card. Raises WrongMoment or Crossed."""
    state = after(ticket.state, move)
    moved = await unit.tickets.change(ticket, app.now(), state=state.value, **values)
    await unit.tickets.write(Entry(ticket.id, EntryKind.EVENT, move.value, app.now(), f"operator:{operator.id}"))
    await _audit(app, unit, f"operator:{operator.id}", move.value, ticket, state=state.value)
    if move is not Move.REASSIGN:
        await refresh_card(app, unit, moved)
    return moved


async def _tell(app: App, unit: Unit, ticket: Ticket, key: str, media: Media | None = None, **values: str) -> None:
    """A letter to the ticket's resident, in their language."""
    language = await unit.conversations.language_of(ticket.resident_id)
    agency = app.region.agencies[ticket.agency].name
    text = app.say(key, language, number=ticket.number, agency=agency, **values)
    app.post(
        unit,
        Letter(
            ticket.channel,
            ticket.address,
            Reply(text, _resident_rows(app, ticket, language), media=media),
            ticket_id=ticket.id,
        ),
    )


def _resident_rows(app: App, ticket: Ticket, language: str) -> tuple[tuple[Button, ...], ...]:
    add = Button(f"add:{ticket.id}", app.say("button.add", language))
    if ticket.state is State.CLOSED:
        return ((Button(f"reopen:{ticket.id}", app.say("button.reopen", language)), add),)
    return ((add, Button(f"ticket:{ticket.id}", app.say("button.ticket", language))),)


async def _audit(app: App, unit: Unit, actor: str, action: str, ticket: Ticket, **detail: str) -> None:
    await unit.records.audit(app.now(), actor, action, f"ticket:{ticket.id}", **detail)


def _resident(ticket: Ticket) -> str:
    return f"resident:{ticket.resident_id}"
