"""Words without what points to a person: numbers of identity, telephone numbers, addresses of mail, other long numbers.

Names and streets stay: no list knows them all. Editors see no long number at all (`masked`); operators, who need the number of a
meter or of a letter, see those that name no person (`hidden`).
"""

from __future__ import annotations

import re

from domain.text import one_line

LONGEST = 300  # characters that are kept for editors
IDENTITY_DIGITS = 16  # of a NIK, and of a family card
PERSONAL_DIGITS = 13  # so long a number is a person's or an account's, or several numbers in a row
PHONE_DIGITS = 8
IDENTITY, NUMBER, MAIL = "▮▮", "▮", "▮@▮"

_ENDS = r"(?![^\w\n]{0,3}\d)"  # no more digits behind a sign or two: what goes on is a longer number
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_CLOCK = r"(?:[01]?\d|2[0-3])[.:][0-5]\d"
_KEPT = (
    r"\b[a-z]{2,4}[ -]?\d{2}[ -]?\d{6}[ -]?[a-z]\b",  # a ticket
    rf"\b[r][p]\.? ?[1-9]\d{{0,2}}(?:\.\d{{3}}){{1,4}}(?:,\d\d?)?{_ENDS}",  # an amount of money
    rf"\b[r][p]\.? ?[1-9]\d{{0,8}}{_ENDS}",
    rf"(?<!\d)(?:[1-9]\d{{0,2}}|[1-9]\d?\.\d{{3}})\.\d{{3}}{_ENDS}",  # thousands, or millions of two digits
    rf"(?<!\d){_CLOCK} ?[-–] ?{_CLOCK}{_ENDS}",  # from … to …
    rf"(?<!\d)(?:19|20)\d\d ?[-/–] ?(?:19|20)\d\d{_ENDS}",  # years
    # a date, and its hour
    *(rf"(?<!\d){_DAY}{sign}{_MONTH}{sign}(?:19|20)\d\d(?:,? {_CLOCK})?{_ENDS}" for sign in ("-", "/", r"\.")),
)
_MAIL = r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"
_LONG = r"\+?\d(?:(?:[^\w\n]|_){0,3}\d){6,}"
_SIGNS = re.compile(r"[\d@]")  # without one of them there is nothing to mask
_FOUND = re.compile(rf"({'|'.join(_KEPT)})|({_MAIL})|{_LONG}", re.IGNORECASE)
_PHONE = re.compile(r"0|62|8[1-9]")  # how Indonesian numbers begin, also without their 0


def masked(text: str) -> str:
    """The text on one line, at most LONGEST characters, with a mark for whatever names a person by a number or an address."""
    return one_line(_FOUND.sub(_mark, text) if _SIGNS.search(text) else text, LONGEST)


def hidden(text: str) -> str:
    """The text, as long as it is, with a mark for numbers of identity and telephones and for addresses of mail."""
    return _FOUND.sub(_mark_personal, text)


def _mark(found: re.Match[str]) -> str:
    kept, mail = found.groups()
    if kept:
        return found[0]
    if mail:
        return MAIL
    return IDENTITY if _digits(found) == IDENTITY_DIGITS else NUMBER


def _mark_personal(found: re.Match[str]) -> str:
    digits = "".join(filter(str.isdecimal, found[0]))
    personal = len(digits) >= PERSONAL_DIGITS or (len(digits) >= PHONE_DIGITS and _PHONE.match(_ascii(digits)))
    return _mark(found) if found[2] or personal else found[0]


def _digits(found: re.Match[str]) -> int:
    return sum(map(str.isdecimal, found[0]))


def _ascii(digits: str) -> str:
    """The digits of any script as 0 to 9."""
    return "".join(str(int(digit)) for digit in digits)
