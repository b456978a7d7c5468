"""What an event says, in one form for both sides, so that they can be compared and merged. Pure.

A content is a JSON object with the fields of FIELDS. Instants are RFC 3339 in UTC, days are ISO
dates; fields that Google leaves out at their default are spelled out.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bookings.errors import InvalidRule
from bookings.models import Booking, Occurrence
from bookings.occurrences import series_of, whole_days
from bookings.recurrence import Recurrence, Series, parse_recurrence, place_at, to_instant, to_local
from bookings.rules import LONGEST_BOOKING
from tenants.zones import zone_names

Content = dict[str, Any]
Item = Mapping[str, Any]

BUSY = "Busy"  # the only word that is kept of somebody's private event
MARK = "roomly_"  # prefix of our private extended properties
ID_MARK, VERSION_MARK = "roomly_booking", "roomly_rev"
# https://developers.google.com/workspace/calendar/api/guides/extended-properties
LONGEST_KEY, LONGEST_VALUE = 44, 1024
LONGEST_EMAIL, LONGEST_URL = 254, 500  # that we store

DATE_FIELDS = ("status", "title", "description", "when", "guests", "metadata")
FIELDS = (*DATE_FIELDS, "recurrence", "visibility", "video")
_BLANK: Content = {"status": "", "title": "", "description": "", "guests": {}, "metadata": {}}
GONE = ("cancelled", "released")
ANSWERS = frozenset(Occurrence.RoomResponse.values)
PROJECTED_TYPES = ("default", "outOfOffice")  # other events are not about the room

_KEPT = (
    "id", "etag", "status", "htmlLink", "created", "updated", "summary", "description", "start",
    "end", "recurrence", "recurringEventId", "originalStartTime", "visibility", "transparency",
    "eventType", "hangoutLink", "attendees", "organizer", "creator", "extendedProperties",
    "conferenceData", "places",
)  # fmt: skip
_PRIVATE = ("description", "attendees", "conferenceData", "hangoutLink")


@dataclass(frozen=True)
class When:
    """When an event takes place; `days` is set for all-day events."""

    starts_at: datetime
    ends_at: datetime
    timezone: str
    days: int | None

    @property
    def start_local(self) -> datetime:
        """The wall-clock time in its zone at which it begins."""
        return to_local(self.starts_at, ZoneInfo(self.timezone))


def kept(item: Item, *, mask: bool) -> Content:
    """The parts of an event that Roomly stores; with `mask`, of a private one only its times."""
    shown = {name: _storable(item[name]) for name in _KEPT if name in item}
    if mask and item.get("visibility") in ("private", "confidential"):
        shown = {name: value for name, value in shown.items() if name not in _PRIVATE}
        shown["summary"] = BUSY
    return shown


def _storable(value: Any) -> Any:
    """PostgreSQL stores neither NUL characters nor halves of surrogate pairs."""
    if isinstance(value, str):
        if value.isascii() and "\x00" not in value:
            return value
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_storable(key): _storable(inner) for key, inner in value.items()}
    return [_storable(inner) for inner in value] if isinstance(value, list) else value


def when_of(item: Item, default_zone: str) -> When:
    """When an event takes place. All-day events count in `default_zone`, the room's.

    An event longer than Roomly can hold is cut, one without a length lasts a minute.
    """
    start, end = item["start"], item.get("end") or item["start"]
    if "date" in start:
        first, last = date.fromisoformat(start["date"]), date.fromisoformat(end["date"])
        # A day less than the longest: the clocks may go back on one of them.
        days = min(max((last - first).days, 1), LONGEST_BOOKING.days - 1)
        zone = ZoneInfo(default_zone)
        midnight = datetime(first.year, first.month, first.day)  # noqa: DTZ001  local
        ends_at = to_instant(midnight + timedelta(days=days), zone)
        return When(to_instant(midnight, zone), ends_at, default_zone, days)
    named = start.get("timeZone", "")
    zone_name = named if named in zone_names() else default_zone
    starts_at, ends_at = _instant(start, zone_name), _instant(end, zone_name)
    ends_at = max(min(ends_at, starts_at + LONGEST_BOOKING), starts_at + timedelta(minutes=1))
    return When(starts_at, ends_at, zone_name, None)


def _instant(moment: Mapping[str, str], zone_name: str) -> datetime:
    value = datetime.fromisoformat(moment["dateTime"])
    return to_instant(value, ZoneInfo(zone_name)) if value.tzinfo is None else value.astimezone(UTC)


def original_start_of(item: Item, zone_name: str) -> datetime:
    """The place that the rule gave an exception, as wall-clock time of the series' zone."""
    start = item["originalStartTime"]
    if "date" in start:
        return datetime.combine(date.fromisoformat(start["date"]), datetime.min.time())
    return _instant(start, zone_name).astimezone(ZoneInfo(zone_name)).replace(tzinfo=None)


def updated_of(item: Item) -> datetime | None:
    """When Google last changed an event, by its own clock."""
    return _instant({"dateTime": item["updated"]}, "UTC") if item.get("updated") else None


def is_series(item: Item) -> bool:
    return bool(item.get("recurrence")) and not is_cancelled(item)


def is_of_series(item: Item) -> bool:
    """Whether an event is a series or one of its dates, which are understood together."""
    return "recurrence" in item or "recurringEventId" in item


def is_cancelled(item: Item) -> bool:
    return item.get("status") == "cancelled"


def has_length(item: Item) -> bool:
    """Whether an event takes any time at all."""
    return bool(item.get("start") != item.get("end"))


def content_of_item(item: Item, *, calendar_id: str, zone: str) -> Content:
    """What Google says. `zone` is that of the room, or of the series for an exception."""
    if is_cancelled(item):
        return {"status": "cancelled"}
    when = when_of(item, zone)
    properties = private_properties(item)
    return {
        "status": "confirmed",
        "title": item.get("summary", ""),
        "description": item.get("description", ""),
        "when": _when(when),
        "recurrence": canonical(item.get("recurrence", ()), when),
        "guests": {
            guest["email"].lower(): bool(guest.get("optional"))
            for guest in guests_of(item, calendar_id)
        },
        "visibility": _visibility(item),
        "video": bool(item.get("conferenceData") or item.get("hangoutLink")),
        "metadata": {
            key.removeprefix(MARK): value
            for key, value in properties.items()
            if key.startswith(MARK) and key not in (ID_MARK, VERSION_MARK)
        },
        "transparent": item.get("transparency") == "transparent" or not has_length(item),
        "room_response": room_response(item, calendar_id),
        "mark": str(properties.get(ID_MARK, "")),  # copies of our events bear it, too
        "created": item.get("created", ""),
    }


def is_readable(item: Item, zone: str) -> bool:
    """Whether an event has the form that Google documents."""
    try:
        content_of_item(item, calendar_id="", zone=zone)
        if "originalStartTime" in item:
            original_start_of(item, zone)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
        return False
    return True


def content_of_booking(
    booking: Booking, rows: Sequence[Occurrence], guests: Mapping[str, bool]
) -> Content:
    """What Roomly wants Google to say about a whole booking. `rows` are all its dates.

    A series may begin so late that it has none yet; one that was called off is none.
    """
    shown = [row for row in rows if row.status not in GONE]
    if not shown and (rows or booking.frozen_before is not None):
        return {"status": "cancelled"}
    when = _when_of_booking(booking, rows)
    return {
        **words_of_booking(booking, guests),
        "when": _when(when),
        "recurrence": canonical(recurrence_lines(booking, rows), when),
    }


def words_of_booking(booking: Booking, guests: Mapping[str, bool]) -> Content:
    """What is said of a booking, whenever it takes place, and with which guests."""
    return {
        "status": "confirmed",
        "title": booking.title,
        "description": booking.description,
        "guests": dict(guests),
        "visibility": booking.visibility,
        "video": booking.video,
        "metadata": carried(booking.metadata),
    }


def content_of_date(booking: Booking, row: Occurrence, guests: Mapping[str, bool]) -> Content:
    """What Roomly wants Google to say about one date of a series, to which `guests` come."""
    if row.status in GONE:
        return {"status": "cancelled"}
    days = whole_days(booking, row)
    return {
        "status": "confirmed",
        "title": row.shown_title,
        "description": row.shown_description,
        "when": _when(When(row.starts_at, row.ends_at, booking.timezone, days)),
        "guests": dict(guests),
        "metadata": carried(row.shown_metadata),
    }


def content_of_lone_date(booking: Booking, row: Occurrence, guests: Mapping[str, bool]) -> Content:
    """What Roomly wants Google to say about a date in another room, whose event inherits nothing.

    Of video meetings there is one a series.
    """
    own = content_of_date(booking, row, guests)
    if own["status"] == "cancelled":
        return own
    return {**own, "visibility": booking.visibility}


def content_of_place(booking: Booking, base: Content, original_start: datetime) -> Content:
    """What Google says about a date that was never changed, given what it says of the series."""
    return content_of_series_date(base, series_of(booking), original_start)


def content_of_series_date(base: Content, series: Series, original_start: datetime) -> Content:
    """The same for any pattern."""
    place = place_at(series, original_start)
    when = When(place.starts_at, place.ends_at, series.timezone, series.days)
    return {**{name: base.get(name, _BLANK[name]) for name in _BLANK}, "when": _when(when)}


def _when_of_booking(booking: Booking, rows: Sequence[Occurrence]) -> When:
    if booking.is_series or not rows:
        place = place_at(series_of(booking), booking.dtstart_local)
        return When(place.starts_at, place.ends_at, booking.timezone, booking.days)
    return When(rows[0].starts_at, rows[0].ends_at, booking.timezone, booking.days)


def _when(when: When) -> Content:
    if when.days is not None:
        first = when.starts_at.astimezone(ZoneInfo(when.timezone)).date()
        return {"start": f"{first}", "end": f"{first + timedelta(days=when.days)}"}
    return {
        "start": when.starts_at.astimezone(UTC).isoformat(),
        "end": when.ends_at.astimezone(UTC).isoformat(),
        "zone": when.timezone,
    }


def recurrence_lines(booking: Booking, rows: Sequence[Occurrence]) -> list[str]:
    """The lines for Google: dates with their zone, UNTIL in UTC (or a day, when all-day).

    A series that was called off half way ends with its last date that still stands.
    """
    if not booking.is_series:
        return []
    rule = _google_rule(booking.rrule, booking.timezone, all_day=booking.all_day)
    rdates, last = booking.rdates, _last_date(booking, rows)
    if last is not None:
        rule = _ending(rule, last, booking) if rule else rule
        rdates = [local for local in rdates if local <= last]
    lines = [f"RRULE:{rule}"] if rule else []
    for name, dates in (("RDATE", rdates), ("EXDATE", booking.exdates)):
        if dates:
            lines.append(_dates_line(name, dates, booking))
    return lines


def _last_date(booking: Booking, rows: Sequence[Occurrence]) -> datetime | None:
    """Where a called-off series ends; None while dates are still to come."""
    if booking.frozen_before is None:
        return None
    shown = [row for row in rows if row.status not in GONE]
    if not shown or any(row.ends_at > booking.frozen_before for row in shown):
        return None
    return max(row.original_start for row in shown)


def _google_rule(rule: str, zone_name: str, *, all_day: bool) -> str:
    parts = []
    for part in filter(None, rule.split(";")):
        name, _sep, value = part.partition("=")
        if name == "UNTIL" and all_day:
            value = value[:8]
        elif name == "UNTIL" and not value.endswith("Z"):
            day_end = value if "T" in value else f"{value}T235959"
            local = datetime.strptime(day_end, "%Y%m%dT%H%M%S")  # noqa: DTZ007  local
            value = f"{to_instant(local, ZoneInfo(zone_name)):%Y%m%dT%H%M%SZ}"
        parts.append(f"{name}={value}")
    return ";".join(parts)


def _ending(rule: str, last: datetime, booking: Booking) -> str:
    parts = [part for part in rule.split(";") if not part.startswith(("COUNT=", "UNTIL="))]
    instant = to_instant(last, ZoneInfo(booking.timezone))
    until = f"{last:%Y%m%d}" if booking.all_day else f"{instant:%Y%m%dT%H%M%SZ}"
    return ";".join([*parts, f"UNTIL={until}"])


def _dates_line(name: str, dates: Iterable[datetime], booking: Booking) -> str:
    if booking.all_day:
        return f"{name};VALUE=DATE:" + ",".join(f"{local:%Y%m%d}" for local in dates)
    values = ",".join(f"{local:%Y%m%dT%H%M%S}" for local in dates)
    return f"{name};TZID={booking.timezone}:{values}"


def recurrence_of(lines: Iterable[str], when: When) -> Recurrence:
    """The lines of an event; dates without a time take its own. Raises InvalidRule."""
    if not (lines := [*lines]):
        return Recurrence()
    start, all_day = when.start_local.time(), when.days is not None
    return parse_recurrence(lines, when.timezone, start=start, all_day=all_day)


def canonical(lines: Iterable[str], when: When) -> list[str]:
    """Recurrence lines in a form in which equal rules are equal; unknown lines as they are."""
    lines = list(lines)
    if not lines:
        return []
    try:
        found = recurrence_of(lines, when)
    except InvalidRule:
        return sorted(lines)
    return [
        *([f"RRULE:{_sorted_rule(found)}"] if found.rrule else []),
        *(f"RDATE:{local.isoformat()}" for local in found.rdates),
        *(f"EXDATE:{local.isoformat()}" for local in found.exdates),
    ]


def _sorted_rule(found: Recurrence) -> str:
    return ";".join(sorted(part for part in found.rrule.split(";") if part != "INTERVAL=1"))


def guests_of(item: Item, calendar_id: str) -> list[Item]:
    """Who is invited, without the room itself."""
    return [
        guest
        for guest in item.get("attendees", ())
        if 0 < len(guest.get("email", "")) <= LONGEST_EMAIL
        and not guest.get("self")
        and guest["email"] != calendar_id
    ]


def room_response(item: Item, calendar_id: str) -> str:
    """What the room answered, where it is a guest of the event; else empty."""
    for guest in item.get("attendees", ()):
        if guest.get("self") or guest.get("email") == calendar_id:
            return answer_of(guest)
    return ""


def answer_of(guest: Item) -> str:
    """What a guest, or a room, answered."""
    answer = guest.get("responseStatus")
    return str(answer) if answer in ANSWERS else "needsAction"


def video_url(item: Item) -> str:
    """Where to join by video; empty if nowhere, or not yet."""
    entries = item.get("conferenceData", {}).get("entryPoints", ())
    uris = [entry.get("uri", "") for entry in entries if entry.get("entryPointType") == "video"]
    url = str((uris or [item.get("hangoutLink", "")])[0])
    return url if len(url) <= LONGEST_URL else ""


def private_properties(item: Item) -> Mapping[str, str]:
    found: Mapping[str, str] = item.get("extendedProperties", {}).get("private", {})
    return found


def organizer_of(item: Item, calendar_id: str) -> str:
    """The address of whose event it is; on the room's own calendar, of who made it there."""
    organizer = item.get("organizer", {})
    if organizer.get("self") or organizer.get("email") == calendar_id:
        organizer = item.get("creator", {})
    return str(organizer.get("email", "")).lower()[:LONGEST_EMAIL]


def _visibility(item: Item) -> str:
    visibility = item.get("visibility")
    if visibility in ("private", "confidential"):
        return "private"
    return "public" if visibility == "public" else "default"


def carried(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Values as Google can keep them: it would cut longer ones without a word."""
    return {
        key: (value if isinstance(value, str) else json.dumps(value))[:LONGEST_VALUE]
        for key, value in metadata.items()
        if len(MARK + key) <= LONGEST_KEY and f"{MARK}{key}" not in (ID_MARK, VERSION_MARK)
    }


def changed(before: Content, after: Content, fields: Iterable[str] = FIELDS) -> list[str]:
    """The fields in which two contents differ; a deleted event differs in its status alone."""
    if "cancelled" in (before.get("status"), after.get("status")):
        fields = ("status",) if after.get("status") == "cancelled" else fields
    return [name for name in fields if name in after and before.get(name) != after.get(name)]
