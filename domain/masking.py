"""Words without what points to a person: numbers of identity, telephone numbers, addresses of mail, other long numbers.

Names and streets stay: no list knows them all. What is masked is kept for editors only.
"""

from __future__ import annotations

import re

from domain.text import one_line

LONGEST = 300  # characters that are kept
IDENTITY_DIGITS = 16  # of a NIK, and of a family card
IDENTITY, NUMBER, MAIL = "▮▮", "▮", "▮@▮"

_ENDS = r"(?![^\w\n]{0,3}\d)"  # no more digits behind a sign or two: what goes on is a longer number
_CLOCK = r"(?:[01]?\d|2[0-3])[.:][0-5]\d"
_KEPT = (
    r"\b[a-z]{2,4}[ -]?\d{2}[ -]?\d{6}[ -]?[a-z]\b",  # a ticket
    rf"\b[r][p]\.? ?[1-9]\d{{0,2}}(?:\.\d{{3}}){{1,4}}(?:,\d\d?)?{_ENDS}",  # an amount of money
    rf"\b[r][p]\.? ?[1-9]\d{{0,8}}{_ENDS}",
    rf"(?<!\d)(?:[1-9]\d{{0,2}}|[1-9]\d?\.\d{{3}})\.\d{{3}}{_ENDS}",  # thousands, or millions of two digits
    rf"(?<!\d){_CLOCK} ?[-–] ?{_CLOCK}{_ENDS}",  # from … to …
    rf"(?<!\d)(?:19|20)\d\d ?[-/–] ?(?:19|20)\d\d{_ENDS}",  # years
)
_MAIL = r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"
_LONG = r"\+?\d(?:(?:[^\w\n]|_){0,3}\d){6,}"
_SIGNS = re.compile(r"[\d@]")  # without one of them there is nothing to mask
_FOUND = re.compile(rf"({'|'.join(_KEPT)})|({_MAIL})|{_LONG}", re.IGNORECASE)


def masked(text: str) -> str:
    """The text on one line, at most LONGEST characters, with a mark for whatever names a person by a number or an address."""
    return one_line(_FOUND.sub(_mark, text) if _SIGNS.search(text) else text, LONGEST)


def _mark(found: re.Match[str]) -> str:
    kept, mail = found.groups()
    if kept:
        return found[0]
    if mail:
        return MAIL
    return IDENTITY if sum(map(str.isdecimal, found[0])) == IDENTITY_DIGITS else NUMBER
