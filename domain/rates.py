"""Token buckets as one moment in time (GCRA): the moment at which the bucket would be full again.

One stored number per bucket makes the limit hold over all workers and over restarts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from domain.messages import Rate


@dataclass(slots=True)
class Bucket:
    """`full_at`: when the bucket is full again (in the past = full now)."""

    rate: Rate
    full_at: datetime

    @property
    def ready_at(self) -> datetime:
        """The moment from which one more may pass."""
        return self.full_at - _times(self.rate)[1]

    def take(self, now: datetime) -> bool:
        """Let one pass if there is room; tells whether it did."""
        if now < self.ready_at:
            return False
        self.full_at = max(self.full_at, now) + _times(self.rate)[0]
        return True


@cache
def _times(rate: Rate) -> tuple[timedelta, timedelta]:
    """Until one more may pass, and how long before the bucket is full the first one may."""
    interval = timedelta(seconds=1 / rate.per_second)
    return interval, interval * (rate.burst - 1)
