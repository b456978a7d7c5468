"""A series and its members: occurrences computed, exceptions stored, ids resolved."""

import dataclasses
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from standins.google import recurrence, times
from standins.google.errors import not_found
from standins.google.model import CANCELLED, Calendar, Event

Json = dict[str, Any]
_BASE = "_R"
EXPANSION_MAX = 730  # occurrences of one series in one answer


def base_id(master_id: str) -> str:
    """What the ids of a series' occurrences begin with: the `_R…` of a split is left out."""
    head, mark, tail = master_id.rpartition(_BASE)
    return head if mark and tail[:8].isdigit() else master_id


def occurrence_id(master: Event, slot: Json, zone: str) -> str:
    """`<base>_<original start in UTC>`, or `<base>_<date>` for an all-day series."""
    return f"{base_id(master.id)}_{recurrence.key(slot, zone)}"


def occurrence(calendar: Calendar, master: Event, slot: Json) -> Event:
    """The member of a series at an original start: a stored exception, or one made up."""
    event_id = occurrence_id(master, slot, calendar.time_zone)
    stored = calendar.exceptions.get(master.id, {}).get(event_id)
    return stored or _made_up(calendar, master, slot, event_id)


def _made_up(calendar: Calendar, master: Event, slot: Json, event_id: str) -> Event:
    zone = calendar.time_zone
    body = {k: v for k, v in master.body.items() if k != "recurrence"}
    length = times.duration(master.body["start"], master.body["end"], zone)
    body["start"] = slot
    body["end"] = times.after(slot, length, master.body["end"], zone)
    return dataclasses.replace(
        master, id=event_id, body=body, recurring_event_id=master.id, original_start=slot
    )


def occurrences(
    calendar: Calendar,
    master: Event,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[Event]:
    """The members of a series in [since, until), in the order of their original starts.

    Cancelled exceptions are among them, and moved ones by where they are now. At most
    `EXPANSION_MAX`.
    """
    zone = calendar.time_zone
    seen, count = set(), 0
    for slot in recurrence.slots(master.body, zone, since=since, until=until):
        member = occurrence(calendar, master, slot)
        seen.add(member.id)
        if overlaps(calendar, member, since, until):
            count += 1
            yield member
        if count >= EXPANSION_MAX:
            break
    for stored in calendar.exceptions_of(master.id):
        if stored.id not in seen and overlaps(calendar, stored, since, until):
            yield stored


def overlaps(
    calendar: Calendar, event: Event, since: datetime | None, until: datetime | None
) -> bool:
    """Whether an event ends after `since` and starts before `until`."""
    zone = calendar.time_zone
    if since is not None and times.instant(event.body["end"], zone) <= since:
        return False
    return until is None or times.instant(event.body["start"], zone) < until


def find(calendar: Calendar, event_id: str) -> Event:
    """An event, exception or made-up occurrence by id; GoogleError 404 when there is none."""
    stored = calendar.events.get(event_id)
    if stored is not None and not (stored.ghost and "_" in event_id):
        return stored
    return _by_occurrence_id(calendar, event_id) or stored or _missing()


def _missing() -> Event:
    raise not_found()


def _by_occurrence_id(calendar: Calendar, event_id: str) -> Event | None:
    base, mark, suffix = event_id.rpartition("_")
    if not mark:
        return None
    for master in _segments(calendar, base):
        slot = recurrence.slot_of_key(master.body, suffix, calendar.time_zone)
        if slot is not None:
            found = occurrence(calendar, master, slot)
            return dataclasses.replace(found, status=CANCELLED) if master.cancelled else found
    return None


def _segments(calendar: Calendar, base: str) -> list[Event]:
    """The masters whose occurrences have ids that begin with `base`."""
    exact = calendar.events.get(base)
    found = [exact] if exact is not None and exact.recurring else []
    split = (e for e in calendar.events.values() if e.id.startswith(base + _BASE) and e.recurring)
    return [*found, *split]


def segments(calendar: Calendar, master: Event) -> list[Event]:
    """The live masters that splits made of one series, this one among them."""
    return [m for m in _segments(calendar, base_id(master.id)) if not m.cancelled]


def store_exception(calendar: Calendar, member: Event) -> Event:
    """Give a made-up occurrence a place of its own, so that it can differ from its series."""
    stored = calendar.events.get(member.id)
    if stored is not None and not stored.ghost:
        return stored
    kept = dataclasses.replace(member, body=dict(member.body), ordinal=calendar.next_ordinal())
    calendar.add(kept)
    return kept


def detach_lost_exceptions(calendar: Calendar, master: Event) -> list[Event]:
    """After a rule or time change: exceptions without an occurrence become ghosts.

    They are returned: each comes once more, bare, with the next incremental list.
    """
    zone = calendar.time_zone
    lost = []
    for exception in calendar.exceptions_of(master.id):
        suffix = recurrence.key(exception.original_start or {}, zone)
        known = master.recurring and recurrence.slot_of_key(master.body, suffix, zone)
        if not known:
            calendar.detach(exception)
            lost.append(exception)
    return lost


def detach_exceptions(calendar: Calendar, master: Event) -> list[Event]:
    """Drop all that a series' occurrences had of their own, and return the ghosts."""
    lost = calendar.exceptions_of(master.id)
    for exception in lost:
        calendar.detach(exception)
    return lost


def rekey_exceptions(calendar: Calendar, master: Event, before: Json) -> list[Event]:
    """After a move of the whole series: its exceptions go along and get new ids.

    Returns the ghosts that stay behind under the old ids.
    """
    zone = calendar.time_zone
    by = times.local_start(master.body["start"], zone) - times.local_start(before["start"], zone)
    old = calendar.exceptions_of(master.id)
    moved = [_rekeyed(calendar, master, exception, by) for exception in old]
    for exception in old:
        calendar.detach(exception)
    for exception in moved:
        if recurrence.slot_of_key(master.body, exception.id.rpartition("_")[2], zone):
            calendar.add(exception)
    return [exception for exception in old if calendar.events[exception.id] is exception]


def _rekeyed(calendar: Calendar, master: Event, exception: Event, by: timedelta) -> Event:
    zone = calendar.time_zone
    slot = times.shift(exception.original_start or {}, by, zone)
    body = dict(exception.body)
    if body["start"] == exception.original_start:
        body |= {name: times.shift(body[name], by, zone) for name in ("start", "end")}
    event_id = occurrence_id(master, slot, zone)
    return dataclasses.replace(exception, id=event_id, original_start=slot, body=body)


def spread(master_before: Json, master: Event, exceptions: list[Event]) -> None:
    """Carry a change of the master to exceptions that had not changed those fields."""
    names = (set(master_before) | set(master.body)) - {"start", "end", "recurrence"}
    for exception in exceptions:
        for name in names:
            if exception.body.get(name) == master_before.get(name):
                _copy(name, master.body, exception.body)


def _copy(name: str, source: Json, target: Json) -> None:
    if name in source:
        target[name] = source[name]
    else:
        target.pop(name, None)
