"""What a file is by its first bytes, when two pictures are one, and when a file is asked for again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.media.documents import bare_jpeg
from bot.media.images import look
from domain.errors import Delayed, Refused
from domain.files import (
    LIFETIME,
    SAME_LOOK,
    FileState,
    Side,
    StoredFile,
    alike,
    look_of_words,
    named,
    neighbours,
    next_try,
    place_of,
    sniffed,
    words_of_look,
)
from domain.messages import Media
from tests.doubles import media

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)
LOOKS = st.integers(0, 2**64 - 1)
BITS = st.sets(st.integers(0, 63), max_size=SAME_LOOK)


@pytest.mark.parametrize(
    ("head", "form"),
    [
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "webp"),
        (b"\0\0\0\x18ftypheic", "heic"),
        (b"\0\0\0\x18ftypisom", "mp4"),
        (b"\0\0\0\x18ftypM4A ", "mp4"),
        (b"\0\0\0\x14ftypqt  ", "mp4"),
        (b"\0\0\0\x18ftyp3gp5", "mp4"),
        (b"%PDF-1.7", "pdf"),
        (b"OggS\0", "ogg"),
        (b"ID3\x04", "mp3"),
        (b"\xff\xfb\x90", "mp3"),
        (b" %PDF-1.7", ""),
        (b"<html>", ""),
        (b"RIFF\x10\0\0\0WAVE", ""),
        (b"MZ\x90\0", ""),
        (b"PK\x03\x04", ""),
        (b"", ""),
    ],
)
def test_the_first_bytes_say_what_a_file_is(head: bytes, form: str) -> None:
    assert sniffed(head) == form


@given(LOOKS, BITS)
def test_of_two_hashes_that_are_alike_one_word_is_a_neighbour(one: int, bits: set[int]) -> None:
    other = one
    for bit in bits:
        other ^= 1 << bit
    assert alike(one, other)
    assert look_of_words(words_of_look(one)) == one
    pairs = zip(words_of_look(one), words_of_look(other), strict=True)
    assert any(theirs in neighbours(ours) for ours, theirs in pairs)


def test_a_picture_made_smaller_is_the_same_and_another_is_not() -> None:
    one = look(media.scene(5))
    assert alike(one, look(media.scene(5, (900, 700))))
    assert not alike(one, look(media.scene(6)))


def test_pictures_that_show_nothing_are_like_none() -> None:
    plain = media.scene(1).point(lambda level: 128)
    assert look(plain) is None
    assert not alike(None, None)


def test_a_jpeg_in_a_document_loses_its_notes_and_no_picture() -> None:
    sent = media.picture_of("JPEG")
    kept = bare_jpeg(sent)
    assert not [trace for trace in media.TRACES if trace in kept]
    assert kept[-200:] == sent[-200:]


def test_a_copy_lies_two_folders_deep_and_is_never_named_by_people() -> None:
    copy = "ab12" + "0" * 60
    assert place_of(copy).as_posix() == f"ab/12/{copy}"
    assert named(copy, b"%PDF-1.7") == ("ab1200000000.pdf", "application/pdf")


def file(attempts: int) -> StoredFile:
    return StoredFile(1, 1, Side.RESIDENT, "", "telegram", Media("photo", "x"), FileState.WANTED, attempts, NOW)


def test_a_file_is_asked_for_again_ever_later_and_for_a_day() -> None:
    tries = [next_try(file(attempt), Delayed("line_broke"), NOW, lambda: 0.5) for attempt in (1, 2, 3, 9)]
    assert tries == sorted(one for one in tries if one)
    assert next_try(file(9), Delayed("line_broke"), NOW + LIFETIME, lambda: 0.5) is None
    assert next_try(file(1), Delayed("too_many_requests", 60.0), NOW, lambda: 0.0) == NOW + timedelta(seconds=60)
    assert next_try(file(1), Refused("too_large"), NOW, lambda: 0.5) is None
