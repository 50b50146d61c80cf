"""What the agency must know and the resident did not tell: at most two questions, one at a time, each can be skipped."""

from __future__ import annotations

from domain.messages import Reply
from domain.text import one_line
from handlers.draft import Draft, cancel_of, open_needs, press_of
from handlers.turn import Turn
from knowledge.needs import Need

MOST_ASKED = 2
LONGEST_ANSWER = 500


def open_need(turn: Turn, draft: Draft) -> Need | None:
    """The next thing to ask for; None once the summary was due, or enough was asked."""
    if "needs" in draft["done"]:
        return None
    asked = draft.setdefault("asked", [])
    left = [need for need in open_needs(turn, draft) if need.is_asked_apart and need.id not in asked]
    if left and len(asked) < MOST_ASKED:
        return left[0]
    draft["done"].append("needs")
    return None


def ask(turn: Turn, draft: Draft, need: Need) -> Reply:
    draft["need"] = need.id
    turn.go("report.need", draft=draft)
    skip = press_of(draft, f"skip_need:{need.id}", turn.say("button.skip"))
    return Reply(need.question(turn.language), ((skip, cancel_of(turn)),))


def keep_answer(turn: Turn, draft: Draft) -> None:
    """The resident's words for what was asked; "tidak tahu" leaves it untold."""
    need = draft.get("need", "")
    if not turn.said("words.skip"):
        draft["answers"] = {**draft.get("answers", {}), need: one_line(turn.text, LONGEST_ANSWER)}
    skip(draft, need)


def skip(draft: Draft, need: str) -> None:
    """It is not asked for again; a button of an earlier question changes nothing."""
    if need and need == draft.get("need"):
        draft["asked"] = [*draft.get("asked", []), need]
        draft["need"] = ""


def forget(draft: Draft) -> None:
    """The story is told anew, and so is the rest."""
    draft |= {"answers": {}, "asked": [], "need": ""}
    draft["done"] = [name for name in draft["done"] if name != "needs"]
