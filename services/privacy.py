"""What is private about residents and their tickets: hidden from desks, shown for a reason, exported, erased."""

from __future__ import annotations

from dataclasses import replace

from domain.errors import Invalid, NotAllowed
from domain.masking import hidden, masked
from domain.messages import Letter, Reply
from domain.people import Gone, Role
from domain.ticket import NewTicket, Ticket
from services import vault
from services.app import App
from services.cards import post_note, refresh_card
from services.moves import audit
from services.vault import REPORTER, TICKET
from store.unit import Unit

REVEALED = "reveal:"  # begins the keys of letters that show who somebody is: they go once they went out
MAY_REVEAL = Role.HEAD, Role.COORDINATOR, Role.ADMIN
ACTOR = "privacy"  # as audits name the erasing clock


# ------------------------------------------------------------------ hidden, and shown for a reason


def hidden_in(new: NewTicket) -> NewTicket:
    """A ticket as everybody may read it: without numbers of identity and telephones."""
    place = replace(new.place, words=hidden(new.place.words))
    return replace(new, text=hidden(new.text), place=place)


async def keep_secrets(app: App, unit: Unit, ticket: Ticket, new: NewTicket, reporter: str) -> None:
    """Put into the vault what `hidden_in` took away, and who it is."""
    if reporter:
        await vault.keep(app, unit, (REPORTER, ticket.id), reporter)
    for words in (new.text, new.place.words):
        await hide(app, unit, ticket, words)


async def hide(app: App, unit: Unit, ticket: Ticket, words: str) -> str:
    """The words as everybody may read them; the vault keeps the original where that is something else."""
    shown = hidden(words)
    if shown != words:
        await vault.keep(app, unit, (TICKET, ticket.id), words)
    return shown


async def may_decide(app: App, unit: Unit, account: tuple[str, str], ticket: Ticket) -> None:
    """Heads of the ticket's agency, and those who answer for all agencies. Raises NotAllowed."""
    for agency in (ticket.agency, app.region.coordinator):
        for role in MAY_REVEAL:
            if account in await unit.people.accounts(agency, role):
                return
    raise NotAllowed("error.not_head")


async def reveal(app: App, unit: Unit, actor: str, ticket: Ticket, reason: str) -> str:
    """Who wrote a ticket and what was masked in it. The audit keeps the reason. Raises Invalid where there is none."""
    if not reason.strip():
        raise Invalid("error.no_reveal_reason")
    await audit(app, unit, actor, "revealed", ticket, reason=masked(reason))
    names = await vault.kept(app, unit, (REPORTER, ticket.id))
    originals = await vault.kept(app, unit, (TICKET, ticket.id))
    nothing = app.say("desk.nothing_kept")
    return app.say(
        "desk.revealed",
        number=ticket.number,
        name=names[0] if names else nothing,
        account=f"{ticket.channel} {ticket.address}" if ticket.address else nothing,
        words="\n".join(originals) or nothing,
    )


def tell_privately(app: App, unit: Unit, account: tuple[str, str], key: str, text: str) -> None:
    """To one operator alone; the letter is destroyed once it went out. `key` tells it from others."""
    app.post(unit, Letter(*account, Reply(text), dedupe_key=f"{REVEALED}{key}"))


# ------------------------------------------------------------------ erased


async def erase(app: App, unit: Unit, resident_id: int) -> bool:
    """Everything of a resident, but for what a legal hold keeps; False while one of their messages is being answered.

    Desks that still work on a ticket of theirs are told.
    """
    chats = await unit.erasure.chats(resident_id)
    if not await unit.erasure.hold(chats):
        return False
    open_tickets = await unit.erasure.open_tickets(resident_id)
    await unit.erasure.erase(await _gone(app, unit, resident_id, chats), app.now(), app.say("note.words_gone"))
    await unit.records.audit(app.now(), ACTOR, "erased", f"resident:{resident_id}", tickets=len(open_tickets))
    for ticket_id in open_tickets:
        await _tell_desk(app, unit, ticket_id)
    return True


async def _gone(app: App, unit: Unit, resident_id: int, chats: list[str]) -> Gone:
    accounts = await unit.privacy.identities([resident_id])
    answers, questions = await unit.erasure.learned_from(resident_id)
    keys = [f"{channel}:{value}" for channel, value in accounts]
    return Gone(resident_id, accounts, sorted({*chats, *keys}), [app.vault.fingerprint(key) for key in keys], answers, questions)


async def _tell_desk(app: App, unit: Unit, ticket_id: int) -> None:
    ticket = await unit.tickets.get(ticket_id)
    if ticket is not None:
        await refresh_card(app, unit, ticket)
        await post_note(app, unit, ticket, app.say("note.erased", number=ticket.number))


async def reapply(app: App, unit: Unit, fingerprints: set[str]) -> int:
    """Erase again whom a restored backup brought back; returns how many."""
    found = set()
    for resident_id, channel, value in await unit.privacy.everybody():
        if fingerprints & set(app.vault.fingerprints(f"{channel}:{value}").values()):
            found.add(resident_id)
    return sum([await erase(app, unit, resident_id) for resident_id in sorted(found)])
