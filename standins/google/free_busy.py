"""Calendar v3 freeBusy: taken times of many calendars."""

from datetime import datetime, timedelta
from typing import Any

from standins.google import invitations, series, times
from standins.google.calls import Call, rank, role_of
from standins.google.errors import GoogleError, empty_range, required
from standins.google.model import Calendar

Json = dict[str, Any]


def query(call: Call) -> Json:
    """Busy ranges by calendar; a calendar that cannot be read is an error inside the 200."""
    body = call.body
    for name in ("timeMin", "timeMax"):
        if not body.get(name):
            raise required(f"Missing {name}.")
    since, until = (_moment(body[name]) for name in ("timeMin", "timeMax"))
    if until <= since:
        raise empty_range()
    zone = body.get("timeZone") or "UTC"
    times.zone(zone)
    items = [item.get("id") or "" for item in body.get("items") or ()]
    most = min(body.get("calendarExpansionMax") or 50, 50)
    shown = {
        name: _busy(call, name, since, until, zone)
        if index < most
        else _failed("tooManyCalendarsRequested")
        for index, name in enumerate(dict.fromkeys(items))
    }
    return {
        "kind": "calendar#freeBusy",
        "timeMin": times.text_of(since.astimezone(times.zone("UTC"))),
        "timeMax": times.text_of(until.astimezone(times.zone("UTC"))),
        "calendars": shown,
    }


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise GoogleError(400, "badRequest", "Bad Request")
    return moment


def _failed(reason: str) -> Json:
    return {"errors": [{"domain": "global", "reason": reason}], "busy": []}


def _busy(call: Call, name: str, since: datetime, until: datetime, zone: str) -> Json:
    calendar = call.world.calendars.get(call.access.email if name == "primary" else name)
    if calendar is None or calendar.deleted:
        return _failed("notFound")
    if rank(role_of(call.world, calendar, call.access.email)) < rank("freeBusyReader"):
        return _failed("notFound")
    ranges = sorted(
        (max(start, since), min(end, until))
        for start, end in _taken(calendar, since, until)
        if start < end
    )
    return {
        "busy": [
            {
                name: times.text_of(moment.astimezone(times.zone(zone)))
                for name, moment in zip(("start", "end"), pair, strict=True)
            }
            for pair in _joined(ranges)
        ]
    }


def _taken(calendar: Calendar, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    found = []
    for event in calendar.live_singles_and_masters():
        members = (
            series.occurrences(calendar, event, since=since, until=until)
            if event.recurring
            else [event]
        )
        for member in members:
            if member.cancelled or not invitations.blocks(calendar, member):
                continue
            if series.overlaps(calendar, member, since, until):
                body, own = member.body, calendar.time_zone
                found.append((times.instant(body["start"], own), times.instant(body["end"], own)))
    return found


def _joined(ranges: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    joined: list[tuple[datetime, datetime]] = []
    for start, end in ranges:
        if joined and start - joined[-1][1] <= timedelta(0):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
