"""Documents that can rot: what they name must exist, and what exists must be named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client import Metric
from typer import Context
from typer.core import TyperGroup
from typer.main import get_command

from bot.commands import app
from bot.config import ROOT, Settings
from bot.metrics import registry
from tests.guards.code import ROOMS, modules, name_of, text_of

DOCUMENTS = tuple(str(file.relative_to(ROOT)) for file in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]))
TARGET = re.compile(r"\bmake ([a-z]+)\b")
QUOTED = re.compile(r"`([^`\n]+)`|^(make [a-z]+)", re.MULTILINE)
PATH = re.compile(r"`((?:bot|handlers|services|domain|store|knowledge|tests|bench|docs)/[\w./-]*)`")
LINK = re.compile(r"\]\(([^)#]+)\)")
COMMAND = re.compile(r"python -m bot ([a-z]+)")
DECISION = re.compile(r"\d{4}-[a-z0-9-]+\.md")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))


def commands() -> set[str]:
    """All of them; those of a group by the group's name alone, and with it."""
    program = get_command(app)
    assert isinstance(program, TyperGroup)
    context = Context(program)
    found = {name: program.get_command(context, name) for name in program.list_commands(context)}
    groups = {name: group.commands for name, group in found.items() if isinstance(group, TyperGroup)}
    return set(found) | {f"{name} {command}" for name, inner in groups.items() for command in inner}


def metrics() -> list[Metric]:
    return list(registry.collect())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_that_a_document_names_exists(document: str) -> None:
    code = " ".join(one or two for one, two in QUOTED.findall(read(document)))
    assert set(TARGET.findall(code)) <= targets()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    links = [link for link in LINK.findall(read(document)) if "://" not in link]
    assert not [link for link in links if not ((ROOT / document).parent / link).exists()]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_a_document_names_exists(document: str) -> None:
    assert not [path for path in PATH.findall(read(document)) if not (ROOT / path).exists()]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_that_a_document_names_exists(document: str) -> None:
    assert set(COMMAND.findall(read(document))) <= commands()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_setting_that_a_document_names_exists(document: str) -> None:
    named = set(re.findall(r"SAPA_[A-Z_]*[A-Z]", read(document))) - {"SAPA_TEST_KILLS"}
    assert named <= {f"SAPA_{name.upper()}" for name in Settings.model_fields}


def test_every_make_target_is_explained() -> None:
    explained = set(TARGET.findall(read("README.md") + read("CONTRIBUTING.md")))
    assert targets() <= explained


def test_the_map_shows_every_module() -> None:
    shown = set(PATH.findall(read("docs/map.md")))
    kept = {str(module.path) for module in modules() if module.path.name != "__init__.py"}
    assert kept == {path for path in shown if path.endswith(".py") and path.split("/")[0] in ROOMS}


def test_the_map_shows_every_top_level_package() -> None:
    packages = {file.parent.name for file in ROOT.glob("*/__init__.py")}
    assert not {package for package in packages if f"{package}/" not in read("docs/map.md")}


def test_the_map_shows_every_folder_of_tests() -> None:
    folders = {file.parent.name for file in ROOT.glob("tests/*/*.py")}
    assert not {folder for folder in folders if f"`tests/{folder}/`" not in read("docs/map.md")}


def test_running_explains_every_command() -> None:
    assert not {name for name in commands() if f"`python -m bot {name}" not in read("docs/running.md")}


def test_running_explains_every_setting_with_its_default() -> None:
    lines = [line for line in read("docs/running.md").splitlines() if line.startswith("| `SAPA_")]
    example = dict(re.findall(r"^# (SAPA_[A-Z_]+)=(.*)$", read(".env.example"), re.MULTILINE))
    assert {line.split("`")[1]: line.split("|")[2].strip(" `") for line in lines} == example


def test_running_explains_every_metric() -> None:
    text = read("docs/running.md")
    names = [f"{metric.name}_total" if metric.type == "counter" else metric.name for metric in metrics()]
    assert not [name for name in names if f"`{name}" not in text]


def test_running_explains_every_alarm() -> None:
    kinds = {text_of(call.args[0]) for module in modules("bot") for call in module.calls() if name_of(call) == "alarm"}
    section = read("docs/running.md").partition("\n## Alarms\n")[2].partition("\n## ")[0]
    assert kinds == set(re.findall(r"^\| `([a-z_]+)` \|", section, re.MULTILINE))


def test_every_decision_is_listed_and_numbered_in_order() -> None:
    files = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert DECISION.findall(read("docs/decisions/README.md")) == files
    assert [name[:4] for name in files] == [f"{number:04}" for number in range(1, len(files) + 1)]


@pytest.mark.parametrize("file", sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")), ids=lambda file: file.name)
def test_a_decision_tells_situation_choice_and_price(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Situation", "Choice", "Price"]
    assert text.startswith(f"# {file.name[:4]}: ")


def test_the_glossary_gives_each_word_one_meaning_in_order() -> None:
    words = re.findall(r"^\| \*\*(.+?)\*\* \|", read("docs/glossary.md"), re.MULTILINE)
    assert words == sorted(set(words))
