"""The whole conversation on one page: ordered (test, handler), first match wins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from domain.messages import Kind
from handlers import ask, desk, emergency, language, operator, report, start, status
from handlers.matching import (
    any_command,
    anything,
    button,
    command,
    decided,
    kind,
    quotes_a_ticket,
    says,
    step,
    unbound,
)
from handlers.turn import DeskTurn, Replies, Turn

Handler = Callable[[Turn], Awaitable[Replies]]
DeskHandler = Callable[[DeskTurn], Awaitable[Replies]]


async def fresh(turn: Turn) -> Replies:
    """The message held back is about something new: it takes its way through the table."""
    turn.incoming = replace(turn.incoming, kind=Kind.TEXT, text=turn.data.pop("held", ""), callback="", button="")
    return await handler_for(turn)(turn)


RESIDENT: tuple[tuple[Callable[[Turn], bool], Handler], ...] = (
    # Things that happen without words
    (kind(Kind.MEMBERSHIP), start.membership),
    (kind(Kind.SILENT, Kind.MIGRATION), start.nothing),
    (kind(Kind.EDIT), report.edited),
    (kind(Kind.UNSUPPORTED), start.unsupported),
    # Life and safety come before everything, also in the middle of a report
    (decided("emergency"), emergency.numbers),
    (button("emergency"), emergency.record),
    # Ways out and around, at any time
    (command("start", "menu"), start.menu),
    (button("menu"), start.menu),
    (command("batal"), start.cancel),
    (says("words.cancel"), start.cancel),
    (button("cancel"), start.cancel),
    (command("bahasa"), language.choose),
    (button("language"), language.change),
    (command("status"), status.overview),
    (button("status"), status.overview),
    (command("lapor"), report.begin),
    (button("report"), report.begin),
    (command("petugas"), operator.ask_question),
    (button("operator"), operator.ask_question),
    (command("gabung"), operator.join),
    (command("bantuan", "help"), start.help_),
    (any_command, start.unknown_command),
    # One's own tickets
    (button("ticket"), status.one),
    (button("add"), status.ask_more),
    (button("reopen"), status.reopen),
    (button("continue"), status.continue_ticket),
    (button("fresh"), fresh),
    (quotes_a_ticket, status.add_quoted),
    (step("ticket.more"), status.add_more),
    # Looking around
    (button("domain"), ask.domain),
    (button("topic"), ask.topic),
    (button("part"), ask.part),
    (button("pass"), operator.pass_on),
    (button("none"), ask.none_of_these),
    # A report, step by step
    (button("r"), report.press),
    (step("report.what"), report.what),
    (step("report.where"), report.where),
    (step("report.village"), report.village_by_name),
    (step("report.photo"), report.photo),
    (step("report.confirm"), report.confirm_by_words),
    (step("operator.question"), operator.question),
    (kind(Kind.BUTTON), start.stale),
    # A new matter
    (kind(Kind.PHOTO, Kind.FILE), report.begin_with_file),
    (kind(Kind.LOCATION), report.begin_with_place),
    (decided("status"), status.overview),
    (decided("operator"), operator.ask_question),
    (decided("greet"), start.menu),
    (status.was_answered_lately, status.offer_to_continue),
    (decided("report"), report.begin_with_words),
    (decided("answer"), ask.answer),
    (decided("clarify"), ask.clarify),
    (anything, ask.unanswered),
)

DESK: tuple[tuple[Callable[[DeskTurn], bool], DeskHandler], ...] = (
    (kind(Kind.MIGRATION), desk.moved),
    (command("ikat"), desk.bind),
    (command("start", "bantuan", "help"), desk.help_),
    (unbound, desk.nothing),
    (command("gabung"), desk.join),
    (button("k"), desk.press),
    (kind(Kind.BUTTON), desk.stale),
    (quotes_a_ticket, desk.answer),
    (anything, desk.nothing),
)


def handler_for(turn: Turn) -> Handler:
    return next(handler for test, handler in RESIDENT if test(turn))


def desk_handler_for(turn: DeskTurn) -> DeskHandler:
    return next(handler for test, handler in DESK if test(turn))
