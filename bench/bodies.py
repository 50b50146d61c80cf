"""What each messenger posts when a resident asks: whole requests, as bytes."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

SECRET = "bench-secret"
NUMBER_ID = "106540352242922"
PHRASINGS = Path(__file__).parent.parent / "knowledge" / "content"
EVERY = 17  # of the lines that residents may write is asked: more than any memory of whole messages holds

# Numbers of a fixed width, so that the length of a question's body never changes.
_UPDATE = (
    '{"update_id":%d,"message":{"message_id":%d,"from":{"id":%d,"is_bot":false,"first_name":"Sri","last_name":"Wahyuni",'
    '"username":"sri_wahyuni_mgt","language_code":"id"},"chat":{"id":%d,"first_name":"Sri","last_name":"Wahyuni",'
    '"username":"sri_wahyuni_mgt","type":"private"},"date":1763942400,"text":'
)
_HEAD = (
    "POST /hooks/telegram HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: "
)
_MESSAGE = (
    '{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":{"messaging_product":"whatsapp",'
    '"metadata":{"display_phone_number":"62351895008","phone_number_id":"' + NUMBER_ID + '"},"contacts":[{"profile":{"name":"Sri '
    'Wahyuni"},"wa_id":"%d","user_id":"ID.%d"}],"messages":[{"from":"%d","from_user_id":"ID.%d","id":"wamid.HBgL%d","timestamp":'
    '"1763942400","type":"text","text":{"body":'
)
_SIGNED = (
    "POST /hooks/whatsapp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    "Content-Length: %d\r\nX-Hub-Signature-256: sha256=%s\r\n\r\n"
)

Request = Callable[[int, int], bytes]


def telegram(number: int, chat: int) -> bytes:
    """Update `number`, from a chat."""
    requests = _updates()
    return requests[number % len(requests)] % (number, number, chat, chat)


def whatsapp(number: int, chat: int) -> bytes:
    """Message `number`, signed, from a telephone number."""
    messages = _messages()
    body = messages[number % len(messages)] % (chat, chat, chat, chat, number)
    return (_SIGNED % (len(body), hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest())).encode() + body


@cache
def _updates() -> list[bytes]:
    """One request for each question, with four numbers still to be filled in."""
    return [_request((_UPDATE + question + "}}").encode()) for question in _questions()]


def _request(update: bytes) -> bytes:
    return f"{_HEAD}{len(update % ((10**8,) * 4))}\r\n\r\n".encode() + update


@cache
def _messages() -> list[bytes]:
    """One body for each question, with five numbers still to be filled in."""
    return [(_MESSAGE + question + '}}]},"field":"messages"}]}]}').encode() for question in _questions()]


def _questions() -> list[str]:
    """Questions as JSON, for a format."""
    lines = [line for file in sorted(PHRASINGS.glob("*/*.tsv")) for line in file.read_text(encoding="utf-8").splitlines()]
    return [json.dumps(line.split("\t")[1], ensure_ascii=False).replace("%", "%%") for line in lines[::EVERY]]
