"""Writes of events: what the API, Google's own pages and room answers all go through."""

import dataclasses
from typing import Any

from standins.google import conference, fields, invitations, series
from standins.google.model import CANCELLED, Calendar, Event
from standins.google.world import World

Json = dict[str, Any]


def insert(
    world: World,
    calendar: Calendar,
    body: Json,
    *,
    actor: str,
    event_id: str | None = None,
    conference_version: int = 0,
    organizer: str | None = None,
) -> Event:
    """A new event on a calendar; the calendar is the organiser unless it is an import."""
    new = fields.writable(body, calendar_zone=calendar.time_zone)
    if "conferenceData" in new or conference_version:
        conference.settle(new, {}, version=conference_version)
    event_id = event_id or world.new_event_id()
    event = Event(
        id=event_id,
        body=new,
        created=world.microseconds(),
        ordinal=calendar.next_ordinal(),
        creator=actor,
        organizer=organizer or calendar.id,
        ical_uid=body.get("iCalUID") or f"{event_id}@google.com",
        sequence=max(0, body.get("sequence") or 0),
        status=body.get("status") or "confirmed",
    )
    calendar.add(event)
    world.stamp(calendar, event)
    invitations.spread(world, calendar, event)
    world.changed(calendar)
    return event


def save(
    world: World, calendar: Calendar, member: Event, body: Json, *, conference_version: int = 0
) -> Event:
    """Give an event, a series or one occurrence new contents (a complete body).

    `status: cancelled` deletes. An unchanged series keeps its exceptions; one whose times or
    rule change loses those whose original start no longer exists.
    """
    if body.get("status") == CANCELLED:
        delete(world, calendar, member)
        return calendar.events.get(member.id, member)
    before, new = member.body, _contents(calendar, member, body, conference_version)
    moved = fields.time_changed(before, new)
    sequence = fields.next_sequence(
        member.sequence, body, moved=moved, refuse_stale=world.settings.stale_sequence_refused
    )
    status = body.get("status") or "confirmed"
    same = (new, sequence, status) == (before, member.sequence, member.status)
    if same and not world.settings.noop_write_changes_etag:
        return member
    event = series.store_exception(calendar, member) if member.recurring_event_id else member
    event.body, event.sequence, event.status = new, sequence, status
    lost = _settle_series(world, calendar, event, before) if moved else []
    if not event.recurring_event_id and world.settings.exceptions_follow_words:
        series.spread(before, event, calendar.exceptions_of(event.id))
    world.stamp(calendar, event, lost)
    invitations.spread(world, calendar, event)
    world.changed(calendar)
    return event


def _contents(calendar: Calendar, member: Event, body: Json, conference_version: int) -> Json:
    """What is stored of a new body."""
    new = fields.writable(body, calendar_zone=calendar.time_zone, current=member.body)
    if member.recurring_event_id:
        new.pop("recurrence", None)
    _keep_immutable(new, member.body)
    conference.settle(new, member.body, version=conference_version)
    return new


def _keep_immutable(new: Json, before: Json) -> None:
    for name in ("eventType", "privateCopy"):
        new.pop(name, None)
        if name in before:
            new[name] = before[name]


def _settle_series(world: World, calendar: Calendar, event: Event, before: Json) -> list[Event]:
    """What a moved series, or one with a new rule, loses of its exceptions."""
    if event.recurring_event_id:
        return []
    fate = world.settings.exceptions_of_changed_series
    if event.recurring and fate == "kept":
        return []
    if event.recurring and fate == "dropped":
        return series.detach_exceptions(calendar, event)
    if event.recurring and fate == "moved" and before["start"] != event.body["start"]:
        return series.rekey_exceptions(calendar, event, before)
    return series.detach_lost_exceptions(calendar, event)


def delete(world: World, calendar: Calendar, member: Event, *, tell_guests: bool = True) -> None:
    """Delete an event or a whole series, or cancel one occurrence.

    A deleted series takes its exceptions along without a word about them.
    """
    if member.recurring_event_id:
        event = series.store_exception(calendar, member)
    else:
        event = member
        for exception in calendar.exceptions_of(event.id):
            calendar.forget(exception)
    event.status = CANCELLED
    world.stamp(calendar, event)
    invitations.withdraw(world, calendar, event, tell_guests=tell_guests)
    world.changed(calendar)


def move(world: World, source: Calendar, target: Calendar, event: Event) -> Event:
    """Give an event another organiser: a stub stays behind, the event goes over with its id."""
    moved = dataclasses.replace(
        event, body=dict(event.body), organizer=target.id, ordinal=target.next_ordinal()
    )
    exceptions = [dataclasses.replace(e) for e in source.exceptions_of(event.id)]
    target.add(moved)
    for exception in exceptions:
        exception.organizer = target.id
        target.add(exception)
    for exception in source.exceptions_of(event.id):
        source.forget(exception)
    event.status, event.ghost = CANCELLED, True
    world.stamp(source, event)
    world.stamp(target, moved)
    world.changed(source)
    world.changed(target)
    return moved
