"""What an agency's desk sees: one card a ticket, and notes that quote it."""

from __future__ import annotations

from collections.abc import Sequence

from domain.messages import Button, Letter, LetterKind, Media, Reply
from domain.people import Desk
from domain.text import one_line
from domain.ticket import MOVES, Move, Ticket, TicketKind
from services.app import App
from services.places import place_words
from store.unit import Unit

CARD_PLACE = 200  # characters of the place: with the text a card must stay one message
CARD_TEXT = 1500  # characters of the resident's words on a card; the whole stands in the ticket
CARD_MOVES = (Move.TAKE, Move.REPLY, Move.REASSIGN, Move.CLOSE)


def card_key(ticket_id: int, desk: Desk) -> str:
    """The dedupe_key of a ticket's card on a desk: one card each, however often it is asked for."""
    return f"card:{ticket_id}:{desk.channel}:{desk.address}"


async def desks_for(app: App, unit: Unit, agency: str, trial: bool) -> list[Desk]:
    """The desks of an agency; an agency that has none yet is served by the coordinator's."""
    own = await unit.people.desks_of(agency, trial)
    return _one_a_place(own or await unit.people.desks_of(app.region.coordinator, trial))


def _one_a_place(desks: Sequence[Desk]) -> list[Desk]:
    return list({(desk.channel, desk.address): desk for desk in desks}.values())


async def post_card(app: App, unit: Unit, ticket: Ticket, media: Sequence[Media] = ()) -> None:
    """Show a ticket on the desks of its agency, its photos below it."""
    for desk in await desks_for(app, unit, ticket.agency, ticket.trial):
        show_card(app, unit, ticket, desk)
        post_media(app, unit, ticket, desk, media)


def show_card(app: App, unit: Unit, ticket: Ticket, desk: Desk) -> None:
    """Put the card on one desk, unless it is there."""
    letter = Letter(desk.channel, desk.address, card(app, ticket), ticket_id=ticket.id, dedupe_key=card_key(ticket.id, desk))
    app.post(unit, letter)


async def refresh_card(app: App, unit: Unit, ticket: Ticket) -> None:
    """Bring the card on the desks of the ticket's agency up to date."""
    for desk in await desks_for(app, unit, ticket.agency, ticket.trial):
        _edit_card(app, unit, ticket, desk, card(app, ticket))


async def move_card(app: App, unit: Unit, ticket: Ticket, left: str, media: Sequence[Media]) -> None:
    """The ticket left an agency: its card there loses its buttons. A desk that had the card before is told below it."""
    here = await desks_for(app, unit, ticket.agency, ticket.trial)
    for desk in await desks_for(app, unit, left, ticket.trial):
        if desk.address not in [other.address for other in here if other.channel == desk.channel]:
            _edit_card(app, unit, ticket, desk, Reply(card(app, ticket).text))
    for desk in here:
        if await unit.outbox.posted(card_key(ticket.id, desk)):
            _edit_card(app, unit, ticket, desk, card(app, ticket))
            _note(app, unit, ticket, desk, app.say("note.reassigned", number=ticket.number, agency=_short(app, ticket.agency)))
        else:
            show_card(app, unit, ticket, desk)
            post_media(app, unit, ticket, desk, media)


def _edit_card(app: App, unit: Unit, ticket: Ticket, desk: Desk, shown: Reply) -> None:
    key = card_key(ticket.id, desk)
    app.post(unit, Letter(desk.channel, desk.address, shown, LetterKind.EDIT, ticket.id, edits_letter=key))


async def post_note(app: App, unit: Unit, ticket: Ticket, text: str, media: Sequence[Media] = ()) -> None:
    """Tell the desk something about a ticket, in the thread of its card."""
    for desk in await desks_for(app, unit, ticket.agency, ticket.trial):
        _note(app, unit, ticket, desk, text)
        post_media(app, unit, ticket, desk, media)


def _note(app: App, unit: Unit, ticket: Ticket, desk: Desk, text: str) -> None:
    key = card_key(ticket.id, desk)
    app.post(unit, Letter(desk.channel, desk.address, Reply(text), ticket_id=ticket.id, quotes_letter=key))


def post_media(app: App, unit: Unit, ticket: Ticket, desk: Desk, media: Sequence[Media]) -> None:
    """Files of the resident: clean copies, and what the messenger made clean; all others follow once they are clean."""
    here = desk.channel == ticket.channel
    for file in [one for one in media if one.copy or (here and one.passes_as_it_is)]:
        reply = Reply(app.say("card.file", number=ticket.number), media=file)
        app.post(
            unit,
            Letter(desk.channel, desk.address, reply, ticket_id=ticket.id, quotes_letter=card_key(ticket.id, desk)),
        )


def _short(app: App, agency: str) -> str:
    return app.region.agencies[agency].short


def card(app: App, ticket: Ticket) -> Reply:
    """The card's words and the buttons of the moves that the ticket allows."""
    place = one_line(place_words(app, ticket.place), CARD_PLACE)
    text = app.say(
        "card.text",
        number=ticket.number,
        state=app.say(f"state.{ticket.state}"),
        agency=_short(app, ticket.agency),
        subject=subject(app, ticket),
        place=app.say("card.place", place=place) if place else "",
        text=one_line(ticket.text, CARD_TEXT),
        at=f"{app.local(ticket.created_at):%d/%m %H.%M}",
    )
    return Reply(text, _rows(app, ticket))


def subject(app: App, ticket: Ticket) -> str:
    """What the ticket is about, in two or three words."""
    if ticket.kind is TicketKind.QUESTION:
        return app.say("card.question")
    return app.region.categories[ticket.category].label


def _rows(app: App, ticket: Ticket) -> tuple[tuple[Button, ...], ...]:
    buttons = [Button(f"k:{ticket.id}:{move}", app.say(f"button.{move}")) for move in CARD_MOVES if (ticket.state, move) in MOVES]
    return tuple(tuple(buttons[start : start + 2]) for start in range(0, len(buttons), 2))
