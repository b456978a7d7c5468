"""Lines of history in words: what was done, and each value as it was and as it became."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from bookings.leads import reminder_words
from bookings.models import BookingEvent, Room
from bookings.people import names_of
from bookings.recurrence.wall_clock import to_local

_ACTS = {
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
_LABELS = {
    "title": _("Title"),
    "organizer": _("Organiser"),
    "room": _("Room"),
    "starts_at": _("Start"),
    "ends_at": _("End"),
    "description": _("Description"),
    "attendees": _("People"),
    "reminders": _("Reminders"),
}


@dataclass(frozen=True)
class Change:
    """One value that an act changed; `before` is empty where there was none."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Known:
    """Names of what events tell of: rooms by their ids, members by their addresses."""

    rooms: Mapping[int, str]
    people: Mapping[str, str]

    def person(self, email: str) -> str:
        return self.people.get(email.lower(), email)


def known_of(events: Iterable[BookingEvent], emails: Iterable[str]) -> Known:
    """The names that these events need, and those of some people besides; in two queries."""
    changes = [event for event in events if event.before]
    return Known(_names_of_rooms(changes), _names_of_people(changes, emails))


def act_words(act: str) -> str:
    """What somebody did, or what happened."""
    return str(_ACTS.get(act, act))


def changes_of(event: BookingEvent, known: Known, zone: ZoneInfo) -> list[Change]:
    """The values that a person would name, as it was and as it became, in a zone.

    None of what was made: all of it is new.
    """
    if not event.before:
        return []
    return [
        Change(
            str(label),
            _value(name, event.before, known, zone),
            _value(name, event.after, known, zone),
        )
        for name, label in _LABELS.items()
        if name in event.after and event.before.get(name) != event.after[name]
    ]


def _value(name: str, values: Mapping[str, Any], known: Known, zone: ZoneInfo) -> str:
    value = values.get(name)
    if name == "reminders" and name in values:
        return reminder_words(value)
    if value is None:
        return ""
    if name == "room":
        return known.rooms.get(value, str(value))
    if name in ("organizer", "attendees"):
        emails = value if isinstance(value, list) else [value]
        return ", ".join(known.person(email) for email in emails)
    if name in ("starts_at", "ends_at"):
        return f"{to_local(datetime.fromisoformat(value), zone):%Y-%m-%d %H:%M}"
    return str(value)


def _names_of_people(changes: Iterable[BookingEvent], besides: Iterable[str]) -> dict[str, str]:
    emails = {*besides}
    for side in (side for event in changes for side in (event.before, event.after)):
        emails.update(side.get("attendees") or (), [side.get("organizer") or ""])
    return names_of(emails)


def _names_of_rooms(changes: Iterable[BookingEvent]) -> dict[int, str]:
    ids = {side["room"] for e in changes for side in (e.before, e.after) if side.get("room")}
    return dict(Room.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}
