"""The end of a report: its summary, what is kept from others, whether somebody told the same already, and sending it."""

from __future__ import annotations

from domain.messages import Reply
from domain.text import one_line
from domain.ticket import Follower, NewTicket, Ticket
from handlers.draft import Draft, answers_of, cancel_of, category_of, place_of, press_of, report_of
from handlers.turn import Replies, Rows, Turn
from services import same, tickets
from services.cards import subject
from services.places import place_words, village_name
from services.promises import ANSWER, due

SUMMARY_TEXT = 300
ANSWER_SHOWN = 100
METRES = 50  # a distance is told in steps of so many


# ------------------------------------------------------------------ the summary


def ask_confirm(turn: Turn, draft: Draft) -> Reply:
    turn.go("report.confirm", draft=draft)
    report = report_of(turn, draft)
    return turn.reply(
        "report.confirm",
        *confirm_rows(turn, draft),
        text=_told(turn, draft),
        place=one_line(place_words(turn.app, place_of(draft)), SUMMARY_TEXT),
        category=category_of(turn, draft).label,
        agency=turn.app.region.agencies[report.agency].name,
        files=len(draft["files"]) or turn.say("report.no_files"),
        kept=_kept(turn, report),
        due=turn.app.day(due(turn.app, report, ANSWER, turn.app.now()), turn.language),
    )


def _told(turn: Turn, draft: Draft) -> str:
    """The story and the answers, each on a line."""
    needs = turn.app.region.needs
    answers = answers_of(turn, draft).items()
    lines = [f"**{needs[need].label}:** {one_line(words, ANSWER_SHOWN)}" for need, words in answers]
    return "\n".join((one_line(draft["text"], SUMMARY_TEXT), *lines))


def _kept(turn: Turn, report: NewTicket) -> str:
    """What is kept from whom, a line each."""
    lines = (("report.is_anonymous", report.anonymous), ("report.is_confidential", report.confidential))
    return "".join("\n" + turn.say(key) for key, so in lines if so)


def confirm_rows(turn: Turn, draft: Draft) -> Rows:
    edits = [press_of(draft, f"edit:{name}", turn.say(f"button.edit_{name}")) for name in ("text", "place", "category", "files")]
    report = report_of(turn, draft)
    name = press_of(draft, "anonymous", turn.say("button.name_shown" if report.anonymous else "button.anonymous"))
    open_ = press_of(draft, "confidential", turn.say("button.public" if report.confidential else "button.confidential"))
    send_ = press_of(draft, "send", turn.say("button.send"))
    return ((send_,), tuple(edits[:2]), tuple(edits[2:]), (name, open_), (cancel_of(turn),))


def hide_name(turn: Turn, draft: Draft) -> None:
    """Hide the name, or show it again."""
    draft["anonymous"] = not report_of(turn, draft).anonymous


def hide_matter(turn: Turn, draft: Draft) -> None:
    draft["confidential"] = not report_of(turn, draft).confidential


# ------------------------------------------------------------------ told already


async def send(turn: Turn, draft: Draft) -> Replies:
    """Ask once whether it is the same as an open report nearby; then file it."""
    if "same" not in draft["done"]:
        draft["done"].append("same")
        found = await same.alike(turn.app, turn.unit, report_of(turn, draft))
        if found:
            draft["same"] = [ticket.id for ticket in found]
            return [_ask_same(turn, draft, found)]
    return [await file(turn, draft)]


def _ask_same(turn: Turn, draft: Draft, found: list[Ticket]) -> Reply:
    turn.go("report.same", draft=draft)
    lines = "\n".join(f"{place}. {_shown(turn, draft, ticket)}" for place, ticket in enumerate(found, start=1))
    label = turn.say("button.same")
    one = len(found) == 1
    rows = tuple((press_of(draft, f"same:{t.id}", label if one else f"{label} ({n})"),) for n, t in enumerate(found, start=1))
    return turn.reply("report.same", *rows, (press_of(draft, "mine", turn.say("button.mine")),), (cancel_of(turn),), found=lines)


def _shown(turn: Turn, draft: Draft, ticket: Ticket) -> str:
    """A report of somebody else: nothing in their words, nothing that tells who they are."""
    km = same.distance_km(place_of(draft), ticket.place)
    where = village_name(turn.app, ticket.place.village)
    if km is not None:
        where = turn.say("report.metres_away", metres=max(METRES, round(km * 1000 / METRES) * METRES))
    day, state = turn.app.day(ticket.created_at, turn.language), turn.say(f"resident_state.{ticket.state}")
    people = ticket.followers + 1
    return turn.say("report.same_line", subject=subject(turn.app, ticket), where=where, day=day, state=state, people=people)


async def same_by_words(turn: Turn, draft: Draft) -> Replies:
    """ "Ya" joins the one that was shown, "bukan" files the own report; anything else: which of them?"""
    if turn.said("words.same") and len(draft["same"]) == 1:
        return await join(turn, draft, str(draft["same"][0]))
    if turn.said("words.fresh") or turn.said("words.skip"):
        return [await file(turn, draft)]
    known = [await turn.unit.tickets.get(ticket_id) for ticket_id in draft["same"]]
    return [_ask_same(turn, draft, [ticket for ticket in known if ticket])]


async def join(turn: Turn, draft: Draft, named: str) -> Replies:
    """The resident follows the report that was there before; only one of those shown."""
    ticket_id = next((one for one in draft.get("same", []) if str(one) == named), 0)
    ticket = await turn.unit.tickets.get(ticket_id)
    if ticket is None or not ticket.is_open:
        return [await file(turn, draft)]
    incoming = turn.incoming
    follower = Follower(turn.conversation.resident.id, incoming.channel, incoming.chat)
    await tickets.follow(turn.app, turn.unit, ticket, follower)
    turn.about = ticket.id
    _is_done(turn, draft, ticket)
    rows = ((turn.button(f"ticket:{ticket.id}", "button.ticket"), turn.button(f"unfollow:{ticket.id}", "button.unfollow")),)
    agency = turn.app.region.agencies[ticket.agency].name
    return [turn.reply("report.joined", *rows, (turn.button("menu", "button.menu"),), number=ticket.number, agency=agency)]


# ------------------------------------------------------------------ sending


async def file(turn: Turn, draft: Draft) -> Reply:
    """The report becomes a ticket with a number."""
    ticket = await tickets.open_ticket(turn.app, turn.unit, report_of(turn, draft), turn.incoming.name)
    turn.about = ticket.id
    _is_done(turn, draft, ticket)
    rows = ((turn.button(f"ticket:{ticket.id}", "button.ticket"), turn.button("menu", "button.menu")),)
    agency = turn.app.region.agencies[ticket.agency].name
    return turn.reply("report.sent", *rows, number=ticket.number, agency=agency, due=turn.due(ticket))


def _is_done(turn: Turn, draft: Draft, ticket: Ticket) -> None:
    turn.go(sent={"draft": draft["id"], "number": ticket.number})
    turn.data.pop("draft", None)
