"""What an agency's desk sees: one card a ticket, and notes that quote it; in a forum all of it in a topic of the ticket's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from domain.messages import Button, Letter, LetterKind, Media, Reply
from domain.people import Desk
from domain.text import one_line
from domain.ticket import Ticket
from services.app import App
from services.card_text import CARD, card, line, short, subject
from store.unit import Unit

__all__ = ["card", "post_card", "post_note", "refresh_card", "subject"]

CROWDED = 8  # letters that wait for a group: from there on new tickets share one message. 18 go out in a minute
MOST_LISTED = 10  # tickets in one message
TITLE = 120  # characters of a topic's title; Telegram takes 128


def card_key(ticket_id: int, desk: Desk) -> str:
    """The dedupe_key of a ticket's card on a desk: one card each, however often it is asked for."""
    return f"card:{ticket_id}:{desk.channel}:{desk.address}"


def topic_key(ticket_id: int, desk: Desk) -> str:
    """The dedupe_key of the letter that opens a ticket's topic on a desk."""
    return f"topic:{ticket_id}:{desk.channel}:{desk.address}"


async def desks_for(app: App, unit: Unit, agency: str, trial: bool) -> list[Desk]:
    """The desks of an agency; an agency that has none yet is served by the coordinator's."""
    own = await unit.people.desks_of(agency, trial)
    return _one_a_place(own or await unit.people.desks_of(app.region.coordinator, trial))


def _one_a_place(desks: Sequence[Desk]) -> list[Desk]:
    return list({(desk.channel, desk.address): desk for desk in desks}.values())


async def post_card(app: App, unit: Unit, ticket: Ticket, media: Sequence[Media] = ()) -> None:
    """Show a ticket on the desks of its agency, its photos below it."""
    for desk in await desks_for(app, unit, ticket.agency, ticket.trial):
        await show_or_list(app, unit, ticket, desk, media)


async def show_or_list(app: App, unit: Unit, ticket: Ticket, desk: Desk, media: Sequence[Media] = ()) -> None:
    """The card, or a line in a list where many letters wait for the group already."""
    if await unit.outbox.crowd(desk.channel, desk.address) < CROWDED:
        await show_card(app, unit, ticket, desk, media)
    elif not await unit.outbox.posted(card_key(ticket.id, desk)):
        await _list(app, unit, ticket, desk)


async def show_card(app: App, unit: Unit, ticket: Ticket, desk: Desk, media: Sequence[Media] = ()) -> None:
    """Put the card on one desk, unless it is there, its files below it."""
    if desk.forum:
        title = one_line(app.say("card.topic", number=ticket.number, subject=subject(app, ticket)), TITLE)
        opening = Letter(desk.channel, desk.address, Reply(title), LetterKind.TOPIC, ticket.id)
        app.post(unit, replace(opening, dedupe_key=topic_key(ticket.id, desk)))
    shown = await card(app, unit, ticket)
    app.post(unit, replace(_letter(ticket, desk, shown), dedupe_key=card_key(ticket.id, desk)))
    post_media(app, unit, ticket, desk, media)


async def _list(app: App, unit: Unit, ticket: Ticket, desk: Desk) -> None:
    """Add the ticket to the list that waits for the desk, or begin one; its card comes when somebody asks for it."""
    start = f"list:{desk.channel}:{desk.address}:"
    waiting = await unit.outbox.unsent_like(desk.channel, desk.address, start)
    row = (Button(f"k:{ticket.id}:{CARD}", ticket.number),)
    words = line(app, ticket)
    if waiting and len(waiting[1].buttons) < MOST_LISTED:
        key, shown = waiting
        if row not in shown.buttons:
            await unit.outbox.rewrite(key, Reply(f"{shown.text}\n{words}", (*shown.buttons, row)))
        return
    text = app.say("card.list") + "\n" + words
    app.post(unit, Letter(desk.channel, desk.address, Reply(text, (row,)), dedupe_key=f"{start}{ticket.id}"))


def _letter(ticket: Ticket, desk: Desk, reply: Reply) -> Letter:
    """A letter about the ticket, in its topic where there is one."""
    thread = topic_key(ticket.id, desk) if desk.forum else ""
    letter = Letter(desk.channel, desk.address, reply, ticket_id=ticket.id, ticket_version=ticket.version)
    return replace(letter, thread_letter=thread)


async def refresh_card(app: App, unit: Unit, ticket: Ticket) -> None:
    """Bring the card on the desks of the ticket's agency up to date."""
    for desk in await desks_for(app, unit, ticket.agency, ticket.trial):
        await _edit_card(app, unit, ticket, desk, await card(app, unit, ticket))


async def move_card(app: App, unit: Unit, ticket: Ticket, left: str, media: Sequence[Media]) -> None:
    """The ticket left an agency: its card there loses its buttons. A desk that had the card before is told below it."""
    here = await desks_for(app, unit, ticket.agency, ticket.trial)
    for desk in await desks_for(app, unit, left, ticket.trial):
        if desk.address not in [other.address for other in here if other.channel == desk.channel]:
            await _edit_card(app, unit, ticket, desk, Reply((await card(app, unit, ticket)).text))
            await _turn_topic(app, unit, ticket, desk, LetterKind.CLOSE_TOPIC)
    for desk in here:
        if await unit.outbox.posted(card_key(ticket.id, desk)):
            await _turn_topic(app, unit, ticket, desk, LetterKind.REOPEN_TOPIC)
            await _edit_card(app, unit, ticket, desk, await card(app, unit, ticket))
            _note(app, unit, ticket, desk, app.say("note.reassigned", number=ticket.number, agency=short(app, ticket.agency)))
        else:
            await show_or_list(app, unit, ticket, desk, media)


async def _edit_card(app: App, unit: Unit, ticket: Ticket, desk: Desk, shown: Reply) -> None:
    """A ticket that only stands in a list has no card to edit."""
    key = card_key(ticket.id, desk)
    if await unit.outbox.posted(key):
        app.post(unit, replace(_letter(ticket, desk, shown), kind=LetterKind.EDIT, edits_letter=key))


def edit_shown(app: App, unit: Unit, ticket: Ticket, place: tuple[str, str, str], shown: Reply) -> None:
    """Other words and buttons for a message of ours: (channel, chat, the messenger's id of it)."""
    channel, chat, message_id = place
    version = ticket.version
    app.post(unit, Letter(channel, chat, shown, LetterKind.EDIT, ticket.id, ticket_version=version, edits=message_id))


async def turn_topics(app: App, unit: Unit, before: Ticket, ticket: Ticket) -> None:
    """A ticket that was closed closes its topics; one that is open again opens them."""
    if before.is_open == ticket.is_open:
        return
    kind = LetterKind.REOPEN_TOPIC if ticket.is_open else LetterKind.CLOSE_TOPIC
    for desk in await desks_for(app, unit, ticket.agency, ticket.trial):
        await _turn_topic(app, unit, ticket, desk, kind)


async def _turn_topic(app: App, unit: Unit, ticket: Ticket, desk: Desk, kind: LetterKind) -> None:
    if desk.forum and await unit.outbox.posted(topic_key(ticket.id, desk)):
        app.post(unit, replace(_letter(ticket, desk, Reply("")), kind=kind))


async def post_note(app: App, unit: Unit, ticket: Ticket, text: str, media: Sequence[Media] = ()) -> None:
    """Tell the desk something about a ticket, in the thread of its card."""
    for desk in await desks_for(app, unit, ticket.agency, ticket.trial):
        _note(app, unit, ticket, desk, text)
        post_media(app, unit, ticket, desk, media)


def _note(app: App, unit: Unit, ticket: Ticket, desk: Desk, text: str) -> None:
    app.post(unit, replace(_letter(ticket, desk, Reply(text)), quotes_letter=card_key(ticket.id, desk)))


def post_media(app: App, unit: Unit, ticket: Ticket, desk: Desk, media: Sequence[Media]) -> None:
    """Files of the resident: clean copies, and what the messenger made clean; all others follow once they are clean."""
    here = desk.channel == ticket.channel
    for file in [one for one in media if one.copy or (here and one.passes_as_it_is)]:
        reply = Reply(app.say("card.file", number=ticket.number), media=file)
        app.post(unit, replace(_letter(ticket, desk, reply), quotes_letter=card_key(ticket.id, desk)))
