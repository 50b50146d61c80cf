"""The commands of `python -m bot`. The module of a command is loaded when it is called: `serve` needs no spreadsheets."""

from __future__ import annotations

import gc
import sys
from functools import cache
from importlib import import_module
from typing import Any

import typer
from pydantic import ValidationError
from typer.core import TyperGroup
from typer.main import get_group

from bot.keys import WHAT_TO_DO
from domain.errors import KeyMissing
from knowledge.region import RegionError

# Command → module below this package, and the function or the group of commands in it.
PLACES = {
    "serve": ("serve", "serve"),
    "worker": ("serve", "worker"),
    "chat": ("chat", "chat"),
    "migrate": ("migrate", "migrate"),
    "seed": ("seed", "seed"),
    "invite": ("invite", "invite"),
    "route": ("route", "route"),
    "evaluate": ("route", "evaluate"),
    "knowledge": ("editors", "app"),
    "operator": ("operators", "app"),
    "region": ("region", "region"),
    "whatsapp": ("whatsapp", "app"),
    "audit": ("audit", "app"),
    "reveal": ("privacy", "reveal"),
    "vault": ("privacy", "vault_app"),
    "privacy": ("privacy", "privacy_app"),
    "block": ("privacy", "block_app"),
}


class Lazily(TyperGroup):
    """Shows the commands of PLACES in their order, and loads what is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*PLACES, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return load(cmd_name) if cmd_name in PLACES else super().get_command(ctx, cmd_name)


@cache
def load(name: str) -> Any:
    """The command or group of PLACES. What is imported stays: looking for garbage in it takes a seventh of a start."""
    module, attribute = PLACES[name]
    gc.disable()
    try:
        found = getattr(import_module(f"{__name__}.{module}"), attribute)
    finally:
        gc.freeze()
        gc.enable()
    return command_of(name, found)


def command_of(name: str, found: Any) -> Any:
    """What Typer makes of a function or of a group."""
    program = typer.Typer()
    if isinstance(found, typer.Typer):
        program.add_typer(found, name=name)
    else:
        program.command(name)(found)
    return get_group(program).commands[name]


app = typer.Typer(
    cls=Lazily,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Sapa, the service-access bot.",
)


@app.callback()
def main() -> None:
    """Without it a program that has no command yet would be refused."""


def cli() -> None:
    """Run a command. Settings that make no sense, a missing key and a broken region end it with a sentence each."""
    try:
        app()
    except ValidationError as error:
        for problem in error.errors():
            sys.stderr.write(f"SAPA_{'_'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}\n")
        sys.exit(2)
    except (KeyMissing, RegionError) as error:
        sys.stderr.write(f"{WHAT_TO_DO.get(str(error), error)}\n")
        sys.exit(2)
