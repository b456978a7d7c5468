"""A tag of a day (https://www.rfc-editor.org/rfc/rfc9110#name-etag) that is known before the day is
read: an open page asks again and again, and nearly always nothing has changed.

All that the rooms of a day are drawn from is in it, so that a tag that is still right means a page
that is still right. Nothing is kept.
"""

import hashlib
from collections.abc import Hashable
from datetime import datetime
from functools import cache

from django.conf import settings
from django.utils.translation import get_language

from bookings.shown import shown_version
from bookings.web.day.grid import AskedDay
from bookings.web.day.places import STEP
from tenants.models import Member

_DRAWN_BY = ("bookings/**/*.py", "templates/bookings/*.html", "locale/*/LC_MESSAGES/*.mo")


def day_tag(member: Member, asked: AskedDay) -> str:
    """The tag of a day as this member sees it now. One query, in the company's scope."""
    shown = (asked.day.date, asked.rooms, asked.passed, asked.is_today, _moment(asked))
    return _tag(member, asked.now, *shown)


def room_tag(member: Member, now: datetime, *shown: Hashable) -> str:
    """The tag of some days of one room, which `shown` tells from others; as of a day."""
    step = int(now.timestamp()) // (STEP * 60)  # on every wall clock it begins at the same moment
    return _tag(member, now, *shown, step)


def _tag(member: Member, now: datetime, *shown: Hashable) -> str:
    company = member.company
    seen = (
        (member.pk, member.role, member.email, get_language()),
        (company.timezone, company.working_from, company.working_until, company.working_days),
        shown,
        shown_version(now, member=member.pk),
        _edition(),
    )
    return f'"{hashlib.sha256(repr(seen).encode()).hexdigest()}"'


def _moment(asked: AskedDay) -> datetime | None:
    """Rules about notice let other rooms through as time goes by."""
    return asked.now.replace(second=0, microsecond=0) if asked.rooms.depends_on_now else None


@cache
def _edition() -> str:
    """Another one whenever the same day would be drawn in another way."""
    files = sorted(path for name in _DRAWN_BY for path in settings.BASE_DIR.glob(name))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
