"""docs/panduan-operator.md: what operators see, played anew so that the guide stays true.

After a wanted change: `SAPA_TEST_WRITE=1 pytest tests/flows/test_operator_guide.py`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.people import Role
from store.unit import Store
from tests.conftest import Clock
from tests.doubles.telegram_fake import TelegramFake
from tests.flows.drivers import FakePerson, Message, TurnsWorld, Voice
from tests.flows.stories import REGION, complains

DOCUMENT = Path(__file__).parents[2] / "docs" / "panduan-operator.md"
NINE = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # nine in the morning in Magetan, a Tuesday
BLOCK = re.compile(r"(<!-- transkrip: (\w+) -->\n```text\n).*?(^```$)", re.DOTALL | re.MULTILINE)
ALIAS = re.compile(r"#\d{4}\b")  # drawn by lot
MOST_BUTTONS = 14  # that a transcript shows; of more it shows the first few
FEW_BUTTONS = 4
FORMULA = "Terima kasih atas laporannya, akan kami tindak lanjuti."
RUBBISH = "Sampah menumpuk sejak seminggu di dekat balai desa Baron"

Seen = dict[tuple[str, int], tuple[str, list[str]]]  # (chat, message) → text, buttons


@dataclass
class StandingClock(Clock):
    """Moves only when it is told to."""

    def __call__(self) -> datetime:
        return NINE + self.ahead


@dataclass
class Office:
    """DLHP and the coordinator at work, and the transcripts of what they do. `chats`: what a transcript calls them."""

    world: TurnsWorld
    chats: dict[str, str] = field(default_factory=dict)
    told: dict[str, list[str]] = field(default_factory=dict)
    scene: str = ""
    without: str = ""
    budi: FakePerson = field(init=False)
    ani: FakePerson = field(init=False)
    head: FakePerson = field(init=False)
    center: FakePerson = field(init=False)

    # People

    def person(self, name: str) -> FakePerson:
        return FakePerson(self.world, self.world.fake.person(next(self.world.numbers), name))

    async def joins(self, group: str, name: str, agency: str, role: Role = Role.OPERATOR) -> FakePerson:
        person = self.person(name)
        await person.says(f"/gabung {await self.world.invite(agency, 'operator', role=role)}")
        self.chats[person.chat] = f"{name}, pribadi"
        return self.world.member(group, person)

    async def reported(self, text: str = RUBBISH) -> tuple[FakePerson, Message]:
        """A resident whose report just came, and its card in the group."""
        resident = self.person("Siti")
        number = await complains(resident, "dlhp", text)
        self.chats[resident.chat] = "warga"
        return resident, self.newest(self.budi, number)

    def newest(self, voice: Voice, words: str) -> Message:
        return next(message for message in reversed(voice.messages()) if words in message.text)

    # What is told

    def begin(self, scene: str, without: str = "") -> None:
        """`without`: a chat that this transcript leaves out."""
        self.scene, self.without = scene, without
        self.told.setdefault(scene, [])

    def remarks(self, words: str) -> None:
        self.told[self.scene].append(f"({words}:)")

    async def does(self, line: str, act: Callable[[], Awaitable[object]]) -> None:
        """Tell what somebody does, and all that appears or changes then."""
        before, toasts = self._seen(), len(self.world.toasts)
        await act()
        lines, appeared = self.told[self.scene], dict[str, list[str]]()
        lines.append(line)
        lines += [f"  → sekilas: {toast}" for toast in self.world.toasts[toasts:] if toast]
        for key, (text, labels) in self._seen().items():
            old = before.get(key)
            if old is None:
                appeared.setdefault(shown(briefly(text), labels), []).append(self.chats[key[0]])
            elif old != (text, labels):
                new = [one for one in text.splitlines() if one not in old[0].splitlines()]
                lines.append(f"  ↻ berubah: {shown([' · '.join(new)], labels if labels != old[1] else [])}")
        lines += [f"  → {' dan '.join(where)}: {text}" for text, where in appeared.items()]

    async def presses(self, voice: FakePerson, label: str, on: Message) -> None:
        found = next(one for one in on.labels if label in one)
        await self.does(f"{name_of(voice)} menekan [{found}]", lambda: voice.presses(found, on))

    async def writes(self, voice: FakePerson, text: str, to: Message | None = None) -> None:
        line = f"{name_of(voice)} {'membalas' if to else 'menulis'}: {text}"
        await self.does(line, lambda: voice.says(text, to))

    async def waits(self, line: str, **time: float) -> None:
        self.world.clock.forward(**time)
        await self.does(f"({line}:)", self.tick)

    async def tick(self) -> None:
        for _ in range(3):
            await self.world.parts.worker.tick()
            await self.world.parts.worker.drain()

    def _seen(self) -> Seen:
        return {(chat, one.id): (one.text, one.labels) for chat in self._told_of() for one in self.world.messages(chat)}

    def _told_of(self) -> list[str]:
        return [chat for chat, called in self.chats.items() if called != self.without]


def name_of(voice: FakePerson) -> str:
    return str(voice.voice.user["first_name"])


def briefly(text: str) -> list[str]:
    """A card by its head and the reason why it came here: one transcript shows a whole one."""
    lines = text.splitlines()
    return [" · ".join([lines[0], *[line for line in lines if line.startswith("➡️")]])] if "👤" in text else lines


def shown(lines: list[str], labels: list[str]) -> str:
    """One message, without its empty lines."""
    buttons = [f"[{label}]" for label in labels]
    if len(buttons) > MOST_BUTTONS:
        buttons = [*buttons[:FEW_BUTTONS], f"… dan {len(buttons) - FEW_BUTTONS} lagi"]
    text = "\n    ".join(line for line in lines if line.strip())
    return ALIAS.sub("#4821", " ".join(filter(None, (text, *buttons))))


# ------------------------------------------------------------------ the scenes, in the order in which they are played


async def joining(office: Office) -> None:
    world, group = office.world, office.world.group()
    wati, ani = office.person("Wati"), office.person("Ani")
    await ani.says("/bantuan")  # who starts the bot is told how it treats what they write
    office.chats |= {group: "grup", ani.chat: "Ani, pribadi", wati.chat: "Wati, pribadi"}
    office.head, office.ani = world.member(group, wati), world.member(group, ani)
    for_group, for_person = await world.invite("dlhp", role=Role.HEAD), await world.invite("dlhp", "operator")
    await office.does("Wati menulis di grup: /ikat KODE", lambda: office.head.says(f"/ikat {for_group}"))
    await office.does("Ani menulis kepada bot: /gabung KODE", lambda: ani.says(f"/gabung {for_person}"))
    office.budi = await office.joins(group, "Budi", "dlhp")
    other = world.group()
    office.center = await office.joins(other, "Koordinator", REGION.coordinator, Role.COORDINATOR)
    await office.center.says(f"/ikat {await world.invite(REGION.coordinator, role=Role.COORDINATOR)}")
    office.chats[other] = "grup koordinator"


async def from_card_to_end(office: Office) -> None:
    siti, card = await office.reported()
    office.begin("kartu")
    office.told["kartu"].append(f"  → grup: {shown(card.text.splitlines(), card.labels)}")
    office.begin("ambil")
    await office.presses(office.budi, "Ambil", card)
    await office.writes(office.budi, "Besok pagi truk kami angkut, Bu.", card)
    office.begin("selesai")
    await office.presses(office.budi, "Selesai", card)
    await office.presses(office.budi, "Sudah ditindaklanjuti", office.newest(office.budi, "selesai karena apa"))
    await office.presses(siti, "Sudah", office.newest(siti, "sudah selesai"))
    await office.presses(siti, "4 Sangat baik", office.newest(siti, "kami catat beres"))


async def asking_back(office: Office) -> None:
    siti, card = await office.reported()
    office.begin("keterangan")
    await office.presses(office.budi, "Lainnya", card)
    await office.presses(office.budi, "Minta keterangan", card)
    await office.writes(office.budi, "Sebelah mana balai desanya, Bu?", office.newest(office.budi, "Keterangan apa yang kurang"))
    office.world.clock.forward(days=1)
    office.remarks("Keesokan harinya")
    await office.writes(siti, "Sebelah timur, dekat jembatan", office.newest(siti, "Sebelah mana"))
    await office.budi.says("Hari ini kami angkut.", card)


async def ready_made(office: Office) -> None:
    siti, card = await office.reported()
    office.begin("jawaban", without="warga")
    await office.budi.presses("button.more", card)
    await office.presses(office.budi, "Jawaban siap", card)
    await office.presses(office.budi, "Sampah diangkut", office.newest(office.budi, "Jawaban siap pakai untuk"))
    await office.presses(office.budi, "Kirim", office.newest(office.budi, "Ini yang akan dibaca"))
    assert "kami angkut" in siti.messages()[-1].text


async def formula(office: Office) -> None:
    _, card = await office.reported()
    office.begin("jawaban", without="warga")
    await office.writes(office.budi, FORMULA, card)
    await office.budi.says("Lusa kami angkut.", card)


async def two_at_once(office: Office) -> None:
    siti, card = await office.reported()
    await siti.says("Baunya sampai rumah", siti.messages()[-1])
    note = office.newest(office.budi, "Baunya sampai rumah")
    assert note.quotes == card.id
    office.begin("jawaban", without="warga")
    office.remarks("Budi dan Ani membalas pesan warga yang sama")
    await office.writes(office.budi, "Besok kami angkut.", note)
    await office.writes(office.ani, "Minggu depan kami angkut.", note)


async def inside(office: Office) -> None:
    _, card = await office.reported()
    office.begin("keterangan")
    office.remarks("Laporan lain")
    await office.writes(office.budi, "/catat TPS ini bukan milik desa, tanya Pak Lurah dulu", card)
    await office.budi.presses("button.more", card)
    await office.presses(office.budi, "Cek lapangan", card)
    await office.budi.says("Tim kami datang besok.", card)


async def passing_on(office: Office) -> None:
    _, card = await office.reported()
    office.begin("pindah", without="warga")
    await office.presses(office.budi, "Disposisi", card)
    await office.presses(office.budi, REGION.agencies["dpupr"].short, office.newest(office.budi, "diteruskan ke mana"))
    await office.center.says("Besok kami periksa.", office.newest(office.center, "disposisi petugas"))


async def refusing(office: Office) -> None:
    siti, card = await office.reported()
    await office.budi.presses("button.more", card)
    office.begin("pindah")
    office.remarks("Laporan lain")
    await office.presses(office.budi, "Tolak", card)
    reason = "Ini bahu jalan provinsi, yang membersihkan dinas provinsi"
    await office.writes(office.budi, reason, office.newest(office.budi, "Kenapa"))
    there = office.newest(office.center, "ditolak dinas")
    await office.center.presses("button.more", there)
    await office.presses(office.center, "Bukan wewenang", there)
    question = office.newest(office.center, "bukan wewenang Pemkab?")
    await office.writes(office.center, "UPT Jalan Provinsi Jawa Timur di Madiun", question)
    assert "UPT Jalan" in siti.messages()[-1].text


async def putting_away(office: Office) -> None:
    _, card = await office.reported("Haloo cuma coba coba saja dekat balai desa Baron")
    await office.head.presses("button.more", card)
    office.begin("kepala")
    await office.presses(office.head, "Arsip", card)
    await office.presses(office.head, "Bukan laporan", office.newest(office.head, "diarsipkan karena apa"))
    await office.writes(office.head, "/blokir 30 iseng", card)
    await office.writes(office.head, "/ungkap Dipanggil sebagai saksi, surat Polres 12/XI", card)


async def reminded(office: Office) -> None:
    await office.reported()
    await office.tick()
    office.begin("daftar")
    await office.waits("Laporan masuk pukul 09.00 dan belum disentuh. Pukul 12.15", hours=3, minutes=15)
    await office.waits("Pukul 13.05", minutes=50)
    await office.waits("Besoknya, pukul 16.05", hours=27)


async def lists(office: Office) -> None:
    await office.reported("Sampah lagi di dekat balai desa Baron sejak kemarin")
    office.begin("daftar")
    await office.writes(office.budi, "/antrian")
    await office.writes(office.budi, "/cari sampah kemarin")
    await office.writes(office.budi, "/rekap")


SCENES = (
    from_card_to_end, asking_back, ready_made, formula, two_at_once, inside, passing_on, refusing, putting_away, reminded, lists,
)  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_guide_shows_what_operators_see(fake: TelegramFake, store: Store, database_url: str) -> None:
    async with TurnsWorld(fake, store, database_url, StandingClock()) as world:
        office = Office(world)
        office.begin("gabung")
        await joining(office)
        for scene in SCENES:
            await scene(office)
    guide = DOCUMENT.read_text(encoding="utf-8")
    assert sorted(name for _, name, _ in BLOCK.findall(guide)) == sorted(office.told)
    played = BLOCK.sub(lambda found: found[1] + "\n".join(office.told[found[2]]) + "\n" + found[3], guide)
    if os.environ.get("SAPA_TEST_WRITE"):
        DOCUMENT.write_text(played, encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == played
