"""People and groups that act at the fake Telegram. Every act builds, checks, sends off and returns one update."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.doubles.telegram_updates import private_chat, text_content
from tests.doubles.telegram_world import GroupState, ShownMessage, picture

if TYPE_CHECKING:
    from tests.doubles.telegram_fake import TelegramFake

Json = dict[str, Any]
Reference = ShownMessage | Json | int  # a message: of the bot, an update of ours, or its id


def id_of(reference: Reference) -> int:
    if isinstance(reference, int):
        return reference
    if isinstance(reference, ShownMessage):
        return reference.message_id
    inner = next((reference[key] for key in ("message", "edited_message") if key in reference), reference)
    return int(inner["message_id"])


@dataclass
class Voice:
    """One person in one chat (and one topic of it)."""

    fake: TelegramFake
    user: Json
    chat: Json
    thread_id: int | None = None

    @property
    def id(self) -> int:
        return int(self.user["id"])

    @property
    def chat_id(self) -> int:
        return int(self.chat["id"])

    def sees(self) -> list[ShownMessage]:
        """What the bot wrote in this chat (and topic)."""
        return [one for one in self.fake.chat(self.chat_id) if self.thread_id is None or one.thread_id == self.thread_id]

    # Messages

    def says(self, text: str, reply_to: Reference | None = None) -> Json:
        return self.sends(text_content(text), reply_to)

    def sends(self, content: Json, reply_to: Reference | None = None) -> Json:
        """Any message fields; unknown ones pass, as a newer Bot API would send them."""
        quoted = self._stored(id_of(reply_to)) if reply_to is not None else self._topic_start()
        message = self.fake.build.message(self.user, self.chat, content, reply_to=quoted, thread_id=self.thread_id)
        return self.fake.emit("message", message)

    def _topic_start(self) -> Json | None:
        """Inside a topic Telegram lets every plain message "reply" to the message that opened the topic."""
        return self.fake.world.messages.get((self.chat_id, self.thread_id)) if self.thread_id is not None else None

    def _stored(self, message_id: int) -> Json:
        found = self.fake.world.messages.get((self.chat_id, message_id))
        assert found is not None, f"no message {message_id} in chat {self.chat_id}"
        return found

    def sends_photo(self, caption: str | None = None, album: str | None = None, data: bytes | None = None, **more: Any) -> Json:
        """`album` = media_group_id: send several with the same one. `data`: the JPEG."""
        sizes = self.fake.world.photo_json(data if data is not None else picture(len(self.fake.world.files)))
        return self.sends({"photo": sizes, **_captioned(caption), **_in_album(album), **more})

    def sends_document(
        self, caption: str | None = None, *, name: str = "surat.pdf", mime: str = "application/pdf",
        data: bytes = b"%PDF-1.4\n%%EOF\n", size: int = 0,
    ) -> Json:  # fmt: skip
        """`size` pretends a larger file than `data`."""
        file_id = self.fake.world.add_file(data, "documents/file_{}", name=name, mime=mime, size=size)
        return self.sends({"document": self.fake.world.media_json("document", file_id), **_captioned(caption)})

    def sends_voice(self, data: bytes = b"OggS") -> Json:
        file_id = self.fake.world.add_file(data, "voice/file_{}.oga", mime="audio/ogg")
        return self.sends({"voice": self.fake.world.media_json("voice", file_id)})

    def sends_video(self, caption: str | None = None, data: bytes = b"\0\0\0\x18ftypmp42") -> Json:
        file_id = self.fake.world.add_file(data, "videos/file_{}.mp4", mime="video/mp4")
        return self.sends({"video": self.fake.world.media_json("video", file_id), **_captioned(caption)})

    def sends_location(self, lat: float, lon: float) -> Json:
        return self.sends({"location": {"latitude": lat, "longitude": lon}})

    def sends_contact(self, phone: str, user_id: int | None = None) -> Json:
        owner = self.id if user_id is None else user_id
        return self.sends({"contact": {"phone_number": phone, "first_name": self.user["first_name"], "user_id": owner}})

    def sends_sticker(self) -> Json:
        file_id = self.fake.world.add_file(b"RIFF\0\0\0\0WEBP", "stickers/file_{}.webp", mime="image/webp")
        look = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False, "emoji": "👍"}
        return self.sends({"sticker": {**self.fake.world.file_json(file_id), **look}})

    def sends_poll(self, question: str = "Setuju?") -> Json:
        options = [{"persistent_id": str(n), "text": text, "voter_count": 0} for n, text in enumerate(("Ya", "Tidak"))]
        flags = {
            "is_closed": False,
            "is_anonymous": True,
            "allows_multiple_answers": False,
            "allows_revoting": True,
            "members_only": False,
        }
        poll = {"id": "5390001", "question": question, "options": options, "total_voter_count": 0, "type": "regular"}
        return self.sends({"poll": {**poll, **flags}})

    def sends_dice(self) -> Json:
        return self.sends({"dice": {"emoji": "🎲", "value": 4}})

    def sends_view_once(self) -> Json:
        """Self-destructing media reach a bot as a message without any content."""
        return self.sends({})

    def sends_unknown_kind(self) -> Json:
        """A content that no library knows yet."""
        return self.sends({"hologram": {"file_id": "HgAC1", "depth": 3}})

    def forwards(self, reference: Reference) -> Json:
        """Forward a message of this chat, e.g. one of the bot's cards."""
        return self.forwards_to(self, reference)

    def forwards_to(self, other: Voice, reference: Reference) -> Json:
        """Forward a message that this voice sees into the chat of `other` (the same person)."""
        original = self._stored(id_of(reference))
        content: Json = {key: original[key] for key in ("text", "entities", "photo", "caption") if key in original}
        origin = {"type": "user", "sender_user": original["from"], "date": original["date"]}
        return other.sends({**content, "forward_origin": origin})

    def edits(self, message: Reference, text: str) -> Json:
        """Change an own earlier message."""
        old = self._stored(id_of(message))
        kept = {key: old[key] for key in old if key not in ("text", "entities")}
        return self.fake.emit("edited_message", {**kept, "edit_date": int(time.time()), **text_content(text)})

    # Buttons

    def presses(self, message: ShownMessage, label: str) -> Json:
        """AssertionError when the message does not show such a button (any more)."""
        return self.presses_data(message, message.data_of(label))

    def presses_data(self, message: Reference, data: str) -> Json:
        """A press with any data, also forged."""
        below = copy.deepcopy(self._stored(id_of(message)))
        return self.fake.emit("callback_query", self.fake.build.callback(self.user, below, data))

    async def asks(self, text: str, count: int = 1, timeout: float = 5.0) -> list[ShownMessage]:  # noqa: ASYNC109 - a test's patience
        """Say something and wait for `count` new messages of the bot in this chat."""
        before = len(self.sees())
        self.says(text)
        await self.fake.wait_for(lambda: len(self.sees()) >= before + count, timeout)
        return self.sees()[before:]


@dataclass
class Person(Voice):
    """In the private chat with the bot."""

    def starts(self, payload: str = "") -> Json:
        return self.says(f"/start {payload}".strip())

    def blocks_bot(self) -> Json:
        """From now on the bot gets 403 for this chat."""
        self.fake.world.blocked.add(self.id)
        return self._membership("member", "kicked")

    def unblocks_bot(self) -> Json:
        self.fake.world.blocked.discard(self.id)
        return self._membership("kicked", "member")

    def _membership(self, old: str, new: str) -> Json:
        return self.fake.emit("my_chat_member", membership(self.fake, self.user, self.chat, old, new))


@dataclass
class Member(Voice):
    """In a group."""

    def replies(self, message: Reference, text: str) -> Json:
        return self.says(text, reply_to=message)


@dataclass
class Group:
    """A group, supergroup or forum in which the bot is."""

    fake: TelegramFake
    state: GroupState

    @property
    def chat_id(self) -> int:
        return int(self.state.chat["id"])

    def member(self, person: Voice, topic: int | None = None, status: str = "member") -> Member:
        """The person's voice here. `topic` = message_thread_id."""
        self.state.members.setdefault(person.id, status)
        return Member(self.fake, person.user, self.state.chat, topic)

    def sees(self) -> list[ShownMessage]:
        return self.fake.chat(self.chat_id)

    def topic(self, name: str, by: Voice) -> int:
        """A person opens a topic. Its message_thread_id."""
        chat = self.state.chat
        message = self.fake.build.message(by.user, chat, {"forum_topic_created": {"name": name, "icon_color": 7322096}})
        thread_id = int(message["message_id"])
        self.state.topics[thread_id] = name
        self.fake.emit("message", message | {"message_thread_id": thread_id, "is_topic_message": True})
        return thread_id

    def topic_named(self, name: str) -> int:
        """The message_thread_id of a topic, e.g. one that the bot opened."""
        found = [thread_id for thread_id, title in self.state.topics.items() if title == name]
        assert found, f"no topic {name!r}, only {sorted(self.state.topics.values())}"
        return found[0]

    def adds_bot(self, by: Voice) -> Json:
        return self.fake.emit("my_chat_member", membership(self.fake, by.user, self.state.chat, "left", "member"))

    def removes_bot(self, by: Voice) -> Json:
        return self.fake.emit("my_chat_member", membership(self.fake, by.user, self.state.chat, "member", "kicked"))

    def migrates(self, new_chat_id: int, by: Voice) -> Group:
        """The group becomes a supergroup: two service messages; sends to the old id get 400 with migrate_to_chat_id."""
        new = self.fake.group(new_chat_id, self.state.chat["title"])
        old_chat = self.state.chat
        self.member(by).sends({"migrate_to_chat_id": new_chat_id})
        self.state.migrated_to = new_chat_id
        new.member(by).sends({"migrate_from_chat_id": old_chat["id"]})
        return new


def membership(fake: TelegramFake, user: Json, chat: Json, old: str, new: str) -> Json:
    """The content of a my_chat_member update."""
    states = [
        {"user": fake.build.bot, "status": status, **({"until_date": 0} if status == "kicked" else {})} for status in (old, new)
    ]
    return {
        "chat": chat,
        "from": user,
        "date": int(time.time()),
        "old_chat_member": states[0],
        "new_chat_member": states[1],
    }


def person_of(fake: TelegramFake, user: Json) -> Person:
    return Person(fake, user, private_chat(user))


def _captioned(caption: str | None) -> Json:
    return {} if caption is None else {"caption": caption}


def _in_album(album: str | None) -> Json:
    return {} if album is None else {"media_group_id": album}
