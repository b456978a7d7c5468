"""The history of a booking in words: who did what, when, by which door, and what it became."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from bookings.edits.lineage import parts_of
from bookings.models import Booking, BookingEvent, Door, Occurrence
from bookings.recurrence.wall_clock import to_local
from bookings.web.history_words import Change, Known, act_words, changes_of, known_of

SHOWN = 50  # the newest


@dataclass(frozen=True)
class Line:
    """One act. `at` is on the room's wall."""

    at: datetime
    who: str
    act: str
    door: str
    changes: list[Change]


def story_of(occurrence: Occurrence) -> list[Line]:
    """What happened to a date and to its whole story, the newest first."""
    own = Q(original_start=occurrence.original_start) | Q(original_start__isnull=True)
    events = list(
        BookingEvent.objects.filter(own, booking__in=parts_of(occurrence.booking))
        .select_related("member")
        .order_by("-id")[:SHOWN]
    )
    known = known_of(events, _unknown_organizer(occurrence.booking))
    taken_by = _taken_by(events, occurrence.original_start)
    zone = ZoneInfo(occurrence.room.zone_name)
    return [
        Line(
            at=to_local(event.at, zone),
            who=_who(event, occurrence.booking, known),
            act=_act(event, taken_by.get(event.pk, "")),
            door=str(Door(event.door).label),
            changes=changes_of(event, known, zone),
        )
        for event in events
    ]


def _unknown_organizer(booking: Booking) -> list[str]:
    return [booking.organizer_email] if booking.organizer is None else []


def _who(event: BookingEvent, booking: Booking, known: Known) -> str:
    if event.member:
        return str(event.member)
    if event.door == Door.KIOSK:
        return _("Somebody at the door")
    return known.person(booking.organizer_email) if event.act == "created" else ""


def _act(event: BookingEvent, taken_by: str) -> str:
    if taken_by:
        return _act_on_taken(event.act) % {"who": taken_by}
    return act_words(event.act)


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
