"""Times in words: how long, and on which day from when to when."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from bookings.recurrence import to_local
from bookings.web.days import clock_span


def lasting(length: timedelta) -> str:
    """“1 h 30 min”, “1 day 2 h”: in whole minutes, rounded up; of days in whole hours."""
    minutes = -(-length // timedelta(minutes=1))
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)d min") % {"minutes": minutes}
    if hours >= 24:
        return _days(*divmod(hours, 24))
    if not rest:
        return _("%(hours)d h") % {"hours": hours}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}


def _days(days: int, hours: int) -> str:
    """Nothing that is zero is said."""
    words = ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    if not hours:
        return words
    return _("%(days)s %(hours)d h") % {"days": words, "hours": hours}


def when(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """“Tomorrow, Wed 2 Dec, 15:00–16:00” on a clock."""
    day = day_words(to_local(starts_at, zone).date(), zone)
    return f"{day}, {clock_span(starts_at, ends_at, zone)}"


def day_words(day: date, zone: ZoneInfo) -> str:
    """“Tomorrow, Wed 2 Dec”; with the year where it is another one."""
    today = to_local(timezone.now(), zone).date()
    usual, full = (
        pgettext("date format in Slack", "D j M"),
        pgettext("date format in Slack", "D j M Y"),
    )
    shown = date_format(day, usual if day.year == today.year else full)
    near = {0: _("Today"), 1: _("Tomorrow")}.get((day - today).days)
    return f"{near}, {shown}" if near else shown
