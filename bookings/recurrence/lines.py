"""The RRULE, RDATE and EXDATE lines of a recurrence: read, checked and written. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from bookings.errors import InvalidRule
from bookings.recurrence.rule import MOST_TIMES, parse_rule, written
from bookings.recurrence.wall_clock import to_instant, to_local, zone_named

_DATE = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?")
_FOLD = re.compile(r"\r?\n[ \t]")  # section 3.1: a long line goes on in the next
_UNTIL = re.compile(r"(?<=UNTIL=)[0-9TZ]+")
_FOREVER = datetime(9990, 1, 1)  # noqa: DTZ001  local; 9999 would leave the calendar in UTC
_LOCAL = "%Y%m%dT%H%M%S"


@dataclass(frozen=True)
class Recurrence:
    """The lines of a recurrence, taken apart. All times are local to the booking's zone."""

    rrule: str = ""
    rdates: tuple[datetime, ...] = ()
    exdates: tuple[datetime, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rrule or self.rdates)


def parse_recurrence(
    lines: Sequence[str], timezone: str, *, start: time = time.min, all_day: bool = False
) -> Recurrence:
    """Takes RRULE, RDATE and EXDATE lines apart; raises InvalidRule with the reason.

    Dates may be UTC, local, or in a zone named by TZID (RFC 5545 sections 3.8.5.1 to 3.8.5.3). A
    date without a time means the one at `start`, the series' own time of day. Of an all-day series
    the day counts as it is written, whatever its zone: other programs write midnight UTC there.
    """
    dates = _DateReader(zone_named(timezone), time.min if all_day else start, all_day)
    rules: list[str] = []
    found: dict[str, set[datetime]] = {"RDATE": set(), "EXDATE": set()}
    for line in lines:
        name, _sep, value = _FOLD.sub("", line).strip().partition(":")
        kind, *parameters = name.upper().split(";")
        if kind == "EXRULE":
            raise InvalidRule(_("A rule that takes dates out (EXRULE) is not possible."))
        if kind == "RRULE" and value:
            rules.append(written(value))
        elif kind in found and value:
            found[kind].update(dates.read(value.upper(), parameters, name))
        else:
            raise InvalidRule(
                _("This line of the repeat rule is not understood: %s") % line.strip()[:80]
            )
    _check_amounts(rules, found["RDATE"])
    return Recurrence("".join(rules), *(tuple(sorted(found[kind])) for kind in found))


def _check_amounts(rules: Sequence[str], rdates: set[datetime]) -> None:
    if len(rules) > 1:
        raise InvalidRule(_("Only one repeat rule is possible."))
    for rule in rules:
        parse_rule(rule)
    if len(rdates) > MOST_TIMES:
        raise InvalidRule(_("A booking repeats at most %(most)d times.") % {"most": MOST_TIMES})


@dataclass(frozen=True)
class _DateReader:
    """Reads the dates of RDATE and EXDATE lines into local times of a series."""

    zone: ZoneInfo
    start: time
    all_day: bool

    def read(self, value: str, parameters: Sequence[str], name: str) -> Iterator[datetime]:
        if "VALUE=PERIOD" in parameters or "/" in value:
            raise InvalidRule(_("Give dates, not periods: each date lasts as long as the first."))
        source = self.zone
        for parameter in name.split(";")[1:]:
            if parameter.upper().startswith("TZID="):
                source = zone_named(parameter[5:].strip('"'))
        for text in value.split(","):
            yield self._date(text.strip(), source, "VALUE=DATE" in parameters)

    def _date(self, text: str, source: ZoneInfo, as_day: bool) -> datetime:
        try:
            if not _DATE.fullmatch(text) or (as_day and "T" in text):
                raise ValueError(text)
            local = datetime.fromisoformat(text.removesuffix("Z"))
            if "T" not in text or self.all_day:
                return datetime.combine(local, self.start)
            if text.endswith("Z"):
                return to_local(local.replace(tzinfo=UTC), self.zone)
            if source == self.zone:
                return local
            return to_local(to_instant(local, source), self.zone)
        except (ValueError, OverflowError) as error:
            raise InvalidRule(
                _("This date of the repeat rule is not understood: %s") % text[:40]
            ) from error


def recurrence_lines(recurrence: Recurrence) -> list[str]:
    """The lines back, dates in UTC-free local form for the booking's own zone."""
    lines = [f"RRULE:{recurrence.rrule}"] if recurrence.rrule else []
    for name, dates in (("RDATE", recurrence.rdates), ("EXDATE", recurrence.exdates)):
        if dates:
            lines.append(f"{name}:" + ",".join(f"{date:{_LOCAL}}" for date in dates))
    return lines


def portable_lines(recurrence: Recurrence, timezone: str, *, all_day: bool = False) -> list[str]:
    """The lines as RFC 5545 and Google want them from others, complete without the booking.

    UNTIL is in UTC, other dates name their zone; an all-day series has dates only (sections
    3.3.10 and 3.8.5).
    """
    kind, form = ("VALUE=DATE", "%Y%m%d") if all_day else (f"TZID={timezone}", _LOCAL)
    lines = []
    if recurrence.rrule:
        zone = zone_named(timezone)
        rule = _UNTIL.sub(lambda until: _written_until(until[0], zone, all_day), recurrence.rrule)
        lines.append(f"RRULE:{rule}")
    for name, dates in (("RDATE", recurrence.rdates), ("EXDATE", recurrence.exdates)):
        if dates:
            lines.append(f"{name};{kind}:" + ",".join(f"{date:{form}}" for date in dates))
    return lines


def _written_until(text: str, zone: ZoneInfo, all_day: bool) -> str:
    if all_day:
        return text[:8]
    if text.endswith("Z"):
        return text
    local = datetime.fromisoformat(text if "T" in text else f"{text}T235959")
    return f"{to_instant(min(local, _FOREVER), zone):{_LOCAL}}Z"
