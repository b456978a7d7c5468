"""Which of the dates on a page are of one series, and how that repeats, in words."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from django.utils.text import capfirst
from django.utils.translation import get_language

from bookings.models import Booking, Occurrence
from bookings.recurrence import Recurrence, Series
from bookings.recurrence.words import rule_words
from bookings.shown import ShownBooking, ShownDate


def repeats(booking: Booking | ShownBooking) -> bool:
    """Whether a booking is a series, or a part that was cut off one."""
    return booking.is_series or booking.split_from_id is not None


def together(rows: Iterable[Occurrence | ShownDate]) -> dict[int, str]:
    """A name for each booking of whose series several of these dates are: the first one's id.

    The parts of a series that was cut have one name. It tells nothing but what the page shows.
    """
    of_root: dict[int, list[Occurrence | ShownDate]] = defaultdict(list)
    for row in rows:
        if repeats(row.booking):
            of_root[row.booking.split_from_id or row.booking_id].append(row)
    return {
        row.booking_id: str(dates[0].public_id)
        for dates in of_root.values()
        if len(dates) > 1
        for row in dates
    }


def rule_of(booking: Booking | ShownBooking) -> str:
    """The rule of a booking as a sentence, its exceptions left out; empty where it has none."""
    if not booking.rrule or booking.opaque:
        return ""
    return _sentence(
        booking.rrule, booking.dtstart_local, booking.timezone, booking.days, get_language()
    )


@lru_cache(maxsize=10_000)  # a page may have thousands of them
def _sentence(
    rrule: str, start: datetime, zone: str, days: int | None, _language: str | None
) -> str:
    series = Series(start, zone, datetime.resolution, Recurrence(rrule), days)
    return capfirst(rule_words(series))
