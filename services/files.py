"""Files of tickets: wanted in the turn that brings them, fetched after it, shown to those whom they concern, forgotten.

A file that cannot be had never harms its ticket.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from domain.errors import NotFound, WrongMoment
from domain.files import FileState, Seen, Side, StoredFile, Wanted
from domain.messages import Button, Letter, Location, Media, Reply
from domain.people import Operator
from domain.ticket import EntryKind, Ticket
from services.app import App
from services.cards import desks_for, post_media, post_note, refresh_card
from services.moves import audit, by_operator, by_resident, tell
from services.places import map_link
from store.unit import Unit

REASONS = ("type", "too_large", "too_many_pixels", "broken", "locked", "gone")  # as phrases name them


# ------------------------------------------------------------------ in the turn


async def want(app: App, unit: Unit, ticket: Ticket, media: Sequence[Media]) -> None:
    """The resident sent these: have them fetched after the turn."""
    author = by_resident(ticket.resident_id)
    wanted = [Wanted(ticket.id, Side.RESIDENT, author, ticket.channel, file) for file in media]
    await unit.files.want(wanted, app.now())


async def want_from_operator(
    app: App, unit: Unit, operator: Operator, ticket: Ticket, media: Sequence[Media], side: Side
) -> None:
    """An operator sent these, as evidence or among colleagues."""
    if not media:
        return
    channel, author = await unit.people.channel_of(operator.id), by_operator(operator.id)
    await unit.files.want([Wanted(ticket.id, side, author, channel, file) for file in media], app.now())


async def to_show(unit: Unit, ticket: Ticket) -> list[Media]:
    """What the resident sent, for a desk that sees the ticket for the first time: clean copies as far as there are any."""
    stored = {file.media.ref: file for file in await unit.files.of_ticket(ticket.id)}
    told = [entry for entry in await unit.tickets.history(ticket.id) if entry.kind is EntryKind.RESIDENT]
    sent = [(file, stored.get(file.ref)) for entry in told for file in entry.media]
    return [known.shown if known and known.copy else file for file, known in sent if _may_be_shown(known)]


def _may_be_shown(known: StoredFile | None) -> bool:
    return known is None or known.state in (FileState.WANTED, FileState.KEPT)


async def check_evidence(unit: Unit, ticket: Ticket) -> None:
    """Raises WrongMoment while the only evidence of the answer is a file that was the evidence of another ticket."""
    kept = [file for file in await unit.files.of_ticket(ticket.id) if file.side is Side.OPERATOR and file.state is FileState.KEPT]
    if kept and all(file.duplicate_of for file in kept):
        raise WrongMoment("error.evidence_used")


# ------------------------------------------------------------------ after it was fetched


async def keep(app: App, unit: Unit, file: StoredFile, seen: Seen) -> bool:
    """Its clean copy is on the disk: show it, compare it, offer its place. False when somebody else settled it before."""
    twins = await unit.files.twins(file, seen) if file.side is not Side.NOTE else []
    repeats = twins[0].id if twins and file.side is Side.OPERATOR else None
    if not await unit.files.keep(file, seen, repeats):
        return False
    kept, ticket = await unit.files.get(file.id), await unit.tickets.get(file.ticket_id)
    if kept and ticket:
        await _show(app, unit, ticket, kept)
        await _compare(app, unit, ticket, kept, twins)
        if seen.place and file.side is Side.RESIDENT:
            await _offer_place(app, unit, ticket, seen.place)
    return True


async def _show(app: App, unit: Unit, ticket: Ticket, file: StoredFile) -> None:
    """To those who have not seen it by the messenger's own reference."""
    if file.side is Side.OPERATOR and not file.media.passes_as_it_is:
        await tell(app, unit, ticket, "letter.file", media=file.shown)
    for desk in await desks_for(app, unit, ticket.agency, ticket.trial) if file.side is Side.RESIDENT else ():
        if not (file.media.passes_as_it_is and desk.channel == file.channel):
            post_media(app, unit, ticket, desk, [file.shown])


async def _compare(app: App, unit: Unit, ticket: Ticket, file: StoredFile, twins: Sequence[StoredFile]) -> None:
    """Evidence that served another ticket is told to the desk; so is an open ticket with the same photo."""
    if file.duplicate_of:
        await post_note(app, unit, ticket, app.say("note.evidence_used", number=ticket.number))
        await audit(app, unit, file.author, "evidence_used_before", ticket, file=str(file.id), repeats=str(file.duplicate_of))
    elif twins and file.side is Side.RESIDENT:
        found = [await unit.tickets.get(ticket_id) for ticket_id in dict.fromkeys(twin.ticket_id for twin in twins)]
        if others := [other.number for other in found if other and other.is_open]:
            await post_note(app, unit, ticket, app.say("note.same_photo", number=ticket.number, other=others[0]))


async def turn_away(app: App, unit: Unit, file: StoredFile, state: FileState, reason: str) -> bool:
    """It is refused or cannot be had: its resident and the desk are told. False when somebody else settled it before."""
    if not await unit.files.end(file, state, reason):
        return False
    ticket = await unit.tickets.get(file.ticket_id)
    if ticket is None:
        return True
    why = reason if reason in REASONS else "gone"
    await audit(app, unit, "files", "file_not_kept", ticket, file=str(file.id), reason=reason)
    if file.side is Side.RESIDENT:
        await _tell_not_kept(app, unit, ticket, why)
    await post_note(app, unit, ticket, app.say("note.file_not_kept", number=ticket.number, reason=app.say(f"file.{why}")))
    return True


async def _tell_not_kept(app: App, unit: Unit, ticket: Ticket, why: str) -> None:
    language = await unit.conversations.hears_in(ticket.resident_id)
    if language is None:
        return
    text = app.say("letter.file_not_kept", language, number=ticket.number, reason=app.say(f"file.{why}", language))
    more = Button(f"add:{ticket.id}", app.say("button.add", language)), Button("menu", app.say("button.menu", language))
    app.post(unit, Letter(ticket.channel, ticket.address, Reply(text, (more,)), ticket_id=ticket.id))


# ------------------------------------------------------------------ the place that a photo knew


async def _offer_place(app: App, unit: Unit, ticket: Ticket, place: Location) -> None:
    """Asked about once for each ticket; until the resident says yes, the place is kept nowhere but in this letter."""
    if ticket.place.pin or not ticket.is_open or not app.region.contains(place.lat, place.lon):
        return
    language = await unit.conversations.hears_in(ticket.resident_id)
    if language is None:
        return
    lat, lon = f"{place.lat:.5f}", f"{place.lon:.5f}"
    yes = Button(f"gps:{ticket.id}:{lat}:{lon}", app.say("button.gps_yes", language))
    no = Button(f"gps:{ticket.id}:no", app.say("button.gps_no", language))
    text = app.say("letter.gps", language, number=ticket.number, map=map_link(app, place))
    letter = Letter(ticket.channel, ticket.address, Reply(text, ((yes, no),)), ticket_id=ticket.id, dedupe_key=f"gps:{ticket.id}")
    app.post(unit, letter)


async def use_place(app: App, unit: Unit, ticket: Ticket, place: Location) -> Ticket:
    """The resident says that the photo's place is the ticket's. A pin that they gave before stays."""
    if ticket.place.pin or not ticket.is_open:
        return ticket
    pinned = await unit.tickets.change(ticket, app.now(), lat=place.lat, lon=place.lon)
    await audit(app, unit, by_resident(ticket.resident_id), "pinned", ticket)
    await refresh_card(app, unit, pinned)
    words = app.say("place.pin", lat=f"{place.lat:.5f}", lon=f"{place.lon:.5f}")
    await post_note(app, unit, pinned, app.say("note.resident", number=ticket.number, text=words))
    return pinned


# ------------------------------------------------------------------ looking at files, and forgetting them


async def open_file(app: App, unit: Unit, operator: Operator | None, file_id: int) -> tuple[Path, str]:
    """Path and type of a clean copy, for an operator who may touch its ticket.

    Raises NotFound: "not yours", "does not exist" and "is not there any more" read alike.
    """
    file = await unit.files.get(file_id)
    ticket = await unit.tickets.get(file.ticket_id) if file else None
    allowed = operator and ticket and operator.agencies & {ticket.agency, app.region.coordinator}
    if not file or not allowed or file.state is not FileState.KEPT:
        raise NotFound("error.no_file")
    return app.shelf.path(file.copy), file.mime


async def forget(unit: Unit, ticket_id: int) -> None:
    """Nothing of a ticket's files stays: soon after the commit its copies leave the disk, unless another ticket has the same."""
    await unit.files.forget(ticket_id)
