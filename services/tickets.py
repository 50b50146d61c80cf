"""What people do to tickets: residents, and operators at a desk. Moves themselves are made in `services/moves.py`."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from domain.errors import Invalid, NotAllowed, NotFound, WrongMoment
from domain.files import Side
from domain.masking import masked
from domain.messages import Media
from domain.people import Operator
from domain.permission import permit
from domain.ticket import ALARMING_REFUSALS, Entry, EntryKind, Follower, Move, NewTicket, State, Ticket, number
from services import abuse, files, privacy
from services.app import App
from services.cards import move_card, post_card, post_note, refresh_card
from services.completeness import still_missing
from services.moves import audit, by_operator, by_resident, move, tell, tell_followers
from services.promises import ANSWER, FIRST, begun, due, put_off
from store.unit import Unit

ALIASES = 1000, 9999  # numbers under which desks know the residents of tickets


# ------------------------------------------------------------------ residents


async def open_ticket(app: App, unit: Unit, said: NewTicket, reporter: str = "") -> Ticket:
    """A new ticket with its number and its promises, on its agency's desk. `reporter`: their name there; only the vault keeps it.

    Raises WrongMoment after too many in a day.
    """
    await abuse.may_file(app, unit, said)
    new = privacy.hidden_in(said)
    now, lowest = app.now(), ALIASES[0]
    year = app.local(now).year
    counter = await unit.tickets.count_up(f"ticket:{year}")
    alias = lowest + secrets.randbelow(ALIASES[1] - lowest + 1)
    ticket = await unit.tickets.add(new, number(app.region.code, year, counter), alias, due(app, new, ANSWER, now), now)
    await unit.promises.keep(list(begun(app, ticket, *FIRST).values()))
    actor = by_resident(ticket.resident_id)
    await unit.tickets.write(Entry(ticket.id, EntryKind.RESIDENT, new.text, now, actor, new.media, ticket.version))
    await privacy.keep_secrets(app, unit, ticket, said, reporter)
    await audit(app, unit, actor, "opened", ticket, after=ticket.state.value)
    await files.want(app, unit, ticket, new.media)
    await post_card(app, unit, ticket, new.media)
    return ticket


async def add_from_resident(app: App, unit: Unit, ticket: Ticket, text: str, media: Sequence[Media] = ()) -> Ticket:
    """The resident says more: it returns to the card's thread, and a held ticket goes on.

    A closed ticket stays closed, but nothing is lost.
    """
    actor, text = by_resident(ticket.resident_id), await privacy.hide(app, unit, ticket, text)
    await unit.tickets.write(Entry(ticket.id, EntryKind.RESIDENT, text, app.now(), actor, tuple(media), ticket.version))
    words = app.say("note.resident", number=ticket.number, text=text or app.say("note.file_only"))
    await files.want(app, unit, ticket, media)
    await post_note(app, unit, ticket, words, media)
    missing = " ".join(still_missing(app, ticket, text, media))
    if ticket.state is State.HELD:
        return await move(app, unit, actor, ticket, Move.COMPLETE, missing=missing)
    return await _less_missing(app, unit, ticket, missing) if missing != " ".join(ticket.missing) else ticket


async def _less_missing(app: App, unit: Unit, ticket: Ticket, missing: str) -> Ticket:
    changed = await unit.tickets.change(ticket, app.now(), missing=missing)
    await refresh_card(app, unit, changed)
    return changed


async def confirm(app: App, unit: Unit, ticket: Ticket) -> Ticket:
    """The resident says that it is fixed."""
    done = await move(app, unit, by_resident(ticket.resident_id), ticket, Move.CONFIRM)
    await post_note(app, unit, done, app.say("note.confirmed", number=ticket.number))
    await tell_followers(app, unit, done, "follower.confirmed")
    return done


async def reopen(app: App, unit: Unit, ticket: Ticket, *, partly: bool = False) -> Ticket:
    """The resident says that it is not done after all, or only in part."""
    detail = {"how": "partly" if partly else "not"}
    opened = await move(app, unit, by_resident(ticket.resident_id), ticket, Move.REOPEN, detail, rating=0)
    await post_note(app, unit, opened, app.say("note.reopened", number=ticket.number))
    await tell_followers(app, unit, opened, "follower.reopened")
    return opened


async def rate(app: App, unit: Unit, ticket: Ticket, rating: int) -> Ticket:
    """1 (bad) to 4 (very good), once the resident said that it is done; the last word counts. Raises Invalid or WrongMoment."""
    if rating not in range(1, 5):
        raise Invalid("error.bad_rating")
    if ticket.state is not State.CONFIRMED:
        raise WrongMoment("error.rate_when_done")
    if rating == ticket.rating:
        return ticket
    rated = await unit.tickets.change(ticket, app.now(), rating=rating)
    await audit(app, unit, by_resident(ticket.resident_id), "rated", ticket, rating=str(rating))
    await post_note(app, unit, rated, app.say("note.rated", number=ticket.number, rating=app.say(f"rating.{rating}")))
    return rated


async def follow(app: App, unit: Unit, ticket: Ticket, follower: Follower) -> Ticket:
    """The same thing concerns somebody else: they hear of every change, and the desk sees how many they are."""
    if follower.resident_id == ticket.resident_id or not await unit.tickets.follow(ticket, follower, app.now()):
        return ticket
    followed = await unit.tickets.change(ticket, app.now(), followers=ticket.followers + 1)
    await audit(app, unit, by_resident(follower.resident_id), "followed", ticket)
    await refresh_card(app, unit, followed)
    return followed


async def unfollow(app: App, unit: Unit, ticket: Ticket, resident_id: int) -> None:
    """They hear of it no more. Raises NotFound for whom does not follow it."""
    if not await unit.tickets.unfollow(ticket.id, resident_id):
        raise NotFound("error.no_ticket")
    left = await unit.tickets.change(ticket, app.now(), followers=max(0, ticket.followers - 1))
    await audit(app, unit, by_resident(resident_id), "unfollowed", ticket)
    await refresh_card(app, unit, left)


async def owns(unit: Unit, resident_id: int, ticket: Ticket) -> bool:
    """Whether it is theirs, opened here or claimed with its PIN."""
    return resident_id in (ticket.resident_id, *[holder.resident_id for holder in await unit.holders.of(ticket.id)])


async def follows(unit: Unit, resident_id: int, ticket: Ticket) -> bool:
    return ticket.followers > 0 and resident_id in [one.resident_id for one in await unit.tickets.followers(ticket.id)]


async def own_ticket(unit: Unit, resident_id: int, ticket_id: int) -> Ticket:
    """The resident's ticket. Raises NotFound: "not yours" and "does not exist" read alike."""
    ticket = await unit.tickets.get(ticket_id)
    if ticket is None or not await owns(unit, resident_id, ticket):
        raise NotFound("error.no_ticket")
    return ticket


# ------------------------------------------------------------------ operators


async def verify(app: App, unit: Unit, operator: Operator, ticket: Ticket) -> Ticket:
    """Somebody looks where it belongs."""
    return await move(app, unit, by_operator(operator.id), ticket, Move.VERIFY, operator_id=operator.id)


async def take(app: App, unit: Unit, operator: Operator, ticket: Ticket) -> Ticket:
    """The operator works on it; the resident hears so."""
    taken = await move(app, unit, by_operator(operator.id), ticket, Move.TAKE, operator_id=operator.id)
    await tell(app, unit, taken, "letter.taken")
    return taken


async def reply(
    app: App, unit: Unit, operator: Operator, ticket: Ticket, text: str, media: Sequence[Media] = (), seen: int | None = None
) -> Ticket:
    """The operator's words go to the resident. `seen`: the version that the operator knew, None where that is not known.

    Raises Invalid for an empty answer, WrongMoment when a colleague did something since.
    """
    if not text and not media:
        raise Invalid("error.empty_answer")
    if seen is not None:
        await _nothing_new(app, unit, operator, ticket, seen)
    answered = await move(app, unit, by_operator(operator.id), ticket, Move.REPLY, operator_id=operator.id)
    entry = Entry(ticket.id, EntryKind.OPERATOR, text, app.now(), by_operator(operator.id), tuple(media), answered.version)
    await unit.tickets.write(entry)
    await files.want_from_operator(app, unit, operator, ticket, media, Side.OPERATOR)
    await tell(app, unit, answered, "letter.answer", text=text)
    for file in [one for one in media if one.passes_as_it_is]:
        await tell(app, unit, answered, "letter.file", media=file)
    return answered


async def _nothing_new(app: App, unit: Unit, operator: Operator, ticket: Ticket, seen: int) -> None:
    """Raises WrongMoment with what colleagues did since the operator looked."""
    theirs = [entry for entry in await unit.tickets.since(ticket.id, seen) if entry.author != by_operator(operator.id)]
    done = [entry for entry in theirs if entry.author.startswith("operator:") and entry.kind is not EntryKind.NOTE]
    if done:
        raise WrongMoment("error.changed_since", number=ticket.number, changes=changes(app, done))


def changes(app: App, entries: Sequence[Entry]) -> str:
    """What happened, a line each, for operators."""
    return "\n".join(f"• {app.day_and_hour(entry.created_at)} {_change(app, entry)}" for entry in entries)


def _change(app: App, entry: Entry) -> str:
    return app.say(f"event.{entry.text}") if entry.kind is EntryKind.EVENT else app.say(f"event.{entry.kind}", text=entry.text)


async def close(app: App, unit: Unit, operator: Operator, ticket: Ticket, reason: str) -> Ticket:
    """The agency is done, for a reason of the region's list; the resident is asked whether it is.

    Raises Invalid, and WrongMoment for evidence that closed another ticket."""
    _known(reason, app.region.reasons.closing)
    if ticket.outcome:
        raise WrongMoment("error.move_selesai")
    await files.check_evidence(unit, ticket)
    closed = await move(app, unit, by_operator(operator.id), ticket, Move.CLOSE, {"reason": reason}, outcome=reason)
    await tell(app, unit, closed, "letter.closed")
    return closed


async def archive(app: App, unit: Unit, operator: Operator, ticket: Ticket, reason: str) -> Ticket:
    """It is not worked on, for a reason of the region's list that the resident is told. Raises Invalid."""
    _permitted(app, operator, ticket, Move.ARCHIVE)
    _known(reason, app.region.reasons.archive)
    kept = await move(app, unit, by_operator(operator.id), ticket, Move.ARCHIVE, {"reason": reason}, outcome=reason)
    await tell(app, unit, kept, "letter.archived", reason=app.region.reasons.archive[reason].told)
    await abuse.count_prank(app, unit, kept)
    return kept


def _permitted(app: App, operator: Operator, ticket: Ticket, what: Move) -> None:
    permit(operator.role_at(ticket.agency, app.region.coordinator), operator.id, ticket, what)


def _known(reason: str, reasons: object) -> None:
    if not isinstance(reasons, dict) or reason not in reasons:
        raise Invalid("error.no_such_reason")


async def reassign(app: App, unit: Unit, operator: Operator, ticket: Ticket, agency: str) -> Ticket:
    """The ticket goes to another agency. Raises Invalid when it is there already or the agency is none of ours."""
    _permitted(app, operator, ticket, Move.REASSIGN)
    known = app.region.agencies.get(agency)
    if known is None or not known.ours or agency == ticket.agency:
        raise Invalid("error.no_such_agency")
    detail, values = {"from": ticket.agency, "to": agency}, {"agency_id": agency, "operator_id": None, "routed_by": "operator"}
    moved = await move(app, unit, by_operator(operator.id), ticket, Move.REASSIGN, detail, **values)
    await unit.tickets.correct(ticket, masked(ticket.text), agency, app.now())
    await move_card(app, unit, moved, ticket.agency, await files.to_show(unit, ticket))
    await tell(app, unit, moved, "letter.reassigned")
    return moved


async def refuse(app: App, unit: Unit, operator: Operator, ticket: Ticket, reason: str) -> Ticket:
    """Not this agency's: back to the coordinator, with the reason. The second refusal raises an alarm. Raises Invalid."""
    _permitted(app, operator, ticket, Move.REFUSE)
    if not reason.strip():
        raise Invalid("error.no_reason")
    coordinator, refusals = app.region.coordinator, ticket.refusals + 1
    detail = {"from": ticket.agency, "to": coordinator, "words": reason}
    values = {"agency_id": coordinator, "operator_id": None, "refusals": refusals, "routed_by": "refused"}
    refused = await move(app, unit, by_operator(operator.id), ticket, Move.REFUSE, detail, **values)
    await move_card(app, unit, refused, ticket.agency, await files.to_show(unit, ticket))
    key = "note.refused_again" if refusals >= ALARMING_REFUSALS else "note.refused"
    agency = app.region.agencies[ticket.agency].short
    await post_note(app, unit, refused, app.say(key, number=ticket.number, agency=agency, reason=reason, times=refusals))
    return refused


async def hold(app: App, unit: Unit, operator: Operator, ticket: Ticket, question: str) -> Ticket:
    """The resident is asked to complete it; until they do our clocks stand still. Raises Invalid."""
    if not question.strip():
        raise Invalid("error.no_reason")
    held = await move(app, unit, by_operator(operator.id), ticket, Move.HOLD, {"words": question}, operator_id=operator.id)
    await tell(app, unit, held, "letter.held", text=question)
    return held


async def redirect(app: App, unit: Unit, operator: Operator, ticket: Ticket, destination: str) -> Ticket:
    """Not the regency's: the resident is told where to go. Raises Invalid."""
    _permitted(app, operator, ticket, Move.REDIRECT)
    if not destination.strip():
        raise Invalid("error.no_destination")
    values = {"outcome": Move.REDIRECT.value}
    gone = await move(app, unit, by_operator(operator.id), ticket, Move.REDIRECT, {"words": destination}, **values)
    await tell(app, unit, gone, "letter.not_ours", text=destination)
    return gone


async def look_in_the_field(app: App, unit: Unit, operator: Operator, ticket: Ticket) -> Ticket:
    """Somebody must go and look: the longer promise counts from the beginning, and the resident is told the new day."""
    if ticket.field_check or ticket.due_at is None:
        raise WrongMoment("error.no_field_check")
    looked = replace(ticket, field_check=True)
    promise = (await unit.promises.of(ticket.id))[ANSWER]
    longer = put_off(app, promise, due(app, looked, ANSWER, promise.begun_at))
    changed = await unit.tickets.change(ticket, app.now(), field_check=True, due_at=longer.due_at)
    await unit.promises.keep([longer])
    await audit(app, unit, by_operator(operator.id), "field_check", ticket)
    await refresh_card(app, unit, changed)
    await tell(app, unit, changed, "letter.field_check", due=app.day(longer.due_at))
    return changed


async def note(app: App, unit: Unit, operator: Operator, ticket: Ticket, text: str, media: Sequence[Media] = ()) -> None:
    """Words among operators: no resident ever sees them. Raises Invalid."""
    if not text and not media:
        raise Invalid("error.empty_answer")
    author = by_operator(operator.id)
    await unit.tickets.write(Entry(ticket.id, EntryKind.NOTE, text, app.now(), author, tuple(media), ticket.version))
    await files.want_from_operator(app, unit, operator, ticket, media, Side.NOTE)
    await audit(app, unit, author, "noted", ticket)


async def desk_ticket(app: App, unit: Unit, operator: Operator | None, ticket_id: int) -> Ticket:
    """The ticket, if the operator may touch it: their agency's, or any for the coordinator's. Raises NotAllowed."""
    ticket = await unit.tickets.get(ticket_id)
    if operator is None or ticket is None or not operator.agencies & {ticket.agency, app.region.coordinator}:
        raise NotAllowed("error.not_operator")
    return ticket
