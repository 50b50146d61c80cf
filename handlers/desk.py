"""An agency's group: binding it, who joins it, and what is none of our business there."""

from __future__ import annotations

from domain.messages import Reply
from domain.people import Desk
from handlers.turn import DeskTurn, Replies
from services import desks


async def bind(turn: DeskTurn) -> Replies:
    """`/ikat CODE`: this group works for the code's agency from now on."""
    incoming = turn.incoming
    place = Desk(incoming.channel, incoming.chat, "", forum=incoming.forum)
    await desks.bind(turn.app, turn.unit, place, incoming.sender, incoming.name, turn.argument)
    return []


async def join(turn: DeskTurn) -> Replies:
    """`/gabung CODE`: this account is an operator from now on."""
    incoming = turn.incoming
    agency = await desks.join(turn.app, turn.unit, incoming.channel, incoming.sender, incoming.name, turn.argument)
    return [Reply(turn.say("operator.joined", agency=turn.app.region.agencies[agency].name))]


async def help_(turn: DeskTurn) -> Replies:
    return [Reply(turn.say("desk.help" if turn.bound else "desk.how_to_bind"))]


async def moved(turn: DeskTurn) -> Replies:
    """The group became a supergroup and got another id."""
    channel, old, new = turn.incoming.channel, turn.incoming.chat, turn.text
    await turn.unit.people.move_desk(channel, old, new)
    await turn.unit.outbox.readdress(channel, old, new)
    for desk in await turn.unit.people.desks_at(channel, new):
        await desks.show_open_tickets(turn.app, turn.unit, desk)  # the old cards stayed behind in the old group
    return []


async def nothing(_turn: DeskTurn) -> Replies:
    """Talk among colleagues, or a group that is none of ours."""
    return []


async def unknown_command(turn: DeskTurn) -> Replies:
    """A command below a card is a slip, and nothing for the resident; others may be meant for another bot."""
    return await help_(turn) if turn.quoted_ticket else []


async def stale(turn: DeskTurn) -> Replies:
    turn.toast = turn.say("start.stale_toast")
    return []
