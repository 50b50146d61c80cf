"""What a desk asks for: its queue, tickets by number or words, its figures."""

from __future__ import annotations

from domain.errors import NotAllowed
from domain.messages import Reply
from domain.people import Desk
from handlers.at_desk import number_of, operator_of
from handlers.desk_moves import AGAIN
from handlers.turn import DeskTurn, Replies
from services import queue
from services.card_text import card
from services.desks import served_by
from services.digest import digest


async def waiting(turn: DeskTurn) -> Replies:
    """`/antrian`: what this group owes an answer to."""
    return [await queue.page(turn.app, turn.unit, await _served(turn), turn.trial, 0)]


async def go_on(turn: DeskTurn) -> Replies:
    """The next page of the queue: `antrian:<from>`."""
    start = number_of(turn.incoming.button.partition(":")[2])
    return [await queue.page(turn.app, turn.unit, await _served(turn), turn.trial, start)]


async def search(turn: DeskTurn) -> Replies:
    """`/cari NUMBER` shows the card, `/cari WORDS` a list. "Not yours" and "does not exist" read alike."""
    await _served(turn)
    if not turn.argument:
        return [Reply(turn.say("queue.how_to_search"))]
    found = await queue.search(turn.app, turn.unit, operator_of(turn), turn.trial, turn.argument)
    if len(found) != 1:
        return [queue.listed(turn.app, found)]
    turn.ticket, turn.here = found[0], True
    turn.names = f"{AGAIN}{found[0].id}:{turn.incoming.chat}:{turn.incoming.message_id}"
    return [await card(turn.app, turn.unit, found[0])]


async def figures(turn: DeskTurn) -> Replies:
    """`/rekap`: the figures of the agencies that work here."""
    texts = [await digest(turn.app, turn.unit, agency, turn.trial) for agency in await _served(turn)]
    return [Reply("\n\n".join(filter(None, texts)) or turn.say("digest.nothing"))]


async def _served(turn: DeskTurn) -> list[str]:
    """The agencies whose tickets appear in this group, for somebody who works for one of them. Raises NotAllowed."""
    if not operator_of(turn).agencies & turn.bound:
        raise NotAllowed("error.not_operator")
    incoming = turn.incoming
    desks = [Desk(incoming.channel, incoming.chat, agency, turn.trial) for agency in sorted(turn.bound)]
    served = [agency for desk in desks for agency in await served_by(turn.app, turn.unit, desk)]
    return list(dict.fromkeys(served))
