"""Series in one line, for the tests of recurrence."""

from datetime import UTC, datetime, timedelta

from bookings.recurrence import Series, expand, parse_recurrence

NEW_YORK = "America/New_York"


def series(
    start: str, *lines: str, zone: str = NEW_YORK, days: int | None = None, minutes: int = 60
) -> Series:
    """A series from its local start; a line without a name is a rule."""
    local = datetime.fromisoformat(start)
    named = [line if ":" in line else f"RRULE:{line}" for line in lines]
    return Series(
        dtstart_local=local,
        timezone=zone,
        duration=timedelta(minutes=minutes) if days is None else timedelta(days=days),
        recurrence=parse_recurrence(named, zone, start=local.time(), all_day=days is not None),
        days=days,
    )


def local_starts(of: Series, since: str = "1990-01-01", until: str = "2040-01-01") -> list[str]:
    """The local starts in a window given in UTC, "1997-09-02T09:00"."""
    places = expand(of, _utc(since), _utc(until))
    return [place.original_start.isoformat(timespec="minutes") for place in places]


def utc_starts(of: Series, since: str, until: str) -> list[str]:
    """The instants of the starts in [since, until), all in UTC, "2026-03-08T07:30"."""
    return [f"{place.starts_at:%Y-%m-%dT%H:%M}" for place in expand(of, _utc(since), _utc(until))]


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
