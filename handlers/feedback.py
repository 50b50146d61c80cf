"""Thumbs below an answer."""

from __future__ import annotations

from domain.feedback import Given, Miss, Vote
from handlers import memory
from handlers.turn import Replies, Turn


async def vote(turn: Turn) -> Replies:
    """`vote:<up|down>:<answer>`: one vote an answer, and the last one counts."""
    side, _, name = turn.argument.partition(":")
    kept = memory.given_answer(turn, name)
    if kept is None or side not in tuple(Vote):
        turn.toast = turn.say("start.stale_toast")
        return []
    turn.toast = turn.say("feedback.thanks")
    turn.data["voted"] = [*turn.data.get("voted", []), name][-memory.LEARNED_KEPT :]
    before, kept["vote"] = kept.get("vote"), side
    given = Given(**{key: value for key, value in kept.items() if key != "vote"})
    await turn.unit.feedback.vote(given, Vote(side), turn.app.now())
    return await _what_is_missing(turn, given) if side == Vote.DOWN != before else []


async def _what_is_missing(turn: Turn, given: Given) -> Replies:
    """What the resident needs instead: a person, another topic, or the menu."""
    await memory.miss(turn, Miss.DISLIKED, given.words, given.topic)
    turn.data.update(topic=given.topic, shown=[given.topic])  # an open question of ours stays open
    if not memory.is_last(turn, given.answer):
        turn.data["question"] = given.words
    ways = (turn.button("none", "button.other_topic"), turn.button("menu", "button.menu"))
    return [turn.reply("feedback.what_is_missing", (turn.button("pass:yes", "button.pass_on"),), ways)]
