"""Events as answers show them: read-only fields added, defaults left out, times in a zone."""

import base64
from typing import Any

from standins.google import times
from standins.google.calls import rank
from standins.google.clock import rfc3339
from standins.google.model import Calendar, Event
from standins.google.world import World

Json = dict[str, Any]
_BUSY_FIELDS = ("start", "end", "recurrence", "transparency", "eventType")


def tombstone(event: Event, zone: str) -> Json:
    """A cancelled item as incremental lists tell it: hardly more than its id."""
    item: Json = {
        "kind": "calendar#event",
        "etag": event.etag,
        "id": event.id,
        "status": "cancelled",
    }
    if event.recurring_event_id and event.original_start and not event.ghost:
        item["recurringEventId"] = event.recurring_event_id
        item["originalStartTime"] = times.shown(event.original_start, zone)
    return item


def full(
    world: World,
    calendar: Calendar,
    event: Event,
    *,
    zone: str | None = None,
    role: str = "owner",
    attendees_max: int | None = None,
) -> Json:
    """The whole resource as a caller with `role` on the calendar reads it."""
    zone = zone or calendar.time_zone
    if event.ghost:
        return tombstone(event, zone)
    body = _readable(event, role)
    item = {"reminders": {"useDefault": True}, "eventType": "default", **body}
    item |= _read_only(world, calendar, event)
    item |= {name: times.shown(body[name], zone) for name in ("start", "end")}
    if event.recurring_event_id and event.original_start:
        item["recurringEventId"] = event.recurring_event_id
        item["originalStartTime"] = times.shown(event.original_start, zone)
    if "attendees" in body:
        item |= _attendees(world, calendar, event, attendees_max)
    return item


def _read_only(world: World, calendar: Calendar, event: Event) -> Json:
    return {
        "kind": "calendar#event",
        "etag": event.etag,
        "id": event.id,
        "status": event.status,
        "htmlLink": _html_link(world, calendar, event),
        "created": rfc3339(event.created),
        "updated": rfc3339(event.updated),
        "creator": _who(world, calendar, event.creator),
        "organizer": _who(world, calendar, event.organizer),
        "iCalUID": event.ical_uid,
        "sequence": event.sequence,
    }


def _readable(event: Event, role: str) -> Json:
    """What a role lets read: of private events, or with busy access alone, hardly the times."""
    body = event.body
    private = body.get("visibility") in ("private", "confidential")
    if rank(role) >= rank("writer" if private else "reader"):
        return body
    return {k: body[k] for k in _BUSY_FIELDS if k in body} | {"visibility": "private"}


def _html_link(world: World, calendar: Calendar, event: Event) -> str:
    eid = base64.urlsafe_b64encode(f"{event.id} {calendar.id}".encode()).decode().rstrip("=")
    return f"{world.url}/calendar/event?eid={eid}"


def linked(eid: str) -> tuple[str, str]:
    """The event and calendar ids in an `htmlLink`; empty ones when it is not one of ours."""
    try:
        text = base64.urlsafe_b64decode(eid + "=" * (-len(eid) % 4)).decode()
    except ValueError:
        text = ""
    event_id, _, calendar_id = text.partition(" ")
    return event_id, calendar_id


def _who(world: World, calendar: Calendar, email: str) -> Json:
    """Creator or organiser; `self` means this calendar's copy."""
    who: Json = {"email": email}
    shown = world.calendars.get(email)
    if shown is not None and shown.kind != "primary":
        who["displayName"] = shown.summary
    return who | ({"self": True} if email == calendar.id else {})


def _attendees(world: World, calendar: Calendar, event: Event, most: int | None) -> Json:
    shown = []
    for attendee in event.body["attendees"]:
        item = dict(attendee)
        other = world.calendars.get(attendee["email"])
        if other is not None and other.kind == "resource":
            item |= {"resource": True, "displayName": item.get("displayName", other.summary)}
        if attendee["email"] == event.organizer:
            item["organizer"] = True
        if attendee["email"] == calendar.id:
            item["self"] = True
        shown.append(item)
    if most is not None and len(shown) > most:
        return {"attendees": [a for a in shown if a.get("self")], "attendeesOmitted": True}
    return {"attendees": shown}
