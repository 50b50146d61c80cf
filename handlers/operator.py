"""The way to a person: a question that becomes a ticket; and how an account becomes an operator."""

from __future__ import annotations

from collections.abc import Sequence

from domain.messages import Media
from domain.ticket import NewTicket, TicketKind
from handlers import memory
from handlers.start import back_row
from handlers.turn import Replies, Turn
from services import desks
from services.routing import way_of_question
from services.tickets import open_ticket

QUESTION_CATEGORY = "pertanyaan"


async def ask_question(turn: Turn) -> Replies:
    if not memory.recent_topic(turn):
        turn.data.pop("topic", None)
    turn.go("operator.question")
    return [turn.reply("operator.ask", (turn.button("cancel", "button.cancel"),))]


async def question(turn: Turn) -> Replies:
    """The resident's words for a person; a photo goes with the words."""
    media = turn.incoming.media
    files = turn.data.get("question_files", []) + ([[media.kind, media.ref, media.unique]] if media else [])
    if not turn.text:
        turn.data["question_files"] = files
        return await ask_question(turn)
    turn.data.pop("question_files", None)
    return await _open(turn, turn.text, [Media(*file) for file in files])


async def pass_on(turn: Turn) -> Replies:
    """The question that had no answer."""
    words = turn.data.pop("question", "")
    return await _open(turn, words) if words else await ask_question(turn)


async def _open(turn: Turn, words: str, files: Sequence[Media] = ()) -> Replies:
    """A question goes to the agency of the topic that was open, else to whom its words point, else to the coordinator."""
    incoming, resident = turn.incoming, turn.conversation.resident
    about = turn.app.knowledge.topics.get(turn.data.pop("topic", ""))
    way = way_of_question(turn.app, words, about.id if about else "")
    new = NewTicket(
        TicketKind.QUESTION,
        way.agency,
        QUESTION_CATEGORY,
        words,
        resident.id,
        incoming.channel,
        incoming.chat,
        resident.trial,
        media=tuple(files),
        topic=about.id if about else "",
        edition=turn.app.knowledge.edition,
        routed_by=way.reason,
    )
    ticket = await open_ticket(turn.app, turn.unit, new, incoming.name)
    turn.about = ticket.id
    turn.go()
    name = turn.app.region.agencies[way.agency].name
    rows = ((turn.button(f"ticket:{ticket.id}", "button.ticket"), turn.button("menu", "button.menu")),)
    return [turn.reply("operator.passed_on", *rows, number=ticket.number, agency=name, due=turn.due(ticket))]


async def join(turn: Turn) -> Replies:
    """`/gabung CODE` in private makes the account an operator."""
    incoming = turn.incoming
    agency = await desks.join(turn.app, turn.unit, incoming.channel, incoming.sender, incoming.name, turn.argument)
    return [turn.reply("operator.joined", back_row(turn), agency=turn.app.region.agencies[agency].name)]


async def bind_in_group(turn: Turn) -> Replies:
    """`/ikat` makes sense in a group only."""
    return [turn.reply("operator.bind_in_group", back_row(turn))]
