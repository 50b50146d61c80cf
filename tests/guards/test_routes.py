"""Routes and handlers, buttons, steps and commands: none without its counterpart."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from bot.connection import COMMANDS, GROUP_COMMANDS
from handlers.matching import anything
from handlers.routes import DESK, RESIDENT
from handlers.turn import DeskTurn, Turn
from tests.guards.code import Module, modules, name_of, text_of

Handler = Callable[[Any], Awaitable[Any]]
HELPERS = (
    "at_desk",
    "conduct",
    "consent",
    "draft",
    "filing",
    "matching",
    "memory",
    "needs",
    "own",
    "signs",
    "timeline",
    "turn",
)  # they serve handlers
NOT_HANDLERS = frozenset(f"handlers.{name}" for name in HELPERS)


def public_handlers() -> dict[str, Handler]:
    """Every public coroutine function of the modules of handlers, by its full name."""
    names = [module.name for module in modules("handlers") if module.name not in NOT_HANDLERS]
    found = [member for name in names for member in vars(importlib.import_module(name)).items()]
    return {
        f"{function.__module__}.{name}": function
        for name, function in found
        if inspect.iscoroutinefunction(function) and not name.startswith("_") and function.__module__ in names
    }


def routed() -> set[Handler]:
    return {handler for _, handler in RESIDENT} | {handler for _, handler in DESK}


def named_in_routes(test: str) -> set[str]:
    """The names that the tables give to a test: those of `button`, `step` or `command`."""
    (routes,) = (module for module in modules("handlers") if module.name == "handlers.routes")
    return {text_of(argument) for call in routes.calls() if name_of(call) == test for argument in call.args}


def actions(module: Module) -> set[str]:
    """What the buttons that a module makes do: the part of their ids before the colon."""
    made = [call for call in module.calls() if name_of(call) in ("button", "Button") and len(call.args) >= 2]
    return {start_of(call.args[0]).partition(":")[0] for call in made}


def start_of(node: ast.expr) -> str:
    """The constant beginning of a string; "" where it begins with a value."""
    return text_of(node.values[0] if isinstance(node, ast.JoinedStr) else node)


def test_every_public_handler_is_reached_by_a_route() -> None:
    lost = [name for name, handler in public_handlers().items() if handler not in routed()]
    assert not lost, f"handlers without a route: {lost}; a helper begins with _"


def test_every_route_leads_to_a_public_handler() -> None:
    known = set(public_handlers().values())
    assert not [handler for handler in routed() if handler not in known]


def test_each_handler_takes_the_turn_of_its_table() -> None:
    for table, kind in ((RESIDENT, Turn), (DESK, DeskTurn)):
        for _, handler in table:
            (turn,) = inspect.signature(handler, eval_str=True).parameters.values()
            assert turn.annotation is kind, handler


def test_whatever_comes_in_finds_a_handler() -> None:
    assert RESIDENT[-1][0] is anything
    assert DESK[-1][0] is anything


def test_every_button_that_is_made_has_a_route_and_every_route_a_button() -> None:
    made = set[str]().union(*(actions(module) for module in modules("handlers", "services")))
    assert made - {""} == named_in_routes("button")


def test_every_open_question_has_a_route_and_every_route_a_question() -> None:
    calls = [call for module in modules("handlers") for call in module.calls() if name_of(call) == "go"]
    assert {text_of(call.args[0]) for call in calls if call.args} == named_in_routes("step")


def test_every_command_of_the_menu_has_a_route() -> None:
    assert set(COMMANDS) <= named_in_routes("command")
    assert set(GROUP_COMMANDS) <= named_in_routes("command") | named_in_routes("desk_command")
