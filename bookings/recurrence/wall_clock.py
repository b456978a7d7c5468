"""Wall-clock time and instants: the one place that knows what a zone does to a time. Pure."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from bookings.errors import InvalidRule


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of this name; raises InvalidRule if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # OSError: the name of a group of zones
        raise InvalidRule(_("“%(zone)s” is not a time zone.") % {"zone": name}) from error


def to_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant of a wall-clock time.

    A time that the clocks skip is read with the offset before the gap, one that they repeat is
    the first of the two (RFC 5545 section 3.3.5).
    """
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def to_local(instant: datetime, zone: ZoneInfo) -> datetime:
    """The wall-clock time of an instant, without its offset."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def is_skipped(local: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks jump over this wall-clock time."""
    return to_local(to_instant(local, zone), zone) != local


def is_repeated(local: datetime, zone: ZoneInfo) -> bool:
    """Whether this wall-clock time comes twice because clocks go back."""
    first = local.replace(tzinfo=zone, fold=0).utcoffset()
    second = local.replace(tzinfo=zone, fold=1).utcoffset()
    return first != second and not is_skipped(local, zone)
