"""The Telegram channel against the scripted fake: what it understands, what it sends, and what an error means for a letter."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from functools import partial
from html.parser import HTMLParser
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot, Update

from bot.channels.telegram import Telegram, secret_digest, to_html
from bot.channels.telegram_parse import parse_plain, parse_update
from bot.channels.telegram_request import AiohttpRequest, NotSent, Unsure
from bot.config import ROOT
from domain.errors import Delayed, Invalid, Refused
from domain.messages import Button, Incoming, Kind, Letter, LetterKind, Location, Media, Reply
from domain.text import LONGEST_SENT, plain, split, units
from domain.ticket import Move
from handlers import article as shown_article
from handlers.desk_answers import SEND
from knowledge.answers import MAX_ID as LONGEST_ANSWER
from knowledge.article import PARTS, Article, load_articles, parse_article
from knowledge.phrases import load_phrases
from knowledge.reasons import MAX_ID
from knowledge.region import load_region
from services.card_text import CARD, CARD_MOVES, FEWER, FIELD, MORE, NOTE, READY
from tests.doubles import telegram_faults as faults
from tests.doubles.process import free_port
from tests.doubles.telegram_fake import TelegramFake
from tests.doubles.telegram_html import parse_html
from tests.doubles.telegram_updates import Builder, user_json
from tests.doubles.telegram_world import picture

Json = dict[str, Any]

SITI = 11
GROUP, FORUM = -77, -1_001_234_567_890
LARGEST_ID = 2**63 - 1  # of a ticket, in any database
CALLBACK_BYTES = 64
REGION = load_region(ROOT / "knowledge" / "region")
BUILDER = Builder(user_json(1, "Sapa"), check=False)


@pytest.fixture
async def channel(fake: TelegramFake) -> AsyncIterator[Telegram]:
    """Without a store behind it: two secrets are good."""

    async def secrets() -> list[str]:
        return [secret_digest("lama"), secret_digest("baru")]

    made = Telegram(fake.token, fake.url, 25.0, secrets)
    yield made
    await made.close()


def letter(text: str = "Halo", *, to: int = SITI, **more: Any) -> Letter:
    reply = Reply(text, more.pop("buttons", ()), more.pop("ask_location", ""), more.pop("media", None))
    return Letter("telegram", str(to), reply, **more)


# ------------------------------------------------------------------ coming in


def parsed(channel: Telegram, update: Json) -> Incoming:
    (arrival,) = channel.arrivals(json.dumps(update).encode())
    assert arrival.external_id == str(update["update_id"])
    return channel.parse(arrival)


async def test_words_a_reply_and_an_edit(fake: TelegramFake, channel: Telegram) -> None:
    siti = fake.person(SITI, "Siti")
    said = siti.says("/start  a\0b\ud83d")
    first = parsed(channel, said)
    assert (first.channel, first.chat, first.sender, first.private, first.name) == ("telegram", "11", "11", True, "Siti")
    assert (first.kind, first.text, first.message_id) == (Kind.TEXT, "/start  ab", str(said["message"]["message_id"]))
    await channel.send(letter())
    (shown,) = siti.sees()
    assert parsed(channel, siti.says("itu", reply_to=shown)).reply_to == str(shown.message_id)
    edited = parsed(channel, siti.edits(said, "baru"))
    assert (edited.kind, edited.text, edited.message_id) == (Kind.EDIT, "baru", first.message_id)


@given(st.text(min_size=1, max_size=80), st.text(max_size=80), st.integers(1, LARGEST_ID))
def test_plain_words_are_read_as_the_library_reads_them(words: str, name: str, person: int) -> None:
    update = BUILDER.text(person, words, first_name=name)
    assert parse_plain(update) == parse_update(Update.de_json(update, None))


@pytest.mark.parametrize(
    "change",
    [
        {"from": None},
        {"from": {"id": 1}},
        {"chat": {"id": -5, "type": "group", "title": "Warga"}},
        {"chat": {"id": "7", "type": "private"}},
        {"date": None},
        {"text": 7},
        {"text": None},
        {"message_id": "1"},
        {"reply_to_message": {}},
        {"forward_origin": {}},
        {"migrate_to_chat_id": -9},
        {"media_group_id": "1"},
    ],
)
def test_what_is_more_than_plain_words_or_odd_is_left_to_the_library(change: Json) -> None:
    update = BUILDER.text(SITI, "Halo")
    assert parse_plain(update)
    assert parse_plain(update | {"message": update["message"] | change}) is None
    assert parse_plain(update | {"callback_query": {}}) is None


async def test_files_of_every_kind(fake: TelegramFake, channel: Telegram) -> None:
    siti = fake.person(SITI)
    photo = parsed(channel, siti.sends_photo("rusak", album="a1"))
    assert (photo.kind, photo.text, photo.album) == (Kind.PHOTO, "rusak", "a1")
    assert photo.media
    assert (photo.media.kind, fake.world.files[photo.media.ref].data) == ("photo", picture(0)), "the largest size"
    again = parsed(channel, siti.sends_photo(data=picture(0))).media
    assert again
    assert (again.unique, again.ref != photo.media.ref) == (photo.media.unique, True)
    for send, kind in ((siti.sends_document, "document"), (siti.sends_voice, "voice"), (siti.sends_video, "video")):
        file = parsed(channel, send())
        assert (file.kind, file.media and file.media.kind) == (Kind.FILE, kind)
    audio = {"file_id": "A", "file_unique_id": "a", "duration": 1}
    assert parsed(channel, siti.sends({"audio": audio})).media == Media("audio", "A", "a")
    note = {"file_id": "N", "file_unique_id": "n", "duration": 1, "length": 240}
    assert parsed(channel, siti.sends({"video_note": note})).media == Media("video", "N", "n")


async def test_places_and_things_that_it_cannot_read(fake: TelegramFake, channel: Telegram) -> None:
    siti = fake.person(SITI)
    pin = parsed(channel, siti.sends_location(-7.65, 111.33))
    assert (pin.kind, pin.location) == (Kind.LOCATION, Location(-7.65, 111.33))
    odd = (siti.sends_sticker, siti.sends_poll, siti.sends_dice, siti.sends_view_once, siti.sends_unknown_kind)
    assert {parsed(channel, send()).kind for send in odd} == {Kind.UNSUPPORTED}
    assert parsed(channel, siti.sends_contact("+628")).kind is Kind.UNSUPPORTED
    pinned = {"pinned_message": {"message_id": 1, "date": 1, "chat": siti.chat, "text": "x"}}
    assert parsed(channel, siti.sends(pinned)).kind is Kind.SILENT


async def test_presses(fake: TelegramFake, channel: Telegram) -> None:
    siti = fake.person(SITI, "Siti")
    await channel.send(letter(buttons=((Button("menu", "Menu"),),)))
    (shown,) = siti.sees()
    update = siti.presses(shown, "Menu")
    press = parsed(channel, update)
    assert (press.kind, press.button, press.callback) == (Kind.BUTTON, "menu", update["callback_query"]["id"])
    assert (press.chat, press.message_id, press.private) == ("11", str(shown.message_id), True)
    in_group = parsed(channel, fake.group(GROUP).member(siti).presses_data(fake.group(GROUP).member(siti).says("x"), "k:1:ambil"))
    assert (in_group.chat, in_group.sender, in_group.private) == (str(GROUP), "11", False)
    del update["callback_query"]["message"]  # below a message that is too old, or of inline mode
    alone = parsed(channel, update)
    assert (alone.chat, alone.private, alone.message_id) == ("11", True, "")


async def test_what_happens_to_chats(fake: TelegramFake, channel: Telegram) -> None:
    siti, group = fake.person(SITI), fake.group(GROUP)
    assert [parsed(channel, update).blocked for update in (siti.blocks_bot(), siti.unblocks_bot())] == [True, False]
    added = parsed(channel, group.adds_bot(siti))
    assert (added.kind, added.private, added.blocked, added.chat) == (Kind.MEMBERSHIP, False, False, str(GROUP))
    assert parsed(channel, group.removes_bot(siti)).blocked
    moved = parsed(channel, group.member(siti).sends({"migrate_to_chat_id": FORUM}))
    assert (moved.kind, moved.chat, moved.text) == (Kind.MIGRATION, str(GROUP), str(FORUM))
    arrived = parsed(channel, fake.group(FORUM).member(siti).sends({"migrate_from_chat_id": GROUP}))
    assert arrived.kind is Kind.SILENT
    forum = fake.group(-1_001_234_567_899, forum=True)
    topic = forum.topic("Aduan", siti)
    inside = parsed(channel, forum.member(siti, topic).says("halo"))
    assert (inside.kind, inside.text, inside.thread, inside.forum) == (Kind.TEXT, "halo", str(topic), True)
    assert inside.reply_to == "", "what opened the topic was not answered"
    assert not parsed(channel, group.member(siti).says("halo")).forum
    joined = {"new_chat_members": [{"id": 5, "is_bot": False, "first_name": "Budi"}]}
    assert parsed(channel, group.member(siti).sends(joined)).kind is Kind.SILENT


async def test_updates_that_it_never_asked_for(channel: Telegram) -> None:
    user = {"id": 5, "is_bot": False, "first_name": "Siti"}
    inline = {"update_id": 1, "inline_query": {"id": "1", "from": user, "query": "x", "offset": ""}}
    quiet = parsed(channel, inline)
    assert (quiet.kind, quiet.chat) == (Kind.SILENT, "5")
    with pytest.raises(ValueError, match="without a chat"):
        parsed(channel, {"update_id": 2, "poll": {"id": "1", "question": "?", "options": [], "total_voter_count": 0,
                                                  "is_closed": True, "is_anonymous": True, "type": "regular",
                                                  "allows_multiple_answers": False, "allows_revoting": False,
                                                  "members_only": False}})  # fmt: skip


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b'"x"', b"null", b"\xff\xfe{", b"[" * 100_000, '{"a":1}'.encode("utf-16")])
def test_what_is_no_json_object_is_invalid(channel: Telegram, body: bytes) -> None:
    with pytest.raises(Invalid):
        channel.arrivals(body)


@pytest.mark.parametrize("number", [None, "7", True, -1, 2**62, 1.5, [], {}])
def test_an_update_without_a_usable_number_is_named_by_its_content(channel: Telegram, number: object) -> None:
    body = json.dumps({"update_id": number, "message": {"chat": {"id": 5}}}).encode()
    (arrival,), (again,) = channel.arrivals(body), channel.arrivals(body)
    assert arrival.external_id.startswith("sha256:")
    assert (arrival, arrival.rank, arrival.chat_key) == (again, 0, "telegram:5")


@pytest.mark.parametrize(
    ("update", "chat"),
    [
        ({"message": {"chat": {"id": 5}, "from": {"id": 6}}}, "5"),
        ({"edited_message": {"chat": {"id": -5}}}, "-5"),
        ({"callback_query": {"from": {"id": 6}, "message": {"chat": {"id": 5}}}}, "5"),
        ({"callback_query": {"from": {"id": 6}}}, "6"),
        ({"my_chat_member": {"chat": {"id": 5}, "from": {"id": 6}}}, "5"),
        ({"poll_answer": {"user": {"id": 6}}}, "6"),
        ({"message": {"chat": "x"}}, "?3"),
        ({"message": []}, "?3"),
        ({}, "?3"),
    ],
)
def test_the_chat_is_found_without_understanding_the_update(channel: Telegram, update: Json, chat: str) -> None:
    (arrival,) = channel.arrivals(json.dumps({"update_id": 3, **update}).encode())
    assert arrival.chat_key == f"telegram:{chat}"


async def test_only_its_secrets_open_the_door(channel: Telegram) -> None:
    header = "X-Telegram-Bot-Api-Secret-Token"
    given: tuple[dict[str, str], ...] = ({header: "lama"}, {header: "baru"}, {header: "x"}, {header: ""}, {}, {header: "barú"})
    assert [await channel.verify(headers, b"") for headers in given] == [True, True, False, False, False, False]


# ------------------------------------------------------------------ going out


async def test_words_bold_and_everything_else_as_it_is(fake: TelegramFake, channel: Telegram) -> None:
    text = "**Nomor** <b>&lt; 5 > 3 & \"x\" 'y' [a](b) _c_ `d` ||e|| **MGT-1**\n• baris"
    sent = await channel.send(letter(text, buttons=((Button("a", "Satu & <dua>"),),)))
    (shown,) = fake.chat(SITI)
    assert (str(shown.message_id), shown.text) == (sent.external_id, text.replace("**", ""))
    assert [entity["type"] for entity in shown.entities] == ["bold", "bold"]
    assert shown.buttons == [[("Satu & <dua>", "a")]]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_any_text_is_good_html_and_reads_as_it_was(text: str) -> None:
    seen, _ = parse_html(to_html(text))
    assert seen == parse_html(to_html(plain(text)))[0]


async def test_the_key_that_sends_a_place(fake: TelegramFake, channel: Telegram) -> None:
    await channel.send(letter("Di mana?", buttons=((Button("cancel", "Batal"),),), ask_location="Kirim lokasi"))
    (shown,) = fake.chat(SITI)
    assert shown.keyboard == [["Kirim lokasi"], ["Batal"]]
    keys = shown.sent["reply_markup"]
    assert keys["keyboard"][0][0]["request_location"]
    assert keys["one_time_keyboard"]


async def test_files_quotes_edits_and_acknowledgements(fake: TelegramFake, channel: Telegram) -> None:
    siti = fake.person(SITI)
    asked = siti.sends_photo()
    media = parsed(channel, asked).media
    assert media
    await channel.send(letter("Lampiran", media=media, quotes=str(asked["message"]["message_id"])))
    (shown,) = fake.chat(SITI)
    assert (shown.kind, shown.text, shown.quotes) == ("photo", "Lampiran", asked["message"]["message_id"])
    card = await channel.send(letter("lama", buttons=((Button("a", "A"),),), quotes="999999"))
    assert await channel.send(letter("baru", kind=LetterKind.EDIT, edits=card.external_id)) == card
    assert await channel.send(letter("baru", kind=LetterKind.EDIT, edits=card.external_id)) == card, "already so"
    assert [(one.text, one.labels) for one in fake.chat(SITI)][1:] == [("baru", [])]
    press = parsed(channel, siti.presses_data(fake.chat(SITI)[1], "a"))
    await channel.send(letter("Sudah", kind=LetterKind.ACK, quotes=press.callback))
    assert fake.answered[press.callback]["text"] == "Sudah"
    for kind, ref in (("document", siti.sends_document), ("voice", siti.sends_voice), ("video", siti.sends_video)):
        file = parsed(channel, ref()).media
        assert file
        await channel.send(letter("", media=file))
        assert fake.chat(SITI)[-1].kind == kind


async def test_a_topic_is_opened_closed_and_opened_again(fake: TelegramFake, channel: Telegram) -> None:
    forum = fake.group(FORUM, forum=True)
    opened = await channel.send(topic(LetterKind.TOPIC, "MGT-26-000001-W Jalan **rusak**"))
    assert opened.external_id == str(forum.topic_named("MGT-26-000001-W Jalan rusak"))
    await channel.send(letter("kartu", to=FORUM, thread=opened.external_id))
    assert fake.chat(FORUM)[0].thread_id == int(opened.external_id)
    for kind in (LetterKind.CLOSE_TOPIC, LetterKind.REOPEN_TOPIC):
        await channel.send(topic(kind, thread=opened.external_id))
    assert [len(fake.called(method)) for method in ("closeForumTopic", "reopenForumTopic")] == [1, 1]
    with pytest.raises(Refused, match="no_topic"):
        await channel.send(topic(LetterKind.CLOSE_TOPIC))


async def test_a_letter_into_a_topic_that_is_gone_goes_to_the_group(fake: TelegramFake, channel: Telegram) -> None:
    fake.group(FORUM, forum=True)
    await channel.send(letter("halo", to=FORUM, thread="4711"))
    assert [(shown.text, shown.thread_id) for shown in fake.chat(FORUM)] == [("halo", None)]


async def test_a_group_without_topics_opens_none(fake: TelegramFake, channel: Telegram) -> None:
    fake.group(FORUM)
    with pytest.raises(Refused):
        await channel.send(topic(LetterKind.TOPIC, "MGT-26-000001-W"))


def topic(kind: LetterKind, title: str = "", thread: str = "") -> Letter:
    return Letter("telegram", str(FORUM), Reply(title), kind, thread=thread)


async def test_an_edit_of_nothing_is_refused(channel: Telegram) -> None:
    with pytest.raises(Refused, match="nothing_to_edit"):
        await channel.send(letter("x", kind=LetterKind.EDIT))


def test_limits_are_named_by_chat(channel: Telegram) -> None:
    assert [channel.bucket(one) for one in (letter(), letter(to=GROUP), letter(kind=LetterKind.ACK))] == ["11", "-77", ""]
    assert channel.rate("11").per_second == 1
    group = channel.rate("-77")
    assert group.burst + group.per_second * 60 <= 20
    assert channel.rate("").per_second == 25


FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    "text",
    [
        "Kalimat biasa. " * 700,
        "baris\n" * 2000,
        "paragraf yang agak panjang\n\n" * 400,
        "x" * 10_000,
        FAMILY * 900,
        "👍🏽" * 3000,
        "é" * 5000,
        "مرحبا بالعالم " * 800,
        "é️‍" * 2000,
    ],
)
async def test_long_texts_go_out_whole_in_parts(fake: TelegramFake, channel: Telegram, text: str) -> None:
    parts = split(text)
    assert len(parts) > 1
    assert all(0 < units(part) <= LONGEST_SENT for part in parts)
    assert re.sub(r"\s", "", "".join(parts)) == re.sub(r"\s", "", text)
    for part in parts:
        await channel.send(letter(part))
    assert [shown.text for shown in fake.chat(SITI)] == [part.strip() for part in parts]


@pytest.mark.parametrize("text", [f"{FAMILY * 400} {FAMILY * 400}", "👍🏽" * 3000, "e\u0301" * 3000])
def test_no_joined_character_is_cut(text: str) -> None:
    assert not [part for part in split(text)[1:] if part[0] in "\u200d\u0301\U0001f3fd" or not part.strip()]


@pytest.mark.parametrize("char", ["\u200d", "\ufe0f", "\u0301"])
def test_a_run_of_joiners_makes_no_flood_of_parts(char: str) -> None:
    assert len(split(char * 4000)) == 2


@given(st.text(max_size=300), st.integers(10, 50))
def test_parts_fit_and_lose_nothing_but_space(text: str, limit: int) -> None:
    text = text.encode("utf-16-le", "ignore").decode("utf-16-le")
    parts = split(text, limit)
    assert all(units(part) <= limit for part in parts)
    assert re.sub(r"[\s*]", "", "".join(parts)) == re.sub(r"[\s*]", "", text)


PHRASES = load_phrases()
ARTICLES = [parse_article(text) for text in load_articles(ROOT / "knowledge" / "content").values()]


class Tags(HTMLParser):
    """The standard library's reader: what is seen, what is bold, and which tags are open."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen, self.bold = "", ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        assert (tag, attrs, self.open) == ("b", [], []), "the only mark-up of ours, never in itself"
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.seen += data
        self.bold += data if self.open else ""


def read_in_parts(text: str, limit: int = LONGEST_SENT) -> list[Tags]:
    """The parts of a text as Telegram gets them; each is balanced and fits."""
    read = [Tags(to_html(one)) for one in split(text, limit)]
    assert not [one.open for one in read if one.open]
    assert all(units(one.seen) <= min(limit, 4096) for one in read)
    return read


def without_space(words: str) -> str:
    return re.sub(r"\s", "", words)


MARKED_WORDS = st.lists(
    st.one_of(
        st.sampled_from(["**", "*", "<b>", "</b>", "<", ">", "&", "&amp;", '"', "\n", "\n\n", ". ", " ", "👍🏽", "kata", "1. "]),
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
    ),
    max_size=60,
).map("".join)


@given(MARKED_WORDS, st.integers(12, 60))
def test_no_part_of_any_text_has_a_broken_tag(text: str, limit: int) -> None:
    read = read_in_parts(text, limit)
    assert re.sub(r"[\s*]", "", "".join(one.seen for one in read)) == re.sub(r"[\s*]", "", Tags(to_html(text)).seen)


@given(
    st.lists(st.text("abc d<&.", min_size=1, max_size=40).map(str.strip).filter(bool), min_size=1, max_size=8),
    st.integers(12, 60),
)
def test_bold_stays_bold_wherever_it_is_cut(words: list[str], limit: int) -> None:
    text = " x ".join(f"**{one}**" for one in words)
    read = read_in_parts(text, limit)
    assert without_space("".join(one.bold for one in read)) == without_space("".join(words))
    assert "*" not in "".join(one.seen for one in read)


@pytest.mark.parametrize("limit", [LONGEST_SENT, 100])
def test_every_article_is_good_html_in_every_part(limit: int) -> None:
    for article, language in product(ARTICLES, PHRASES.languages):
        for text in messages_of(article, language):
            read, whole = read_in_parts(text, limit), Tags(to_html(text))
            assert without_space("".join(one.seen for one in read)) == without_space(plain(text)), article.id
            assert without_space("".join(one.bold for one in read)) == without_space(whole.bold), article.id
            assert limit < LONGEST_SENT or len(read) == 1, article.id


def messages_of(article: Article, language: str) -> list[str]:
    """Everything that residents see of it."""
    say = partial(PHRASES.say, language)
    parts = [shown_article.part(say, REGION, article, name) for name in (*article.parts, "sumber")]
    first = shown_article.first_answer(say, REGION, article, " ".join(article.supersedes))
    replies = [first, shown_article.renewing(say, REGION, article), *parts]
    return [reply.text for reply in replies]


# ------------------------------------------------------------------ buttons fit


def longest_ids() -> list[str]:
    """Every id that a button of ours can have, with the longest numbers."""
    parts = [f"part:{article.id}:{name}" for article in ARTICLES for name in (*PARTS, "sumber")]
    topics = [f"topic:{article.id}" for article in ARTICLES]
    domains = [f"domain:{key}" for key in REGION.domains]
    reports = [f"report:{key}" for key in REGION.categories] + [f"r:abcdef:category:{key}" for key in REGION.categories]
    villages = [f"r:abcdef:village:{village.code}" for village in REGION.villages]
    agencies = [f"k:{LARGEST_ID}:ke:{key}" for key in REGION.agencies]
    moves = [f"k:{LARGEST_ID}:{move}" for move in (*CARD_MOVES, FIELD, NOTE, MORE, FEWER, CARD)]
    reasons = [f"k:{LARGEST_ID}:{Move.CLOSE}:{key}" for key in REGION.reasons.closing]
    reasons += [f"k:{LARGEST_ID}:{Move.ARCHIVE}:{'x' * MAX_ID}"]
    answers = [f"j:{LARGEST_ID}:{READY}:{'x' * LONGEST_ANSWER}", f"j:{LARGEST_ID}:{SEND}:{LARGEST_ID}"]
    tickets = [f"{name}:{LARGEST_ID}" for name in ("ticket", "add", "reopen", "continue", "fresh")]
    return [*parts, *topics, *domains, *reports, *villages, *agencies, *moves, *reasons, *answers, *tickets]


def test_every_button_id_fits_into_telegrams_64_bytes() -> None:
    ids = longest_ids()
    assert len(ids) > 400
    assert not [one for one in ids if len(one.encode()) > CALLBACK_BYTES]


async def test_telegram_takes_the_longest_of_them(fake: TelegramFake, channel: Telegram) -> None:
    longest = max(longest_ids(), key=len)
    await channel.send(letter(buttons=((Button(longest, "x"),),)))
    assert fake.chat(SITI)[0].data_of("x") == longest


# ------------------------------------------------------------------ errors

Expected = tuple[type[Exception], str, dict[str, Any]]
UNTOLD = {"uncertain": False, "pauses": False, "counts": True, "retry_after": None}
ERRORS: dict[str, tuple[Any, Expected]] = {
    "429": (faults.too_many(35), (Delayed, "too_many_requests", {"retry_after": 35.0, "pauses": True, "counts": False})),
    "403 blocked": (faults.blocked(), (Refused, "blocked", {"unreachable": True})),
    "403 deactivated": (faults.deactivated(), (Refused, "blocked", {"unreachable": True})),
    "401": (faults.unauthorized(), (Delayed, "token_revoked", {"retry_after": 60.0, "pauses": True, "counts": False})),
    "404": (faults.refusal(404, "Not Found"), (Delayed, "token_revoked", {"retry_after": 60.0, "pauses": True, "counts": False})),
    "400": (faults.bad_request("message is too long"), (Refused, "bad_request", {"unreachable": False})),
    "400 no chat": (faults.bad_request("chat not found"), (Refused, "bad_request", {"unreachable": True})),
    "409": (faults.refusal(409, "Conflict: other"), (Delayed, "another_poller", {"counts": False})),
    "500": (faults.server_error(), (Delayed, "server_error", {})),
    "502 in HTML": (faults.bad_gateway(), (Delayed, "server_error", {})),
    "no JSON": (faults.not_json(), (Delayed, "unreadable_answer", {"uncertain": True})),
    "reset before": (faults.reset_before(), (Delayed, "line_broke", {"uncertain": True})),
    "reset after": (faults.reset_after(), (Delayed, "line_broke", {"uncertain": True})),
}


@pytest.mark.parametrize("name", ERRORS)
async def test_what_an_error_means(fake: TelegramFake, channel: Telegram, name: str) -> None:
    fault, (kind, reason, told) = ERRORS[name]
    fake.fail_next(with_=fault)
    with pytest.raises(kind) as caught:
        await channel.send(letter())
    error = caught.value
    assert isinstance(error, Delayed | Refused)
    assert error.reason == reason
    expected = (UNTOLD | told) if kind is Delayed else told
    assert {key: getattr(error, key) for key in expected} == expected
    assert error.__cause__ is None, "the library's error may quote what was sent"


async def test_a_server_that_is_down_got_nothing(fake: TelegramFake, channel: Telegram) -> None:
    await fake.stop()
    with pytest.raises(Delayed, match="not_reached") as caught:
        await channel.send(letter())
    assert (caught.value.uncertain, caught.value.counts) == (False, True)
    await fake.start()
    await channel.send(letter())
    assert len(fake.chat(SITI)) == 1


async def test_a_group_that_moved_gets_the_letter_at_its_new_place(fake: TelegramFake, channel: Telegram) -> None:
    siti = fake.person(SITI)
    fake.group(GROUP).migrates(FORUM, siti)
    await channel.send(letter(to=GROUP))
    assert [shown.text for shown in fake.chat(FORUM)] == ["Halo"]


async def test_mark_up_that_is_refused_goes_out_plain(fake: TelegramFake, channel: Telegram) -> None:
    fake.fail_next(with_=faults.bad_request("can't parse entities: Can't find end tag"))
    await channel.send(letter("**Halo** <b>"))
    (shown,) = fake.chat(SITI)
    assert (shown.text, shown.entities) == ("Halo <b>", [])


async def test_before_a_letter_goes_twice_the_line_is_tried(fake: TelegramFake, channel: Telegram) -> None:
    await channel.send(letter(uncertain=True))
    assert [call.method for call in fake.calls] == ["getMe", "sendMessage"]
    fake.fail_next("getMe", with_=faults.server_error())
    with pytest.raises(Delayed):
        await channel.send(letter(uncertain=True))
    assert len(fake.chat(SITI)) == 1


async def test_a_lost_line_of_a_poll(fake: TelegramFake, channel: Telegram) -> None:
    fake.fail_next("getUpdates", with_=faults.reset_before())
    with pytest.raises(Delayed, match="line_broke"):
        await channel.poll(0, 0)
    fake.person(SITI).says("a\ud83db")
    fake.outlet.offer({"update_id": 900_000_009, "message": {"photo": 5}})  # the library would drop the whole batch
    arrivals = await channel.poll(0, 0)
    assert [arrival.rank for arrival in arrivals] == [arrival.rank for arrival in arrivals if arrival.rank > 0]
    assert len(arrivals) == 2
    assert await channel.poll(arrivals[-1].rank + 1, 0) == []


# ------------------------------------------------------------------ python-telegram-bot on aiohttp


@pytest.fixture
async def request_layer() -> AsyncIterator[AiohttpRequest]:
    layer = AiohttpRequest(connections=4)
    await layer.initialize()
    await layer.initialize()  # twice does no harm
    yield layer
    await layer.shutdown()
    await layer.shutdown()


def library(fake: TelegramFake, layer: AiohttpRequest) -> Bot:
    return Bot(fake.token, f"{fake.url}/bot", f"{fake.url}/file/bot", request=layer, get_updates_request=layer)


async def test_the_library_works_on_it(fake: TelegramFake, request_layer: AiohttpRequest) -> None:
    bot = library(fake, request_layer)
    me = await bot.get_me()
    sent = await bot.send_message(SITI, "a=b&c=d <é> 🙏 %20+")
    assert (me.id, sent.text) == (fake.bot["id"], "a=b&c=d <é> 🙏 %20+")


async def test_files_go_out_as_multipart_and_come_back(fake: TelegramFake, request_layer: AiohttpRequest) -> None:
    bot = library(fake, request_layer)
    data = picture(5)
    sent = await bot.send_photo(SITI, data, caption="foto & <keterangan>", filename="foto.jpg")
    (call,) = fake.called("sendPhoto")
    (upload,) = call.files.values()
    assert (upload.name, upload.data, upload.mime) == ("foto.jpg", data, "image/jpeg")
    assert (sent.caption, fake.chat(SITI)[0].kind) == ("foto & <keterangan>", "photo")
    file = await bot.get_file(sent.photo[-1].file_id)
    assert bytes(await file.download_as_bytearray()) == data


async def test_silence_is_unsure_and_a_closed_port_is_not_sent(fake: TelegramFake, request_layer: AiohttpRequest) -> None:
    bot = library(fake, request_layer)
    with pytest.raises(Unsure):  # `total` adds the seconds that a connection may take
        await request_layer.do_request(f"{fake.url}/bot{fake.token}/getUpdates?timeout=30", "POST", read_timeout=-4.8)
    with pytest.raises(NotSent):
        await request_layer.do_request(f"http://127.0.0.1:{free_port()}/", "POST")
    fake.fail_next(with_=faults.reset_after())
    with pytest.raises(Unsure):
        await bot.send_message(SITI, "x")
    assert len(fake.chat(SITI)) == 1, "it had arrived"


async def test_errors_tell_no_address(fake: TelegramFake, request_layer: AiohttpRequest) -> None:
    """Our token stands in every address."""
    with pytest.raises(NotSent) as caught:
        await request_layer.do_request(f"http://127.0.0.1:{free_port()}/bot{fake.token}/getMe", "POST")
    assert fake.token not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__
