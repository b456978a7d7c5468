"""Calendar v3 events: insert, get, update, patch, delete, import, move."""

from typing import Any

from standins.google import fields, rendering, series, writing
from standins.google.calls import Call, role_of
from standins.google.errors import (
    GoogleError,
    already_deleted,
    duplicate,
    forbidden,
    invalid,
    not_the_organizer,
    required,
)
from standins.google.model import Calendar, Event

Json = dict[str, Any]
_GUEST_MAY_CHANGE = fields.PRIVATE | {"attendees", "extendedProperties", "attendeesOmitted"}


def _answer(call: Call, calendar: Calendar, event: Event) -> Json:
    return rendering.full(
        call.world,
        calendar,
        event,
        zone=call.query.get("timeZone"),
        role=role_of(call.world, calendar, call.access.email),
        attendees_max=call.query.get("maxAttendees"),
    )


def get(call: Call) -> Json:
    """One event, cancelled ones and occurrences included."""
    calendar = call.calendar("freeBusyReader")
    return _answer(call, calendar, series.find(calendar, call.path["eventId"]))


def insert(call: Call) -> Json:
    """A new event, under the caller's own id if it sends one."""
    calendar = call.calendar("writer")
    _check_new(call, calendar)
    event = writing.insert(
        call.world,
        calendar,
        call.body,
        actor=call.access.email,
        event_id=call.body.get("id"),
        conference_version=call.query.get("conferenceDataVersion", 0),
    )
    return _answer(call, calendar, event)


def _check_new(call: Call, calendar: Calendar) -> None:
    body = call.body
    if body.get("id") is not None:
        fields.check_id(body["id"])
        if body.get("iCalUID") not in (None, f"{body['id']}@google.com"):
            raise invalid("Only one of id and iCalUID may be given.")
        if body["id"] in calendar.events:
            raise duplicate()
    uid = body.get("iCalUID")
    if uid is not None and any(event.ical_uid == uid for event in calendar.events.values()):
        raise duplicate()
    if body.get("status") == "cancelled":
        raise invalid("Invalid value for: status")
    _check_attendees(call)
    if body.get("attachments") and not call.query.get("supportsAttachments"):
        body.pop("attachments")


def _check_attendees(call: Call) -> None:
    """A service account that acts for itself may not invite."""
    own = call.access.service_account == call.access.email
    if call.body.get("attendees") and own:
        message = (
            "Service accounts cannot invite attendees without Domain-Wide Delegation of Authority."
        )
        raise GoogleError(403, "forbiddenForServiceAccounts", message, domain="calendar")


def import_(call: Call) -> Json:
    """A private copy of an event that was made elsewhere."""
    calendar = call.calendar("writer")
    body = call.body
    if not body.get("iCalUID"):
        raise required("Missing iCalUID.")
    if body.get("eventType") not in (None, "default"):
        raise GoogleError(
            400, "eventTypeRestriction", "Only default events can be imported.", domain="calendar"
        )
    organizer = (body.get("organizer") or {}).get("email") or calendar.id
    guests = {a.get("email") for a in body.get("attendees") or ()}
    if calendar.id not in {organizer, *guests}:
        message = "The owner of the calendar must either be the organizer or an attendee."
        raise GoogleError(
            400, "participantIsNeitherOrganizerNorAttendee", message, domain="calendar"
        )
    for known in calendar.events.values():
        if known.ical_uid == body["iCalUID"] and not known.recurring_event_id:
            return _answer(call, calendar, writing.save(call.world, calendar, known, body))
    event = writing.insert(
        call.world,
        calendar,
        body,
        actor=call.access.email,
        event_id="_" + call.world.new_event_id(),
        organizer=organizer,
    )
    return _answer(call, calendar, event)


def update(call: Call) -> Json:
    """Replace an event whole: what is left out is wiped."""
    calendar, event = _for_writing(call)
    if event.organizer != calendar.id and not event.body.get("guestsCanModify"):
        raise not_the_organizer()
    return _save(call, calendar, event, call.body)


def patch(call: Call) -> Json:
    """Change the mentioned fields; null clears one."""
    calendar, event = _for_writing(call)
    _check_guest(calendar, event, call.body)
    body = {**event.body, "status": event.status}
    changes = dict(call.body)
    if changes.get("attendeesOmitted") and "attendees" in changes:
        changes["attendees"] = _with_omitted(event, changes["attendees"] or [])
    return _save(call, calendar, event, fields.merged(body, changes))


def _with_omitted(event: Event, given: list[Json]) -> list[Json]:
    """The whole guest list when a guest sent only the own entry."""
    answers = {(a.get("email") or "").lower(): a for a in given}
    return [{**a, **answers.get(a["email"], {})} for a in event.body.get("attendees", ())]


def _for_writing(call: Call) -> tuple[Calendar, Event]:
    calendar = call.calendar("writer")
    event = series.find(calendar, call.path["eventId"])
    call.check_etag(event.etag)
    _check_attendees(call)
    if event.cancelled:
        _check_undelete(call, event)
    return calendar, event


def _check_undelete(call: Call, event: Event) -> None:
    restored = call.body.get("status") in ("confirmed", "tentative")
    occurrence = event.recurring_event_id is not None
    if event.ghost or not restored or not (occurrence or call.world.settings.undelete_allowed):
        if call.world.settings.update_of_cancelled_code == 410:
            raise already_deleted()
        raise forbidden()


def _check_guest(calendar: Calendar, event: Event, body: Json) -> None:
    """On a guest's copy only that guest's own fields may change."""
    if event.organizer == calendar.id or event.body.get("guestsCanModify"):
        return
    shared = {k for k in body if k not in fields.READ_ONLY | _GUEST_MAY_CHANGE}
    before = {a["email"]: a for a in event.body.get("attendees", ())}
    for attendee in body.get("attendees") or ():
        email = (attendee.get("email") or "").lower()
        if email != calendar.id and email not in before:
            shared.add("attendees")
    if shared or "shared" in (body.get("extendedProperties") or {}):
        raise not_the_organizer()


def _save(call: Call, calendar: Calendar, event: Event, body: Json) -> Json:
    saved = writing.save(
        call.world,
        calendar,
        event,
        body,
        conference_version=call.query.get("conferenceDataVersion", 0),
    )
    return _answer(call, calendar, saved)


def delete(call: Call) -> None:
    """Delete an event or series, or cancel an occurrence; 410 the second time."""
    calendar = call.calendar("writer")
    event = series.find(calendar, call.path["eventId"])
    if event.cancelled:
        if call.world.settings.delete_of_cancelled_code == 403:
            raise forbidden()
        raise already_deleted()
    call.check_etag(event.etag)
    tell = call.query.get("sendUpdates") or (
        "all" if call.query.get("sendNotifications") else "none"
    )
    writing.delete(call.world, calendar, event, tell_guests=tell != "none")


def move(call: Call) -> Json:
    """Change the organiser. The answer describes the copy that stays behind, as observed."""
    source = call.calendar("writer")
    target = call.calendar("writer", given=call.query["destination"])
    event = series.find(source, call.path["eventId"])
    call.check_etag(event.etag)
    _check_move(source, target, event)
    shown = _answer(call, source, event)
    writing.move(call.world, source, target, event)
    return shown | {"status": "cancelled", "etag": event.etag}


def _check_move(source: Calendar, target: Calendar, event: Event) -> None:
    if event.recurring_event_id:
        raise GoogleError(
            400,
            "cannotChangeOrganizerOfInstance",
            "Cannot change the organizer of an instance.",
            domain="calendar",
        )
    if event.cancelled or event.organizer != source.id or "eventType" in event.body:
        message = "Cannot change the organizer of this event."
        raise GoogleError(400, "cannotChangeOrganizer", message, domain="calendar")
    known = target.events.get(event.id)
    if known is not None and not (known.ghost and known.ical_uid == event.ical_uid):
        raise duplicate()
