"""Turn: all that a handler may use while it answers one arrival. It offers no network."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from domain.messages import Button, Incoming, Kind, Reply
from domain.people import DEFAULT_LANGUAGE, Operator
from domain.ticket import Spoken, Ticket
from knowledge.routing.decision import Decision
from knowledge.routing.ear import Distress
from services.app import App
from store.conversations import Conversation
from store.said import Said
from store.unit import Unit

# What the menu does not make us forget.
LASTING = ("answers", "english", "voted", "missed", "notice", "agreed", "pace", "slowed", "left", "talk")
WORD = re.compile(r"\w+")
Replies = list[Reply]
Rows = tuple[tuple[Button, ...], ...]


@dataclass
class Turn:
    """A resident wrote.

    `quoted_ticket`: the ticket of the message of ours that they answered to. `spoken`: what an operator wrote to
    them last, on a ticket that is still open.
    """

    app: App
    unit: Unit
    incoming: Incoming
    conversation: Conversation
    quoted_ticket: int | None = None
    spoken: Spoken | None = None
    toast: str = ""  # shown by the messenger where the button was pressed
    over_budget: bool = False  # they write faster than anybody can
    about: int | None = None  # the ticket that the replies are about: answering to them adds to it

    @property
    def text(self) -> str:
        return self.incoming.text

    @property
    def language(self) -> str:
        return self.conversation.resident.language

    @property
    def data(self) -> dict[str, Any]:
        return self.conversation.data

    @cached_property
    def decision(self) -> Decision:
        """What the resident's words ask for."""
        return self.app.knowledge.decide(self.text)

    @property
    def today(self) -> date:
        """The region's day."""
        return self.app.today()

    @cached_property
    def distress(self) -> Distress | None:
        """What the resident's words say of violence or of wanting to die."""
        return self.app.knowledge.ear.distress_in(self.text)

    def due(self, ticket: Ticket) -> str:
        """The day on which the answer is owed, as people say it; "" while none is."""
        return self.app.day(ticket.due_at, self.language) if ticket.due_at else ""

    def say(self, key: str, **values: object) -> str:
        return self.app.say(key, self.language, **values)

    @cached_property
    def bare(self) -> str:
        """The text without emoji and punctuation."""
        return " ".join(WORD.findall(self.text.lower()))

    def said(self, key: str) -> bool:
        """Whether the text is exactly one of the answers that a phrase lists."""
        return self.bare in self.app.phrases.words(key)

    def button(self, action: str, key: str, **values: object) -> Button:
        return Button(action, self.say(key, **values))

    def reply(self, key: str, *rows: tuple[Button, ...], **values: object) -> Reply:
        return Reply(self.say(key, **values), rows)

    def go(self, step: str = "", **data: Any) -> None:
        """Ask `step` next; `data` is added to what was gathered."""
        self.conversation.step = step
        self.conversation.data = self.data | data

    def forget(self) -> None:
        """Begin afresh."""
        self.leave()
        self.go()
        self.conversation.data = {key: self.data[key] for key in LASTING if key in self.data}

    def leave(self) -> None:
        """The resident turns from the operator to the bot."""
        if self.spoken:
            self.data["left"] = self.spoken.key

    @property
    def argument(self) -> str:
        """What stands behind the first colon of a button, or behind a command."""
        if self.incoming.kind is Kind.BUTTON:
            return self.incoming.button.partition(":")[2]
        return self.text.partition(" ")[2].strip()


@dataclass
class DeskTurn:
    """Something happened in a group. `operator` is None for everybody who is not one; `bound`: the agencies that work here.

    `said`: the message of ours that was replied to. `names`: the name that the reply gets as a letter. `here`: the reply belongs
    where it was asked for, and not into the thread of the ticket.
    """

    app: App
    unit: Unit
    incoming: Incoming
    operator: Operator | None
    bound: frozenset[str]
    said: Said | None = None
    received_at: datetime | None = None
    trial: bool = False
    toast: str = ""
    names: str = ""
    here: bool = False
    ticket: Ticket | None = field(default=None)  # replies belong to its thread

    @property
    def text(self) -> str:
        return self.incoming.text

    @property
    def argument(self) -> str:
        """What stands behind a command."""
        return "".join(self.text.split(maxsplit=1)[1:]).strip()

    @property
    def quoted_ticket(self) -> int | None:
        return self.said.ticket_id if self.said else None

    @property
    def pressed(self) -> tuple[str, str, str]:
        """(channel, chat, the messenger's id) of the message whose button was pressed."""
        return self.incoming.channel, self.incoming.chat, self.incoming.message_id

    async def seen(self) -> int | None:
        """The version of the ticket that the operator had before them when they wrote; None where that is not known."""
        if self.said is None:
            return None
        return await self.unit.said.version(self.said, self.received_at or self.app.now()) or None

    def say(self, key: str, **values: object) -> str:
        return self.app.say(key, DEFAULT_LANGUAGE, **values)
