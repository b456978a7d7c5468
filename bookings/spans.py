"""Times that are wanted or free, and the quarters of an hour on which they are offered. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MARK = timedelta(minutes=15)  # offered times start on a quarter of an hour
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Span:
    """A time that is wanted: instants, the end excluded."""

    starts_at: datetime
    ends_at: datetime

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at


def next_mark(instant: datetime) -> datetime:
    """The quarter of an hour that begins next, or now."""
    return instant + (EPOCH - instant) % MARK


def mark_before(instant: datetime) -> datetime:
    """The last quarter of an hour that begins before an instant."""
    return instant - ((instant - EPOCH) % MARK or MARK)


def round_to_mark(instant: datetime) -> datetime:
    """The quarter of an hour that is nearest to an instant."""
    return instant + MARK / 2 - (instant + MARK / 2 - EPOCH) % MARK


def multirange(spans: Iterable[Span]) -> str:
    """Times as PostgreSQL writes a tstzmultirange."""
    inside = (f"[{span.starts_at.isoformat()},{span.ends_at.isoformat()})" for span in spans)
    return f"{{{','.join(inside)}}}"
