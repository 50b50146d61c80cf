"""Privacy through the door: the notice, refusal, export, erasure, reveal, retention. E1–E4, E6, E7."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import build, keys
from domain.errors import KeyMissing
from domain.people import Role
from knowledge.region import RegionError, load_region
from services.keys import Vault, new_key
from services.privacy import reapply
from services.retention import read_erased
from services.vault import rotate
from store.tables import consents, erasures, identities, residents
from store.unit import Store
from tests.conftest import Clock, settings_for, sqlite_url
from tests.doubles.telegram_fake import TelegramFake
from tests.flows.drivers import FakePerson, TurnsWorld, desk_of, words_of
from tests.flows.stories import comes_to_summary, complains, number_in
from tests.ledger import count, look

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NIK, PHONE, NAME = "3520014107800003", "081298765432", "Kanariyem Sutedjo"
STORY = f"Ada kerusakan di dekat balai desa Baron, NIK saya {NIK}, hp {PHONE}"


@pytest.fixture
async def world(fake: TelegramFake, store: Store, database_url: str, clock: Clock, tmp_path: Path) -> AsyncIterator[TurnsWorld]:
    async with TurnsWorld(fake, store, database_url, clock) as started:
        started.parts.app.erasures_file = tmp_path / "erasures.txt"
        yield started


def kanari(world: TurnsWorld) -> FakePerson:
    """Somebody whose name, account and numbers we look for afterwards."""
    return FakePerson(world, world.fake.person(777_123_456, NAME))


async def tended(world: TurnsWorld, **later: float) -> None:
    world.clock.forward(**later)
    await world.parts.worker.tend()
    await world.parts.worker.drain()


def path_of(database_url: str) -> Path:
    return Path(database_url.partition("///")[2])


def on_disk(database_url: str, *canaries: str) -> list[str]:
    """Which canaries `strings` would find in the database and the files beside it."""
    path = path_of(database_url)
    if not database_url.startswith("sqlite"):
        return []  # a server's files are its own
    raw = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    return [canary for canary in canaries if canary.encode() in raw]


def at_desk(world: TurnsWorld, group: FakePerson) -> str:
    return "\n".join(message.text for message in group.messages())


async def heads(world: TurnsWorld, person: FakePerson, agency: str, role: Role = Role.HEAD) -> None:
    async with world.store.unit() as unit:
        await unit.people.enrol("telegram", str(person.voice.id), "Kepala", agency, role, world.clock())
        await unit.commit()


# ------------------------------------------------------------------ the notice


async def test_e1_the_notice_stands_below_the_first_answer_and_going_on_agrees(world: TurnsWorld) -> None:
    siti = world.resident()
    await siti.says("KTP saya hilang, bagaimana?")
    first = await siti.sees("Dengan melanjutkan, Anda setuju", "terverifikasi")
    assert words_of("button.privacy") in first.labels
    assert await count(world.database_url, consents) == 0
    await siti.says("biayanya berapa?")
    assert "/berhenti" not in (await siti.sees("terverifikasi")).text
    (row,) = await look(world.database_url, consents.select())
    assert (row.resident_id, row.version) == (1, world.parts.app.region.privacy.version)


@ON_SQLITE
async def test_e1_reading_the_notice_agrees_to_nothing(world: TurnsWorld) -> None:
    siti = world.resident()
    await siti.says("/start")
    await siti.sees("start.greeting", "Dengan melanjutkan")
    await siti.presses("button.privacy")
    await siti.sees("Penanggung jawab: Pemerintah Kabupaten Magetan", "/petugas")
    await siti.says("/privasi")
    await siti.sees("Penanggung jawab")
    assert await count(world.database_url, consents) == 0


@ON_SQLITE
async def test_e1_a_new_version_is_told_once_more(world: TurnsWorld) -> None:
    siti = world.resident()
    for words in ("/start", "/bantuan"):
        await siti.says(words)
    await siti.sees("start.greeting")
    await siti.sees("start.help")
    region = world.parts.app.region
    object.__setattr__(region, "privacy", replace(region.privacy, version=region.privacy.version + 1))
    try:
        await siti.says("/bantuan")
        await siti.sees("start.help", "Pemberitahuan data pribadi diperbarui")
        await siti.says("/bantuan")
        assert "diperbarui" not in (await siti.sees("start.help")).text
        assert await count(world.database_url, consents) == 2
    finally:
        object.__setattr__(region, "privacy", replace(region.privacy, version=region.privacy.version - 1))


@ON_SQLITE
async def test_e1_who_calls_for_help_is_told_later(world: TurnsWorld) -> None:
    siti = world.resident()
    await siti.says("tolong kebakaran rumah tetangga saya")
    assert "/berhenti" not in (await siti.sees("emergency.numbers")).text
    await siti.says("/bantuan")
    await siti.sees("start.help", "Dengan melanjutkan")


@pytest.mark.parametrize("words", ["Tidak setuju", "/berhenti"])
async def test_e1_who_refuses_is_forgotten_within_a_day_and_asked_again_when_they_return(world: TurnsWorld, words: str) -> None:
    siti = kanari(world)
    await siti.says(f"KTP saya hilang, nama saya {NAME}")
    await siti.sees("Dengan melanjutkan")
    await siti.says(words)
    await siti.sees("privacy.refused")
    await tended(world, hours=1)
    assert await count(world.database_url, identities) == 0
    assert await count(world.database_url, erasures) == 1
    assert not on_disk(world.database_url, NAME, "777123456")
    await siti.says("/start")
    await siti.sees("start.greeting", "Dengan melanjutkan")


@ON_SQLITE
async def test_e1_who_never_went_on_leaves_a_keyed_hash_alone(world: TurnsWorld) -> None:
    siti = kanari(world)
    await siti.says(f"KTP saya hilang, nama saya {NAME}")
    await siti.sees("Dengan melanjutkan")
    await tended(world, hours=25)
    assert not on_disk(world.database_url, NAME, "777123456")
    assert await count(world.database_url, erasures) == 1


def test_e1_nothing_starts_where_nobody_can_be_asked_about_data(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(settings_for("sqlite://").region_dir, tmp_path / "region"))
    file = folder / "privacy.toml"
    file.write_text("\n".join(line for line in file.read_text(encoding="utf-8").splitlines() if "contact" not in line))
    with pytest.raises(RegionError, match=r"privacy\.toml: contact"):
        load_region(folder)


# ------------------------------------------------------------------ export and erasure


async def fills_the_store(world: TurnsWorld, siti: FakePerson, desk: FakePerson) -> str:
    """A ticket with an answer and an addition, a question without an answer, a vote."""
    await siti.says("KTP saya hilang, bagaimana?")
    await siti.presses("button.vote_down")
    await siti.says(f"xqzv wkjp {NAME}")
    await siti.says("/menu")
    world.read[siti.chat] = len(siti.messages())
    number = await complains(siti, "bpkpd", STORY)
    card = next(one for one in desk.messages() if number in one.text)
    await desk.says("Baik, kami cek minggu ini.", to=card)
    await siti.says(f"Tambahan dari {NAME}, hp {PHONE}", to=siti.messages()[-1])
    return number


async def test_e2_an_export_has_every_word_of_theirs_and_nothing_of_others(world: TurnsWorld) -> None:
    desk, siti, budi = await desk_of(world, "bpkpd"), kanari(world), world.resident()
    await complains(budi, "bpkpd", "Ada lubang di dekat balai desa Baron, kata Budiarto")
    await fills_the_store(world, siti, desk)
    before = len(siti.messages())
    await siti.says("/dataku")
    told = "\n".join(message.text for message in siti.messages()[before:])
    for own in (NIK, PHONE, NAME, "777123456", "kami cek minggu ini", "Petugas:"):
        assert own in told, own
    assert "Budiarto" not in told
    assert "operator:" not in told


async def test_e2_after_erasure_nothing_is_left_and_figures_stay(world: TurnsWorld) -> None:
    desk, siti = await desk_of(world, "bpkpd"), kanari(world)
    number = await fills_the_store(world, siti, desk)
    await siti.says("/hapus")
    assert words_of("privacy.ask_to_erase") in siti.messages()[-1].text
    await siti.presses("button.erase")
    assert words_of("privacy.erased") in siti.messages()[-1].text
    await tended(world, minutes=2)
    await tended(world, hours=24)
    async with world.store.reading() as unit:
        ticket = await unit.tickets.by_number(number)
        assert ticket
        assert (ticket.text, ticket.place.words, ticket.address, ticket.category != "") == ("", "", "", True)
        assert not [entry.text for entry in await unit.tickets.history(ticket.id) if entry.kind.value != "event" and entry.text]
    assert f"Isi {number} dihapus atas permintaan warga" in at_desk(world, desk)
    (card,) = [message for message in desk.messages() if message.text.startswith(number)]
    assert "balai desa" not in card.text
    assert not on_disk(world.database_url, NIK, PHONE, NAME, "777123456", "balai desa Baron, NIK")


@ON_SQLITE
async def test_e2_a_restored_backup_is_erased_again_from_the_list_beside_it(world: TurnsWorld, tmp_path: Path) -> None:
    siti = kanari(world)
    await siti.says("/start")
    await siti.says("/bantuan")
    backup = tmp_path / "backup.db"
    with sqlite3.connect(path_of(world.database_url)) as connection:
        connection.execute("VACUUM INTO ?", [str(backup)])
    await siti.says("/hapus")
    await siti.presses("button.erase")
    await tended(world, minutes=2)
    erased = read_erased(tmp_path / "erasures.txt")
    assert len(erased) == 1
    async with build.open_store(settings_for(sqlite_url(backup))) as store:
        app = await build.build_app(settings_for(sqlite_url(backup)), store, [])
        async with store.unit() as unit:
            assert await reapply(app, unit, set(erased)) == 1
            await unit.commit()
    assert await count(sqlite_url(backup), identities) == 0


@ON_SQLITE
async def test_a_change_of_mind_erases_nothing(world: TurnsWorld) -> None:
    siti = world.resident()
    await siti.says("/start")
    await siti.says("/hapus")
    await siti.says("tidak")
    assert words_of("start.cancelled") in siti.messages()[-1].text
    await tended(world, minutes=2)
    assert await count(world.database_url, identities) == 1


@ON_SQLITE
async def test_who_had_enough_gets_no_letters_until_they_write_again(world: TurnsWorld) -> None:
    desk, siti = await desk_of(world, "bpkpd"), world.resident()
    await complains(siti, "bpkpd")
    card = await desk.sees("state.baru")
    await siti.says("/berhenti")
    await siti.sees("privacy.stopped")
    before = len(siti.messages())
    await desk.says("Sudah kami perbaiki.", to=card)
    assert len(siti.messages()) == before
    await siti.says("/bantuan")
    await desk.says("Ada kabar lagi.", to=card)
    assert "Ada kabar lagi." in siti.messages()[-1].text


# ------------------------------------------------------------------ hidden from desks


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_e3_desks_and_logs_know_neither_name_nor_account_nor_numbers(
    world: TurnsWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    desk, siti = await desk_of(world, "bpkpd"), kanari(world)
    number = await complains(siti, "bpkpd", STORY)
    await siti.says(f"Hubungi saya di {PHONE}", to=siti.messages()[-1])
    assert number in at_desk(world, desk)
    shown = at_desk(world, desk) + capsys.readouterr().err
    for canary in (NIK, PHONE, NAME, "777123456"):
        assert canary not in shown


async def test_e3_a_head_learns_who_it_is_in_private_for_a_reason_that_is_kept(world: TurnsWorld) -> None:
    desk, siti = await desk_of(world, "bpkpd"), kanari(world)
    number = await complains(siti, "bpkpd", STORY)
    card = await desk.sees("state.baru")
    await desk.says("/ungkap perlu dihubungi", to=card)
    await desk.sees("error.not_head")
    await heads(world, desk, "bpkpd")
    await desk.says("/ungkap", to=card)
    await desk.sees("error.no_reveal_reason")
    await desk.says("/ungkap warga perlu dihubungi soal berkas", to=card)
    await desk.sees("desk.revealed_privately")
    private = "\n".join(message.text for message in world.fake.chat(desk.voice.id))
    assert all(known in private for known in (NAME, "777123456", NIK, PHONE, number))
    assert NAME not in at_desk(world, desk)
    async with world.store.reading() as unit:
        done = [action for _, action in await unit.records.audited("ticket:1")]
    assert done.count("revealed") == 1
    await tended(world, minutes=1)
    assert not on_disk(world.database_url, NAME, NIK, PHONE)


# ------------------------------------------------------------------ encrypted, and gone in time


@ON_SQLITE
async def test_e6_nothing_readable_stands_in_the_files_of_the_database(world: TurnsWorld) -> None:
    siti = kanari(world)
    await comes_to_summary(siti, STORY)
    assert not on_disk(world.database_url, NIK, PHONE, NAME)  # a draft, a summary, arrivals
    await siti.says("ya")
    number_in(siti.messages()[-1])
    assert not on_disk(world.database_url, NIK, PHONE, NAME)


@ON_SQLITE
async def test_e6_another_key_is_refused_and_rotation_keeps_everything(world: TurnsWorld) -> None:
    await complains(kanari(world), "bpkpd", STORY)
    old, new = settings_for(world.database_url).vault_key.get_secret_value(), new_key()
    with pytest.raises(KeyMissing):
        await opened(world.database_url, new)
    kept, count_ = await opened(world.database_url, f"{new},{old}")
    assert count_ > 2
    assert kept == await only_read(world.database_url, new)
    assert kept[0] == NAME


async def opened(database_url: str, key: str) -> tuple[list[str], int]:
    """Rotate under these keys; the secrets of the first ticket, and how much was rotated."""
    settings = settings_for(database_url, vault_key=key)
    async with build.open_store(settings) as store:
        app = await build.build_app(settings, store, [])
        async with store.unit() as unit:
            rotated = await rotate(app, unit)
            await unit.commit()
    return await only_read(database_url, key), rotated


async def only_read(database_url: str, key: str) -> list[str]:
    vault = Vault(key.split(","))
    async with build.open_store(settings_for(database_url, vault_key=key)) as store, store.reading() as unit:
        tokens = [*await unit.privacy.locked_away(("reporter", 1)), *await unit.privacy.locked_away(("ticket", 1))]
    return [vault.decrypt(token) for token in tokens]


def test_e6_the_first_key_is_made_for_an_embedded_database_alone(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "vault.key"
    with pytest.raises(KeyMissing):
        keys.open_vault(settings_for("postgresql+asyncpg://x@localhost/x", vault_key="", vault_key_file=file))
    made = keys.open_vault(settings_for(sqlite_url(tmp_path / "a.db"), vault_key="", vault_key_file=file))
    assert file.stat().st_mode & 0o777 == 0o600
    again = keys.open_vault(settings_for(sqlite_url(tmp_path / "a.db"), vault_key="", vault_key_file=file))
    assert again.open(made.seal("x")) == "x"


@ON_SQLITE
async def test_e6_a_lost_key_is_not_replaced_behind_ones_back(world: TurnsWorld, tmp_path: Path) -> None:
    with pytest.raises(KeyMissing, match="lost_key"):
        keys.open_vault(settings_for(world.database_url, vault_key="", vault_key_file=tmp_path / "gone.key"))


async def test_e7_after_their_time_words_are_gone_but_for_a_legal_hold(world: TurnsWorld) -> None:
    desk, siti, budi = await desk_of(world, "bpkpd"), kanari(world), world.resident()
    for person in (siti, budi):
        await complains(person, "bpkpd", STORY)
    await close(world, 1, 2)
    async with world.store.unit() as unit:
        await unit.privacy.hold(2, True)
        await unit.commit()
    days = world.parts.app.region.privacy.days
    await tended(world, days=days.tickets + 1)
    async with world.store.reading() as unit:
        gone, held = await unit.tickets.get(1), await unit.tickets.get(2)
        report = [action for _, action in await unit.records.audited("store")]
    assert gone
    assert held
    assert (gone.text, bool(held.text)) == ("", True)
    assert report == ["retention"]
    await world.parts.worker.tend()
    async with world.store.reading() as unit:
        assert len(await unit.records.audited("store")) == 1  # once a day
    assert desk


async def close(world: TurnsWorld, *ticket_ids: int) -> None:
    async with world.store.unit() as unit:
        for ticket_id in ticket_ids:
            ticket = await unit.tickets.get(ticket_id)
            assert ticket
            await unit.tickets.change(ticket, world.clock(), state="arsip", closed_at=world.clock())
        await unit.commit()


@ON_SQLITE
async def test_e7_arrivals_letters_and_idle_conversations_go(world: TurnsWorld) -> None:
    siti = kanari(world)
    await siti.says("/start")
    await siti.says("/bantuan")
    days = world.parts.app.region.privacy.days
    await tended(world, days=days.arrivals + 1)
    async with world.store.reading() as unit:
        assert (await unit.inbox.count("done"), await unit.outbox.count("sent")) == (0, 0)
    assert await count(world.database_url, identities) == 1
    await tended(world, days=days.conversations)
    assert await count(world.database_url, identities) == 0
    assert await count(world.database_url, residents, residents.c.erased_at.is_not(None)) == 1
