"""What heads of agencies may do about a ticket's resident: learn who it is, or block them. Both for a reason, both audited."""

from __future__ import annotations

from domain.errors import Invalid, NotAllowed
from domain.messages import Reply
from domain.people import Operator
from domain.ticket import Ticket
from handlers.turn import DeskTurn, Replies
from services import abuse, privacy
from services.moves import by_operator
from services.tickets import desk_ticket


async def reveal(turn: DeskTurn) -> Replies:
    """`/ungkap REASON` as a reply to a card: who it is goes to the one who asked, in private."""
    operator, ticket = await _decides(turn)
    account = (turn.incoming.channel, turn.incoming.sender)
    text = await privacy.reveal(turn.app, turn.unit, by_operator(operator.id), ticket, turn.argument)
    privacy.tell_privately(turn.app, turn.unit, account, f"{turn.incoming.chat}:{turn.incoming.message_id}", text)
    return [Reply(turn.say("desk.revealed_privately", number=ticket.number))]


async def block(turn: DeskTurn) -> Replies:
    """`/blokir DAYS REASON` as a reply to a card."""
    operator, ticket = await _decides(turn)
    days, _, reason = turn.argument.partition(" ")
    number = int(days) if days.isascii() and days.isdecimal() and len(days) < 5 else 0
    made = await abuse.block(turn.app, turn.unit, by_operator(operator.id), ticket, number, reason.strip())
    return [Reply(turn.say("desk.blocked", number=ticket.number, until=turn.app.day_and_hour(made.until)))]


async def _decides(turn: DeskTurn) -> tuple[Operator, Ticket]:
    """The head who asks, and the ticket of the card. Raises Invalid or NotAllowed."""
    if turn.quoted_ticket is None:
        raise Invalid("error.reply_to_a_card")
    ticket = await desk_ticket(turn.app, turn.unit, turn.operator, turn.quoted_ticket)
    await privacy.may_decide(turn.app, turn.unit, (turn.incoming.channel, turn.incoming.sender), ticket)
    if turn.operator is None:
        raise NotAllowed("error.not_operator")
    turn.ticket = ticket
    return turn.operator, ticket
