"""The stand-in's clock: real time, unless a test sets it."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(slots=True)
class Clock:
    """Seconds since the epoch; `frozen_at` stops it, `offset` shifts it."""

    offset: float = 0.0
    frozen_at: float | None = None

    def now(self) -> float:
        """Current instant in unix seconds."""
        return (time.time() if self.frozen_at is None else self.frozen_at) + self.offset

    def moment(self) -> datetime:
        """Current instant as an aware UTC datetime."""
        return datetime.fromtimestamp(self.now(), UTC)

    def set(self, moment: datetime | None) -> None:
        """Stop the clock at `moment`; None goes back to real time."""
        self.offset = 0.0
        self.frozen_at = None if moment is None else moment.timestamp()

    def advance(self, by: timedelta) -> None:
        """Move the clock by a duration, frozen or not."""
        self.offset += by.total_seconds()


def rfc3339(microseconds: int) -> str:
    """Google's `created`/`updated` form: UTC with milliseconds and Z."""
    moment = datetime.fromtimestamp(microseconds // 1_000_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{microseconds % 1_000_000 // 1000:03d}Z"
