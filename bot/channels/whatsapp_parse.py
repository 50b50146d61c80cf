"""A webhook of the Cloud API: every message and status in it named, and each of them read as an `Incoming`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from bot.channels.whatsapp_errors import meaning
from domain.errors import Invalid, Refused
from domain.messages import Arrival, Incoming, Kind, Location, Media, Progress, Receipt
from domain.text import clean

Json = dict[str, Any]

NAME = "whatsapp"
LONGEST_ID = 120  # characters of an id that is kept as it is; longer ones are named by their digest
LARGEST_RANK = 2**40
MEDIA = {"image": "photo", "video": "video", "audio": "audio", "document": "document"}
SILENT = {"request_welcome", "group_invite"}  # nothing that anybody would wait for an answer to
MOVES = {"user_changed_number", "customer_changed_number", "user_changed_user_id"}
PLAYED = {"played": Progress.READ}


# ------------------------------------------------------------------ naming


def name_all(body: bytes) -> list[Arrival]:
    """Every message, status and other change in a body, in its order. Raises Invalid when it is no JSON object in UTF-8."""
    try:
        content = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise Invalid("error.not_json") from None
    if not isinstance(content, dict):
        raise Invalid("error.not_json")
    return [arrival for change in _changes(content) for arrival in _named(change)]


def _changes(content: Json) -> Iterator[Json]:
    """The changes of all entries; whatever has another form is kept whole."""
    found = False
    for entry in _dicts(content.get("entry")):
        for change in _dicts(entry.get("changes")):
            found = True
            yield change
    if not found:
        yield content


def _named(change: Json) -> Iterator[Arrival]:
    value = change.get("value")
    value = value if isinstance(value, dict) else {}
    base = {"field": change.get("field"), "metadata": value.get("metadata")}
    messages, statuses = _dicts(value.get("messages")), _dicts(value.get("statuses"))
    if change.get("field") != "messages" or not (messages or statuses):
        yield _other(change)
        return
    for message in messages:
        contact = _contact_of(message, _dicts(value.get("contacts")))
        yield _message(base | {"contact": contact, "message": message})
    for status in statuses:
        yield _status(base | {"status": status})


def _message(body: Json) -> Arrival:
    message = body["message"]
    text = _dumped(body)
    external_id = _kept_id(message.get("id"), text)
    ids = identities(body)
    chat = f"{NAME}:{ids[0]}" if ids else f"{NAME}:?{external_id}"
    return Arrival(NAME, external_id, chat, _rank(message), text)


def _status(body: Json) -> Arrival:
    """The statuses of one letter keep their order, and wait for nobody else."""
    status, text = body["status"], _dumped(body)
    letter = _kept_id(status.get("id"), text)
    return Arrival(NAME, f"{letter}:{str(status.get('status'))[:16]}", f"{NAME}:receipt:{letter}", _rank(status), text)


def _other(change: Json) -> Arrival:
    text = _dumped({"other": change})
    name = _digest(text)
    return Arrival(NAME, name, f"{NAME}:other:{name}", 0, text)


def identities(body: Json) -> list[str]:
    """The ids of who wrote: the number where it is known, then the business-scoped id (BSUID). Either may be missing."""
    message, contact = body["message"], body.get("contact") or {}
    numbers = (message.get("from"), contact.get("wa_id"))
    scoped = (message.get("from_user_id"), contact.get("user_id"))
    found = [_identity(value) for value in (*numbers, *scoped)]
    return list(dict.fromkeys(value for value in found if value))


def _identity(value: object) -> str:
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_ID and value.isprintable() else ""


def _contact_of(message: Json, contacts: list[Json]) -> Json:
    """The contact that a message of a batch belongs to."""
    for contact in contacts:
        same_number = message.get("from") and message.get("from") == contact.get("wa_id")
        if same_number or (message.get("from_user_id") and message.get("from_user_id") == contact.get("user_id")):
            return contact
    only = contacts[0] if len(contacts) == 1 else {}
    return {} if message.get("from") and only.get("wa_id") else only


def _dicts(value: object) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _rank(holder: Json) -> int:
    stamp = str(holder.get("timestamp", ""))
    return int(stamp) if stamp.isascii() and stamp.isdecimal() and len(stamp) < 13 else 0


def _kept_id(value: object, text: str) -> str:
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_ID and value.isprintable() else _digest(text)


def _digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _dumped(content: Json) -> str:
    """As ASCII: whatever was in it, every database takes it."""
    return json.dumps(content, separators=(",", ":"))


# ------------------------------------------------------------------ understanding


def parse(arrival: Arrival, number_id: str) -> Incoming:
    """Raises ValueError where nobody wrote. What went to another number of the account is kept and not answered."""
    body = json.loads(arrival.body)
    if "status" in body:
        return _receipt(body["status"])
    if "other" in body:
        return Incoming(NAME, arrival.external_id, "", Kind.SILENT, receipt=None, private=False)
    ids = identities(body)
    if not ids:
        raise ValueError("a message from nobody")
    message, metadata = body["message"], body.get("metadata") or {}
    elsewhere = metadata.get("phone_number_id", number_id) != number_id or "group_id" in message
    fields = {"kind": Kind.SILENT} if elsewhere else _content(message)
    return Incoming(
        channel=NAME,
        chat=ids[0],
        sender=ids[0],
        also=tuple(ids[1:]),
        message_id=clean(str(message.get("id", ""))),
        reply_to=fields.pop("reply_to", "") or str((message.get("context") or {}).get("id", "")),
        private=not elsewhere,
        name=clean(str(((body.get("contact") or {}).get("profile") or {}).get("name", "")))[:64],
        sent_at=datetime.fromtimestamp(arrival.rank, UTC) if 0 < arrival.rank < LARGEST_RANK else None,
        **fields,
    )


def _content(message: Json) -> Json:
    """The fields of an Incoming that depend on what was sent. A type that nobody knows is answered kindly."""
    kind = str(message.get("type", ""))
    if kind in MEDIA:
        return _media(kind, message[kind])
    read = READERS.get(kind)
    return read(message) if read else {"kind": Kind.SILENT if kind in SILENT else Kind.UNSUPPORTED}


def _written(message: Json) -> Json:
    return {"kind": Kind.TEXT, "text": clean(str(message["text"]["body"]))}


def _media(kind: str, file: Json) -> Json:
    is_voice = kind == "audio" and file.get("voice")
    media = Media("voice" if is_voice else MEDIA[kind], str(file["id"]), str(file.get("sha256", "")) or str(file["id"]))
    return {"kind": Kind.PHOTO if kind == "image" else Kind.FILE, "media": media, "text": clean(str(file.get("caption") or ""))}


def _place(message: Json) -> Json:
    place = message["location"]
    return {"kind": Kind.LOCATION, "location": Location(float(place["latitude"]), float(place["longitude"]))}


def _contacts(message: Json) -> Json:
    """Names with their numbers, as if they had been written."""
    return {"kind": Kind.TEXT, "text": clean("\n".join(_person(one) for one in _dicts(message.get("contacts"))))}


def _person(contact: Json) -> str:
    name = (contact.get("name") or {}).get("formatted_name", "")
    return " ".join(str(word) for word in (name, *(phone.get("phone", "") for phone in _dicts(contact.get("phones")))))


def _reaction(message: Json) -> Json:
    reaction = message["reaction"]
    emoji = clean(str(reaction.get("emoji") or ""))
    return {
        "kind": Kind.REACTION if emoji else Kind.SILENT,
        "text": emoji[:8],
        "reply_to": str(reaction.get("message_id", "")),
    }


def _tapped(message: Json) -> Json:
    """A reply button or a row of a list; a form that nobody of us sent is not understood."""
    interactive = message["interactive"]
    tapped = interactive.get(interactive.get("type"))
    if interactive.get("type") not in ("button_reply", "list_reply") or not isinstance(tapped, dict):
        return {"kind": Kind.UNSUPPORTED}
    return {"kind": Kind.BUTTON, "button": clean(str(tapped["id"]))}


def _template_button(message: Json) -> Json:
    return {"kind": Kind.BUTTON, "button": clean(str(message["button"]["payload"]))}


def _system(message: Json) -> Json:
    """Another number or another business-scoped id of the same account, as Meta itself says."""
    system = message["system"]
    new = _identity(system.get("wa_id")) or _identity(system.get("new_wa_id")) or _identity(system.get("user_id"))
    return {"kind": Kind.MIGRATION, "text": new} if system.get("type") in MOVES and new else {"kind": Kind.SILENT}


READERS = {
    "text": _written,
    "location": _place,
    "contacts": _contacts,
    "reaction": _reaction,
    "interactive": _tapped,
    "button": _template_button,
    "system": _system,
}


def _receipt(status: Json) -> Incoming:
    """What became of a letter. A status that is none of those we know is kept and changes nothing."""
    word = str(status.get("status", ""))
    progress = PLAYED.get(word) or (Progress(word) if word in tuple(Progress) else None)
    where = _identity(status.get("recipient_id")) or _identity(status.get("recipient_user_id"))
    if progress is None:
        return Incoming(NAME, where, "", Kind.SILENT, private=False)
    errors = _dicts(status.get("errors"))
    code = errors[0].get("code") if errors else 0
    problem = (meaning(code) if isinstance(code, int) else None) or Refused("bad_request")
    receipt = Receipt(
        external_id=str(status.get("id", "")),
        progress=progress,
        letter_id=_letter_id(status.get("biz_opaque_callback_data")),
        billable=bool((status.get("pricing") or {}).get("billable")),
        problem=problem if progress is Progress.FAILED else None,
    )
    return Incoming(NAME, where, "", Kind.RECEIPT, receipt=receipt, private=False)


def _letter_id(tag: object) -> int:
    word = str(tag or "").removeprefix("letter:")
    return int(word) if word.isascii() and word.isdecimal() and len(word) < 18 else 0
