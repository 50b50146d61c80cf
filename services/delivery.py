"""What becomes of a letter after the messenger has spoken."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from domain.errors import Delayed, DeliveryProblem, Refused
from domain.messages import Letter, LetterKind, Sent
from domain.retry import Again, GiveUp, decide
from domain.ticket import Entry, EntryKind
from services.app import App
from services.cards import post_note
from store.outbox import Settled
from store.unit import Unit

Outcome = Sent | DeliveryProblem
SENDER_DIED = Delayed("sender_died", uncertain=True)


@dataclass(frozen=True, slots=True)
class Result:
    """A letter and what the messenger said to it."""

    letter: Letter
    outcome: Outcome


async def settle(app: App, unit: Unit, results: list[Result], chance: Callable[[], float] = random.random) -> None:
    """Write the outcomes of claimed letters, with all that follows from a failure."""
    settled = [_settled(app, result, chance) for result in results]
    await unit.outbox.settle(settled, app.now())
    for result, state in zip(results, settled, strict=True):
        if result.letter.reply.secret:
            await unit.outbox.blot_out(result.letter.id)
        if isinstance(result.outcome, DeliveryProblem):
            await _follow_up(app, unit, result.letter, result.outcome, state)


async def rescue(app: App, unit: Unit, channels: list[str]) -> int:
    """Take back letters whose sender died; returns how many."""
    abandoned = await unit.outbox.abandoned(channels, app.now())
    await settle(app, unit, [Result(letter, SENDER_DIED) for letter in abandoned])
    return len(abandoned)


def _settled(app: App, result: Result, chance: Callable[[], float]) -> Settled:
    letter, outcome, now = result.letter, result.outcome, app.now()
    if isinstance(outcome, Sent):
        return Settled(letter.id, "sent", letter.attempts + 1, letter.uncertain, now, external_id=outcome.external_id)
    decision = decide(letter, outcome, now, chance)
    if isinstance(decision, GiveUp):
        return Settled(letter.id, decision.end.value, letter.attempts + 1, letter.uncertain, now, reason=decision.reason)
    return _again(letter, decision, outcome)


def _again(letter: Letter, decision: Again, outcome: DeliveryProblem) -> Settled:
    attempts = letter.attempts + int(decision.counted)
    return Settled(letter.id, "due", attempts, decision.uncertain, decision.at, reason=outcome.reason)


async def _follow_up(app: App, unit: Unit, letter: Letter, problem: DeliveryProblem, settled: Settled) -> None:
    """A pause holds the whole channel; a final failure is told where the ticket is worked on."""
    if isinstance(problem, Delayed) and problem.pauses and problem.retry_after:
        now = app.now()
        await unit.outbox.pause(letter.channel, now + timedelta(seconds=problem.retry_after), now)
    if isinstance(problem, Refused) and problem.unreachable:
        await unit.conversations.reachable(letter.channel, letter.address, False)
    if settled.state != "due" and letter.kind is LetterKind.MESSAGE and letter.ticket_id:
        await _tell_desk(app, unit, letter, settled)


async def _tell_desk(app: App, unit: Unit, letter: Letter, settled: Settled) -> None:
    """The resident of a ticket may not have been reached: an event in its history and a note on its desk."""
    ticket = await unit.tickets.get(letter.ticket_id or 0)
    if ticket is None or (letter.channel, letter.address) != (ticket.channel, ticket.address):
        return
    await unit.tickets.write(Entry(ticket.id, EntryKind.EVENT, f"undelivered:{settled.reason}", app.now()))
    reason = app.say(f"undelivered.{'blocked' if settled.reason == 'blocked' else settled.state}")
    await post_note(app, unit, ticket, app.say("note.undelivered", number=ticket.number, reason=reason))
