"""A complaint, taken in guided steps: what, where, photo, confirm. Any step can be changed or dropped at any time."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace

from domain.messages import Location, Reply
from handlers import filing, needs
from handlers.draft import Draft, cancel_of, draft_of, press_of
from handlers.start import back_row
from handlers.turn import Replies, Turn
from knowledge.region import Village

MOST_FILES = 10


# ------------------------------------------------------------------ beginning


async def begin(turn: Turn) -> Replies:
    """From the menu, or from a proposed category."""
    category = turn.argument if turn.argument in turn.app.region.categories else ""
    return start_with(turn, text=turn.data.pop("question", "") if category else "", category=category)


async def begin_with_words(turn: Turn) -> Replies:
    """The first sentence already is the complaint: say what we make of it, then ask for what is missing."""
    first, *rest = start_with(turn, text=turn.text)
    return [replace(first, text=f"{turn.say('report.begun')}\n\n{first.text}"), *rest]


async def begin_with_file(turn: Turn) -> Replies:
    """A photo without a report: what is it about?"""
    draft = _new_draft(turn)
    _keep_file(draft, turn)
    _keep_words(turn, draft, turn.text)
    return _next(turn, draft)


async def begin_with_place(turn: Turn) -> Replies:
    """A pin without a report: what is there?"""
    return await _pin(turn, _new_draft(turn), turn.incoming.location)


def start_with(turn: Turn, text: str = "", category: str = "") -> Replies:
    """Begin with what was said already."""
    draft = _new_draft(turn)
    if category:
        _set_category(turn, draft, category)
    _keep_words(turn, draft, text)
    return _next(turn, draft)


def _new_draft(turn: Turn) -> Draft:
    """`id` ties buttons to this draft; `place` has words, village (code), lat, lon. Files that were held back belong to it."""
    files = turn.data.pop("held_files", [])
    turn.data.pop("failures", None)
    return {"id": secrets.token_hex(3), "category": "", "text": "", "place": {}, "files": files, "done": []}


# ------------------------------------------------------------------ which step comes next


def _next(turn: Turn, draft: Draft, *before: Reply) -> Replies:
    """Ask for the first thing that is missing."""
    steps = (
        (not draft["text"], _ask_what),
        (not draft["place"], _ask_where),
        (_village_open(turn, draft), _ask_village),
        ("photo" not in draft["done"], _ask_photo),
    )
    ask = next((question for missing, question in steps if missing), None)
    if ask:
        return [*before, ask(turn, draft)]
    need = needs.open_need(turn, draft)
    return [*before, needs.ask(turn, draft, need) if need else filing.ask_confirm(turn, draft)]


def ask_again(turn: Turn) -> Replies:
    """The open question once more."""
    draft = draft_of(turn)
    return _next(turn, draft) if draft else []


def _village_open(turn: Turn, draft: Draft) -> bool:
    """Words without a village that we know: asked once, then let be."""
    place = draft["place"]
    return not place.get("village") and "lat" not in place and "village" not in draft["done"]


def _ask_what(turn: Turn, draft: Draft) -> Reply:
    turn.go("report.what", draft=draft)
    return turn.reply("report.what_with_file" if draft["files"] else "report.what", (cancel_of(turn),))


def _ask_where(turn: Turn, draft: Draft) -> Reply:
    turn.go("report.where", draft=draft)
    return Reply(turn.say("report.where"), ((cancel_of(turn),),), ask_location=turn.say("button.send_location"))


def _ask_village(turn: Turn, draft: Draft) -> Reply:
    """Several villages of one name: which? None known: name it, or leave it."""
    turn.go("report.village", draft=draft)
    known = {village.code: village for village in turn.app.region.villages}
    choices = [known[code] for code in draft.get("choices", []) if code in known]
    rows = tuple((press_of(draft, f"village:{village.code}", turn.app.region.full_name(village)),) for village in choices)
    skip = press_of(draft, "skip_village", turn.say("button.skip"))
    return turn.reply("report.which_village" if choices else "report.village", *rows, (skip, cancel_of(turn)))


def _ask_photo(turn: Turn, draft: Draft) -> Reply:
    turn.go("report.photo", draft=draft)
    label = turn.say("button.go_on" if draft["files"] else "button.without_photo")
    key = "report.more_photos" if draft["files"] else "report.photo"
    return turn.reply(key, (press_of(draft, "photo_done", label),), (cancel_of(turn),), count=len(draft["files"]))


# ------------------------------------------------------------------ answers to the steps


async def what(turn: Turn) -> Replies:
    draft = turn.data["draft"]
    _keep_file(draft, turn)
    if turn.incoming.location:
        return await _pin(turn, draft, turn.incoming.location)
    if not turn.text and turn.incoming.media:
        return [] if _same_album(draft, turn) else _next(turn, draft)
    _keep_words(turn, draft, turn.text)
    return _next(turn, draft)


async def where(turn: Turn) -> Replies:
    draft = turn.data["draft"]
    if turn.incoming.location:
        return await _pin(turn, draft, turn.incoming.location)
    _keep_file(draft, turn)
    if turn.text:
        _keep_place(turn, draft, turn.text)
    return [] if _same_album(draft, turn) and not turn.text else _next(turn, draft)


async def village_by_name(turn: Turn) -> Replies:
    """A village typed; one that we do not know stays in the words, and is not asked for again."""
    draft = turn.data["draft"]
    if turn.incoming.location:
        return await _pin(turn, draft, turn.incoming.location)
    _keep_file(draft, turn)
    if turn.text:
        _narrow(turn, draft)
    return [] if _same_album(draft, turn) and not turn.text else _next(turn, draft)


def _narrow(turn: Turn, draft: Draft) -> None:
    """What the typed words tell about the village; "tidak tahu" leaves it open."""
    narrowed = [] if turn.said("words.skip") else _narrowed(turn, draft)
    if len(narrowed) != 1 and not turn.said("words.skip"):
        draft["place"]["words"] = f"{draft['place'].get('words', '')}, {turn.text}".strip(", ")
    if narrowed:
        _set_villages(draft, narrowed)
    else:
        _skip_village(turn, draft, "")


def _narrowed(turn: Turn, draft: Draft) -> list[Village]:
    """The villages that the typed words leave: a district picks among those offered, a name stands for itself."""
    region = turn.app.region
    offered = [village for village in region.villages if village.code in draft.get("choices", [])]
    said = turn.text.lower()
    return [village for village in offered if village.district.lower() in said] or list(region.villages_in(turn.text))


async def photo(turn: Turn) -> Replies:
    """Photos and files; words here add to the story."""
    draft = turn.data["draft"]
    _keep_file(draft, turn)
    if turn.incoming.location:
        return await _pin(turn, draft, turn.incoming.location)
    if turn.said("words.skip"):
        _photo_done(turn, draft, "")
        return _next(turn, draft)
    _add_words(draft, turn.text)
    turn.go("report.photo", draft=draft)
    return [] if _same_album(draft, turn) else [_ask_photo(turn, draft)]


async def need(turn: Turn) -> Replies:
    """What was asked for the agency's sake; a photo may tell it, too."""
    draft = turn.data["draft"]
    _keep_file(draft, turn)
    if turn.incoming.location:
        return await _pin(turn, draft, turn.incoming.location)
    if turn.text:
        needs.keep_answer(turn, draft)
    return [] if _same_album(draft, turn) and not turn.text else _next(turn, draft)


async def confirm_by_words(turn: Turn) -> Replies:
    """ "Ya" sends it, "tidak" asks what to change; a file or words are added, and the summary is shown again."""
    draft = turn.data["draft"]
    if turn.said("words.yes"):
        return await filing.send(turn, draft)
    if turn.said("words.skip"):
        return [turn.reply("report.what_to_change", *filing.confirm_rows(turn, draft))]
    _keep_file(draft, turn)
    if turn.incoming.location:
        return await _pin(turn, draft, turn.incoming.location)
    _add_words(draft, turn.text)
    return [] if _same_album(draft, turn) else _next(turn, draft)


async def same_by_words(turn: Turn) -> Replies:
    """Is it the same as a report that was shown?"""
    return await filing.same_by_words(turn, turn.data["draft"])


async def edited(turn: Turn) -> Replies:
    """An earlier message was changed: the draft follows if it is the story; anything else is only kept."""
    draft = draft_of(turn)
    if draft is None or draft.get("message") != turn.incoming.message_id or not turn.text:
        return []
    draft["text"] = turn.text + draft["text"].removeprefix(draft["story"])
    draft["story"] = turn.text
    return _next(turn, draft, turn.reply("report.edited"))


async def press(turn: Turn) -> Replies:
    """A button of a draft. One of another draft, or of one that was sent, is stale."""
    draft_id, _, action = turn.argument.partition(":")
    draft = draft_of(turn)
    name, _, value = action.partition(":")
    if draft is None or draft["id"] != draft_id or name not in {*PRESSES, *ENDS}:
        return _stale(turn, draft_id)
    if name in ENDS:
        step, end = ENDS[name]
        return await end(turn, draft, value) if turn.conversation.step == step else _stale(turn, draft_id)
    PRESSES[name](turn, draft, value)
    return [_ask_category(turn, draft)] if (name, value) == ("edit", "category") else _next(turn, draft)


def _stale(turn: Turn, draft_id: str) -> Replies:
    """A second press on "send" is answered with the number; any other old button with the open question."""
    sent = turn.data.get("sent", {})
    if sent.get("draft") == draft_id:
        turn.toast = turn.say("report.sent_toast", number=sent["number"])
        return []
    turn.toast = turn.say("start.stale_toast")
    return ask_again(turn) or [turn.reply("start.stale", back_row(turn))]


def _ask_category(turn: Turn, draft: Draft) -> Reply:
    buttons = [press_of(draft, f"category:{key}", category.label) for key, category in turn.app.region.categories.items()]
    rows = tuple(tuple(buttons[start : start + 2]) for start in range(0, len(buttons), 2))
    return turn.reply("report.category", *rows, (cancel_of(turn),))


def _set_category(_turn: Turn, draft: Draft, value: str) -> None:
    draft |= {"category": value, "chosen": True}
    _look_again(draft)


def _look_again(draft: Draft) -> None:
    """It may be the same as another report after all."""
    draft["done"] = [name for name in draft["done"] if name != "same"]


def _set_village(draft: Draft, value: str) -> None:
    draft["place"]["village"] = value
    draft["choices"] = []


def _choose_village(_turn: Turn, draft: Draft, value: str) -> None:
    """Only one of those offered: an old button may name another place."""
    if value in draft.get("choices", []):
        _set_village(draft, value)


def _skip_village(_turn: Turn, draft: Draft, _value: str) -> None:
    draft["done"].append("village")


def _photo_done(_turn: Turn, draft: Draft, _value: str) -> None:
    draft["done"].append("photo")


def _edit(_turn: Turn, draft: Draft, value: str) -> None:
    """Forget one field, so that it is asked for again."""
    _look_again(draft)
    if value == "text":
        draft["text"] = ""
        needs.forget(draft)
    elif value == "place":
        draft |= {"place": {}, "choices": []}
        draft["done"] = [name for name in draft["done"] if name != "village"]
    elif value == "files":
        draft["files"] = []
        draft["done"] = [name for name in draft["done"] if name != "photo"]


def _use_pin(_turn: Turn, draft: Draft, _value: str) -> None:
    draft["place"] = draft.pop("doubtful", draft["place"])


PRESSES: dict[str, Callable[[Turn, Draft, str], None]] = {
    "village": _choose_village,
    "skip_village": _skip_village,
    "photo_done": _photo_done,
    "edit": _edit,
    "category": _set_category,
    "use_pin": _use_pin,
    "skip_need": lambda _turn, draft, value: needs.skip(draft, value),
    "anonymous": lambda turn, draft, _value: filing.hide_name(turn, draft),
    "confidential": lambda turn, draft, _value: filing.hide_matter(turn, draft),
}


async def _send(turn: Turn, draft: Draft, _value: str) -> Replies:
    return await filing.send(turn, draft)


async def _mine(turn: Turn, draft: Draft, _value: str) -> Replies:
    return [await filing.file(turn, draft)]


# Buttons that end a report: the step at which they are good, and what they do.
ENDS: dict[str, tuple[str, Callable[[Turn, Draft, str], Awaitable[Replies]]]] = {
    "send": ("report.confirm", _send),
    "mine": ("report.same", _mine),
    "same": ("report.same", filing.join),
}


# ------------------------------------------------------------------ keeping what was said


def _keep_words(turn: Turn, draft: Draft, text: str) -> None:
    """The story; a village named in it is where it is."""
    if not text:
        return
    draft |= {"text": text, "story": text, "message": turn.incoming.message_id}
    if not draft.get("chosen"):
        draft["category"] = _guess(turn, text) or draft["category"]
    found = turn.app.region.villages_in(text)
    if found and not draft["place"]:
        draft["place"] = {"words": ""}
        _set_villages(draft, list(found))


def _guess(turn: Turn, text: str) -> str:
    """The category that the words sound most like; "" for none. The summary shows it, and it can be changed."""
    decision = turn.app.knowledge.decide(text)
    options = [option.id for option in decision.options if option.id in turn.app.region.categories]
    return decision.category or next(iter(options), "")


def _add_words(draft: Draft, text: str) -> None:
    """More of the story, said later."""
    if text:
        draft["text"] = f"{draft['text']}\n{text}"


def _keep_place(turn: Turn, draft: Draft, text: str) -> None:
    draft["place"] = {"words": text}
    _set_villages(draft, list(turn.app.region.villages_in(text)))


def _set_villages(draft: Draft, found: list[Village]) -> None:
    """One is it; several of a name are offered."""
    if len(found) == 1:
        _set_village(draft, found[0].code)
    else:
        draft["choices"] = [village.code for village in found]


def _keep_file(draft: Draft, turn: Turn) -> None:
    """Files up to a sensible number; the same file once."""
    media = turn.incoming.media
    if media and len(draft["files"]) < MOST_FILES and media.unique not in [file[2] for file in draft["files"]]:
        draft["files"].append([media.kind, media.ref, media.unique])
    if turn.incoming.album:
        draft["albums"] = [*draft.get("albums", []), turn.incoming.album]


def _same_album(draft: Draft, turn: Turn) -> bool:
    """Another picture of an album that was answered already."""
    return bool(turn.incoming.album) and draft.get("albums", []).count(turn.incoming.album) > 1


async def _pin(turn: Turn, draft: Draft, location: Location | None) -> Replies:
    """A pin inside is the place; one outside is asked about."""
    place = {**draft["place"], "lat": location.lat, "lon": location.lon} if location else {}
    if location and not turn.app.region.contains(location.lat, location.lon):
        draft["doubtful"] = place
        turn.go("report.where", draft=draft)
        use = press_of(draft, "use_pin", turn.say("button.use_pin"))
        return [turn.reply("report.outside", (use,), (cancel_of(turn),), region=turn.app.region.short_name)]
    draft["place"] = place
    return _next(turn, draft)
