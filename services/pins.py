"""A ticket opened from another account with its number and PIN; guesses of numbers and PINs are slowed."""

from __future__ import annotations

from datetime import timedelta
from typing import NoReturn

from domain.errors import NotFound, WrongMoment
from domain.pin import kept, must_wait, new_pin, one_more, opens
from domain.ticket import Follower, Ticket
from services.app import App
from services.moves import audit, by_resident, tell_owner
from store.unit import Unit

FREE_PINS = 5  # wrong tries of an account before it must wait
FREE_NUMBERS = 10
FREE_AT_TICKET = 20  # wrong PINs at one ticket, whoever tries
MINUTE = timedelta(minutes=1)


async def give_pin(app: App, unit: Unit, ticket: Ticket) -> str:
    """A new PIN for a ticket; one that was given before opens nothing any more."""
    pin = new_pin()
    await unit.holders.set_pin(ticket.id, kept(pin), app.now())
    await audit(app, unit, by_resident(ticket.resident_id), "pin_given", ticket)
    return pin


async def claim(app: App, unit: Unit, who: Follower, number: str, pin: str, *, trial: bool) -> Ticket:
    """The ticket becomes this account's, too; the PIN is used up and the other accounts are told.

    Raises NotFound where the number or the PIN is wrong (which of them is not said), WrongMoment after too many wrong tries.
    """
    guesser = f"pin:resident:{who.resident_id}"
    await _no_wait(app, unit, guesser)
    ticket = await unit.tickets.by_number(number)
    if not await _fits(app, unit, ticket, pin) or ticket is None or ticket.trial != trial:
        await _wrong(app, unit, guesser, FREE_PINS)
        if ticket is not None:
            await _wrong(app, unit, _at(ticket), FREE_AT_TICKET)
        raise NotFound("error.no_claim")
    await unit.holders.drop_pin(ticket.id)
    await tell_owner(app, unit, ticket, "letter.claimed")
    await unit.holders.add(ticket.id, who, app.now())
    await audit(app, unit, by_resident(who.resident_id), "claimed", ticket)
    return ticket


async def _fits(app: App, unit: Unit, ticket: Ticket | None, pin: str) -> bool:
    """Compares always, so that a ticket that does not exist takes as long as a wrong PIN."""
    known = await unit.holders.pin(ticket.id) if ticket else None
    fits = opens(pin, known)
    return fits and ticket is not None and not must_wait(await unit.holders.tries(_at(ticket)), app.now())


def _at(ticket: Ticket) -> str:
    return f"pin:ticket:{ticket.id}"


async def release(app: App, unit: Unit, ticket: Ticket) -> None:
    """Only the account that opened the ticket keeps it."""
    await unit.holders.remove_all(ticket.id)
    await audit(app, unit, by_resident(ticket.resident_id), "released", ticket)


async def wrong_number(app: App, unit: Unit, resident_id: int) -> NoReturn:
    """A number that is not theirs. Raises NotFound, and WrongMoment for whom must wait: nothing is looked up meanwhile."""
    guesser = f"number:resident:{resident_id}"
    await _no_wait(app, unit, guesser)
    await _wrong(app, unit, guesser, FREE_NUMBERS)
    raise NotFound("error.no_ticket")


async def _no_wait(app: App, unit: Unit, guesser: str) -> None:
    tries = await unit.holders.tries(guesser)
    if tries and must_wait(tries, app.now()):
        raise WrongMoment("error.too_many_tries", at=f"{app.local(tries.wait_until + MINUTE):%H.%M}")


async def _wrong(app: App, unit: Unit, guesser: str, free: int) -> None:
    await unit.holders.keep_tries(guesser, one_more(await unit.holders.tries(guesser), app.now(), free))
