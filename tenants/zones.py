"""IANA time zones by name."""

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Every IANA name that can be chosen; aliases included, `localtime` and the like not."""
    return frozenset(
        name
        for name in available_timezones()
        if name != "localtime" and not name.startswith(("posix/", "right/"))
    )


def validate_zone(name: str) -> None:
    """Raises ValidationError unless `name` is an IANA time zone."""
    if name not in zone_names():
        raise ValidationError(_("“%(zone)s” is not a time zone."), params={"zone": name})


def zone(name: str) -> ZoneInfo:
    """The zone of a validated name."""
    return ZoneInfo(name)
