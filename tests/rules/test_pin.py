"""PINs: what is kept of them, and how long wrong tries make one wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.pin import FORGOTTEN_AFTER, LONGEST_WAIT, PIN_DIGITS, Tries, kept, must_wait, new_pin, one_more, opens

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
FREE = 5


def test_a_pin_opens_and_another_does_not() -> None:
    pin = new_pin()
    assert len(pin) == PIN_DIGITS
    known = kept(pin)
    assert opens(pin, known)
    assert not opens(f"{(int(pin) + 1) % 10**PIN_DIGITS:0{PIN_DIGITS}d}", known)
    assert not opens("", known)
    assert not opens(pin, None)


def test_the_same_pin_is_kept_differently_each_time() -> None:
    one, other = kept("12345678"), kept("12345678")
    assert one.salt != other.salt
    assert one.digest != other.digest
    assert "12345678" not in one.digest + one.salt


def guesses(moments: list[datetime]) -> int:
    """How many of the guesses at these moments are looked at."""
    tries: Tries | None = None
    looked = 0
    for now in moments:
        if not must_wait(tries, now):
            tries, looked = one_more(tries, now, FREE), looked + 1
    return looked


def test_ten_thousand_guesses_in_a_row_are_few() -> None:
    assert guesses([NOW + timedelta(seconds=n) for n in range(10_000)]) <= FREE + 8


@given(st.lists(st.integers(0, 3600), min_size=1, max_size=300))
def test_however_guesses_are_spread_over_days_they_stay_few(pauses: list[int]) -> None:
    moments, at = [], NOW
    for pause in pauses:
        at += timedelta(seconds=pause)
        moments.append(at)
    days = (at - NOW) / timedelta(days=1)
    assert guesses(moments) <= FREE + 10 + 2 * days + 1


def test_a_quiet_day_forgives_and_no_wait_is_longer_than_half_a_day() -> None:
    tries: Tries | None = None
    for _ in range(60):
        tries = one_more(tries, NOW, FREE)
        assert tries.wait_until - NOW <= LONGEST_WAIT
    assert tries is not None
    later = tries.wait_until + FORGOTTEN_AFTER + timedelta(seconds=1)
    assert one_more(tries, later, FREE).count == 1
