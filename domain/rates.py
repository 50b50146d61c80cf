"""Token buckets as one moment in time (GCRA): the moment at which the bucket would be full again.

One stored number per bucket makes the limit hold over all workers and over restarts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.messages import Rate


@dataclass(slots=True)
class Bucket:
    """`full_at`: when the bucket is full again (in the past = full now)."""

    rate: Rate
    full_at: datetime
    interval: timedelta = field(init=False)

    def __post_init__(self) -> None:
        self.interval = timedelta(seconds=1 / self.rate.per_second)

    @property
    def ready_at(self) -> datetime:
        """The moment from which one more may pass."""
        return self.full_at - self.interval * (self.rate.burst - 1)

    def take(self, now: datetime) -> bool:
        """Let one pass if there is room; tells whether it did."""
        if now < self.ready_at:
            return False
        self.full_at = max(self.full_at, now) + self.interval
        return True
