"""The whole conversation on one page: ordered (test, handler), first match wins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from domain.messages import Kind, Reply
from handlers import (
    abuse,
    ask,
    claim,
    consent,
    desk,
    desk_answers,
    desk_lists,
    desk_moves,
    emergency,
    evidence,
    feedback,
    followup,
    language,
    moderation,
    operator,
    places,
    privacy,
    report,
    start,
    status,
    talk,
)
from handlers.matching import (
    answers_a_question,
    any_command,
    any_desk_command,
    anything,
    both,
    button,
    command,
    decided,
    desk_command,
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
    words, files = turn.data.pop("held", ""), turn.data.get("held_files", [])
    if not words and not files:
        return await start.stale(turn)
    turn.leave()
    turn.go()
    turn.incoming = replace(turn.incoming, kind=Kind.PHOTO if files else Kind.TEXT, text=words, button="", media=None)
    return await handler_for(turn)(turn)


async def numbers_first(turn: Turn) -> Replies:
    """Danger in the middle of something: the numbers, and then the way that the words take anyway."""
    apart = (numbers_first, emergency.numbers)
    handler = next(handler for test, handler in RESIDENT if handler not in apart and test(turn))
    return [Reply(emergency.told(turn)), *await handler(turn)]


async def english_first(turn: Turn) -> Replies:
    """A kind line once, and then the way that the words take anyway."""
    turn.data["english"] = True
    return [Reply(turn.say("start.english")), *await handler_for(turn)(turn)]


RESIDENT: tuple[tuple[Callable[[Turn], bool], Handler], ...] = (
    # Things that happen without words
    (kind(Kind.MEMBERSHIP), start.membership),
    (kind(Kind.SILENT, Kind.MIGRATION), start.nothing),
    (kind(Kind.EDIT), report.edited),
    (kind(Kind.UNSUPPORTED), start.unsupported),
    # Life and safety come before everything, also in the middle of a report
    (emergency.in_the_middle, numbers_first),
    (emergency.danger, emergency.numbers),
    (button("emergency"), emergency.record),
    (abuse.writes_too_fast, abuse.slow_down),
    # One's own data: also of who is blocked
    (command("privasi"), privacy.explain),
    (button("privacy"), privacy.explain),
    (consent.refuses, privacy.refuse),
    (button("refuse"), privacy.refuse),
    (command("berhenti"), privacy.stop),
    (command("dataku"), privacy.show_all),
    (command("hapus"), privacy.ask_to_erase),
    (button("erase"), privacy.erase),
    (both(step("privacy.erase"), says("words.yes")), privacy.erase),
    (both(step("privacy.erase"), says("words.skip")), start.cancel),
    (abuse.blocked, abuse.say_blocked),
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
    (command("klaim"), claim.begin),
    (command("gabung"), operator.join),
    (command("ikat"), operator.bind_in_group),
    (command("bantuan", "help"), start.help_),
    (any_command, start.unknown_command),
    # One's own tickets
    (button("ticket"), status.one),
    (button("add"), status.ask_more),
    (button("reopen"), status.reopen),
    (button("done"), status.done),
    (button("rate"), status.rate),
    (button("gps"), evidence.place),
    (button("unfollow"), status.unfollow),
    (button("pin"), claim.show_pin),
    (button("release"), claim.release),
    (button("continue"), talk.continue_ticket),
    (button("fresh"), fresh),
    (quotes_a_ticket, status.add_quoted),
    (step("ticket.more"), status.add_more),
    (both(step("ticket.which"), says("words.continue")), talk.continue_ticket),
    (both(step("ticket.which"), says("words.fresh")), fresh),
    (step("ticket.which"), talk.hold_more),
    (both(step("ticket.rate"), status.names_a_rating), status.rate_by_words),
    (step("claim.number"), claim.number),
    (step("claim.pin"), claim.pin),
    (talk.gives_a_verdict, talk.settle_by_words),
    (both(step("emergency.person"), says("words.yes")), operator.pass_on),
    (both(step("emergency.person"), says("words.skip")), emergency.stay),
    (both(step("ask.pass"), says("words.yes")), operator.pass_on),
    (both(step("ask.pass"), says("words.skip")), start.cancel),
    # Looking around
    (button("domain"), ask.domain),
    (both(button("topic"), places.about_a_list), places.nearest),
    (button("topic"), ask.topic),
    (button("part"), ask.part),
    (button("pass"), operator.pass_on),
    (button("none"), ask.none_of_these),
    (button("vote"), feedback.vote),
    (button("near"), places.near),
    (button("agency"), places.contact_of),
    (both(step("places.where"), places.names_a_place), places.place),
    (both(step("places.where"), kind(Kind.LOCATION)), places.pin),
    (both(step("places.where"), decided("decline")), places.place_again),
    # A report, step by step
    (button("r"), report.press),
    (step("report.what"), report.what),
    (step("report.where"), report.where),
    (step("report.village"), report.village_by_name),
    (step("report.photo"), report.photo),
    (step("report.need"), report.need),
    (step("report.confirm"), report.confirm_by_words),
    (step("report.same"), report.same_by_words),
    (step("operator.question"), operator.question),
    (kind(Kind.BUTTON), start.stale),
    # A new matter
    (start.says_thanks, start.thanks),
    (talk.goes_on, talk.pass_on),
    (language.writes_english, english_first),
    (followup.asks_on, followup.go_on),
    (decided("status"), status.overview),
    (decided("operator"), operator.ask_question),
    (decided("greet"), start.menu),
    (talk.was_answered_lately, talk.offer_to_continue),
    (kind(Kind.PHOTO, Kind.FILE), report.begin_with_file),
    (kind(Kind.LOCATION), report.begin_with_place),
    (emergency.dangerous_matter, numbers_first),
    (places.asks_for_contact, places.contact),
    (decided("report"), report.begin_with_words),
    (followup.lacks_a_matter, ask.which_matter),
    (both(decided("answer"), places.about_a_list), places.nearest),
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
    (button("k"), desk_moves.press),
    (button("j"), desk_answers.press),
    (button("antrian"), desk_lists.go_on),
    (command("ungkap"), moderation.reveal),
    (command("blokir"), moderation.block),
    (kind(Kind.BUTTON), desk.stale),
    (command("antrian"), desk_lists.waiting),
    (command("cari"), desk_lists.search),
    (command("rekap"), desk_lists.figures),
    (desk_command("catat"), desk_answers.note),
    (any_desk_command, desk.unknown_command),
    (answers_a_question, desk_moves.explain),
    (quotes_a_ticket, desk_answers.answer),
    (anything, desk.nothing),
)


def handler_for(turn: Turn) -> Handler:
    return next(handler for test, handler in RESIDENT if test(turn))


def desk_handler_for(turn: DeskTurn) -> DeskHandler:
    return next(handler for test, handler in DESK if test(turn))
