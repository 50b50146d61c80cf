"""Life or safety now: numbers first, at once, whatever was going on; gentle words for who suffers."""

from __future__ import annotations

from collections.abc import Collection

from domain.messages import Kind, Reply
from handlers import memory, report, talk
from handlers.matching import command_of
from handlers.start import back_row
from handlers.turn import Replies, Turn
from knowledge.care import Care
from knowledge.routing.decision import DecisionKind
from knowledge.routing.ear import Distress

ANSWERS = ("words.yes", "words.skip", "words.continue", "words.fresh", "words.thanks")


def numbers_text(turn: Turn, ids: Collection[str] = ()) -> str:
    """The region's numbers (only these, if any are named), each with what it is for."""
    numbers = [number for number in turn.app.region.emergencies if not ids or number.id in ids]
    return "\n".join(f"• **{number.number}** – {number.label}" for number in numbers)


def told(turn: Turn) -> str:
    """What is said first: gentle words where somebody suffers, else the numbers."""
    care = _care(turn)
    if care is None:
        return turn.say("emergency.numbers", numbers=numbers_text(turn))
    key = "emergency.suicide" if care.id == Distress.SUICIDE else "emergency.violence"
    return turn.say(key, numbers=numbers_text(turn, care.numbers))


def _care(turn: Turn) -> Care | None:
    """Who helps, where the words tell of violence or of wanting to die; None for every other danger."""
    care = turn.app.region.care
    if turn.distress:
        return care.get(turn.distress)
    return next((one for one in care.values() if one.category and one.category == turn.decision.category), None)


def danger(turn: Turn) -> bool:
    """Words of danger. A plain "tidak ada" is an answer, whatever it sounds like without its question; a bare command is none."""
    bare_command = bool(command_of(turn.text)) and not turn.argument
    if turn.incoming.kind is not Kind.TEXT or bare_command or any(turn.said(key) for key in ANSWERS):
        return False
    return turn.decision.kind is DecisionKind.EMERGENCY or _wants_to_die(turn)


def _wants_to_die(turn: Turn) -> bool:
    """Words of suicide that the router takes for nothing else."""
    return turn.distress is Distress.SUICIDE and turn.decision.kind not in (DecisionKind.ANSWER, DecisionKind.REPORT)


def in_the_middle(turn: Turn) -> bool:
    """Words of danger that also answer a question of ours, or are said about a ticket: they must not be lost.

    Who wants to die is asked nothing else now.
    """
    asked = turn.conversation.step.partition(".")[0] in ("report", "ticket", "operator") or talk.goes_on(turn)
    return (asked or turn.quoted_ticket is not None) and turn.distress is not Distress.SUICIDE and danger(turn)


def dangerous_matter(turn: Turn) -> bool:
    """A complaint of a category in which somebody may be in danger."""
    if turn.incoming.kind is not Kind.TEXT or turn.decision.kind != "report":
        return False
    category = turn.app.region.categories.get(turn.decision.category or "")
    return category is not None and category.emergency


async def numbers(turn: Turn) -> Replies:
    """Call first; then the matter can be recorded, or passed on to a person."""
    care = _care(turn)
    if care is None:
        turn.go(emergency=turn.text, emergency_category="")
        return [Reply(told(turn), ((turn.button("emergency", "button.record"),), back_row(turn)))]
    words = turn.text[: memory.QUESTION_KEPT]
    turn.go("emergency.person", question=words, topic=care.topic, emergency=turn.text, emergency_category=care.category)
    record = ((turn.button("emergency", "button.record"),),) if care.category else ()
    rows = ((turn.button("pass:yes", "button.person_now"),), *record, (turn.button("menu", "button.menu"),))
    return [Reply(f"{told(turn)}\n\n{turn.say('emergency.offer', agency=_helper(turn, care))}", rows)]


def _helper(turn: Turn, care: Care) -> str:
    """The office that a person answers from."""
    known, region = turn.app.knowledge.topics.get(care.topic), turn.app.region
    agency = region.agencies[known.agency if known else region.coordinator]
    return agency.name if agency.ours else region.agencies[region.coordinator].name


async def stay(turn: Turn) -> Replies:
    """No person now: the way stays open."""
    turn.go()
    return [turn.reply("emergency.stay", (turn.button("pass:yes", "button.person_now"),), (turn.button("menu", "button.menu"),))]


async def record(turn: Turn) -> Replies:
    """The emergency becomes a report, with what was said already."""
    words = turn.data.pop("emergency", "")
    return report.start_with(turn, text=words, category=turn.data.pop("emergency_category", ""))
