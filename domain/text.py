"""Text from outside made safe to keep, and text of ours cut to what a messenger takes."""

from __future__ import annotations

import re

LONGEST_KEPT = 4000  # characters of one message that are kept; the raw arrival holds the rest
LONGEST_JOINED = 32  # characters that make one sign, at most; more are no writing but mischief
LONGEST_SENT = 3900  # UTF-16 units, below every messenger's 4096 with room for mark-up

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_MARKS = re.compile("([\u0300-\u036f\u20d0-\u20ff]{4})[\u0300-\u036f\u20d0-\u20ff]+")
BOLD = re.compile(r"\*\*(.+?)\*\*")  # the only mark-up of our texts
_MARK = "**"
_BORDERS = ("\n\n", "\n", ". ", " ")


def clean(text: str) -> str:
    """Without control characters, lone surrogates, direction overrides and piled-up accents; trimmed to what is kept."""
    text = text[: 2 * LONGEST_KEPT].replace("\r\n", "\n")
    return _MARKS.sub(r"\1", _UNSAFE.sub("", text)).strip()[:LONGEST_KEPT]


def one_line(text: str, limit: int) -> str:
    """The text on one line, shortened at a word with "…" to at most `limit` characters."""
    flat = " ".join(text.split())
    if len(flat) <= limit:
        return flat
    head = flat[: limit - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[limit // 2 :] else head) + "…"


def plain(text: str) -> str:
    """The text without its mark-up."""
    return BOLD.sub(r"\1", text)


def units(text: str) -> int:
    """Length as messengers count it, in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def split(text: str, limit: int = LONGEST_SENT) -> list[str]:
    """Parts of at most `limit` UTF-16 units, cut at paragraphs, lines, sentences or words, in order.

    Bold is never left open: bold words that are too long for one part are bold in each.
    """
    parts = []
    while units(text) > limit:
        cut, mark = _outside_bold(text, _border(text, limit - len(_MARK) if _MARK in text else limit))
        parts.append(text[:cut].rstrip() + mark)
        text = mark + text[cut:].lstrip()
    return [*parts, text] if text or not parts else parts


def _outside_bold(text: str, cut: int) -> tuple[int, str]:
    """The cut moved before the bold words that it falls into; where they begin too early, inside them, and the mark to repeat."""
    cut_by = (found for found in BOLD.finditer(text) if found.start() < cut < found.end())
    bold = next(cut_by, None)
    if bold is None:
        return cut, ""
    if bold.start() > cut // 2:
        return bold.start(), ""
    return (bold.end(), "") if cut >= bold.end(1) else (max(cut, bold.start(1) + 1), _MARK)


def _border(text: str, limit: int) -> int:
    """Where to cut: the last good border in the second half of what fits, else anywhere that breaks no joined character."""
    fits = _fitting(text, limit)
    for border in _BORDERS:
        at = text.rfind(border, fits // 2, fits)
        if at > 0:
            return at + len(border)
    whole = (at for at in range(fits, max(0, fits - LONGEST_JOINED), -1) if not _joined(text[at - 1], text[at]))
    return next(whole, fits)


def _fitting(text: str, limit: int) -> int:
    """How many characters of `text` fit into `limit` UTF-16 units; at least one."""
    head = text[:limit]
    while (excess := units(head) - limit) > 0:
        head = head[: len(head) - (excess + 1) // 2]  # a character has two units at most
    return max(1, len(head))


def _joined(before: str, char: str) -> bool:
    """Whether two neighbours are one for the eye (ZWJ, variation selector, combining mark, skin tone)."""
    marks = "\u0300" <= char <= "\u036f" or "\ufe00" <= char <= "\ufe0f" or "\U0001f3fb" <= char <= "\U0001f3ff"
    return marks or "\u200d" in (before, char)
