"""Series: recurrence lines checked and expanded in the series' own zone.

The wall clock is constant and the UTC instant moves (RFC 5545; section 2.1 of the API guide to
recurring events). Everything here works on naive wall times of the series.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

from dateutil.rrule import rrule, rruleset, rrulestr

from standins.google import times
from standins.google.errors import GoogleError

Json = dict[str, Any]
_LINE = re.compile(r"(RRULE|EXRULE|RDATE|EXDATE)((?:;[^:]*)?):(.+)", re.IGNORECASE)
_UNTIL = re.compile(r"UNTIL=([0-9TZ]+)", re.IGNORECASE)
_STAMP = "%Y%m%dT%H%M%S"


def _refused() -> GoogleError:
    return GoogleError(400, "invalid", "Invalid recurrence rule.")


def check(lines: list[str], start: Json, default_zone: str) -> None:
    """GoogleError 400 for lines Google does not take, DTSTART and DTEND among them."""
    rules = 0
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            raise _refused()
        if found[1].upper() == "RRULE":
            rules += 1
            _check_rule(found[3].upper(), times.all_day(start))
    try:
        next(local_starts({"recurrence": lines, "start": start}, default_zone), None)
    except (ValueError, TypeError, KeyError):
        raise _refused() from None


def _check_rule(rule: str, all_day: bool) -> None:
    if "UNTIL=" in rule and "COUNT=" in rule:
        raise _refused()
    until = _UNTIL.search(rule)
    if until and not all_day and "T" in until[1] and not until[1].endswith("Z"):
        raise _refused()


def local_starts(
    body: Json, default_zone: str, *, after: datetime | None = None
) -> Iterator[datetime]:
    """Wall times at which a series starts, ascending, from `after` on.

    The start itself is the first occurrence even when it is off the rule, and then counts.
    """
    start = body["start"]
    first = times.local_start(start, default_zone)
    found = rruleset()
    extra: list[datetime] = []
    for line in body["recurrence"]:
        kind, parameters, value = _split(line)
        if kind in ("RRULE", "EXRULE"):
            rule = _rule(value, first, start, default_zone)
            (found.rrule if kind == "RRULE" else found.exrule)(rule)
        else:
            stamps = _stamps(parameters, value, start, default_zone)
            for stamp in stamps:
                (extra.append if kind == "RDATE" else found.exdate)(stamp)
    for stamp in extra:
        found.rdate(stamp)
    found.rdate(first)
    return iter(found) if after is None else found.xafter(after, inc=True)


def _split(line: str) -> tuple[str, str, str]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise _refused()
    return found[1].upper(), found[2], found[3]


def _rule(text: str, first: datetime, start: Json, default_zone: str) -> rrule:
    def to_local(found: re.Match[str]) -> str:
        return "UNTIL=" + _until(found[1].upper(), start, default_zone).strftime(_STAMP)

    rule = rrulestr(_UNTIL.sub(to_local, text), dtstart=first)
    if not isinstance(rule, rrule):
        raise _refused()
    off_rule = next(iter(rule), None) != first
    count = rule._count  # type: ignore[attr-defined]  # dateutil publishes no reader
    return rule.replace(count=count - 1) if off_rule and count else rule


def _until(text: str, start: Json, default_zone: str) -> datetime:
    if "T" not in text:
        return _parse(text) + timedelta(days=1, seconds=-1)
    moment = _parse(text)
    if not text.endswith("Z") or times.all_day(start):
        return moment
    local = moment.replace(tzinfo=UTC).astimezone(times.own_zone(start, default_zone))
    return local.replace(tzinfo=None)


def _parse(text: str) -> datetime:
    form = "%Y%m%d" if "T" not in text else _STAMP
    return datetime.strptime(text.removesuffix("Z"), form)  # noqa: DTZ007


def _stamps(parameters: str, value: str, start: Json, default_zone: str) -> Iterator[datetime]:
    own = times.own_zone(start, default_zone)
    named = re.search(r"TZID=([^;:]+)", parameters, re.IGNORECASE)
    first = times.local_start(start, default_zone)
    for text in value.upper().split(","):
        moment = _parse(text)
        if "T" not in text:
            yield moment if times.all_day(start) else datetime.combine(moment, first.time())
        elif text.endswith("Z"):
            yield moment.replace(tzinfo=UTC).astimezone(own).replace(tzinfo=None)
        elif named:
            there = moment.replace(tzinfo=times.zone(named[1]))
            yield there.astimezone(own).replace(tzinfo=None)
        else:
            yield moment


def slots(
    body: Json, default_zone: str, *, since: datetime | None, until: datetime | None
) -> Iterator[Json]:
    """Original starts of all occurrences that overlap [since, until), and of a few before it."""
    start = body["start"]
    length = times.duration(start, body["end"], default_zone)
    margin = timedelta(days=2)
    own = times.own_zone(start, default_zone)
    after = None
    if since is not None:
        after = since.astimezone(own).replace(tzinfo=None) - length - margin
    for local in local_starts(body, default_zone, after=after):
        slot = times.from_local(local, start, default_zone)
        begins = times.instant(slot, default_zone)
        if until is not None and begins >= until:
            if local > until.astimezone(own).replace(tzinfo=None) + margin:
                return
            continue
        yield slot


def key(slot: Json, default_zone: str) -> str:
    """The suffix of an occurrence's id: its original start in UTC, or its date."""
    if times.all_day(slot):
        return str(slot["date"]).replace("-", "")
    return times.instant(slot, default_zone).strftime(_STAMP) + "Z"


def slot_of_key(body: Json, suffix: str, default_zone: str) -> Json | None:
    """The original start a suffix names, when the series has such an occurrence."""
    start = body["start"]
    try:
        moment = _parse(suffix)
    except ValueError:
        return None
    if times.all_day(start) != ("T" not in suffix):
        return None
    if times.all_day(start):
        local = moment
    else:
        own = times.own_zone(start, default_zone)
        local = moment.replace(tzinfo=UTC).astimezone(own).replace(tzinfo=None)
    nearby = local_starts(body, default_zone, after=local - timedelta(days=1))
    for candidate in takewhile(lambda value: value <= local + timedelta(days=1), nearby):
        slot = times.from_local(candidate, start, default_zone)
        if key(slot, default_zone) == suffix:
            return slot
    return None


def trimmed(lines: list[str], last: datetime, *, as_day: bool) -> list[str]:
    """The lines with every rule ended at `last`, an instant, or a naive wall time for its day."""
    until = last.strftime("%Y%m%d") if as_day else last.astimezone(UTC).strftime(_STAMP) + "Z"
    kept = []
    for line in lines:
        if not line.upper().startswith("RRULE"):
            kept.append(line)
            continue
        parts = [
            p
            for p in line.split(":", 1)[1].split(";")
            if not p.upper().startswith(("UNTIL=", "COUNT="))
        ]
        kept.append("RRULE:" + ";".join([*parts, f"UNTIL={until}"]))
    return kept
