"""Event times: `{date}` or `{dateTime, timeZone}`, checked, compared and shown in a zone."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from standins.google.errors import GoogleError, empty_range, invalid, required

Json = dict[str, Any]


@cache
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def zone(name: str) -> ZoneInfo:
    """An IANA zone; GoogleError 400 for an unknown name."""
    found = _zone(name)
    if found is None:
        raise invalid(f"Invalid time zone definition: {name}")
    return found


def all_day(moment: Json) -> bool:
    """Whether an event time is a date."""
    return "date" in moment


def local_start(moment: Json, default_zone: str) -> datetime:
    """The wall time in the event's own zone, naive; midnight for a date."""
    if all_day(moment):
        return datetime.combine(date.fromisoformat(moment["date"]), datetime.min.time())
    return (
        instant(moment, default_zone)
        .astimezone(own_zone(moment, default_zone))
        .replace(tzinfo=None)
    )


def own_zone(moment: Json, default_zone: str) -> ZoneInfo:
    """The zone an event is laid down in."""
    return zone(moment.get("timeZone") or default_zone)


def instant(moment: Json, default_zone: str) -> datetime:
    """The UTC instant of an event time; a date starts at midnight of the calendar's zone."""
    if all_day(moment):
        return local_start(moment, default_zone).replace(tzinfo=zone(default_zone)).astimezone(UTC)
    value = datetime.fromisoformat(moment["dateTime"])
    if value.tzinfo is None:
        value = value.replace(tzinfo=own_zone(moment, default_zone))
    return value.astimezone(UTC)


def from_local(local: datetime, like: Json, default_zone: str) -> Json:
    """An event time of the same form as `like` at a wall time of the event's zone.

    A skipped wall time is read with the offset before the gap, a repeated one is the first.
    """
    if all_day(like):
        return {"date": local.date().isoformat()}
    name = like.get("timeZone") or default_zone
    moment = local.replace(tzinfo=zone(name)).astimezone(UTC)
    return from_instant(moment, name)


def from_instant(moment: datetime, zone_name: str) -> Json:
    """A timed event time with the offset and the name of a zone."""
    local = moment.astimezone(zone(zone_name))
    return {"dateTime": text_of(local), "timeZone": zone_name}


def text_of(moment: datetime) -> str:
    """RFC 3339 to the second; UTC as Z."""
    text = moment.replace(microsecond=0).isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def shown(moment: Json, zone_name: str) -> Json:
    """An event time as an answer shows it: the instant in the asked zone, dates untouched."""
    if all_day(moment):
        return {"date": moment["date"]}
    local = instant(moment, zone_name).astimezone(zone(zone_name))
    own = moment.get("timeZone")
    return {"dateTime": text_of(local)} | ({"timeZone": own} if own else {})


def shift(moment: Json, by: timedelta, default_zone: str) -> Json:
    """An event time moved along the wall clock of its zone."""
    return from_local(local_start(moment, default_zone) + by, moment, default_zone)


def duration(start: Json, end: Json, default_zone: str) -> timedelta:
    """Exact duration of a timed event, whole days of an all-day one."""
    if all_day(start):
        return local_start(end, default_zone) - local_start(start, default_zone)
    return instant(end, default_zone) - instant(start, default_zone)


def after(start: Json, length: timedelta, like: Json, default_zone: str) -> Json:
    """The end of an occurrence that starts at `start`, in the zone of `like`."""
    if all_day(start):
        return shift(start, length, default_zone)
    name = like.get("timeZone") or default_zone
    return from_instant(instant(start, default_zone) + length, name)


def normalised(start: Any, end: Any, *, recurring: bool, default_zone: str) -> tuple[Json, Json]:
    """Both times checked and completed; GoogleError 400 as Google refuses them."""
    first = _checked(start, "start", recurring=recurring, default_zone=default_zone)
    last = _checked(end, "end", recurring=recurring, default_zone=default_zone)
    if all_day(first) != all_day(last):
        raise invalid("Invalid start or end: both must be dates or both must be times.")
    if instant(last, default_zone) <= instant(first, default_zone):
        raise empty_range()
    return first, last


def _checked(value: Any, name: str, *, recurring: bool, default_zone: str) -> Json:
    given = {k: v for k, v in (value or {}).items() if v is not None}
    if not given.get("date") and not given.get("dateTime"):
        raise required(f"Missing {name} time.")
    if "date" in given and "dateTime" in given:
        raise invalid(f"Invalid {name} time: date and dateTime exclude each other.")
    if "timeZone" in given:
        zone(given["timeZone"])
    if "date" in given:
        return {"date": date.fromisoformat(given["date"]).isoformat()}
    return _timed(given, name, recurring=recurring, default_zone=default_zone)


def _timed(given: Json, name: str, *, recurring: bool, default_zone: str) -> Json:
    value = datetime.fromisoformat(given["dateTime"])
    named = given.get("timeZone")
    if not named and (recurring or value.tzinfo is None):
        raise GoogleError(400, "required", f"Missing time zone definition for {name} time.")
    zone_name = named or default_zone
    return from_instant(instant({**given, "timeZone": zone_name}, default_zone), zone_name)
