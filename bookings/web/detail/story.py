"""The history of a booking in words: who did what, when, by which door, and what it became."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from bookings.edits.lineage import parts_of
from bookings.models import Booking, BookingEvent, Door, Occurrence, Room
from bookings.people import names_of
from bookings.recurrence.wall_clock import to_local

SHOWN = 50  # the newest


@dataclass(frozen=True)
class Change:
    """One value that an act changed; `before` is empty where there was none."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """One act. `at` is on the room's wall."""

    at: datetime
    who: str
    act: str
    door: str
    changes: list[Change]


@dataclass(frozen=True)
class _Known:
    """Names of what events tell of: rooms by their ids, members by their addresses."""

    rooms: Mapping[int, str]
    people: Mapping[str, str]

    def person(self, email: str) -> str:
        return self.people.get(email.lower(), email)


def story_of(occurrence: Occurrence) -> list[Line]:
    """What happened to a date and to its whole story, the newest first."""
    own = Q(original_start=occurrence.original_start) | Q(original_start__isnull=True)
    events = list(
        BookingEvent.objects.filter(own, booking__in=parts_of(occurrence.booking))
        .select_related("member")
        .order_by("-id")[:SHOWN]
    )
    known = _Known(_names_of_rooms(events), _names_of_people(events, occurrence.booking))
    taken_by = _taken_by(events, occurrence.original_start)
    zone = ZoneInfo(occurrence.room.zone_name)
    return [
        Line(
            at=to_local(event.at, zone),
            who=_who(event, occurrence.booking, known),
            act=_act(event, taken_by.get(event.pk, "")),
            door=str(Door(event.door).label),
            changes=_changes(event, known, zone) if event.before else [],
        )
        for event in events
    ]


def _who(event: BookingEvent, booking: Booking, known: _Known) -> str:
    if event.member:
        return str(event.member)
    if event.door == Door.KIOSK:
        return _("Somebody at the door")
    return known.person(booking.organizer_email) if event.act == "created" else ""


def _act(event: BookingEvent, taken_by: str) -> str:
    if taken_by:
        return _act_on_taken(event.act) % {"who": taken_by}
    words = {
        "created": _("booked it"),
        "changed": _("changed it"),
        "cancelled": _("cancelled it"),
        "restored": _("brought it back"),
        "skipped": _("left this date out"),
        "conflicted": _("The room was taken when the series came to this date"),
        "placed": _("This date got its room after all"),
        "google_later": _("Changed here and in Google: the later change, Google's, stays"),
        "roomly_later": _("Changed here and in Google: Roomly's change stays"),
        "declined": _("declined it in Google: the room was taken"),
        "retried": _("asked Google once more"),
        "took_google": _("took what Google has"),
        "overwrote_google": _("overwrote what Google has"),
        "left_google": _("left Google as it is, different from here"),
    }
    return words.get(event.act, event.act)


def _act_on_taken(act: str) -> str:
    words = {
        "created": _("booked it without this date: the room was taken by %(who)s"),
        "skipped": _("left this date out: the room was taken by %(who)s"),
    }
    return words.get(act, _("The room was taken by %(who)s when the series came to this date"))


def _taken_by(events: Iterable[BookingEvent], date: datetime) -> dict[int, str]:
    """What had the room when an act left this date out or without a place, in one query."""
    found = {event.pk: ids for event in events if (ids := _ids_in_the_way(event, date))}
    wanted = [public_id for ids in found.values() for public_id in ids]
    if not wanted:
        return {}
    rows = Occurrence.objects.filter(public_id__in=wanted).select_related("booking")
    names = {str(row.public_id): _public_name(row) for row in rows}
    gone = _("a booking that is gone")
    return {number: ", ".join(names.get(one, gone) for one in ids) for number, ids in found.items()}


def _ids_in_the_way(event: BookingEvent, date: datetime) -> list[str]:
    if event.act in ("conflicted", "skipped"):
        return list(event.after.get("by", ()))
    left_out = {each["date"]: each["by"] for each in event.after.get("skipped", ())}
    return list(left_out.get(date.isoformat(), ()))


def _public_name(row: Occurrence) -> str:
    if row.booking.visibility == Booking.Visibility.PRIVATE:
        return _("a private booking")
    return f"“{row.shown_title}”"


def _names_of_people(events: Iterable[BookingEvent], booking: Booking) -> dict[str, str]:
    emails = {booking.organizer_email} if booking.organizer is None else set()
    changes = [event for event in events if event.before]
    for side in (side for event in changes for side in (event.before, event.after)):
        emails.update(side.get("attendees") or (), [side.get("organizer") or ""])
    return names_of(emails)


def _names_of_rooms(events: Iterable[BookingEvent]) -> dict[int, str]:
    ids = {side["room"] for e in events for side in (e.before, e.after) if side.get("room")}
    return dict(Room.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def _changes(event: BookingEvent, known: _Known, zone: ZoneInfo) -> list[Change]:
    """The values that a person would name, each as it was and as it became."""
    labels = {
        "title": _("Title"),
        "organizer": _("Organiser"),
        "room": _("Room"),
        "starts_at": _("Start"),
        "ends_at": _("End"),
        "description": _("Description"),
        "attendees": _("People"),
        "reminders": _("Reminders"),
    }
    return [
        Change(
            label,
            _value(name, event.before, known, zone),
            _value(name, event.after, known, zone),
        )
        for name, label in labels.items()
        if name in event.after and event.before.get(name) != event.after[name]
    ]


def _value(name: str, values: Mapping[str, Any], known: _Known, zone: ZoneInfo) -> str:
    value = values.get(name)
    if value is None:
        return ""
    if name == "room":
        return known.rooms.get(value, str(value))
    if name in ("organizer", "attendees"):
        emails = value if isinstance(value, list) else [value]
        return ", ".join(known.person(email) for email in emails)
    if name in ("starts_at", "ends_at"):
        return f"{to_local(datetime.fromisoformat(value), zone):%Y-%m-%d %H:%M}"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(value)
