"""Files of strangers: what hurts is refused, what tells on people is taken out, and no ticket suffers (B6, D3, E5)."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable

import pytest
from PIL import Image
from sqlalchemy import func, select

from bot.fetching import Fetching
from domain.errors import NotFound
from domain.files import FileState, StoredFile
from domain.people import Operator, Role
from domain.ticket import State
from services.files import forget, open_file
from store.tables import tickets
from store.unit import Store
from tests.conftest import Clock
from tests.doubles import media
from tests.doubles.telegram_fake import TelegramFake
from tests.doubles.telegram_faults import Fault, Hang, Refusal, ResetBefore
from tests.flows.drivers import FakePerson, Message, TurnsWorld
from tests.flows.stories import complains
from tests.ledger import look

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
AGENCY = "bpbd"


@pytest.fixture
async def world(fake: TelegramFake, store: Store, database_url: str, clock: Clock) -> AsyncIterator[TurnsWorld]:
    async with TurnsWorld(fake, store, database_url, clock) as opened:
        yield opened


@pytest.fixture
async def desk(world: TurnsWorld) -> FakePerson:
    return await world.desk(AGENCY)


@pytest.fixture
def siti(world: TurnsWorld) -> FakePerson:
    return world.resident()


async def reports(person: FakePerson, desk: FakePerson) -> tuple[str, Message, Message]:
    """A ticket: its number, what its resident answers to, and its card."""
    number = await complains(person, AGENCY)
    card = next(one for one in desk.messages() if number in one.text)
    desk.world.read[desk.chat] = len(desk.messages())
    return number, person.messages()[-1], card


async def newest(world: TurnsWorld) -> StoredFile:
    """The file that was sent last."""
    async with world.store.reading() as unit:
        last = (await look(world.database_url, select(func.max(tickets.c.id))))[0][0]
        return (await unit.files.of_ticket(last))[-1]


def kept(world: TurnsWorld, file: StoredFile) -> bytes:
    return world.parts.app.shelf.path(file.copy).read_bytes()


# E5


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: media.picture_of("JPEG"), "photo"),
        (lambda: media.picture_of("HEIF"), "photo"),
        (lambda: media.picture_of("PNG"), "photo"),
        (lambda: media.picture_of("WEBP"), "photo"),
        (media.pdf_with_photo, "document"),
        (media.film, "video"),
    ],
    ids=["jpeg", "heic", "png", "webp", "pdf", "mp4"],
)
async def test_a_file_loses_place_and_device_before_anybody_gets_it(
    world: TurnsWorld, desk: FakePerson, siti: FakePerson, make: Callable[[], bytes], kind: str
) -> None:
    sent = make()
    assert any(trace in sent for trace in media.TRACES)
    _, mine, _ = await reports(siti, desk)
    raw = await siti.sends_file(sent, to=mine)
    await desk.sees("note.resident")
    shown = await desk.sees("card.file")
    forwarded = world.fake.world.files[shown.shown.file_id].data
    assert shown.kind == kind
    assert shown.shown.file_id != raw
    assert forwarded == kept(world, await newest(world))
    assert not [trace for trace in media.TRACES if trace in forwarded]
    if kind == "photo":
        assert not Image.open(io.BytesIO(forwarded)).getexif()


async def test_a_photo_offers_its_place_once_and_only_to_whom_it_belongs(
    world: TurnsWorld, desk: FakePerson, siti: FakePerson
) -> None:
    number, mine, _ = await reports(siti, desk)
    await siti.sends_file(media.picture_of("JPEG"), to=mine)
    await siti.sees("status.added")
    offer = await siti.sees("letter.gps", number)
    stranger = world.resident()
    await stranger.says("/start")
    await stranger.sees()
    await stranger.sends({"text": "halo"})
    pressed = stranger.messages()[-1]
    await stranger.presses_data(pressed, offer.shown.data_of("📍 Ya, pakai"))
    assert [row.lat for row in await look(world.database_url, select(tickets.c.lat))] == [None]
    await siti.sends_file(media.picture_of("JPEG", seed=2), to=mine)
    await siti.sees("status.added")
    await siti.presses("button.gps_yes", offer)
    await siti.sees("evidence.used", number)
    (row,) = await look(world.database_url, select(tickets.c.lat, tickets.c.lon))
    assert (row.lat, row.lon) == pytest.approx(media.DEGREES, abs=1e-4)


# D3


HTML = b"<html><script>alert(1)</script></html>"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (HTML, "foto.jpg"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "gambar.svg"),
        (b"MZ\x90\0" + bytes(60), "foto\u202egpj.exe"),
        (b"\x7fELF" + bytes(60), "surat\u200b.pdf"),
        (b"GIF89a/*" + HTML, "x.jpg\0.html"),
        (b"\xff\xd8\xff\xe0" + HTML, "halaman.pht"),
        (b"%PDF-1.7\n" + HTML, "surat.pdf"),
        (media.bomb(), "kecil.png"),
    ],
    ids=["html", "svg", "exe", "elf", "gif", "html-as-jpeg", "html-as-pdf", "bomb"],
)
async def test_what_is_no_picture_is_refused_by_content_and_the_ticket_goes_on(
    world: TurnsWorld, desk: FakePerson, siti: FakePerson, data: bytes, name: str
) -> None:
    number, mine, card = await reports(siti, desk)
    await siti.sends_file(data, name, to=mine)
    await siti.sees("status.added")
    await siti.sees("letter.file_not_kept", number)
    await desk.sees("note.resident")
    await desk.sees("note.file_not_kept", number)
    assert (await newest(world)).state is FileState.REFUSED
    await desk.says("Sudah kami lihat, besok dikerjakan.", to=card)
    await siti.sees("besok dikerjakan")


@pytest.mark.parametrize(
    ("data", "bad"),
    [(media.bare(1) + b"PK\x03\x04" + HTML, HTML), (media.pdf_with_photo(active=True), b"SapaJahat")],
    ids=["picture-with-a-tail", "active-pdf"],
)
async def test_what_rides_on_a_good_file_is_left_behind(
    world: TurnsWorld, desk: FakePerson, siti: FakePerson, data: bytes, bad: bytes
) -> None:
    _, mine, _ = await reports(siti, desk)
    await siti.sends_file(data, to=mine)
    file = await newest(world)
    assert file.state is FileState.KEPT
    assert bad not in kept(world, file)
    assert world.parts.app.shelf.path(file.copy).stat().st_mode & 0o777 == 0o600


# B6


async def test_a_link_that_expired_is_asked_for_again(world: TurnsWorld, desk: FakePerson, siti: FakePerson) -> None:
    _, mine, _ = await reports(siti, desk)
    world.fake.world.link_seconds = 0.0
    await siti.sends_file(media.bare(1), to=mine)
    assert (await newest(world)).state is FileState.WANTED
    world.fake.world.link_seconds = 3600.0
    world.clock.forward(minutes=1)
    await world.parts.worker.drain()
    assert (await newest(world)).state is FileState.KEPT
    assert len(world.fake.called("getFile")) == 2


@pytest.mark.parametrize("fault", [Refusal(500, "{}"), ResetBefore()], ids=["server-error", "line-broke"])
async def test_a_file_server_in_trouble_costs_no_file(
    world: TurnsWorld, desk: FakePerson, siti: FakePerson, fault: Fault
) -> None:
    number, mine, _ = await reports(siti, desk)
    world.fake.fail_next("download", with_=fault)
    await siti.sends_file(media.bare(1), to=mine)
    assert (await newest(world)).state in (FileState.WANTED, FileState.KEPT)  # aiohttp asks twice on a line that broke
    await siti.sees("status.added", number)
    world.clock.forward(minutes=1)
    await world.parts.worker.drain()
    assert (await newest(world)).state is FileState.KEPT


async def test_a_download_that_hangs_is_broken_off_at_the_end_and_costs_no_try(
    world: TurnsWorld, desk: FakePerson, siti: FakePerson
) -> None:
    _, mine, _ = await reports(siti, desk)
    world.fake.world.link_seconds = 0.0
    await siti.sends_file(media.bare(1), to=mine)
    world.fake.fail_next("download", with_=Hang(60.0))
    world.clock.forward(minutes=1)
    fetching = Fetching(world.parts.app)
    under_way = asyncio.create_task(fetching.round())
    await world.fake.wait_called("getFile", 2)
    fetching.break_off()
    async with asyncio.timeout(10.0):
        await under_way
    assert ((await newest(world)).state, (await newest(world)).attempts) == (FileState.WANTED, 1)


@pytest.mark.parametrize("why", ["too-large", "unknown"])
async def test_a_file_that_cannot_be_had_is_told_and_harms_no_ticket(
    world: TurnsWorld, desk: FakePerson, siti: FakePerson, why: str
) -> None:
    number, mine, card = await reports(siti, desk)
    size = 25_000_000 if why == "too-large" else 0
    file_id = world.fake.world.add_file(media.bare(1), "documents/file_{}", size=size)
    content = {"document": world.fake.world.media_json("document", file_id)}
    if why == "unknown":
        del world.fake.world.files[file_id]
    await siti.sends(content, mine)
    await siti.sees("status.added")
    await siti.sees("letter.file_not_kept", number)
    assert (await newest(world)).state is (FileState.REFUSED if why == "too-large" else FileState.GONE)
    await desk.says("Kami cek ya.", to=card)
    await siti.sees("Kami cek ya.")


# Evidence


async def answered_with(desk: FakePerson, card: Message, data: bytes) -> None:
    await desk.says("Sudah diperbaiki petugas hari ini.", to=card)
    sizes = desk.world.fake.world.photo_json(data)
    await desk.sends({"photo": sizes}, card)


async def test_one_photo_closes_one_ticket_however_it_is_packed(world: TurnsWorld, desk: FakePerson, siti: FakePerson) -> None:
    _, _, first = await reports(siti, desk)
    number, _, second = await reports(world.resident(), desk)
    await answered_with(desk, first, media.bare(7))
    await answered_with(desk, second, media.bare(7, size=(800, 600), quality=60))
    assert [one for one in desk.messages() if "sudah dipakai pada laporan lain" in one.text and number in one.text]
    await desk.presses("button.selesai", second)
    await desk.presses("Sudah ditindaklanjuti")
    assert "sudah dipakai pada laporan lain" in world.toasts[-1]
    await desk.sends({"photo": world.fake.world.photo_json(media.bare(8))}, second)
    await desk.presses("button.selesai", second)
    await desk.presses("Sudah ditindaklanjuti")
    assert number in world.toasts[-1]
    await desk.presses("button.selesai", first)
    await desk.presses("Sudah ditindaklanjuti")
    assert number not in world.toasts[-1]


async def test_silence_closes_no_ticket_whose_evidence_is_anothers(world: TurnsWorld, desk: FakePerson, siti: FakePerson) -> None:
    for person in (siti, world.resident()):
        _, _, card = await reports(person, desk)
        await answered_with(desk, card, media.bare(7))
    world.clock.forward(days=40)
    await world.parts.worker.tick()
    found = await look(world.database_url, select(tickets.c.state).order_by(tickets.c.id))
    assert [row.state for row in found] == [State.LAPSED, State.ANSWERED]


async def test_the_same_photo_in_two_open_reports_is_told_to_the_desk(
    world: TurnsWorld, desk: FakePerson, siti: FakePerson
) -> None:
    first, mine, _ = await reports(siti, desk)
    await siti.sends_file(media.bare(3), to=mine)
    budi = world.resident()
    second, his, _ = await reports(budi, desk)
    await budi.sends_file(media.bare(3, quality=70), to=his)
    assert [one for one in desk.messages() if first in one.text and second in one.text]


# Permission, and forgetting


async def test_a_file_opens_only_for_those_who_may_touch_its_ticket(
    world: TurnsWorld, desk: FakePerson, siti: FakePerson
) -> None:
    _, mine, _ = await reports(siti, desk)
    await siti.sends_file(media.bare(1), to=mine)
    file, app = await newest(world), world.parts.app
    async with world.store.reading() as unit:
        path, mime = await open_file(app, unit, Operator(1, "", {AGENCY: Role.OPERATOR}), file.id)
        assert (path.exists(), mime) == (True, "image/jpeg")
        for operator, file_id in ((Operator(2, "", {"rsud": Role.OPERATOR}), file.id), (None, file.id), (None, 999)):
            with pytest.raises(NotFound) as refused:
                await open_file(app, unit, operator, file_id)
            assert refused.value.key == "error.no_file"


async def test_a_forgotten_copy_leaves_the_disk_with_the_last_ticket_that_has_it(
    world: TurnsWorld, desk: FakePerson, siti: FakePerson
) -> None:
    files = []
    for person in (siti, world.resident()):
        _, mine, _ = await reports(person, desk)
        await person.sends_file(media.bare(11), to=mine)
        files.append(await newest(world))
    place = world.parts.app.shelf.path(files[0].copy)
    assert files[0].copy == files[1].copy
    for file, there in zip(files, (True, False), strict=True):
        async with world.store.unit() as unit:
            await forget(unit, file.ticket_id)
            await unit.commit()
        await world.parts.worker.drain()
        assert place.exists() is there
