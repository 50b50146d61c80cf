"""Settings: `.env.example` lists each of them once, and no other."""

from __future__ import annotations

import re

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from bot.config import ROOT, Settings

EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
LINE = re.compile(r"^(#? ?)(SAPA_[A-Z_]+)=(.*)$", re.MULTILINE)


def shown(field: FieldInfo) -> str:
    """The default as one writes it into `.env`."""
    value = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    return str(value).removeprefix(f"{ROOT}/")


def test_every_setting_is_listed_once_and_no_other() -> None:
    listed = [name for _, name, _ in LINE.findall(EXAMPLE)]
    assert sorted(listed) == sorted(f"SAPA_{name.upper()}" for name in Settings.model_fields)


def test_each_setting_shows_its_default_and_changes_nothing() -> None:
    lines = {name: (mark, value) for mark, name, value in LINE.findall(EXAMPLE)}
    for name, field in Settings.model_fields.items():
        assert lines[f"SAPA_{name.upper()}"] == ("# ", shown(field))


def test_each_setting_stands_below_its_description() -> None:
    lines = EXAMPLE.splitlines()
    for name, field in Settings.model_fields.items():
        at = next(number for number, line in enumerate(lines) if line.startswith(f"# SAPA_{name.upper()}="))
        assert lines[at - 1] == f"# {field.description}"


def test_only_the_program_reads_settings() -> None:
    """Handlers, services and the rest get what they need as arguments."""
    from_elsewhere = [path for path in readers() if not path.startswith("bot/")]
    assert not from_elsewhere


def readers() -> list[str]:
    rooms = (file for room in ("handlers", "services", "domain", "store", "knowledge") for file in (ROOT / room).rglob("*.py"))
    reads = re.compile(r"bot\.config|os\.environ|getenv")
    return [str(file.relative_to(ROOT)) for file in rooms if reads.search(file.read_text(encoding="utf-8"))]
