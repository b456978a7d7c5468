"""Calendar v3 calendars and calendarList."""

from typing import Any

from standins.google import times
from standins.google.calls import Call, rank, role_of
from standins.google.errors import invalid, required
from standins.google.model import Calendar

Json = dict[str, Any]


def _etag(calendar: Calendar) -> str:
    return f'"{calendar.etag_updated * 2}"'


def _resource(calendar: Calendar) -> Json:
    item: Json = {
        "kind": "calendar#calendar",
        "etag": _etag(calendar),
        "id": calendar.id,
        "summary": calendar.summary,
        "timeZone": calendar.time_zone,
        "conferenceProperties": {"allowedConferenceSolutionTypes": ["hangoutsMeet"]},
    }
    optional = {"description": calendar.description, "location": calendar.location}
    item |= {name: value for name, value in optional.items() if value}
    if calendar.kind == "secondary" and calendar.owner:
        item["dataOwner"] = calendar.owner
    if calendar.kind == "resource":
        item["autoAcceptInvitations"] = calendar.auto_accept
    return item


def get(call: Call) -> Json:
    """One calendar."""
    return _resource(call.calendar("freeBusyReader"))


def patch(call: Call) -> Json:
    """Change the mentioned fields; the same values leave the etag alone, as observed."""
    calendar = call.calendar("owner")
    call.check_etag(_etag(calendar))
    before = _resource(calendar)
    if zone := call.body.get("timeZone"):
        calendar.time_zone = times.zone(zone).key
    calendar.summary = call.body.get("summary") or calendar.summary
    calendar.description = call.body.get("description", calendar.description)
    calendar.location = call.body.get("location", calendar.location)
    if "autoAcceptInvitations" in call.body and calendar.kind == "resource":
        calendar.auto_accept = bool(call.body["autoAcceptInvitations"])
    if _resource(calendar) != before:
        calendar.etag_updated = max(call.world.microseconds(), calendar.etag_updated + 1)
    return _resource(calendar)


def insert(call: Call) -> Json:
    """A secondary calendar that the caller owns."""
    if not call.body.get("summary"):
        raise required("Missing title.")
    owner = call.account
    zone = times.zone(call.body.get("timeZone") or "UTC").key
    calendar = Calendar(
        id=f"c_{call.world.new_event_id()}@group.calendar.google.com",
        summary=call.body["summary"],
        time_zone=zone,
        owner=call.access.email,
        domain=owner.hd if owner else None,
        description=call.body.get("description"),
        location=call.body.get("location"),
        etag_updated=call.world.microseconds(),
    )
    call.world.calendars[calendar.id] = calendar
    return _resource(calendar)


def delete(call: Call) -> None:
    """Delete a secondary calendar: 404 from then on."""
    calendar = call.calendar("owner")
    if calendar.kind != "secondary":
        raise invalid("Only secondary calendars can be deleted.")
    calendar.deleted = True


def clear(call: Call) -> None:
    """Delete all events of a primary calendar; 400 on others."""
    calendar = call.calendar("owner")
    if calendar.kind != "primary":
        raise invalid("Only primary calendars can be cleared.")
    for event in list(calendar.live_singles_and_masters()):
        event.status = "cancelled"
        call.world.stamp(calendar, event)
    call.world.changed(calendar)


def _entry(call: Call, calendar: Calendar) -> Json:
    role = role_of(call.world, calendar, call.access.email)
    primary = {"primary": True} if calendar.id == call.access.email else {}
    return _resource(calendar) | {
        "kind": "calendar#calendarListEntry",
        "accessRole": role,
        "defaultReminders": [],
        "colorId": "1",
        "backgroundColor": "#ac725e",
        "foregroundColor": "#1d1d1d",
        "selected": True,
        **primary,
    }


def get_entry(call: Call) -> Json:
    """One calendar as the caller's list shows it."""
    return _entry(call, call.calendar("freeBusyReader"))


def insert_entry(call: Call) -> Json:
    """Put a calendar on the caller's list, where every readable one stands already."""
    if not call.body.get("id"):
        raise required("Missing calendar id.")
    return _entry(call, call.calendar("freeBusyReader", given=call.body["id"]))


def list_entries(call: Call) -> Json:
    """The calendars the caller may see, by pages of at most 250."""
    least = call.query.get("minAccessRole", "freeBusyReader")
    found = [
        calendar
        for calendar in sorted(call.world.calendars.values(), key=lambda c: c.id)
        if not calendar.deleted
        and rank(role_of(call.world, calendar, call.access.email)) >= rank(least)
        and (calendar.kind != "primary" or calendar.id == call.access.email)
    ]
    return paged(
        call,
        [_entry(call, calendar) for calendar in found],
        kind="calendar#calendarList",
        key="items",
        size=min(call.query.get("maxResults", 100), 250),
    )


def paged(call: Call, items: list[Json], *, kind: str, key: str, size: int) -> Json:
    """One page of a list whose page tokens are plain positions."""
    text = call.query.get("pageToken", "0")
    if not text.isdigit():
        raise invalid(location="pageToken")
    start = int(text)
    answer: Json = {"kind": kind, "etag": f'"p{len(items)}"', key: items[start : start + size]}
    if start + size < len(items):
        answer["nextPageToken"] = str(start + size)
    return answer
