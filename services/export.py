"""All that we keep of one resident, as they can read it: nothing of others, no name of an operator."""

from __future__ import annotations

from domain.people import Resident
from domain.ticket import Entry, EntryKind, Ticket
from services import vault
from services.app import App
from services.places import place_words
from services.vault import REPORTER, TICKET
from store.unit import Unit

MOST_TICKETS = 10_000
OWN = (EntryKind.RESIDENT, EntryKind.OPERATOR, EntryKind.EVENT)  # notes are among operators


async def export(app: App, unit: Unit, resident: Resident) -> str:
    """Accounts, consents, tickets with every word of theirs and every answer, and what they follow."""
    language = resident.language
    tickets = await unit.tickets.of_resident(resident.id, MOST_TICKETS)
    told = [await _ticket(app, unit, ticket, language) for ticket in tickets]
    followed = await unit.privacy.followed(resident.id)
    nothing = app.say("data.nothing", language)
    return app.say(
        "data.all",
        language,
        accounts=", ".join(f"{channel} {value}" for channel, value in await unit.privacy.identities([resident.id])),
        spoken=app.say("language.name", language),
        consents=await _consents(app, unit, resident) or nothing,
        followed=", ".join(followed) or nothing,
        tickets="\n\n".join(told) or nothing,
    )


async def _consents(app: App, unit: Unit, resident: Resident) -> str:
    given = await unit.privacy.consents(resident.id)
    return ", ".join(f"{version} ({app.day_and_hour(at, resident.language)})" for version, at in given)


async def _ticket(app: App, unit: Unit, ticket: Ticket, language: str) -> str:
    history = [_line(app, entry, language) for entry in await unit.tickets.history(ticket.id) if entry.kind in OWN]
    names = await vault.kept(app, unit, (REPORTER, ticket.id))
    originals = await vault.kept(app, unit, (TICKET, ticket.id))
    return app.say(
        "data.ticket",
        language,
        number=ticket.number,
        state=app.say(f"resident_state.{ticket.state}", language),
        agency=app.region.agencies[ticket.agency].name,
        place=place_words(app, ticket.place),
        history="\n".join(history),
        hidden="\n".join([*names, *originals]) or app.say("data.nothing", language),
    )


def _line(app: App, entry: Entry, language: str) -> str:
    """One line of history, whole."""
    if entry.kind is EntryKind.EVENT:
        what = app.say(f"event.{entry.text.partition(':')[0]}", language)
    else:
        files = app.say("note.file_only") if entry.media and not entry.text else ""
        what = app.say(f"event.{entry.kind}", language, text=entry.text or files)
    return f"{app.day_and_hour(entry.created_at, language)} {what}"
