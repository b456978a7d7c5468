"""What pages say about the company's connection with Google, and how they say it."""

from datetime import datetime, timedelta

from django import template
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from bookings.models import Occurrence
from calendars.models import GoogleConnection
from calendars.refusals import Refused, refused_of
from calendars.status import Notice, connection_notice
from tenants.models import Member

register = template.Library()


@register.simple_tag
def google_notice(member: Member) -> Notice | None:
    """The notice for this member, if there is one."""
    return connection_notice(member)


@register.simple_tag
def google_is_connected() -> bool:
    """Whether the company has connected its Google and may go on."""
    return GoogleConnection.objects.exclude(state=GoogleConnection.State.REVOKED).exists()


@register.simple_tag
def google_refusals(occurrence: Occurrence) -> list[Refused]:
    """The deliveries of a date, or of its booking, that Google refused."""
    return refused_of(occurrence)


@register.filter
def span(seconds: int | timedelta) -> str:
    """A length of time in its two largest units: 45 s, 2 min 13 s, 3 h 5 min."""
    total = int(seconds.total_seconds()) if isinstance(seconds, timedelta) else seconds
    minutes, rest = divmod(total, 60)
    hours, more = divmod(minutes, 60)
    if hours >= 48:
        return _("%(days)d d %(hours)d h") % {"days": hours // 24, "hours": hours % 24}
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": more}
    if minutes:
        return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": rest}
    return _("%(seconds)d s") % {"seconds": rest}


@register.filter
def ago(moment: datetime, now: datetime) -> str:
    """How long an instant is over, in one unit; "just now" within a minute."""
    if now - moment < timedelta(minutes=1):
        return _("just now")
    return _("%(span)s ago") % {"span": timesince(moment, now, depth=1)}
