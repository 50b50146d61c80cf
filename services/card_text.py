"""A ticket's card in words, and the buttons below it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from domain.messages import Button, Reply
from domain.people import Role
from domain.permission import may
from domain.promise import PromiseKind, Stage
from domain.text import one_line
from domain.ticket import MOVES, EntryKind, Move, State, Ticket, TicketKind
from services.app import App
from services.places import map_link, place_words
from store.unit import Unit

CARD_PLACE = 200  # characters of the place: with the text a card must stay one message
CARD_TEXT = 1500  # characters of the resident's words on a card; the whole stands in the ticket
BUTTONS_A_ROW = 2
USUAL = 3  # moves on a folded card, beside the button that unfolds the others
# In the order in which a folded card prefers them.
CARD_MOVES = (
    Move.TAKE,
    Move.REPLY,
    Move.CLOSE,
    Move.REASSIGN,
    Move.HOLD,
    Move.VERIFY,
    Move.REFUSE,
    Move.REDIRECT,
    Move.ARCHIVE,
)
FIELD, NOTE, MORE, FEWER, READY, CARD = "lapangan", "catat", "lain", "ringkas", "siap", "kartu"  # buttons that are no moves
HOUR, DAY = 3600, 86400  # seconds
Rows = tuple[tuple[Button, ...], ...]


async def card(app: App, unit: Unit, ticket: Ticket) -> Reply:
    """The card's words and the usual moves that the ticket allows."""
    lines = [
        app.say("card.head", number=ticket.number, state=app.say(f"state.{ticket.state}")),
        *_marks(app, ticket),
        _what(app, ticket),
        app.say("card.from", alias=ticket.alias, at=app.day_and_hour(ticket.created_at), age=age(app, ticket.created_at)),
        *_place(app, ticket),
        *await _clocks(app, unit, ticket),
        " · ".join(await _facts(app, unit, ticket)),
        *_routed(app, ticket),
    ]
    return Reply("\n".join(line for line in lines if line) + "\n\n" + one_line(ticket.text, CARD_TEXT), folded(app, ticket))


def subject(app: App, ticket: Ticket) -> str:
    """What the ticket is about, in two or three words."""
    if ticket.kind is TicketKind.QUESTION:
        return app.say("card.question")
    return app.region.categories[ticket.category].label


def line(app: App, ticket: Ticket) -> str:
    """A ticket on one line of a list: number, subject, age, and when the answer is owed."""
    told = app.say("card.line", number=ticket.number, subject=subject(app, ticket), age=age(app, ticket.created_at))
    if ticket.due_at is None:
        return told
    return app.say("card.line_due", line=told, mark=due_mark(app, ticket), due=app.day(ticket.due_at))


def due_mark(app: App, ticket: Ticket) -> str:
    """Red when the answer is late, yellow when it is owed within a working day."""
    now = app.now()
    if ticket.due_at is None or ticket.due_at > app.calendar.after_days(now, 1):
        return app.say("mark.early")
    return app.say("mark.late" if ticket.due_at < now else "mark.soon")


def age(app: App, since: datetime) -> str:
    """How long ago, in the one unit that says most."""
    seconds = max(0, int((app.now() - since).total_seconds()))
    for size, unit in ((DAY, "days"), (HOUR, "hours")):
        if seconds >= size:
            return app.say(f"age.{unit}", count=seconds // size)
    return app.say("age.minutes", count=seconds // 60)


def short(app: App, agency: str) -> str:
    return app.region.agencies[agency].short


def _marks(app: App, ticket: Ticket) -> Iterator[str]:
    marks = [name for name in ("urgent", "confidential", "anonymous", "field_check") if getattr(ticket, name)]
    yield " · ".join(app.say(f"mark.{name}") for name in marks)


def _what(app: App, ticket: Ticket) -> str:
    topic = app.knowledge.topics.get(ticket.topic)
    about = topic.title if topic and ticket.kind is TicketKind.QUESTION else subject(app, ticket)
    return app.say("card.what", kind=app.say(f"kind.{ticket.kind}"), subject=about, agency=short(app, ticket.agency))


def _place(app: App, ticket: Ticket) -> Iterator[str]:
    place = one_line(place_words(app, ticket.place), CARD_PLACE)
    yield app.say("card.place", place=place) if place else ""
    pin = ticket.place.pin
    yield map_link(app, pin) if pin else ""


async def _clocks(app: App, unit: Unit, ticket: Ticket) -> list[str]:
    """Both clocks: when the answer is owed, and when somebody should have looked at it."""
    if ticket.state is State.HELD:
        return [app.say("card.clock_stands")]
    lines = []
    if ticket.due_at:
        key = "card.late" if ticket.due_at < app.now() else "card.due"
        lines.append(app.say(key, due=app.day(ticket.due_at)))
    reaction = (await unit.promises.of(ticket.id)).get(PromiseKind.REACTION)
    if reaction and reaction.stage is not Stage.OVER:
        lines.append(app.say("card.reaction", due=app.day_and_hour(reaction.due_at)))
    return lines


async def _facts(app: App, unit: Unit, ticket: Ticket) -> list[str]:
    """Files, followers, and what is still missing."""
    told = [entry for entry in await unit.tickets.history(ticket.id) if entry.kind is EntryKind.RESIDENT]
    files = sum(len(entry.media) for entry in told)
    facts = [app.say("card.files", count=files)] if files else []
    facts += [app.say("card.followers", count=ticket.followers)] if ticket.followers else []
    return [*facts, *_completeness(app, ticket)]


def _completeness(app: App, ticket: Ticket) -> list[str]:
    category = app.region.categories.get(ticket.category)
    if category is None or not category.needs:
        return []
    missing = [app.region.needs[need].label for need in ticket.missing if need in app.region.needs]
    told = len(category.needs) - len(missing)
    if not missing:
        return [app.say("card.complete")]
    return [app.say("card.missing", told=told, needs=len(category.needs), missing=", ".join(missing))]


def _routed(app: App, ticket: Ticket) -> Iterator[str]:
    if ticket.routed_by and app.phrases.has(f"routed.{ticket.routed_by}"):
        yield app.say(f"routed.{ticket.routed_by}", agency=short(app, ticket.agency))


# ------------------------------------------------------------------ buttons


def folded(app: App, ticket: Ticket) -> Rows:
    """The usual moves, and a button that unfolds the others; nothing once the ticket is closed."""
    buttons = _moves(app, ticket)
    if not buttons:
        return ()
    return _in_rows([*buttons[:USUAL], Button(f"k:{ticket.id}:{MORE}", app.say("button.more"))])


def unfolded(app: App, ticket: Ticket, operator_id: int, role: Role) -> Rows:
    """Every move that the state allows and that somebody of this role may make."""
    others = ticket.operator_id not in (None, operator_id)
    allowed = [button for button in _moves(app, ticket) if may(role, Move(button.id.split(":")[2]), others=others)]
    fewer = Button(f"k:{ticket.id}:{FEWER}", app.say("button.fewer"))
    return _in_rows([*allowed, *_extras(app, ticket), fewer])


def _moves(app: App, ticket: Ticket) -> list[Button]:
    moves = [move for move in CARD_MOVES if (ticket.state, move) in MOVES and not (move is Move.CLOSE and ticket.outcome)]
    return [Button(f"k:{ticket.id}:{move}", app.say(f"button.{move}")) for move in moves]


def _extras(app: App, ticket: Ticket) -> Iterator[Button]:
    """What an operator may do that is no move."""
    if app.region.answers.of(ticket.agency) and (ticket.state, Move.REPLY) in MOVES:
        yield Button(f"j:{ticket.id}:{READY}", app.say("button.ready"))
    if ticket.due_at and not ticket.field_check:
        yield Button(f"k:{ticket.id}:{FIELD}", app.say("button.field"))
    yield Button(f"k:{ticket.id}:{NOTE}", app.say("button.note"))


def _in_rows(buttons: list[Button]) -> Rows:
    return tuple(tuple(buttons[start : start + BUTTONS_A_ROW]) for start in range(0, len(buttons), BUTTONS_A_ROW))
