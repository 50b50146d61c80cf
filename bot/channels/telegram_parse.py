"""An update as an `Incoming`: read by python-telegram-bot, and the plainest ones, which are the most, without its objects."""

from __future__ import annotations

from typing import Any

from telegram import CallbackQuery, Chat, ChatMemberUpdated, Message, Update, User
from telegram.constants import ChatMemberStatus, ChatType

from domain.messages import Incoming, Kind, Location, Media
from domain.text import clean, one_line

NAME = "telegram"
LONGEST_NAME = 64
GONE = {ChatMemberStatus.BANNED, ChatMemberStatus.LEFT}
FILES = ("document", "voice", "video", "audio", "video_note")
PLAIN_UPDATE = {"update_id", "message"}
PLAIN_MESSAGE = {"message_id", "from", "chat", "date", "text", "entities"}


def parse_plain(update: dict[str, Any]) -> Incoming | None:
    """Words in a private chat and nothing else; None for all other updates, and wherever a field is not what it should be.

    The library makes seven objects of it, of which six values are needed.
    """
    message = update.get("message")
    if update.keys() != PLAIN_UPDATE or not isinstance(message, dict) or not message.keys() <= PLAIN_MESSAGE:
        return None
    match message:
        case {
            "message_id": int(number),
            "from": {"id": int(sender), "is_bot": bool(), "first_name": str(name)},
            "chat": {"id": int(chat), "type": "private"},
            "date": int(),
            "text": str(text),
        }:
            words, who = clean(text), one_line(clean(name), LONGEST_NAME)
            return Incoming(NAME, str(chat), str(sender), Kind.TEXT, text=words, message_id=str(number), name=who)
    return None


def parse_update(update: Update | None) -> Incoming:
    """Raises ValueError when the update belongs to no chat."""
    if update is None:
        raise ValueError("no update")
    if update.callback_query:
        return _press(update.callback_query)
    if update.my_chat_member:
        return _membership(update.my_chat_member)
    if update.edited_message:
        return _message(update.edited_message, Kind.EDIT)
    if update.message:
        return _message(update.message, None)
    return _other(update)


def _press(query: CallbackQuery) -> Incoming:
    message = query.message
    chat = message.chat if message else None
    return Incoming(
        channel=NAME,
        chat=str(chat.id if chat else query.from_user.id),
        sender=str(query.from_user.id),
        kind=Kind.BUTTON,
        button=clean(query.data or ""),
        callback=query.id,
        message_id=str(message.message_id) if message else "",
        private=chat is None or chat.type == ChatType.PRIVATE,
        name=_name(query.from_user),
        thread=_thread(message) if isinstance(message, Message) else "",
        forum=bool(chat and chat.is_forum),
    )


def _membership(change: ChatMemberUpdated) -> Incoming:
    gone = change.new_chat_member.status in GONE
    private = change.chat.type == ChatType.PRIVATE
    return Incoming(NAME, str(change.chat.id), str(change.from_user.id), Kind.MEMBERSHIP, private=private, blocked=gone)


def _message(message: Message, kind: Kind | None) -> Incoming:
    user = message.from_user
    media = _media(message)
    return Incoming(
        channel=NAME,
        chat=str(message.chat.id),
        sender=str(user.id if user else message.chat.id),
        kind=kind or _kind(message, media),
        text=_text(message),
        message_id=str(message.message_id),
        reply_to=_reply_to(message),
        album=message.media_group_id or "",
        media=media,
        location=Location(message.location.latitude, message.location.longitude) if message.location else None,
        private=message.chat.type == ChatType.PRIVATE,
        name=_name(user),
        thread=_thread(message),
        forum=bool(message.chat.is_forum),
    )


def _thread(message: Message) -> str:
    """The topic of a forum; "" for the general one."""
    return str(message.message_thread_id) if message.is_topic_message and message.message_thread_id else ""


def _reply_to(message: Message) -> str:
    """What it answers to. In a topic every plain message "answers" to the one that opened the topic, which means nothing."""
    quoted = message.reply_to_message
    return str(quoted.message_id) if quoted and not quoted.forum_topic_created else ""


def _text(message: Message) -> str:
    if message.migrate_to_chat_id:
        return str(message.migrate_to_chat_id)
    return clean(message.text or message.caption or "")


def _kind(message: Message, media: Media | None) -> Kind:
    """What the message is. A service message (somebody joined, a pin …) needs no answer."""
    if message.migrate_to_chat_id:
        return Kind.MIGRATION
    if media:
        return Kind.PHOTO if media.kind == "photo" else Kind.FILE
    if message.location:
        return Kind.LOCATION
    if message.text is not None:
        return Kind.TEXT
    spoken = message.sticker or message.poll or message.contact or message.dice or message.story or message.game
    private = message.chat.type == ChatType.PRIVATE
    return Kind.UNSUPPORTED if spoken or (private and not _is_service(message)) else Kind.SILENT


def _is_service(message: Message) -> bool:
    return bool(message.new_chat_members or message.left_chat_member or message.pinned_message or message.group_chat_created)


def _media(message: Message) -> Media | None:
    if message.photo:
        largest = message.photo[-1]
        return Media("photo", largest.file_id, largest.file_unique_id)
    for name in FILES:
        file = getattr(message, name, None)
        if file:
            return Media("video" if name == "video_note" else name, file.file_id, file.file_unique_id)
    return None


def _name(user: User | None) -> str:
    return one_line(clean(user.first_name), LONGEST_NAME) if user else ""


def _other(update: Update) -> Incoming:
    """A kind of update that we do not ask for: kept, not answered."""
    chat: Chat | None = update.effective_chat
    user = update.effective_user
    if chat is None and user is None:
        raise ValueError("an update without a chat")
    where = chat.id if chat else user.id if user else 0
    return Incoming(
        NAME,
        str(where),
        str(user.id if user else where),
        Kind.SILENT,
        private=chat is None or chat.type == ChatType.PRIVATE,
    )
