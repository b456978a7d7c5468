"""From a rule to its dates (RFC 5545), in the wall-clock time of the booking's zone. Pure.

Places are known by their local start. Ends are computed from exact durations, except that an
all-day place lasts from local midnight to local midnight.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr
from django.utils.translation import gettext_lazy as _

from bookings.errors import InvalidRule

MOST_PLACES = 1000  # in one horizon; more is refused
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
# Those that choose days: the time of day is the booking's start.
RULE_PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTH", "BYMONTHDAY"} | {
    "BYYEARDAY", "BYWEEKNO", "BYSETPOS",
}  # fmt: skip
POSITIVE = ("INTERVAL", "COUNT")  # an interval of zero would be expanded for ever


@dataclass(frozen=True)
class Recurrence:
    """The lines of a recurrence, taken apart. All times are local to the booking's zone."""

    rrule: str = ""
    rdates: tuple[datetime, ...] = ()
    exdates: tuple[datetime, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rrule or self.rdates)


@dataclass(frozen=True)
class Series:
    """All that decides when a booking takes place. A single booking has an empty recurrence."""

    dtstart_local: datetime
    timezone: str
    duration: timedelta
    recurrence: Recurrence = Recurrence()
    days: int | None = None  # all-day: how many days

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


@dataclass(frozen=True)
class Place:
    """One date of a series: its identity in local time, and the instants it occupies."""

    original_start: datetime
    starts_at: datetime
    ends_at: datetime


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


def place_at(series: Series, local: datetime) -> Place:
    """The place of a series that starts at a local time."""
    starts_at = to_instant(local, series.zone)
    if series.days is None:
        ends_at = starts_at + series.duration
    else:
        ends_at = to_instant(local + timedelta(days=series.days), series.zone)
    return Place(local, starts_at, ends_at)


def expand(series: Series, since: datetime, until: datetime) -> list[Place]:
    """The places that start in [since, until), in order; raises InvalidRule if there are too many.

    `since` and `until` are instants.
    """
    places = []
    for local in _local_starts(series, to_local(until, series.zone)):
        place = place_at(series, local)
        if since <= place.starts_at < until:
            places.append(place)
        if len(places) > MOST_PLACES:
            raise InvalidRule(_("This repeats more than 1,000 times. Repeat less often."))
    return places


def first_start(series: Series) -> datetime:
    """The local start of a rule's first date, excluded or not: COUNT and INTERVAL begin there."""
    if not series.recurrence.rrule:
        return series.dtstart_local
    return next(iter(_rule(series)), series.dtstart_local)


def _local_starts(series: Series, until: datetime) -> Iterator[datetime]:
    recurrence = series.recurrence
    if not recurrence:
        yield series.dtstart_local
        return
    # One day of slack: around a change of clocks, local order and instants differ by the shift.
    limit = until + timedelta(days=1)
    starts = set(recurrence.rdates)
    if recurrence.rrule:
        starts.update(takewhile(lambda local: local <= limit, _rule(series)))
    else:
        starts.add(series.dtstart_local)
    yield from sorted(starts - set(recurrence.exdates))


def _rule(series: Series) -> rrule:
    rule = rrulestr(
        _with_local_until(series.recurrence.rrule, series.zone), dtstart=series.dtstart_local
    )
    if not isinstance(rule, rrule):
        raise InvalidRule(_("Only one repeat rule is possible."))
    return rule


def _with_local_until(value: str, zone: ZoneInfo) -> str:
    """The rule with UNTIL as local time, which is what dateutil compares naive starts with."""
    parts = []
    for part in value.split(";"):
        name, _sep, until = part.partition("=")
        is_until = name.upper() == "UNTIL"
        parts.append(f"UNTIL={_local_until(until, zone):%Y%m%dT%H%M%S}" if is_until else part)
    return ";".join(parts)


def _local_until(value: str, zone: ZoneInfo) -> datetime:
    if value.endswith("Z"):
        instant = datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return to_local(instant, zone)
    if "T" in value:
        return datetime.strptime(value, "%Y%m%dT%H%M%S")  # noqa: DTZ007  local by definition
    day = datetime.strptime(value, "%Y%m%d")  # noqa: DTZ007
    return datetime.combine(day, time(23, 59, 59))


def parse_recurrence(lines: Sequence[str], timezone: str) -> Recurrence:
    """Takes RRULE, RDATE and EXDATE lines apart; raises InvalidRule with the reason.

    Dates may be UTC, local, or in a zone named by TZID (RFC 5545 sections 3.8.5.1 to 3.8.5.3).
    """
    zone = ZoneInfo(timezone)
    rules: list[str] = []
    rdates: list[datetime] = []
    exdates: list[datetime] = []
    for line in lines:
        name, _sep, value = line.strip().partition(":")
        kind = name.partition(";")[0].upper()
        if kind == "RRULE" and value:
            rules.append(_checked_rule(value.upper(), zone))
        elif kind in ("RDATE", "EXDATE") and value:
            dates = rdates if kind == "RDATE" else exdates
            dates.extend(_dates(value, name.split(";")[1:], zone))
        else:
            raise InvalidRule(_("This line of the repeat rule is not understood: %s") % line)
    if len(rules) > 1:
        raise InvalidRule(_("Only one repeat rule is possible."))
    return Recurrence("".join(rules), tuple(sorted(set(rdates))), tuple(sorted(set(exdates))))


def _checked_rule(value: str, zone: ZoneInfo) -> str:
    pairs = [part.partition("=")[::2] for part in value.split(";")]
    parts = dict(pairs)
    if len(parts) < len(pairs) or not parts.keys() <= RULE_PARTS or re.search(r"\s", value):
        raise InvalidRule(_("This repeat rule is not understood: %s") % value)
    if parts.get("FREQ") not in FREQUENCIES:
        raise InvalidRule(_("A booking repeats daily, weekly, monthly or yearly."))
    if not all(re.fullmatch(r"0*[1-9]\d{0,5}", parts.get(name, "1")) for name in POSITIVE):
        raise InvalidRule(_("A repeat rule counts from one upwards."))
    if "COUNT" in parts and "UNTIL" in parts:
        raise InvalidRule(_("Choose either a number of times or a last day, not both."))
    try:
        rrulestr(_with_local_until(value, zone), dtstart=datetime(2000, 1, 1))  # noqa: DTZ001
    except (ValueError, TypeError) as error:
        raise InvalidRule(_("This repeat rule is not understood: %s") % error) from error
    return value


def _dates(value: str, parameters: Sequence[str], zone: ZoneInfo) -> Iterator[datetime]:
    named = next((p[5:] for p in parameters if p.upper().startswith("TZID=")), None)
    try:
        source = ZoneInfo(named) if named else zone
        for text in value.split(","):
            yield _date(text.strip(), source, zone)
    except (ValueError, KeyError) as error:
        raise InvalidRule(
            _("This date of the repeat rule is not understood: %s") % value
        ) from error


def _date(text: str, source: ZoneInfo, zone: ZoneInfo) -> datetime:
    if text.endswith("Z"):
        instant = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return to_local(instant, zone)
    form = "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d"
    local = datetime.strptime(text, form)  # noqa: DTZ007  local by definition
    return local if source == zone else to_local(to_instant(local, source), zone)


def recurrence_lines(recurrence: Recurrence) -> list[str]:
    """The lines back, dates in UTC-free local form for the booking's own zone."""
    lines = [f"RRULE:{recurrence.rrule}"] if recurrence.rrule else []
    for name, dates in (("RDATE", recurrence.rdates), ("EXDATE", recurrence.exdates)):
        if dates:
            lines.append(f"{name}:" + ",".join(f"{date:%Y%m%dT%H%M%S}" for date in dates))
    return lines
