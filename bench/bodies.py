"""What each messenger posts when a resident asks: whole requests, as bytes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

SECRET = "bench-secret"
NUMBER_ID = "106540352242922"
QUESTION = "KTP saya hilang, bagaimana mengurusnya?"

# Numbers of a fixed width, so that the length never changes.
_UPDATE = (
    '{"update_id":%d,"message":{"message_id":%d,"from":{"id":%d,"is_bot":false,"first_name":"Sri","last_name":"Wahyuni",'
    '"username":"sri_wahyuni_mgt","language_code":"id"},"chat":{"id":%d,"first_name":"Sri","last_name":"Wahyuni",'
    '"username":"sri_wahyuni_mgt","type":"private"},"date":1763942400,"text":"' + QUESTION + '"}}'
).encode()
_HEAD = (
    "POST /hooks/telegram HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: {len(_UPDATE % ((10**8,) * 4))}\r\n\r\n"
).encode()
_MESSAGE = (
    '{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":{"messaging_product":"whatsapp",'
    '"metadata":{"display_phone_number":"62351895008","phone_number_id":"' + NUMBER_ID + '"},"contacts":[{"profile":{"name":"Sri '
    'Wahyuni"},"wa_id":"%d","user_id":"ID.%d"}],"messages":[{"from":"%d","from_user_id":"ID.%d","id":"wamid.HBgL%d","timestamp":'
    '"1763942400","type":"text","text":{"body":"' + QUESTION + '"}}]},"field":"messages"}]}]}'
).encode()
_SIGNED = (
    "POST /hooks/whatsapp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    f"Content-Length: {len(_MESSAGE % ((10**8,) * 5))}\r\nX-Hub-Signature-256: sha256=%s\r\n\r\n"
).encode()

Request = Callable[[int, int], bytes]


def telegram(number: int, chat: int) -> bytes:
    """Update `number`, from a chat."""
    return _HEAD + _UPDATE % (number, number, chat, chat)


def whatsapp(number: int, chat: int) -> bytes:
    """Message `number`, signed, from a telephone number."""
    body = _MESSAGE % (chat, chat, chat, chat, number)
    return _SIGNED % hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest().encode() + body
