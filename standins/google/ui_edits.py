"""Edits as Google Calendar's own pages make them: this event, this and following, all.

What they do to ids, rules and exceptions was observed in real `events.list` answers.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from standins.google import recurrence, series, times, writing
from standins.google.model import Calendar, Event
from standins.google.world import World

Json = dict[str, Any]
SCOPES = ("this", "following", "all")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BYDAY = re.compile(r"BYDAY=([A-Z]{2})(?=;|$)")
_COUNT = re.compile(r"COUNT=(\d+)")


@dataclass(frozen=True, slots=True)
class Change:
    """What the person changed; None leaves a field alone.

    Times are ISO 8601: without offset in the calendar's zone, a bare date for all-day.
    """

    summary: str | None = None
    start: str | None = None
    end: str | None = None
    fields: Json | None = None

    def body(self, calendar: Calendar, member: Event) -> Json:
        """The event's body with this change."""
        body = {**member.body, **(self.fields or {})}
        if self.summary is not None:
            body["summary"] = self.summary
        start, end = member.body["start"], member.body["end"]
        zone = calendar.time_zone
        if self.start is not None:
            length = times.duration(start, end, zone)
            body["start"] = _moment(self.start, start, zone)
            body["end"] = times.after(body["start"], length, end, zone)
        if self.end is not None:
            body["end"] = _moment(self.end, end, zone)
        return body


def _moment(text: str, like: Json, calendar_zone: str) -> Json:
    if "T" not in text:
        return {"date": text}
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        value = value.replace(tzinfo=times.zone(calendar_zone))
    return times.from_instant(value, like.get("timeZone") or calendar_zone)


def edit(
    world: World, calendar: Calendar, event_id: str, change: Change, scope: str = "this"
) -> Event:
    """Change one event, or the chosen part of a series; returns what now stands there."""
    member = series.find(calendar, event_id)
    master = _master(calendar, member)
    if master is None or (scope == "this" and member is not master):
        return writing.save(world, calendar, member, change.body(calendar, member))
    if scope == "following" and not _first(calendar, master, member):
        return _split(world, calendar, master, member, change)
    return _edit_all(world, calendar, master, member, change)


def delete(world: World, calendar: Calendar, event_id: str, scope: str = "this") -> None:
    """Delete one event, or the chosen part of a series."""
    member = series.find(calendar, event_id)
    master = _master(calendar, member)
    if master is None or (scope == "this" and member is not master):
        writing.delete(world, calendar, member)
    elif scope == "following" and not _first(calendar, master, member):
        _trim(world, calendar, master, member)
    else:
        for segment in series.segments(calendar, master):
            writing.delete(world, calendar, segment)


def _master(calendar: Calendar, member: Event) -> Event | None:
    """The series an event belongs to; None for a single event."""
    if member.recurring_event_id:
        return calendar.events[member.recurring_event_id]
    return member if member.recurring else None


def _first(calendar: Calendar, master: Event, member: Event) -> bool:
    slot = member.original_start or master.body["start"]
    first = next(recurrence.slots(master.body, calendar.time_zone, since=None, until=None), None)
    return first is None or slot == first


def _trim(world: World, calendar: Calendar, master: Event, member: Event) -> None:
    """End a series on the evening before an occurrence."""
    slot = member.original_start or {}
    zone = calendar.time_zone
    midnight = times.local_start(slot, zone).replace(hour=0, minute=0, second=0)
    evening = midnight - timedelta(seconds=1)
    as_day = times.all_day(slot)
    last = evening if as_day else evening.replace(tzinfo=times.own_zone(slot, zone))
    lines = recurrence.trimmed(master.body["recurrence"], last, as_day=as_day)
    master.body = {**master.body, "recurrence": lines}
    lost = series.detach_lost_exceptions(calendar, master)
    world.stamp(calendar, master, lost)
    world.changed(calendar)


def _split(world: World, calendar: Calendar, master: Event, member: Event, change: Change) -> Event:
    """Trim the series and begin a new one at the occurrence.

    With the same time its id is `<base>_R<start>`, with another an unrelated one; extended
    properties and `created` are copied, exceptions from there on are gone.
    """
    zone = calendar.time_zone
    slot = member.original_start or {}
    body = change.body(calendar, member)
    moved = change.start is not None or change.end is not None
    lines = _remainder(calendar, master, slot, body["start"])
    _trim(world, calendar, master, member)
    event_id = world.new_event_id()
    if not moved:
        suffix = recurrence.key(slot, zone).removesuffix("Z")
        event_id = f"{series.base_id(master.id)}_R{suffix}"
        body["start"] = slot
        length = times.duration(master.body["start"], master.body["end"], zone)
        body["end"] = times.after(slot, length, master.body["end"], zone)
    body |= {"recurrence": _own_rule(change) or lines, "sequence": int(moved)}
    body.pop("iCalUID", None)
    split = writing.insert(world, calendar, body, actor=master.creator, event_id=event_id)
    split.created = master.created
    return split


def _own_rule(change: Change) -> list[str] | None:
    """The rule the person chose, if any."""
    return (change.fields or {}).get("recurrence")


def _remainder(calendar: Calendar, master: Event, slot: Json, start: Json) -> list[str]:
    """The rule for the new series: what COUNT has left, a single weekday moved along."""
    zone = calendar.time_zone
    local = times.local_start(slot, zone)
    starts = recurrence.local_starts(master.body, zone)
    before = sum(1 for _ in takewhile(lambda value: value < local, starts))
    return [
        _shifted(line, before, local, times.local_start(start, zone))
        for line in master.body["recurrence"]
    ]


def _shifted(line: str, before: int, was: datetime, now: datetime) -> str:
    if not line.upper().startswith("RRULE"):
        return line
    line = _COUNT.sub(lambda found: f"COUNT={max(1, int(found[1]) - before)}", line)
    if was.weekday() != now.weekday():
        line = _BYDAY.sub(f"BYDAY={_DAYS[now.weekday()]}", line)
    return line


def _edit_all(
    world: World, calendar: Calendar, master: Event, member: Event, change: Change
) -> Event:
    """Change a series: texts of its linked segments and exceptions too, times of this one."""
    texts = {k: v for k, v in (change.fields or {}).items() if k != "recurrence"}
    if change.summary is not None:
        texts["summary"] = change.summary
    for segment in series.segments(calendar, master):
        for exception in calendar.exceptions_of(segment.id):
            exception.body = {**exception.body, **texts}
        body = {**segment.body, **texts}
        if segment is master:
            body |= _moved_rule(calendar, master, member, change)
            body["recurrence"] = _own_rule(change) or body["recurrence"]
        writing.save(world, calendar, segment, body)
    return master


def _moved_rule(calendar: Calendar, master: Event, member: Event, change: Change) -> Json:
    """Start, end and rule of the series moved as its occurrence was."""
    if change.start is None and change.end is None:
        return {}
    zone = calendar.time_zone
    after = change.body(calendar, member)
    by = times.local_start(after["start"], zone) - times.local_start(member.body["start"], zone)
    start = times.shift(master.body["start"], by, zone)
    length = times.duration(after["start"], after["end"], zone)
    first = times.local_start(master.body["start"], zone)
    lines = [_shifted(line, 0, first, first + by) for line in master.body["recurrence"]]
    return {
        "start": start,
        "end": times.after(start, length, master.body["end"], zone),
        "recurrence": lines,
    }
