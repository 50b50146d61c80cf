"""Every word that the bot itself says, by language and key."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DEFAULT = "id"
FOLDER = Path(__file__).parent / "phrases"


class Phrases:
    """`say(language, key, **values)` fills a phrase; a key that a language lacks is said in the default language."""

    def __init__(self, languages: Mapping[str, Mapping[str, str]]) -> None:
        self._languages = languages
        self._lists: dict[str, frozenset[str]] = {}

    @property
    def languages(self) -> list[str]:
        return sorted(self._languages)

    def say(self, language: str, key: str, **values: object) -> str:
        """The phrase in `language`. Raises KeyError for a key or a value that does not exist."""
        own = self._languages.get(language, {})
        return (own[key] if key in own else self._languages[DEFAULT][key]).format(**values)

    def has(self, key: str) -> bool:
        """Whether there is such a phrase."""
        return key in self._languages[DEFAULT]

    def listed(self, key: str, language: str = DEFAULT) -> list[str]:
        """A list that a phrase spells with "|", in order: days, months."""
        return self.say(language, key).split("|")

    def words(self, key: str) -> frozenset[str]:
        """What residents may type for something, in all languages: lines separated by "|"."""
        if key not in self._lists:
            self._lists[key] = self._words(key)
        return self._lists[key]

    def _words(self, key: str) -> frozenset[str]:
        lists = (phrases[key] for phrases in self._languages.values() if key in phrases)
        return frozenset(word.strip() for line in lists for word in line.split("|"))

    def keys(self, language: str) -> dict[str, frozenset[str]]:
        """Each key of a language with the names of the values that its phrase takes."""
        fields = string.Formatter().parse
        return {
            key: frozenset(name for _, name, _, _ in fields(phrase) if name) for key, phrase in self._languages[language].items()
        }


def load_phrases(folder: Path = FOLDER) -> Phrases:
    """Read `<language>.toml` files. Tables become dotted keys."""
    return Phrases({file.stem: _flat(tomllib.loads(file.read_text(encoding="utf-8"))) for file in sorted(folder.glob("*.toml"))})


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in table.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {prefix + name: value}
    return flat
