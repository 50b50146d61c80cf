"""What becomes of a letter after the messenger has spoken."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import Delayed, DeliveryProblem, Refused
from domain.messages import Letter, LetterKind, Progress, Receipt, Sent
from domain.retry import Again, GiveUp, decide
from domain.ticket import Entry, EntryKind
from services.app import App
from services.cards import post_note
from store.outbox import Settled
from store.unit import Unit

Outcome = Sent | DeliveryProblem
ARRIVED = (Progress.DELIVERED, Progress.READ)
CLOSED_SINCE = timedelta(days=1)
TOLD = ("blocked", "no_whatsapp", "opted_out", "held_back", "media")  # reasons that an operator should know
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


async def receive(app: App, unit: Unit, channel: str, receipt: Receipt) -> None:
    """The messenger tells what became of a letter that it took, in any order and more than once."""
    found = await unit.receipts.letter(channel, receipt)
    if found is None:
        return
    if receipt.billable and receipt.progress in ARRIVED and await unit.receipts.bill(found.id):
        await unit.tickets.count_up(billable_counter(channel, app.local(app.now())))
    if not await unit.receipts.advance(found.id, receipt, app.now()):
        return
    if receipt.problem and await unit.receipts.take_back(found.id):
        await _failed_late(app, unit, found, receipt.problem)


async def _failed_late(app: App, unit: Unit, letter: Letter, problem: DeliveryProblem) -> None:
    """It was taken, and did not arrive. A window that was closed after all is remembered, and the letter tried again."""
    if isinstance(problem, Delayed) and problem.awaits:
        await unit.conversations.closed(letter.channel, letter.address, app.now() - CLOSED_SINCE)
        problem = Delayed(problem.reason, 0.0)
    await settle(app, unit, [Result(letter, problem)])


def billable_counter(channel: str, moment: datetime) -> str:
    """The name of the counter of messages that cost money in a month."""
    return f"{channel}:billable:{moment:%Y-%m}"


def _settled(app: App, result: Result, chance: Callable[[], float]) -> Settled:
    letter, outcome, now = result.letter, result.outcome, app.now()
    if isinstance(outcome, Sent):
        state = "waiting" if outcome.announced else "sent"
        return Settled(letter.id, state, letter.attempts + 1, letter.uncertain, now, external_id=outcome.external_id)
    if isinstance(outcome, Delayed) and outcome.awaits:
        return Settled(letter.id, "waiting", letter.attempts, letter.uncertain, now, reason=outcome.reason)
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
    if settled.state != "waiting":
        await unit.tickets.write(Entry(ticket.id, EntryKind.EVENT, f"undelivered:{settled.reason}", app.now()))
    reason = app.say(f"undelivered.{settled.reason if settled.reason in TOLD else settled.state}")
    await post_note(app, unit, ticket, app.say("note.undelivered", number=ticket.number, reason=reason))
