"""Message templates that a messenger has to approve before they may be sent: names, languages and words are data."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FILE = "whatsapp.toml"
VALUE = re.compile(r"\{\{(\d+)\}\}")
LONGEST_BODY = 1024  # characters with the values filled in
LONGEST_BUTTON = 20
NAME = re.compile(r"[a-z0-9_]{1,512}")


@dataclass(frozen=True, slots=True)
class Template:
    """`use` is what we need it for. `body` has values {{1}}, {{2}} …; `example` gives one for each, for the reviewer."""

    use: str
    name: str
    language: str
    category: str
    body: str
    button: str
    example: tuple[str, ...]

    @property
    def room(self) -> int:
        """Characters that the last value may have, if the others are as long as in the example."""
        return LONGEST_BODY - len(VALUE.sub("", self.body)) - sum(len(value) for value in self.example[:-1])

    def filled(self) -> str:
        """The body as the reviewer sees it."""
        return VALUE.sub(lambda found: self.example[int(found[1]) - 1], self.body)


def load_templates(folder: Path) -> tuple[Template, ...]:
    """The templates of a region; none where it has no such file. Raises ValueError with all that is wrong with them."""
    file = folder / FILE
    if not file.is_file():
        return ()
    rows = tomllib.loads(file.read_text(encoding="utf-8")).get("template", [])
    try:
        templates = tuple(Template(**row | {"example": tuple(row.get("example", ()))}) for row in rows)
    except TypeError as error:
        raise ValueError(f"{file.name}: {error}") from None
    if wrong := [f"{file.name}: {one.name}: {what}" for one in templates for what in problems(one)]:
        raise ValueError("\n".join(wrong))
    return templates


def problems(template: Template) -> list[str]:
    """What Meta would refuse."""
    values = VALUE.findall(template.body)
    checks = (
        (NAME.fullmatch(template.name), "name: only a-z, 0-9 and _"),
        (values == [str(number + 1) for number in range(len(values))], "values must be {{1}}, {{2}} … in their order"),
        (len(values) == len(template.example), "one example for each value"),
        (not VALUE.match(template.body) and not template.body.rstrip(".").endswith("}}"), "no value at the beginning or the end"),
        (len(template.button) <= LONGEST_BUTTON, f"button: at most {LONGEST_BUTTON} characters"),
        (template.category in ("UTILITY", "AUTHENTICATION", "MARKETING"), "category: UTILITY, AUTHENTICATION or MARKETING"),
    )
    return [what for good, what in checks if not good]


def chosen(templates: Sequence[Template], use: str, language: str) -> Template | None:
    """The template for a use in a language, or in the first language that has one."""
    fitting = [one for one in templates if one.use == use]
    return next((one for one in fitting if one.language == language), fitting[0] if fitting else None)
