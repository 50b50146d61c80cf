"""The dialogue around the router: going on about an answer, thumbs, thanks, distress, and the language that is written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Row, Table, select

from handlers.memory import TOPIC_TURNS
from store.tables import feedback, residents, tickets, unmatched
from store.unit import Store
from tests.conftest import Clock
from tests.flows.drivers import TerminalWorld, Voice
from tests.flows.stories import REGION, reaches_summary, words_of
from tests.ledger import look

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
KTP, CHECK_UP = "Cara mengurus KTP hilang bagaimana ya?", "syarat daftar cek kesehatan gratis apa?"
NOTHING = "Berapa berat gajah di kebun binatang?"


@pytest.fixture
async def world(store: Store, database_url: str, clock: Clock) -> AsyncIterator[TerminalWorld]:
    async with TerminalWorld(store, database_url) as opened:
        opened.parts.app.now = clock
        yield opened


@pytest.fixture
def siti(world: TerminalWorld) -> Voice:
    return world.resident()


async def rows(database_url: str, table: Table) -> list[Row[Any]]:
    return await look(database_url, select(table))


async def asks(person: Voice, question: str = KTP, title: str = "KTP hilang") -> None:
    await person.says(question)
    await person.sees(title, "terverifikasi")


# Going on about an answer


@pytest.mark.parametrize(
    ("words", "part", "says"),
    [
        ("biayanya berapa?", "Biaya", "Gratis"),
        ("syaratnya?", "Syarat", "Fotokopi KK"),
        ("caranya gimana", "Langkah", "surat kehilangan"),
        ("gratis kah", "Biaya", "Gratis"),
        ("kalau hari Sabtu?", "Waktu", "jam bukanya"),
        ("berapa lama jadinya", "Waktu", "Berapa hari"),
    ],
)
async def test_a_short_question_goes_on_about_the_answer(siti: Voice, words: str, part: str, says: str) -> None:
    await asks(siti)
    await siti.says(words)
    await siti.sees(f"KTP hilang – {part}", says)


async def test_who_it_is_for_is_looked_up_in_the_answer(siti: Voice) -> None:
    await asks(siti, CHECK_UP, "Cek Kesehatan Gratis")
    await siti.says("yang anak-anak?")
    await siti.sees("Anak: KK atau buku KIA")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("pira suwene?", "Wekdal"),
        ("syarate opo wae?", "Sarat"),
        ("ragadipun pinten nggih", "Ragad"),
        ("nek dino setu piye", "Wekdal"),
    ],
)
async def test_javanese_goes_on_as_well_and_is_answered_in_javanese(siti: Voice, words: str, part: str) -> None:
    await asks(siti)
    await siti.says(words)
    siti.language = "jv"
    await siti.sees(f"KTP hilang – {part}")


async def test_what_the_article_lacks_is_said_and_passed_on_to_its_agency(siti: Voice, database_url: str) -> None:
    await asks(siti)
    await siti.says("di mana tempatnya")
    await siti.sees("Soal tempat untuk KTP hilang belum kami punya")
    await siti.presses("button.pass_on")
    await siti.sees("operator.passed_on", REGION.agencies["disdukcapil"].name)
    (ticket,) = await rows(database_url, tickets)
    assert (ticket.text, ticket.topic) == ("di mana tempatnya", "administrasi/ktp-hilang")
    assert [(one.kind, one.topic) for one in await rows(database_url, unmatched)] == [("missing", "administrasi/ktp-hilang")]


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("syarat daftar cek kesehatan gratis apa?", "Cek Kesehatan Gratis"),
        ("tolong, rumah saya kebakaran", "emergency.numbers"),
        ("/status", "status.none"),
        ("status laporan saya", "status.none"),
        ("mau bicara dengan petugas", "operator.ask"),
        ("Lampu jalan mati sudah sebulan, tolong diperbaiki", "report.begun"),
    ],
)
async def test_what_is_clearly_something_else_is_something_else(siti: Voice, words: str, key: str) -> None:
    await asks(siti)
    await siti.says(words)
    await siti.sees(key)


async def test_the_topic_is_forgotten_after_half_an_hour(siti: Voice, clock: Clock) -> None:
    await asks(siti)
    clock.forward(minutes=31)
    await siti.says("berapa lama jadinya")
    await siti.sees("ask.which_matter")


async def test_the_topic_is_forgotten_after_some_turns_about_other_things(siti: Voice) -> None:
    await asks(siti)
    for _ in range(TOPIC_TURNS):
        await siti.says("/bantuan")
        await siti.sees("start.help")
    await siti.says("berapa lama jadinya")
    await siti.sees("ask.which_matter")


async def test_without_an_answer_before_it_a_short_question_is_an_ordinary_one(siti: Voice) -> None:
    await siti.says("berapa lama jadinya")
    await siti.sees("ask.which_matter")


# Nothing fits


async def test_not_that_offers_other_candidates_and_the_second_time_a_person(siti: Voice, database_url: str) -> None:
    await siti.says("syarat ktp?")
    first = await siti.sees("ask.clarify")
    await siti.presses("button.none")
    second = await siti.sees("ask.others")
    assert REGION.domains["administrasi"] in second.labels
    assert not (set(first.labels) & set(second.labels)) - {words_of("button.none")}
    await siti.presses("button.none", second)
    await siti.sees("ask.twice")
    assert [(one.kind, one.words) for one in await rows(database_url, unmatched)] == [("rejected", "syarat ktp?")]
    await siti.says("ya")
    await siti.sees("operator.passed_on")
    (ticket,) = await rows(database_url, tickets)
    assert ticket.text == "syarat ktp?"


async def test_the_second_question_without_an_answer_leads_straight_to_a_person(siti: Voice, database_url: str) -> None:
    await siti.says(NOTHING)
    await siti.sees("ask.unanswered")
    await siti.says(f"{NOTHING} NIK saya 3520 1234 5678 9012, hp 0812-3456-7890")
    await siti.sees("ask.twice")
    kept = await rows(database_url, unmatched)
    assert [one.kind for one in kept] == ["declined", "declined"]
    assert kept[1].words == f"{NOTHING} NIK saya ▮▮, hp ▮"
    assert kept[1].language == "id"
    assert "resident_id" not in unmatched.c


async def test_an_answer_ends_the_row_of_failures(siti: Voice) -> None:
    await siti.says(NOTHING)
    await siti.sees("ask.unanswered")
    await asks(siti)
    await siti.says(NOTHING)
    await siti.sees("ask.unanswered")


# Thumbs


async def test_a_vote_counts_once_and_the_last_one_counts(siti: Voice, world: TerminalWorld, database_url: str) -> None:
    await siti.says(f"{KTP} 081234567890")
    answer = await siti.sees("KTP hilang")
    await siti.presses("👍", answer, times=2)
    assert words_of("feedback.thanks") in world.toasts
    await siti.presses("👎", answer, times=2)
    missing = await siti.sees("feedback.what_is_missing")
    assert missing.labels == [words_of(f"button.{key}") for key in ("pass_on", "other_topic", "menu")]
    await siti.hears_nothing()
    (vote,) = await rows(database_url, feedback)
    assert (vote.topic, vote.vote, vote.words) == ("administrasi/ktp-hilang", "down", f"{KTP} ▮")
    assert 0 < vote.confidence <= 1
    assert vote.edition == 1
    assert [(one.kind, one.topic) for one in await rows(database_url, unmatched)] == [("disliked", "administrasi/ktp-hilang")]


async def test_after_a_thumb_down_the_question_can_be_passed_on(siti: Voice, database_url: str) -> None:
    await asks(siti)
    await siti.presses("👎")
    await siti.sees("feedback.what_is_missing")
    await siti.presses("button.pass_on")
    await siti.sees("operator.passed_on", REGION.agencies["disdukcapil"].name)
    (ticket,) = await rows(database_url, tickets)
    assert ticket.text == KTP


async def test_after_a_thumb_down_another_topic_can_be_found(siti: Voice) -> None:
    await asks(siti)
    await siti.presses("👎")
    await siti.sees("feedback.what_is_missing")
    await siti.presses("button.other_topic")
    others = await siti.sees("ask.others")
    assert "KTP hilang" not in others.labels


async def test_a_thumb_interrupts_no_report(siti: Voice) -> None:
    await asks(siti)
    await siti.says("/lapor")
    await siti.sees("report.what")
    await siti.presses("👎")
    await siti.sees("feedback.what_is_missing")
    await siti.says("Jalan rusak di desa Baron")
    await siti.sees("report.photo")


async def test_a_vote_still_counts_after_the_menu(siti: Voice, database_url: str) -> None:
    await asks(siti)
    answer = siti.messages()[-1]
    await siti.presses("button.menu")
    await siti.sees("start.greeting")
    await siti.presses("👍", answer)
    assert len(await rows(database_url, feedback)) == 1


@pytest.mark.parametrize("data", ["vote:up:0123456789ab", "vote:sideways:", "vote", "vote:up"])
async def test_a_forged_vote_is_none(siti: Voice, world: TerminalWorld, database_url: str, data: str) -> None:
    await asks(siti)
    await siti.presses_data(siti.messages()[-1], data)
    assert words_of("start.stale_toast") in world.toasts
    assert not await rows(database_url, feedback)


# Thanks


@pytest.mark.parametrize(
    "words", ["terima kasih", "ok siap", "oke makasih infonya kak", "baik pak, terima kasih banyak", "sip 👍"]
)
async def test_thanks_get_one_line_without_a_menu(siti: Voice, words: str) -> None:
    await asks(siti)
    await siti.says(words)
    assert (await siti.sees("start.thanks")).labels == []
    await siti.says("syaratnya?")
    await siti.sees("Fotokopi KK")


@pytest.mark.parametrize("words", ["matur nuwun", "matur suwun sanget pak", "Matur nuwun nggih, Bu"])
async def test_thanks_in_javanese_are_returned_in_javanese(siti: Voice, words: str) -> None:
    await asks(siti)
    await siti.says(words)
    siti.language = "jv"
    assert (await siti.sees("start.thanks")).labels == []


# Distress


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("saya ingin mati saja", "id"),
        ("aku arep bunuh diri", "id"),
        ("pengin mati wae", "id"),
        ("kula badhe nglalu kemawon", "jv"),
    ],
)
async def test_who_wants_to_die_is_met_gently_and_offered_a_person(
    siti: Voice, database_url: str, words: str, language: str
) -> None:
    siti.language = language
    await siti.says(words)
    gentle = await siti.sees("emergency.suicide", "119", REGION.agencies["dinkes"].name)
    assert gentle.labels == [words_of(f"button.{key}", language) for key in ("person_now", "menu")]
    await siti.says("ya")
    await siti.sees("operator.passed_on", REGION.agencies["dinkes"].name)
    (ticket,) = await rows(database_url, tickets)
    assert ticket.text == words


async def test_a_no_leaves_the_way_to_a_person_open(siti: Voice) -> None:
    await siti.says("saya ingin mati saja")
    await siti.sees("emergency.suicide")
    await siti.says("tidak")
    await siti.sees("emergency.stay")
    await siti.presses("button.person_now")
    await siti.sees("operator.passed_on")


async def test_who_wants_to_die_is_not_asked_for_a_place(siti: Voice) -> None:
    await siti.says("/lapor")
    await siti.sees("report.what")
    await siti.says("aku pengen mati aja, capek banget")
    await siti.sees("emergency.suicide")
    await siti.hears_nothing()


@pytest.mark.parametrize("words", ["digebuki bojo", "tolong suami saya memukuli saya sekarang, saya takut", "aku dicekik bojoku"])
async def test_violence_is_asked_about_safety_and_kept_confidential(siti: Voice, words: str) -> None:
    await siti.says(words)
    await siti.sees("emergency.violence", "110", REGION.agencies["p2kbp3a"].name)
    await siti.presses("button.record")
    await siti.sees("report.where")
    await siti.says("Desa Baron")
    await siti.sees("report.photo")
    await siti.presses("button.without_photo")
    await reaches_summary(siti, REGION.categories["aduan/perempuan-anak"].label)


@pytest.mark.parametrize("words", ["lampu jalan mati wae, tulung didandani", "ayam saya mati semua", "kebakaran!"])
async def test_other_dangers_and_complaints_get_no_words_of_comfort(siti: Voice, words: str) -> None:
    await siti.says(words)
    assert words_of("emergency.suicide") not in siti.messages()[-1].text


# Language


async def test_the_reply_is_in_the_language_that_is_written(siti: Voice, database_url: str) -> None:
    siti.language = "jv"
    await siti.says("kula badhe tanglet pinten bobotipun gajah")
    await siti.sees("ask.unanswered")
    siti.language = "id"
    await siti.says(NOTHING)
    await siti.sees("ask.twice")
    (resident,) = await rows(database_url, residents)
    assert (resident.language, resident.language_chosen) == ("id", False)


async def test_a_chosen_language_stays_whatever_is_written(siti: Voice, database_url: str) -> None:
    await siti.says("/bahasa")
    await siti.sees("language.choose")
    await siti.presses("Bahasa Indonesia")
    await siti.sees("language.changed")
    await siti.says("kula badhe tanglet pinten bobotipun gajah")
    await siti.sees("ask.unanswered")
    (resident,) = await rows(database_url, residents)
    assert (resident.language, resident.language_chosen) == ("id", True)


async def test_a_single_javanese_word_changes_nothing(siti: Voice) -> None:
    await siti.says("gajah piro")
    await siti.sees("ask.unanswered")


async def test_english_gets_a_kind_line_once_and_then_the_usual_way(siti: Voice) -> None:
    await siti.says("what is the weight of an elephant")
    await siti.sees("start.english")
    await siti.sees("ask.unanswered")
    await siti.says("hello where is the zoo please")
    await siti.sees("ask.twice")
