"""People who act at the fake WhatsApp. Every act returns the webhook body that tells of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from tests.doubles.telegram_world import picture
from tests.doubles.whatsapp_fake import WaMessage, WhatsAppFake, change

Json = dict[str, Any]


@dataclass
class Person:
    """One account. `number` ("6281…") or `bsuid` ("ID.…") may be hidden; at least one of them is known."""

    fake: WhatsAppFake
    number: str = ""
    bsuid: str = ""
    name: str = "Siti"

    @property
    def address(self) -> str:
        """Where we write to."""
        return self.number or self.bsuid

    def sees(self) -> list[WaMessage]:
        return [one for one in self.fake.shown if one.address in (self.number, self.bsuid)]

    # Acts

    def says(self, text: str, to: WaMessage | None = None) -> Json:
        return self.sends("text", {"body": text}, to)

    def taps(self, message: WaMessage, data: str) -> Json:
        """A reply button, a row of a list, or the button of a template."""
        label = next((label for row in message.buttons for label, known in row if known == data), "?")
        if message.template:
            return self.sends("button", {"payload": data, "text": label}, message)
        kind = "list_reply" if "sections" in message.sent.get("interactive", {}).get("action", {}) else "button_reply"
        return self.sends("interactive", {"type": kind, kind: {"id": data, "title": label[:20]}}, message)

    def sends_photo(self, caption: str = "", to: WaMessage | None = None, data: bytes | None = None) -> Json:
        data = data if data is not None else picture(len(self.fake.media))
        media_id = self.fake.store(data, "image/jpeg")
        about = {"id": media_id, "mime_type": "image/jpeg", "sha256": hashlib.sha256(data).hexdigest()}
        return self.sends("image", about | ({"caption": caption} if caption else {}), to)

    def sends_voice(self, data: bytes = b"OggS") -> Json:
        about = {"id": self.fake.store(data, "audio/ogg"), "mime_type": "audio/ogg; codecs=opus", "voice": True, "sha256": "x"}
        return self.sends("audio", about)

    def sends_place(self, lat: float, lon: float) -> Json:
        return self.sends("location", {"latitude": lat, "longitude": lon})

    def reacts(self, message: WaMessage, emoji: str) -> Json:
        return self.sends("reaction", {"message_id": message.wamid, "emoji": emoji})

    def sends(self, kind: str, content: Any, to: WaMessage | None = None) -> Json:
        """Any type of message; unknown ones pass, as a newer version would send them."""
        return self.fake.emit(self.change(self.message(kind, content, to)))

    # Bodies

    def message(self, kind: str, content: Any, to: WaMessage | None = None, **more: Any) -> Json:
        stamp = str(int(self.fake.clock().timestamp()))
        message: Json = {"id": self.fake.next_wamid(), "timestamp": stamp, "type": kind, kind: content, **more}
        if self.number:
            message["from"] = self.number
        if self.bsuid:
            message["from_user_id"] = self.bsuid
        if to is not None:
            message["context"] = {"from": "62351895008", "id": to.wamid}
        return message

    def change(self, *messages: Json) -> Json:
        contact: Json = {"profile": {"name": self.name}}
        contact |= {"wa_id": self.number} if self.number else {}
        contact |= {"user_id": self.bsuid} if self.bsuid else {}
        return change(contacts=[contact], messages=list(messages))
