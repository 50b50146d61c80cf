"""What the store asks of whoever keeps its secrets: texts become unreadable before they are written, and readable again after."""

from __future__ import annotations

from typing import Protocol


class Seal(Protocol):
    """Sealed text is plain ASCII. What was written before anything was sealed opens as it is."""

    def seal(self, text: str) -> str: ...

    def open(self, sealed: str) -> str:
        """Raises KeyMissing where none of the keys opens it."""
        ...


class NoSeal:
    """Leaves texts as they are: for measuring, and for looking at a store without its key."""

    def seal(self, text: str) -> str:
        return text

    def open(self, sealed: str) -> str:
        return sealed
