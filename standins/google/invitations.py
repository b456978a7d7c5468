"""Copies on the calendars of guests and rooms, and the answers rooms give by themselves."""

import dataclasses
import hashlib
from typing import Any

from standins.google import series, times
from standins.google.calls import rank, role_of
from standins.google.model import CANCELLED, Calendar, Event
from standins.google.world import World

Json = dict[str, Any]


def spread(world: World, calendar: Calendar, event: Event) -> None:
    """After a write: bring the guests' copies, or the organiser's guest list, up to date."""
    master = calendar.events.get(event.recurring_event_id or "", event)
    if event.organizer != calendar.id:
        _report_answer(world, calendar, event)
        return
    if not event.body.get("attendees") and not _copies(world, calendar, master):
        return
    invited = {a["email"] for a in event.body.get("attendees", ())}
    for other, copy in _copies(world, calendar, master):
        if other.id not in invited and event is master:
            _cancel(world, other, copy)
    for email in sorted(invited - {calendar.id}):
        other_calendar = world.calendars.get(email)
        if other_calendar is not None:
            _invite(world, calendar, master, other_calendar)


def withdraw(world: World, calendar: Calendar, event: Event, *, tell_guests: bool) -> None:
    """After a deletion: cancel the copies, or, on a copy, decline."""
    if event.organizer != calendar.id:
        _set_own_answer(event, calendar.id, "declined")
        _report_answer(world, calendar, event)
        return
    silent = not tell_guests
    for other, copy in _copies(world, calendar, event):
        released = other.kind == "resource" and world.settings.silent_delete_releases_rooms
        if silent and not released:
            continue
        _cancel(world, other, copy)


def _copies(world: World, calendar: Calendar, event: Event) -> list[tuple[Calendar, Event]]:
    """Copies of an event on the calendars of those it invites, or invited."""
    found = []
    for other in world.calendars.values():
        copy = other.events.get(_copy_id(world, other, event.id))
        if other is calendar or copy is None or copy.cancelled:
            continue
        if (copy.ical_uid, copy.organizer) == (event.ical_uid, calendar.id):
            found.append((other, copy))
    return found


def _copy_id(world: World, other: Calendar, event_id: str) -> str:
    if world.settings.copies_share_id:
        return event_id
    base, mark, suffix = event_id.partition("_")
    return hashlib.sha256(f"{other.id} {base}".encode()).hexdigest()[:26] + mark + suffix


def _cancel(world: World, other: Calendar, copy: Event) -> None:
    if not copy.recurring_event_id:
        for exception in other.exceptions_of(copy.id):
            other.forget(exception)
    copy.status = CANCELLED
    world.stamp(other, copy)
    world.changed(other)


def _invite(world: World, calendar: Calendar, master: Event, other: Calendar) -> None:
    copied = [
        _copy(world, member, other) for member in (master, *calendar.exceptions_of(master.id))
    ]
    world.stamp(other, copied[0])
    world.changed(other)
    if other.kind != "resource" or not other.auto_accept:
        return
    pending = [c for c in copied if own_answer(c, other.id) == "needsAction" and not c.cancelled]
    for copy in pending:
        job = _RoomAnswer(world, other, copy.id)
        world.later(world.settings.room_answer_seconds, job)


def _copy(world: World, source: Event, other: Calendar) -> Event:
    copy_id = _copy_id(world, other, source.id)
    known = other.events.get(copy_id)
    body = {k: v for k, v in source.body.items() if k not in ("reminders", "colorId")}
    body["attendees"] = [dict(a) for a in body.get("attendees", ())]
    properties = dict(body.pop("extendedProperties", {}))
    properties.pop("private", None)
    if known is not None and "private" in known.body.get("extendedProperties", {}):
        properties["private"] = known.body["extendedProperties"]["private"]
    if properties:
        body["extendedProperties"] = properties
    parent = source.recurring_event_id
    copy = dataclasses.replace(
        source,
        id=copy_id,
        body=body,
        ordinal=known.ordinal if known else other.next_ordinal(),
        recurring_event_id=_copy_id(world, other, parent) if parent else None,
    )
    other.add(copy)
    return copy


def own_answer(event: Event, email: str) -> str | None:
    """What the guest `email` answered; None when not invited."""
    for attendee in event.body.get("attendees", ()):
        if attendee["email"] == email:
            return str(attendee["responseStatus"])
    return None


def _set_own_answer(event: Event, email: str, answer: str) -> bool:
    attendees = [dict(a) for a in event.body.get("attendees", ())]
    changed = False
    for attendee in attendees:
        if attendee["email"] == email and attendee["responseStatus"] != answer:
            attendee["responseStatus"] = answer
            changed = True
    if changed:
        event.body = {**event.body, "attendees": attendees}
    return changed


def _report_answer(world: World, calendar: Calendar, copy: Event) -> None:
    """Carry the answer on a guest's copy into the organiser's event."""
    organizer = world.calendars.get(copy.organizer)
    answer = own_answer(copy, calendar.id)
    if organizer is None or answer is None:
        return
    for event in organizer.events.values():
        if event.ical_uid == copy.ical_uid and event.original_start == copy.original_start:
            if _set_own_answer(event, calendar.id, answer):
                world.stamp(organizer, event)
                world.changed(organizer)
            return


@dataclasses.dataclass(frozen=True, slots=True)
class _RoomAnswer:
    """A room accepting or declining an invitation, some seconds after it came."""

    world: World
    room: Calendar
    copy_id: str

    def __call__(self) -> None:
        copy = self.room.events.get(self.copy_id)
        if copy is None or copy.cancelled or own_answer(copy, self.room.id) != "needsAction":
            return
        role = role_of(self.world, self.room, copy.creator)
        allowed = rank(role) >= rank("freeBusyReader")
        free = allowed and not conflicts(self.room, copy)
        _set_own_answer(copy, self.room.id, "accepted" if free else "declined")
        self.world.stamp(self.room, copy)
        self.world.changed(self.room)
        _report_answer(self.world, self.room, copy)


def conflicts(room: Calendar, event: Event) -> bool:
    """Whether a room is taken at any of the times of an event."""
    wanted = _times(room, event)
    if not wanted:
        return False
    first, last = min(w[0] for w in wanted), max(w[1] for w in wanted)
    for other in room.live_singles_and_masters():
        if other.id in (event.id, event.recurring_event_id) or not blocks(room, other):
            continue
        members = (
            series.occurrences(room, other, since=first, until=last) if other.recurring else [other]
        )
        for member in members:
            if not member.cancelled and any(
                series.overlaps(room, member, start, end) for start, end in wanted
            ):
                return True
    return False


def blocks(room: Calendar, event: Event) -> bool:
    """Whether an event takes the room: opaque, and not declined by it."""
    opaque = event.body.get("transparency", "opaque") == "opaque"
    return opaque and own_answer(event, room.id) != "declined"


def _times(room: Calendar, event: Event) -> list[tuple[Any, Any]]:
    zone = room.time_zone
    members = list(series.occurrences(room, event)) if event.recurring else [event]
    return [
        (times.instant(m.body["start"], zone), times.instant(m.body["end"], zone))
        for m in members
        if not m.cancelled
    ]
