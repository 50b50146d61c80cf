"""docs/transcripts.md: conversations as residents see them in the terminal, played anew so that they stay true.

After a wanted change: `SAPA_TEST_WRITE=1 pytest tests/flows/test_transcripts.py`.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from store.unit import Store
from tests.flows.drivers import Message, TerminalWorld, Voice

DOCUMENT = Path(__file__).parents[2] / "docs" / "transcripts.md"
DAY = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # nine in the morning in Magetan
HEAD = """# Transcripts

What a resident reads, in the terminal channel, played by `tests/flows/test_transcripts.py` as on 24 November 2026. `›` is the
resident; brackets are buttons, below each message or pressed.
"""
# title, register, what the resident writes; "#…" presses the button with that label
PLAYS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("A question, a part, the sources", "baku", ("Bagaimana cara mengurus KTP yang hilang?", "Berapa biayanya?", "#Sumber")),
    ("A baby was born", "santai", ("bayiku baru lahir minggu lalu, bikin aktenya gimana", "syaratnya?", "makasih kak")),
    ("A card stopped working", "ngoko", ("kartu BPJS-ku saka pamrentah kok mati, ngurusé piye?", "pira suwene?")),
    ("An old farmer asks politely", "krama", ("Nyuwun pirsa, kados pundi caranipun tumbas pupuk subsidi?", "matur nuwun")),
    ("Not ours", "baku", ("Berapa biaya membuat paspor baru?",)),
    ("Nothing that we know", "santai", ("berapa berat gajah di kebun binatang?", "#Ya, teruskan")),
    (
        "A complaint, step by step",
        "santai",
        (
            "lampu jalan mati sejak seminggu di Desa Baron, gelap banget",
            "#Tanpa foto",
            "nomor 14",
            "#Rahasiakan nama",
            "#Kirim",
            "#Lihat kabarnya",
        ),
    ),
    ("Danger comes first", "ngoko", ("tulung omahku kobong!",)),
    ("Somebody does not want to live any more", "santai", ("aku capek, pengen mati aja",)),
    ("A puskesmas nearby", "santai", ("puskesmas terdekat dari Sukomoro mana?",)),
)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_transcripts_are_what_the_bot_says(store: Store, database_url: str) -> None:
    seconds = count()
    async with TerminalWorld(store, database_url) as world:
        world.parts.app.now = lambda: DAY + timedelta(seconds=next(seconds))  # every look at the clock is a second later
        played = [await play(number, *one, world.resident()) for number, one in enumerate(PLAYS, start=1)]
    document = HEAD + "".join(played)
    if os.environ.get("SAPA_TEST_WRITE"):
        DOCUMENT.write_text(document, encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == document


async def play(number: int, title: str, register: str, lines: tuple[str, ...], person: Voice) -> str:
    told = [f"\n## {number}. {title} ({register})\n\n```text\n"]
    for line in lines:
        before = len(person.messages())
        if line.startswith("#"):
            shown = person.messages()[-1]
            assert any(line[1:] in label for label in shown.labels), f"{line}: {shown.text} {shown.labels}"
            label = next(label for label in shown.labels if line[1:] in label)
            await person.presses(label, on=shown)
            told.append(f"› [{label}]\n\n")
        else:
            await person.says(line)
            told.append(f"› {line}\n\n")
        told += [page(message) for message in person.messages()[before:]]
    return "".join(told).rstrip() + "\n```\n"


def page(message: Message) -> str:
    buttons = " · ".join(f"[{label}]" for label in message.labels)
    return message.text + "\n" + (f"{buttons}\n" if buttons else "") + "\n"
