"""The Bot API's methods on a World. Each takes the decoded parameters and returns the result or raises ApiError."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.telegram_html import HtmlError, parse_html, trim, units
from tests.doubles.telegram_world import GroupState, ShownMessage, World, bad

Json = dict[str, Any]

TEXT_LIMIT, CAPTION_LIMIT, PHOTO_BYTES, DOWNLOAD_BYTES = 4096, 1024, 10_000_000, 20_000_000
MEDIA_PATHS = {
    "photo": "photos/file_{}.jpg",
    "document": "documents/file_{}",
    "voice": "voice/file_{}.oga",
    "video": "videos/file_{}.mp4",
    "audio": "music/file_{}.mp3",
}
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


@dataclass(frozen=True)
class Upload:
    name: str
    data: bytes
    mime: str


@dataclass
class Request:
    """One call, decoded: `params` with numbers and objects instead of strings."""

    world: World
    params: Json
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, key: str) -> str:
        value = self.params.get(key, "")
        text = value if isinstance(value, str) else json.dumps(value)
        if any(0xD800 <= ord(char) < 0xE000 for char in text):
            raise bad("strings must be encoded in UTF-8")
        return text

    def number(self, key: str, missing: str) -> int:
        value = self.params.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise bad(missing)
        return value

    @property
    def chat_id(self) -> int:
        if "chat_id" not in self.params:
            raise bad("chat_id is empty")
        return self.number("chat_id", "chat not found")


Method = Callable[[Request], Any]


def words(request: Request, key: str, limit: int, too_long: str) -> tuple[str, list[Json]]:
    """A text or caption after its parse_mode."""
    text, mode = request.text(key), request.text("parse_mode").lower()
    if mode not in ("", "html"):
        raise bad("unsupported parse_mode")
    entity_key = "entities" if key == "text" else "caption_entities"
    try:
        shown = parse_html(text) if mode else trim(text, request.params.get(entity_key) or [])
    except HtmlError as error:
        raise bad(f"can't parse entities: {error}") from None
    if units(shown[0]) > limit:
        raise bad(too_long)
    return shown


def markup(request: Request) -> Json:
    """The checked reply_markup, {} when there is none."""
    given = request.params.get("reply_markup")
    if not given:
        return {}
    if not isinstance(given, dict):
        raise bad("can't parse reply keyboard markup JSON object")
    if "inline_keyboard" in given:
        _check_inline(given["inline_keyboard"])
    elif "keyboard" in given:
        _check_keyboard(given["keyboard"], private=request.chat_id > 0)
    elif not given.keys() & {"remove_keyboard", "force_reply"}:
        raise bad("object expected as reply markup")
    return given


def _check_inline(rows: Any) -> None:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    if sum(len(row) for row in rows) > 100:
        raise bad("reply markup is too long")
    for row in rows:
        if len(row) > 8:
            raise bad("BUTTON_ROW_TOO_LONG (the fake's word; Telegram shows at most 8)")
        for button in row:
            _check_inline_button(button)


def _check_inline_button(button: Any) -> None:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str) or not button["text"].strip():
        raise bad("can't parse inline keyboard button: text must be non-empty")
    actions = button.keys() - {"text", "icon_custom_emoji_id", "style"}
    if len(actions) != 1:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= 64:
        raise bad("BUTTON_DATA_INVALID")
    if "url" in button and not str(button["url"]).startswith(("https://", "http://", "tg://", "mailto:", "tel:")):
        raise bad(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")


def _check_keyboard(rows: Any, *, private: bool) -> None:
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) for row in rows):
        raise bad('field "keyboard" of the ReplyKeyboardMarkup must be an Array of Arrays')
    for given in (button for row in rows for button in row):
        button = {"text": given} if isinstance(given, str) else given
        if not isinstance(button, dict) or not button.get("text"):
            raise bad("can't parse keyboard button: text must be non-empty")
        asked = [what for what in ("location", "contact") if button.get(f"request_{what}")]
        if asked and not private:
            raise bad(f"{'phone number' if asked == ['contact'] else 'location'} can be requested in private chats only")


def quoted(request: Request) -> Json | None:
    """The message that is answered to."""
    given = request.params.get("reply_parameters") or {}
    message_id = given.get("message_id", request.params.get("reply_to_message_id"))
    if message_id is None:
        return None
    found = request.world.messages.get((given.get("chat_id", request.chat_id), int(message_id)))
    allowed = given.get("allow_sending_without_reply", request.params.get("allow_sending_without_reply", False))
    if found is None and not allowed:
        raise bad("message to be replied not found")
    return found


def thread(request: Request) -> int | None:
    thread_id: int | None = request.params.get("message_thread_id")
    group = request.world.groups.get(request.chat_id)
    if thread_id is None or group is None:
        return thread_id
    if thread_id not in group.topics:
        raise bad("message thread not found")
    return thread_id


def show(request: Request, kind: str, content: Json, text: str = "", entities: list[Json] | None = None) -> Json:
    """Put one message of the bot in the chat. Returns the Message as the API does."""
    world, chat = request.world, request.world.chat_json(request.chat_id)
    keys, reply, thread_id = markup(request), quoted(request), thread(request)
    message: Json = {
        "message_id": world.build.next_message_id(chat["id"]),
        "from": world.build.bot,
        "chat": chat,
        "date": int(time.time()),
        **content,
    }
    if "inline_keyboard" in keys:
        message["reply_markup"] = keys
    if reply is not None:
        message["reply_to_message"] = {key: reply[key] for key in reply if key != "reply_to_message"}
    if thread_id is not None:
        message |= {"message_thread_id": thread_id, "is_topic_message": True}
    shown = ShownMessage(
        message["message_id"],
        chat["id"],
        text,
        kind,
        entities=entities or [],
        quotes=reply["message_id"] if reply else None,
        thread_id=thread_id,
        sent=request.params,
    )
    _show_keys(shown, keys)
    key = (chat["id"], shown.message_id)
    world.messages[key], world.shown[key] = message, shown
    world.delivered.append(shown)
    return message


def _show_keys(shown: ShownMessage, keys: Json) -> None:
    shown.buttons = [
        [(button["text"], button.get("callback_data", button.get("url", ""))) for button in row]
        for row in keys.get("inline_keyboard", [])
    ]
    shown.keyboard = [
        [button if isinstance(button, str) else button["text"] for button in row] for row in keys.get("keyboard", [])
    ]


def send_message(request: Request) -> Json:
    request.world.chat_json(request.chat_id)
    text, entities = words(request, "text", TEXT_LIMIT, "message is too long")
    if not text:
        raise bad("message text is empty")
    return show(request, "text", _worded("text", text, entities), text, entities)


def _worded(key: str, text: str, entities: list[Json]) -> Json:
    if not text:
        return {}
    entity_key = "entities" if key == "text" else "caption_entities"
    return {key: text, entity_key: entities} if entities else {key: text}


def send_media(kind: str) -> Method:
    def send(request: Request) -> Json:
        request.world.chat_json(request.chat_id)
        file_id = chosen_file(request, kind, request.params.get(kind), kind)
        text, entities = words(request, "caption", CAPTION_LIMIT, "message caption is too long")
        content = {kind: request.world.media_json(kind, file_id), **_worded("caption", text, entities)}
        message = show(request, kind, content, text, entities)
        request.world.delivered[-1].file_id = file_id
        return message

    return send


def chosen_file(request: Request, kind: str, given: Any, part: str) -> str:
    """The file_id behind a file_id, a URL, `attach://part` or an upload in the field itself."""
    world, wanted = request.world, str(given or "")
    upload = request.files.get(wanted.removeprefix("attach://") if wanted.startswith("attach://") else part)
    if upload is not None:
        if not upload.data:
            raise bad("file must be non-empty")
        if kind == "photo" and len(upload.data) > PHOTO_BYTES:
            raise bad("file is too big")
        return world.add_file(upload.data, MEDIA_PATHS[kind], name=upload.name, mime=upload.mime)
    if wanted.startswith(("http://", "https://")):
        return world.add_file(wanted.encode(), MEDIA_PATHS[kind], name=wanted.rsplit("/", 1)[-1])
    if wanted not in world.files:
        raise bad("wrong file identifier/HTTP URL specified")
    return wanted


def send_media_group(request: Request) -> list[Json]:
    items = request.params.get("media")
    if not isinstance(items, list) or not 2 <= len(items) <= 10:
        raise bad("group send failed: wrong number of media")
    album = str(13_500_000_000_000_000 + len(request.world.delivered))
    return [_album_item(request, item, album) for item in items]


def _album_item(request: Request, item: Json, album: str) -> Json:
    kind = item["type"]
    inner = Request(request.world, {**request.params, **item, kind: item["media"]}, request.files)
    message: Json = send_media(kind)(inner)
    message["media_group_id"] = album
    return message


def send_location(request: Request) -> Json:
    lat, lon = float(request.params.get("latitude", "nan")), float(request.params.get("longitude", "nan"))
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise bad("wrong latitude or longitude")
    message = show(request, "location", {"location": {"latitude": lat, "longitude": lon}})
    request.world.delivered[-1].location = (lat, lon)
    return message


def send_chat_action(request: Request) -> bool:
    request.world.chat_json(request.chat_id)
    if not request.text("action"):
        raise bad("wrong parameter action in request")
    return True


def _editable(request: Request) -> tuple[Json, ShownMessage]:
    request.world.chat_json(request.chat_id)
    key = (request.chat_id, request.number("message_id", "message identifier is not specified"))
    if key not in request.world.messages:
        raise bad("message to edit not found")
    if key not in request.world.shown:
        raise bad("message can't be edited")
    return request.world.messages[key], request.world.shown[key]


def edit_text(request: Request) -> Json:
    message, shown = _editable(request)
    if "text" not in message:
        raise bad("there is no text in the message to edit")
    text, entities = words(request, "text", TEXT_LIMIT, "message is too long")
    if not text:
        raise bad("message text is empty")
    return _edited(request, message, shown, ("text", text, entities))


def edit_caption(request: Request) -> Json:
    message, shown = _editable(request)
    text, entities = words(request, "caption", CAPTION_LIMIT, "message caption is too long")
    return _edited(request, message, shown, ("caption", text, entities))


def edit_markup(request: Request) -> Json:
    message, shown = _editable(request)
    key = "text" if "text" in message else "caption"
    return _edited(request, message, shown, (key, shown.text, shown.entities))


def _edited(request: Request, message: Json, shown: ShownMessage, new: tuple[str, str, list[Json]]) -> Json:
    keys = markup(request)
    key, text, entities = new
    if (text, entities, keys) == (shown.text, shown.entities, message.get("reply_markup", {})):
        raise bad(NOT_MODIFIED)
    message.pop("reply_markup", None)
    message.pop("entities", None)
    message |= {**_worded(key, text, entities), "edit_date": int(time.time())}
    if keys:
        message["reply_markup"] = keys
    shown.text, shown.entities, shown.edits = text, entities, shown.edits + 1
    _show_keys(shown, keys)
    return message


def delete_message(request: Request) -> bool:
    key = (request.chat_id, request.number("message_id", "message identifier is not specified"))
    if key not in request.world.messages:
        raise bad("message to delete not found")
    del request.world.messages[key]
    shown = request.world.shown.pop(key, None)
    if shown is not None:
        request.world.delivered.remove(shown)
    return True


def answer_callback(request: Request) -> bool:
    world, query = request.world, str(request.params.get("callback_query_id", ""))
    pressed = world.callbacks.get(query)
    if pressed is None or time.monotonic() - pressed > world.callback_seconds:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    if len(request.text("text")) > 200:
        raise bad("MESSAGE_TOO_LONG")
    world.answered[query] = request.params
    return True


def get_file(request: Request) -> Json:
    world, file_id = request.world, request.text("file_id")
    stored = world.files.get(file_id)
    if stored is None:
        raise bad("invalid file_id")
    if stored.length > DOWNLOAD_BYTES:
        raise bad("file is too big")
    stored.link_until = time.monotonic() + world.link_seconds
    return {**world.file_json(file_id), "file_path": stored.path}


def _forum(request: Request) -> GroupState:
    request.world.chat_json(request.chat_id)
    group = request.world.groups.get(request.chat_id)
    if group is None or not group.chat.get("is_forum"):
        raise bad("the chat is not a forum")
    if not group.may_manage_topics:
        raise bad("not enough rights to create a topic")
    return group


def create_topic(request: Request) -> Json:
    group, name = _forum(request), request.text("name").strip()
    if not 1 <= len(name) <= 128:
        raise bad("TOPIC_TITLE_EMPTY" if not name else "topic name is too long")
    thread_id = request.world.build.next_message_id(request.chat_id)
    group.topics[thread_id] = name
    request.world.messages[request.chat_id, thread_id] = {
        "message_id": thread_id,
        "message_thread_id": thread_id,
        "from": request.world.build.bot,
        "chat": group.chat,
        "date": int(time.time()),
        "is_topic_message": True,
        "forum_topic_created": {"name": name, "icon_color": 7322096},
    }
    return {"message_thread_id": thread_id, "name": name, "icon_color": 7322096}


def change_topic(request: Request) -> bool:
    group = _forum(request)
    thread_id = request.number("message_thread_id", "message thread not found")
    if thread_id not in group.topics:
        raise bad("message thread not found")
    group.topics[thread_id] = request.text("name") or group.topics[thread_id]
    return True


def get_chat(request: Request) -> Json:
    full = {
        "accent_color_id": 1,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }
    return {**request.world.chat_json(request.chat_id), **full}


def get_chat_member(request: Request) -> Json:
    user_id = request.number("user_id", "invalid user_id specified")
    group = request.world.groups.get(request.chat_id)
    user = request.world.users.get(user_id)
    if group is None or user is None:
        raise bad("PARTICIPANT_ID_INVALID")
    status = group.members.get(user_id, "left")
    rights = dict.fromkeys(ADMIN_RIGHTS, True) if status == "administrator" else {}
    return {"user": user, "status": status, "is_anonymous": False, **rights}


def keep(method: str) -> Method:
    """Settings are only remembered, per method."""

    def remember(request: Request) -> bool:
        request.world.settings[method] = request.params
        return True

    return remember


def set_commands(request: Request) -> bool:
    commands = request.params.get("commands")
    if not isinstance(commands, list) or len(commands) > 100:
        raise bad("can't parse list of bot commands")
    for command in commands:
        name = command.get("command", "")
        if not (1 <= len(name) <= 32 and name.replace("_", "a").isalnum() and name == name.lower()):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(command.get("description", "")) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return keep("setMyCommands")(request)  # type: ignore[no-any-return]


def get_commands(request: Request) -> list[Json]:
    kept: Json = request.world.settings.get("setMyCommands", {})
    return list(kept.get("commands", []))


ADMIN_RIGHTS = (
    "can_be_edited",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
SETTINGS = ("setMyName", "setMyDescription", "setMyShortDescription", "setChatMenuButton", "deleteMyCommands")
TOPIC_CHANGES = ("editForumTopic", "closeForumTopic", "reopenForumTopic")
METHODS: dict[str, Method] = {
    "getMe": lambda request: request.world.build.bot,
    "sendMessage": send_message,
    "sendMediaGroup": send_media_group,
    "sendLocation": send_location,
    "sendChatAction": send_chat_action,
    "editMessageText": edit_text,
    "editMessageCaption": edit_caption,
    "editMessageReplyMarkup": edit_markup,
    "deleteMessage": delete_message,
    "answerCallbackQuery": answer_callback,
    "setMyCommands": set_commands,
    "getMyCommands": get_commands,
    "getFile": get_file,
    "createForumTopic": create_topic,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    **{f"send{kind.capitalize()}": send_media(kind) for kind in MEDIA_PATHS},
    **{name: keep(name) for name in SETTINGS},
    **dict.fromkeys(TOPIC_CHANGES, change_topic),
}
