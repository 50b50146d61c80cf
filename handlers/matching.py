"""The tests of the route tables. Each makes a function that looks at a turn and says yes or no."""

from __future__ import annotations

from collections.abc import Callable

from domain.messages import Kind
from handlers.turn import DeskTurn, Turn

AnyTurn = Turn | DeskTurn
Test = Callable[[AnyTurn], bool]
ResidentTest = Callable[[Turn], bool]


def kind(*kinds: Kind) -> Test:
    return lambda turn: turn.incoming.kind in kinds


def button(name: str) -> Test:
    """A pressed button: exactly `name`, or `name:` with something behind it."""
    return lambda turn: turn.incoming.kind is Kind.BUTTON and turn.incoming.button.partition(":")[0] == name


def command(*names: str) -> Test:
    """`/name`, also as `/name@bot` in a group."""
    return lambda turn: turn.incoming.kind is Kind.TEXT and command_of(turn.text) in names


def any_command(turn: AnyTurn) -> bool:
    return turn.incoming.kind is Kind.TEXT and bool(command_of(turn.text))


def command_of(text: str) -> str:
    """The command that a text begins with; "" for none."""
    if not text.startswith("/"):
        return ""
    head = text.split(maxsplit=1)[0] if text.split() else ""
    return head[1:].partition("@")[0].lower()


def says(key: str) -> ResidentTest:
    """Exactly one of the words that a phrase lists."""
    return lambda turn: turn.incoming.kind is Kind.TEXT and turn.said(key)


def both(first: ResidentTest, second: ResidentTest) -> ResidentTest:
    return lambda turn: first(turn) and second(turn)


def step(name: str) -> ResidentTest:
    """A message (no button) while this question is open."""
    return lambda turn: turn.incoming.kind is not Kind.BUTTON and turn.conversation.step == name


def decided(*kinds: str) -> ResidentTest:
    """Words that the router takes for this."""
    return lambda turn: turn.incoming.kind is Kind.TEXT and not command_of(turn.text) and turn.decision.kind in kinds


def quotes_a_ticket(turn: AnyTurn) -> bool:
    """An answer to one of our messages about a ticket."""
    return turn.quoted_ticket is not None and turn.incoming.kind in (Kind.TEXT, Kind.PHOTO, Kind.FILE, Kind.LOCATION)


def anything(_turn: AnyTurn) -> bool:
    return True


def desk_command(name: str) -> Callable[[DeskTurn], bool]:
    """`/name` in a group, also below a photo."""
    return lambda turn: turn.incoming.kind in (Kind.TEXT, Kind.PHOTO, Kind.FILE) and command_of(turn.text) == name


def any_desk_command(turn: DeskTurn) -> bool:
    """Also below a photo: no resident should read a command."""
    return turn.incoming.kind in (Kind.TEXT, Kind.PHOTO, Kind.FILE) and bool(command_of(turn.text))


def answers_a_question(turn: DeskTurn) -> bool:
    """A reply to a message in which we asked an operator for words."""
    return quotes_a_ticket(turn) and turn.said is not None and turn.said.dedupe_key.startswith("ask:")


def unbound(turn: AnyTurn) -> bool:
    """A group that no agency works in."""
    return isinstance(turn, DeskTurn) and not turn.bound
