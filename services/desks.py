"""One-time codes, and what they bind: groups to agencies, accounts to operators."""

from __future__ import annotations

from dataclasses import replace

from domain.errors import NotAllowed
from domain.messages import Letter, Reply
from domain.people import CODE_LIFETIME, Desk, Invite, InviteKind, Role, code_digest, new_code
from domain.ticket import Ticket
from services import files
from services.app import App
from services.cards import show_or_list
from store.unit import Unit

MOST_CARDS = 20  # open tickets shown at once when a group is bound; the group's limit is 18 messages a minute


async def invite(app: App, unit: Unit, kind: InviteKind, agency: str, role: Role) -> str:
    """A new one-time code for an agency; only its hash is kept."""
    code = new_code()
    await unit.people.invite(Invite(code_digest(code), kind, agency, role, app.now() + CODE_LIFETIME))
    await unit.records.audit(app.now(), "admin", f"invited_{kind}", f"agency:{agency}")
    return code


async def bind(app: App, unit: Unit, at: Desk, account: str, name: str, code: str) -> None:
    """Bind a group (`at` is its place) to the code's agency, and the one who did it as its operator; the group is told.

    Raises NotAllowed for a code that is unknown, used, expired or of another kind.
    """
    found = await _redeem(app, unit, code, InviteKind.DESK)
    desk = replace(at, agency=found.agency)
    await unit.people.bind_desk(desk, app.now())
    await _enrol(app, unit, desk.channel, account, name, found)
    await unit.records.audit(app.now(), "code", "bound", f"agency:{found.agency}")
    welcome = app.say("desk.bound", agency=app.region.agencies[found.agency].name)
    app.post(unit, Letter(desk.channel, desk.address, Reply(welcome)))  # before the cards, so that the group knows what they are
    await show_open_tickets(app, unit, desk)


async def join(app: App, unit: Unit, channel: str, account: str, name: str, code: str) -> str:
    """Make an account an operator of the code's agency; returns its id. Raises NotAllowed."""
    found = await _redeem(app, unit, code, InviteKind.OPERATOR)
    await _enrol(app, unit, channel, account, name, found)
    return found.agency


async def show_open_tickets(app: App, unit: Unit, desk: Desk) -> None:
    """What waited for this desk appears on it."""
    for ticket in await _waiting_for(app, unit, desk):
        await show_or_list(app, unit, ticket, desk, await files.to_show(unit, ticket))


async def _waiting_for(app: App, unit: Unit, desk: Desk) -> list[Ticket]:
    """The open tickets of its agency; the coordinator's desk also serves the agencies that have none."""
    served = await served_by(app, unit, desk)
    found = [await unit.tickets.open_of_agency(agency, desk.trial, MOST_CARDS) for agency in served]
    return sorted((ticket for some in found for ticket in some), key=lambda ticket: ticket.id)[:MOST_CARDS]


async def served_by(app: App, unit: Unit, desk: Desk) -> list[str]:
    """The agencies whose tickets appear on a desk: its own, and for the coordinator's those that have no desk."""
    if desk.agency != app.region.coordinator:
        return [desk.agency]
    served = {other.agency for other in await unit.people.all_desks() if other.trial == desk.trial}
    return [desk.agency, *(agency for agency in app.region.agencies if agency not in served | {desk.agency})]


async def dismiss(app: App, unit: Unit, operator_id: int, agency: str = "") -> list[str]:
    """Take an operator's access away, at one agency or at all; returns which. It holds from the next press on."""
    gone = await unit.people.dismiss(operator_id, agency)
    for one in gone:
        await unit.records.audit(app.now(), "admin", "dismissed", f"operator:{operator_id}", agency=one)
    return gone


async def _redeem(app: App, unit: Unit, code: str, kind: InviteKind) -> Invite:
    found = await unit.people.redeem(code_digest(code), [kind], app.now())
    if found is None:
        raise NotAllowed("error.bad_code")
    return found


async def _enrol(app: App, unit: Unit, channel: str, account: str, name: str, found: Invite) -> None:
    operator_id = await unit.people.enrol(channel, account, name, found.agency, found.role, app.now())
    await unit.records.audit(app.now(), f"operator:{operator_id}", "enrolled", f"agency:{found.agency}", role=found.role.value)
