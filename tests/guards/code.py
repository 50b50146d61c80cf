"""Our code as the guards read it: modules, functions, texts."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("bot", "handlers", "services", "domain", "store", "knowledge")
Function = ast.FunctionDef | ast.AsyncFunctionDef
LAYOUT = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})


@dataclass(frozen=True)
class Module:
    """One source file. `path` is relative to the repository."""

    path: Path
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @property
    def name(self) -> str:
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    def calls(self) -> Iterator[ast.Call]:
        return (node for node in self.nodes if isinstance(node, ast.Call))

    def functions(self) -> Iterator[Function]:
        return (node for node in self.nodes if isinstance(node, Function))

    def texts(self) -> list[ast.Constant]:
        """Every string in the code, also inside f-strings, but no docstrings."""
        apart = {id(node.value) for node in self.nodes if isinstance(node, ast.Expr)}
        return [node for node in self.nodes if text_of(node) and id(node) not in apart and isinstance(node, ast.Constant)]

    @cached_property
    def code_lines(self) -> frozenset[int]:
        """The numbers of the lines that hold code: no comments, no empty lines, no docstrings."""
        lines: set[int] = set()
        for token in tokenize.generate_tokens(io.StringIO(self.source).readline):
            if token.type not in LAYOUT:
                lines.update(range(token.start[0], token.end[0] + 1))
        for node in self.nodes:
            if isinstance(node, ast.Expr) and text_of(node.value):
                lines.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        return frozenset(lines)

    def length(self, function: Function) -> int:
        """Lines of code of a function, its signature among them."""
        last = function.end_lineno or function.lineno
        return sum(line in self.code_lines for line in range(function.lineno, last + 1))

    def at(self, node: ast.expr | ast.stmt) -> str:
        return f"{self.path}:{node.lineno}"


@cache
def modules(*rooms: str) -> tuple[Module, ...]:
    """Every module of these rooms (all of them by default); migrations are records of the past and no code of today."""
    files = [file for room in rooms or ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
    kept = [file for file in files if "versions" not in file.parts]
    return tuple(Module(file.relative_to(ROOT), file.read_text(encoding="utf-8")) for file in kept)


def sample(source: str) -> Module:
    """A module that a guard is tried on."""
    return Module(Path("handlers/sample.py"), source)


def text_of(node: ast.AST | None) -> str:
    """The value of a string in the code; "" for everything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def name_of(call: ast.Call) -> str:
    """The last name of what is called: `say` of `turn.app.say(…)`."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
