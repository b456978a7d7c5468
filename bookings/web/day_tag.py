"""A tag of a day (https://www.rfc-editor.org/rfc/rfc9110#name-etag) that is known before the day is
read: an open page asks again and again, and nearly always nothing has changed.

All that the rooms of a day are drawn from is in it, so that a tag that is still right means a page
that is still right. Nothing is kept.
"""

import hashlib
from functools import cache

from django.conf import settings
from django.utils.translation import get_language

from bookings.shown import shown_version
from bookings.web.grid import AskedDay
from tenants.models import Member

_DRAWN_BY = ("bookings/**/*.py", "templates/bookings/grid.html", "locale/*/LC_MESSAGES/*.mo")


def day_tag(member: Member, asked: AskedDay) -> str:
    """The tag of a day as this member sees it now. One query, in the company's scope."""
    company = member.company
    seen = (
        (member.pk, member.role, member.email, get_language()),
        (company.timezone, company.working_from, company.working_until, company.working_days),
        (asked.day.date, asked.building_id, asked.passed, asked.is_today),
        shown_version(asked.now),
        _edition(),
    )
    return f'"{hashlib.sha256(repr(seen).encode()).hexdigest()}"'


@cache
def _edition() -> str:
    """Another one whenever the same day would be drawn in another way."""
    files = sorted(path for name in _DRAWN_BY for path in settings.BASE_DIR.glob(name))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
