"""The repeats that the booking form offers, as rules of RFC 5545."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from bookings.wall_clock import to_instant

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LAST_SECOND = time(23, 59, 59)


class Repeat(TextChoices):
    """How often, seen from the first date."""

    NEVER = "", _("Does not repeat")
    DAILY = "daily", _("Every day")
    WORKDAYS = "workdays", _("Monday to Friday")
    WEEKLY = "weekly", _("Every week on this weekday")
    MONTHLY = "monthly", _("Every month on this date")
    MONTHLY_WEEKDAY = "monthly-weekday", _("Every month on this weekday")


def recurrence_of(
    repeat: str, first: date, zone: ZoneInfo, *, until: date | None, count: int | None
) -> tuple[str, ...]:
    """The recurrence lines of a repeat; without `until` and `count` it goes on as far as it may."""
    if not repeat:
        return ()
    rule = f"RRULE:{_frequency(repeat, first)}"
    if until:
        last = to_instant(datetime.combine(until, LAST_SECOND), zone)
        rule += f";UNTIL={last:%Y%m%dT%H%M%SZ}"
    if count:
        rule += f";COUNT={count}"
    return (rule,)


def _frequency(repeat: str, first: date) -> str:
    weekday = WEEKDAYS[first.weekday()]
    week = (first.day - 1) // 7 + 1
    return {
        Repeat.DAILY: "FREQ=DAILY",
        Repeat.WORKDAYS: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        Repeat.WEEKLY: f"FREQ=WEEKLY;BYDAY={weekday}",
        Repeat.MONTHLY: f"FREQ=MONTHLY;BYMONTHDAY={first.day}",
        # The fifth of a weekday is the last one: not every month has five.
        Repeat.MONTHLY_WEEKDAY: f"FREQ=MONTHLY;BYDAY={week if week < 5 else -1}{weekday}",
    }[Repeat(repeat)]
