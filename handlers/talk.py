"""An operator wrote: the bot keeps still while the two talk, and later asks whether a message goes on about that.

Within half an hour of the operator's words everything goes to the ticket; later, once, we ask. Commands, the menu, other
questions of ours and danger come first, and the menu ends the talk.
"""

from __future__ import annotations

from datetime import timedelta

from domain.messages import Kind, Media
from domain.ticket import Spoken, State
from handlers.own import add, own, settle, words_of
from handlers.start import stale
from handlers.turn import Replies, Turn
from knowledge.routing.decision import DecisionKind
from services import tickets

STILL_FOR = timedelta(minutes=30)
SURE = 0.7  # of the one topic or category: short words about a place look like many a matter
SAID = (Kind.TEXT, Kind.PHOTO, Kind.FILE, Kind.LOCATION)
MAY_WAIT = ("", "ask", "places")  # subjects of questions of ours that the operator's words put aside
VERDICTS = {"yes": "words.done", "part": "words.partly", "no": "words.not_done"}


def is_talking(turn: Turn) -> bool:
    """An operator wrote a short while ago, and the resident did not turn to the bot since."""
    spoken = turn.spoken
    return spoken is not None and turn.data.get("left") != spoken.key and turn.app.now() - spoken.at <= STILL_FOR


def _said_freely(turn: Turn) -> bool:
    """Something said, no command, and no question of ours that it answers."""
    step = turn.conversation.step
    waits = step == "ticket.rate" or step.partition(".")[0] in MAY_WAIT
    return turn.incoming.kind in SAID and waits and not turn.text.startswith("/")


# ------------------------------------------------------------------ "sudah", "belum"


def gives_a_verdict(turn: Turn) -> bool:
    """ "Is it done?" was the last thing said, and these words answer it."""
    spoken, heard = turn.spoken, turn.conversation.heard_at
    last = spoken is not None and spoken.state is State.ANSWERED and (heard is None or spoken.at > heard)
    return last and turn.incoming.kind is Kind.TEXT and _said_freely(turn) and bool(_verdict(turn))


def _verdict(turn: Turn) -> str:
    """yes, part or no; a longer text that begins with a "not yet" is one. "" for none."""
    exact = next((verdict for verdict, key in VERDICTS.items() if turn.said(key)), "")
    return exact or ("no" if _story_after_no(turn) else "")


def _story_after_no(turn: Turn) -> bool:
    return any(turn.bare.startswith(f"{word} ") for word in turn.app.phrases.words(VERDICTS["no"]))


async def settle_by_words(turn: Turn) -> Replies:
    """As if the button had been pressed; what is said beyond that is kept."""
    spoken, verdict = turn.spoken, _verdict(turn)
    ticket = await tickets.own_ticket(turn.unit, turn.conversation.resident.id, spoken.ticket_id if spoken else 0)
    replies = await settle(turn, ticket, verdict)
    if verdict == "no" and not turn.said(VERDICTS["no"]):
        await add(turn, ticket.id, turn.text, ())
        return [turn.reply("status.reopened_with", (turn.button("menu", "button.menu"),), number=ticket.number)]
    return replies


# ------------------------------------------------------------------ keeping still


def goes_on(turn: Turn) -> bool:
    """Words for the operator who wrote a short while ago."""
    return is_talking(turn) and _said_freely(turn) and not (turn.incoming.kind is Kind.TEXT and _is_elsewhere(turn, turn.spoken))


def _is_elsewhere(turn: Turn, spoken: Spoken | None) -> bool:
    """The router is sure that it is about the state of reports, or a matter of another agency."""
    decision, region = turn.decision, turn.app.region
    if decision.kind is DecisionKind.STATUS:
        return True
    if not decision.options or decision.options[0].confidence < SURE:
        return False
    topic = turn.app.knowledge.topics.get(decision.topic or "") if decision.kind is DecisionKind.ANSWER else None
    category = region.categories.get(decision.category or "") if decision.kind is DecisionKind.REPORT else None
    agency = topic.agency if topic else category.agency if category else ""
    return spoken is not None and bool(agency) and agency != spoken.agency


async def pass_on(turn: Turn) -> Replies:
    """To the ticket, with a word about it the first time."""
    ticket_id = turn.spoken.ticket_id if turn.spoken else 0
    media = turn.incoming.media
    await add(turn, ticket_id, words_of(turn), (media,) if media else ())
    known, turn.data["talk"] = turn.data.get("talk") == ticket_id, ticket_id
    number = turn.spoken.number if turn.spoken else ""
    return [] if known else [turn.reply("talk.passed_on", (turn.button("menu", "button.menu"),), number=number)]


def over(turn: Turn) -> Replies:
    """The bot speaks again: said once, before whatever it says."""
    if "talk" not in turn.data or is_talking(turn):
        return []
    del turn.data["talk"]
    return [turn.reply("talk.over")]


# ------------------------------------------------------------------ later: is it about that?


def was_answered_lately(turn: Turn) -> bool:
    """An operator wrote within a day, or waits for the resident, and we have not asked yet whether they go on about that."""
    return turn.incoming.kind in SAID and turn.spoken is not None and turn.data.get("asked_about") != turn.spoken.key


async def offer_to_continue(turn: Turn) -> Replies:
    """Asked about once: the same ticket, or something new? The message is held back meanwhile."""
    files = turn.data.get("held_files", [])
    about = turn.spoken.key if turn.spoken else ""
    ticket_id = turn.spoken.ticket_id if turn.spoken else 0
    turn.data.update(held="", held_files=files, held_albums=[], ticket=ticket_id, asked_about=about)
    return await hold_more(turn)


async def hold_more(turn: Turn) -> Replies:
    """People write one thought in several messages: all of them are held, and the question stands."""
    data, incoming = turn.data, turn.incoming
    known_album = bool(incoming.album) and incoming.album in data["held_albums"]
    data["held"] = f"{data['held']}\n{words_of(turn)}".strip()
    data["held_files"] += [[incoming.media.kind, incoming.media.ref, incoming.media.unique]] if incoming.media else []
    data["held_albums"] += [incoming.album] if incoming.album else []
    ticket = await tickets.own_ticket(turn.unit, turn.conversation.resident.id, data["ticket"])
    turn.go("ticket.which")
    rows = ((turn.button(f"continue:{ticket.id}", "button.continue"),), (turn.button("fresh", "button.fresh"),))
    return [] if known_album else [turn.reply("status.continue", *rows, number=ticket.number)]


async def continue_ticket(turn: Turn) -> Replies:
    """Yes, what was held back belongs to the ticket."""
    ticket_id = (await own(turn)).id if turn.incoming.kind is Kind.BUTTON else turn.data.get("ticket", 0)
    words, files = turn.data.pop("held", ""), turn.data.pop("held_files", [])
    if not words and not files:
        return await stale(turn)
    return await add(turn, ticket_id, words, [Media(*file) for file in files])
