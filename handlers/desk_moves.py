"""The moves that operators make with the buttons of a card, and by replying to what we ask them."""

from __future__ import annotations

from collections.abc import Sequence

from domain.messages import Button, Reply
from domain.people import Desk
from domain.permission import permit
from domain.ticket import Move, Ticket, after
from handlers.at_desk import number_of, operator_of, role_of, ticket_at_desk
from handlers.turn import DeskTurn, Replies, Rows
from knowledge.reasons import Reason
from services import files, tickets
from services.card_text import CARD, FEWER, FIELD, MORE, NOTE, card, unfolded
from services.cards import card_key, edit_shown, show_card

BUTTONS_A_ROW = 2
ASK = "ask"  # how the name of a letter begins that asks an operator for words
AGAIN = "again:"  # how the name of a card begins that is shown once more
AGENCY = "ke"


async def press(turn: DeskTurn) -> Replies:
    """A button of a card: `k:<ticket>:<move>`, or `k:<ticket>:<move>:<what was chosen>`."""
    _, ticket_id, move, chosen, *_ = [*turn.incoming.button.split(":"), "", "", ""]
    ticket = await ticket_at_desk(turn, number_of(ticket_id))
    if chosen and move in CHOSEN:
        return await CHOSEN[move](turn, ticket, chosen)
    if move in ASKED:
        return _ask(turn, ticket, move)
    if move in PRESSES:
        replies = await PRESSES[move](turn, ticket)
        await _renew_copy(turn, ticket)
        return replies
    turn.toast = turn.say("start.stale_toast")
    return []


async def _renew_copy(turn: DeskTurn, before: Ticket) -> None:
    """The card itself is brought up to date by every move; one that was shown once more, here."""
    if turn.ticket is None or turn.ticket.version == before.version:
        return
    pressed = await turn.unit.said.at(*turn.pressed)
    if pressed and pressed.dedupe_key.startswith(AGAIN):
        edit_shown(turn.app, turn.unit, turn.ticket, turn.pressed, await card(turn.app, turn.unit, turn.ticket))


async def explain(turn: DeskTurn) -> Replies:
    """The words that we asked for: they make the move. The question's letter is named `ask:<ticket>:<move>:…`."""
    _, ticket_id, move, *_ = turn.said.dedupe_key.split(":") if turn.said else ("", "", "")
    ticket = await ticket_at_desk(turn, number_of(ticket_id))
    media = (turn.incoming.media,) if turn.incoming.media else ()
    if move == NOTE:
        await tickets.note(turn.app, turn.unit, operator_of(turn), ticket, turn.text, media)
    else:
        turn.ticket = await ASKED_FOR[move](turn.app, turn.unit, operator_of(turn), ticket, turn.text)
    return [Reply(turn.say(f"desk.did_{move}", number=ticket.number))]


# ------------------------------------------------------------------ at once


async def _verify(turn: DeskTurn, ticket: Ticket) -> Replies:
    turn.ticket = await tickets.verify(turn.app, turn.unit, operator_of(turn), ticket)
    turn.toast = turn.say("desk.verified", number=ticket.number)
    return []


async def _take(turn: DeskTurn, ticket: Ticket) -> Replies:
    turn.ticket = await tickets.take(turn.app, turn.unit, operator_of(turn), ticket)
    turn.toast = turn.say("desk.taken", number=ticket.number)
    return [Reply(turn.say("desk.taken_by", number=ticket.number, name=turn.incoming.name))]


async def _how_to_reply(turn: DeskTurn, ticket: Ticket) -> Replies:
    turn.toast = turn.say("desk.how_to_reply", number=ticket.number)
    return []


async def _look_in_the_field(turn: DeskTurn, ticket: Ticket) -> Replies:
    looked = turn.ticket = await tickets.look_in_the_field(turn.app, turn.unit, operator_of(turn), ticket)
    due = turn.app.day(looked.due_at) if looked.due_at else ""
    return [Reply(turn.say("desk.field", number=ticket.number, due=due))]


async def _unfold(turn: DeskTurn, ticket: Ticket) -> Replies:
    """All moves below the card that was pressed, as far as the presser may make them."""
    shown = await card(turn.app, turn.unit, ticket)
    rows = unfolded(turn.app, ticket, operator_of(turn).id, role_of(turn, ticket))
    edit_shown(turn.app, turn.unit, ticket, turn.pressed, Reply(shown.text, rows))
    return []


async def _fold(turn: DeskTurn, ticket: Ticket) -> Replies:
    edit_shown(turn.app, turn.unit, ticket, turn.pressed, await card(turn.app, turn.unit, ticket))
    return []


async def _show_again(turn: DeskTurn, ticket: Ticket) -> Replies:
    """From a list: the card itself where it never stood here, else the same once more."""
    desk = Desk(turn.incoming.channel, turn.incoming.chat, ticket.agency, turn.trial, turn.incoming.forum)
    if await turn.unit.outbox.posted(card_key(ticket.id, desk)):
        turn.here, turn.names = True, f"{AGAIN}{ticket.id}:{turn.incoming.callback}"
        return [await card(turn.app, turn.unit, ticket)]
    turn.toast = turn.say("desk.shown", number=ticket.number)
    await show_card(turn.app, turn.unit, ticket, desk, await files.to_show(turn.unit, ticket))
    return []


# ------------------------------------------------------------------ with a choice


async def _choose_agency(turn: DeskTurn, ticket: Ticket) -> Replies:
    permit(role_of(turn, ticket), operator_of(turn).id, ticket, Move.REASSIGN)
    ours = [agency for agency in turn.app.region.agencies.values() if agency.ours and agency.id != ticket.agency]
    buttons = [Button(f"k:{ticket.id}:{AGENCY}:{agency.id}", agency.short) for agency in ours]
    rows = tuple(tuple(buttons[start : start + BUTTONS_A_ROW]) for start in range(0, len(buttons), BUTTONS_A_ROW))
    return [Reply(turn.say("desk.choose_agency", number=ticket.number), rows)]


async def _reassign(turn: DeskTurn, ticket: Ticket, agency: str) -> Replies:
    turn.ticket = await tickets.reassign(turn.app, turn.unit, operator_of(turn), ticket, agency)
    name = turn.app.region.agencies[agency].name
    turn.toast = turn.say("desk.reassigned_toast")
    return [Reply(turn.say("desk.reassigned", number=ticket.number, agency=name))]


async def _choose_closing(turn: DeskTurn, ticket: Ticket) -> Replies:
    after(ticket.state, Move.CLOSE)
    rows = _reasons(ticket, Move.CLOSE, list(turn.app.region.reasons.closing.values()))
    return [Reply(turn.say("desk.choose_reason", number=ticket.number), rows)]


async def _close(turn: DeskTurn, ticket: Ticket, reason: str) -> Replies:
    turn.ticket = await tickets.close(turn.app, turn.unit, operator_of(turn), ticket, reason)
    turn.toast = turn.say("desk.closed", number=ticket.number)
    return []


async def _choose_archive(turn: DeskTurn, ticket: Ticket) -> Replies:
    after(ticket.state, Move.ARCHIVE)
    permit(role_of(turn, ticket), operator_of(turn).id, ticket, Move.ARCHIVE)
    rows = _reasons(ticket, Move.ARCHIVE, list(turn.app.region.reasons.archive.values()))
    return [Reply(turn.say("desk.choose_archive", number=ticket.number), rows)]


async def _archive(turn: DeskTurn, ticket: Ticket, reason: str) -> Replies:
    turn.ticket = await tickets.archive(turn.app, turn.unit, operator_of(turn), ticket, reason)
    turn.toast = turn.say("desk.archived", number=ticket.number)
    return []


def _reasons(ticket: Ticket, move: Move, reasons: Sequence[Reason]) -> Rows:
    return tuple((Button(f"k:{ticket.id}:{move}:{reason.id}", reason.label),) for reason in reasons)


# ------------------------------------------------------------------ with words


def _ask(turn: DeskTurn, ticket: Ticket, move: str) -> Replies:
    """Ask for the words that the move needs; who replies to the question makes the move."""
    if move != NOTE:
        after(ticket.state, Move(move))
        permit(role_of(turn, ticket), operator_of(turn).id, ticket, Move(move))
    turn.names = f"{ASK}:{ticket.id}:{move}:{turn.incoming.callback}"
    return [Reply(turn.say(f"desk.ask_{move}", number=ticket.number))]


ASKED_FOR = {
    Move.REFUSE.value: tickets.refuse,
    Move.HOLD.value: tickets.hold,
    Move.REDIRECT.value: tickets.redirect,
}
ASKED = (*ASKED_FOR, NOTE)
PRESSES = {
    Move.VERIFY.value: _verify,
    Move.TAKE.value: _take,
    Move.REPLY.value: _how_to_reply,
    Move.REASSIGN.value: _choose_agency,
    Move.CLOSE.value: _choose_closing,
    Move.ARCHIVE.value: _choose_archive,
    FIELD: _look_in_the_field,
    MORE: _unfold,
    FEWER: _fold,
    CARD: _show_again,
}
CHOSEN = {AGENCY: _reassign, Move.CLOSE.value: _close, Move.ARCHIVE.value: _archive}
