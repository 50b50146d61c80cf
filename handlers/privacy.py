"""A resident's own data: what happens with it, all of it, and the end of it."""

from __future__ import annotations

from domain.messages import Reply
from handlers import consent
from handlers.start import back_row
from handlers.turn import Replies, Turn
from services.export import export


async def explain(turn: Turn) -> Replies:
    """The whole notice. Reading it agrees to nothing."""
    known = turn.app.region.privacy
    days = known.days
    turn.data["notice"] = consent.version(turn)
    text = turn.say(
        "privacy.full",
        version=known.version,
        controller=known.controller,
        contact=known.contact,
        arrivals=days.arrivals,
        conversations=days.conversations,
        tickets=days.tickets,
    )
    return [Reply(text, ((turn.button("refuse", "button.refuse"),), back_row(turn)))]


async def refuse(turn: Turn) -> Replies:
    """What was told so far goes within a day; until the resident comes back they hear nothing."""
    return await _forget(turn, "privacy.refused")


async def stop(turn: Turn) -> Replies:
    """No more letters. Who never agreed to anything is forgotten altogether."""
    if not consent.has_agreed(turn):
        return await refuse(turn)
    turn.forget()
    await _be_silent(turn)
    return [turn.reply("privacy.stopped")]


async def show_all(turn: Turn) -> Replies:
    """Everything that we keep of them."""
    text = await export(turn.app, turn.unit, turn.conversation.resident)
    return [Reply(text, (back_row(turn),))]


async def ask_to_erase(turn: Turn) -> Replies:
    """What goes and what cannot be taken back, before it is done."""
    turn.go("privacy.erase")
    row = (turn.button("erase", "button.erase"), turn.button("cancel", "button.cancel"))
    return [turn.reply("privacy.ask_to_erase", row)]


async def erase(turn: Turn) -> Replies:
    return await _forget(turn, "privacy.erased")


async def _forget(turn: Turn, key: str) -> Replies:
    """The clock erases once this last word has gone out."""
    resident_id, now = turn.conversation.resident.id, turn.app.now()
    turn.forget()
    turn.data.pop("agreed", None)
    turn.data["notice"] = consent.LATER
    await turn.unit.privacy.disagree(resident_id, now)
    await _be_silent(turn)
    return [turn.reply(key)]


async def _be_silent(turn: Turn) -> None:
    await turn.unit.conversations.stop(turn.conversation.resident.id, turn.app.now())
    await turn.unit.conversations.reachable(turn.incoming.channel, turn.incoming.sender, False)
