"""Small and plain: lengths of functions and modules, imports at the top, nothing printed, no path of one machine."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess

import pytest

from bot.config import ROOT
from tests.guards.code import Function, Module, modules, sample

MEDIAN = 5  # lines of code of a function
NINE_IN_TEN = 12
LONGEST = 25
LONGEST_HANDLER = 15
LONGEST_MODULE = 300
MOST_ARGUMENTS = 8  # an entry of a table has as many columns as it has
MACHINE_PATH = re.compile(r"(?<![\w.~$}])/(?:home|root|Users|work|mnt|workspace)/[\w.-]+")


def lengths() -> list[int]:
    return sorted(module.length(function) for module in modules() for function in module.functions())


def is_handler(module: Module, function: Function) -> bool:
    return (
        module.name.startswith("handlers.") and isinstance(function, ast.AsyncFunctionDef) and not function.name.startswith("_")
    )


def inner_imports(module: Module) -> list[str]:
    inside = (node for function in module.functions() for node in ast.walk(function))
    return [module.at(node) for node in inside if isinstance(node, ast.Import | ast.ImportFrom)]


def written() -> list[str]:
    """The files of the repository that people write."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [name for name in listed.stdout.splitlines() if not name.endswith(".lock") and (ROOT / name).is_file()]


def test_functions_stay_short() -> None:
    found = lengths()
    assert statistics.median(found) <= MEDIAN
    assert found[int(len(found) * 0.9)] <= NINE_IN_TEN


def test_no_function_is_long() -> None:
    long = [f"{module.at(f)} {f.name}" for module in modules() for f in module.functions() if module.length(f) > LONGEST]
    assert not long


def test_no_handler_is_long() -> None:
    handlers = [(module, f) for module in modules("handlers") for f in module.functions() if is_handler(module, f)]
    assert not [f"{module.at(f)} {f.name}" for module, f in handlers if module.length(f) > LONGEST_HANDLER]


def test_no_module_is_long() -> None:
    assert not [str(module.path) for module in modules() if len(module.code_lines) > LONGEST_MODULE]


def test_no_function_takes_many_arguments() -> None:
    many = [(module.at(f), f.name) for module in modules() for f in module.functions() if arguments(f) > MOST_ARGUMENTS]
    assert not many


def arguments(function: Function) -> int:
    given = function.args
    names = [argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([name for name in names if name != "self"])


@pytest.mark.parametrize("module", modules(), ids=lambda module: str(module.path))
def test_a_module_says_what_it_is_for(module: Module) -> None:
    assert ast.get_docstring(module.tree), "begin with one or two lines on its purpose"


def test_no_import_hides_in_a_function() -> None:
    assert not [place for module in modules() for place in inner_imports(module)]


def test_nothing_is_printed() -> None:
    """Logs say what happened, `typer.echo` what a command answers."""
    assert not [
        module.at(call)
        for module in modules()
        for call in module.calls()
        if isinstance(call.func, ast.Name) and call.func.id == "print"
    ]


def test_no_file_names_a_path_of_one_machine() -> None:
    texts = {name: (ROOT / name).read_text(encoding="utf-8", errors="ignore") for name in written()}
    assert not {name: found for name, text in texts.items() if (found := MACHINE_PATH.findall(text))}


def test_no_commit_names_a_path_of_one_machine() -> None:
    log = subprocess.run(["git", "log", "--format=%B"], cwd=ROOT, check=False, capture_output=True, text=True)
    assert not MACHINE_PATH.findall(log.stdout)


def test_the_guard_sees_an_import_in_a_function_and_counts_no_docstring() -> None:
    bad = sample('def f():\n    """Says\n    much."""\n    import os\n\n    # why\n    return os\n')
    assert inner_imports(bad)
    assert bad.length(next(bad.functions())) == 3
