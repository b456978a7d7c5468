"""A calendar day on a company's wall, and how its times are written."""

from dataclasses import dataclass
from datetime import date as Date  # noqa: N812  a field has its name
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, get_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bookings.recurrence.wall_clock import to_instant
from tenants.models import Company

MIDNIGHT = datetime.min.time()
MINUTES = 24 * 60
_SHORTEST_DAY = timedelta(hours=23)  # when the clocks go forward


@dataclass(frozen=True)
class Day:
    """A date in a zone, as the instants [starts_at, ends_at): 23, 24 or 25 hours."""

    date: Date
    zone: ZoneInfo

    @cached_property
    def starts_at(self) -> datetime:
        return to_instant(datetime.combine(self.date, MIDNIGHT), self.zone)

    @cached_property
    def ends_at(self) -> datetime:
        return to_instant(datetime.combine(self.after, MIDNIGHT), self.zone)

    @property
    def before(self) -> Date:
        return self.date - timedelta(days=1)

    @property
    def after(self) -> Date:
        return self.date + timedelta(days=1)

    @property
    def utc_dates(self) -> str:
        """The UTC dates that it touches, as live messages name them."""
        last = self.ends_at - timedelta(seconds=1)
        return " ".join(sorted({f"{self.starts_at:%Y-%m-%d}", f"{last:%Y-%m-%d}"}))

    def minute_of(self, instant: datetime) -> int:
        """Minutes after midnight on the wall clock: 0 before the day and 1440 after it."""
        if instant <= self.starts_at:
            return 0
        if instant >= self.ends_at:
            return MINUTES
        local = instant.astimezone(self.zone)
        return local.hour * 60 + local.minute


def today_of(company: Company, now: datetime) -> Date:
    """The date on the company's wall at an instant."""
    return now.astimezone(ZoneInfo(company.timezone)).date()


def clock_span(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """“10:00–11:30” on the wall clock of a zone, with the dates where they differ."""
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    if start.date() == end.date():  # by hand: thousands are on a page, and strftime is slow
        return f"{start.hour:02}:{start.minute:02}–{end.hour:02}:{end.minute:02}"
    return f"{start:%m-%d %H:%M}–{end:%m-%d %H:%M}"


def span_name(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """The same of a booking, where whole days are called so: “All day”, “All day, 12-01–12-03”."""
    if ends_at - starts_at < _SHORTEST_DAY:
        return clock_span(starts_at, ends_at, zone)
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    if start.time() != MIDNIGHT or end.time() != MIDNIGHT:
        return clock_span(starts_at, ends_at, zone)
    last = end - timedelta(days=1)
    if start.date() == last.date():
        return _("All day")
    return _("All day, %(first)s–%(last)s") % {"first": f"{start:%m-%d}", "last": f"{last:%m-%d}"}


def day_name(day: Date) -> str:
    """A date as a heading, the way the language writes it."""
    return date_format(day, pgettext("date format", "l, F j, Y"))


def first_weekday() -> int:
    """What a week begins with in the language's calendars; Monday is 0."""
    return (int(get_format("FIRST_DAY_OF_WEEK")) - 1) % 7  # Django counts from Sunday


def week_of(day: Date) -> list[Date]:
    """The seven dates of a day's week."""
    first = day - timedelta(days=(day.weekday() - first_weekday()) % 7)
    return [first + timedelta(days=number) for number in range(7)]


def weeks_of_month(day: Date) -> list[Date]:
    """The dates of all weeks that a day's month touches."""
    first, last = week_of(day.replace(day=1))[0], week_of(next_month(day) - timedelta(days=1))[-1]
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def next_month(day: Date) -> Date:
    """The first of the month after a day's."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def week_name(dates: list[Date]) -> str:
    """A week as a heading: “Nov 29 – Dec 5, 2026”."""
    first = date_format(dates[0], pgettext("date format of a week's first day", "M j"))
    last = date_format(dates[-1], pgettext("date format of a week's last day", "M j, Y"))
    return f"{first} – {last}"


def month_name(day: Date) -> str:
    """A month as a heading."""
    return date_format(day, pgettext("date format of a month", "F Y"))
