"""Two bookings that want one room at one time: who has it, who lacks it, what is free instead.

The database never gives a room to two; what people make in Google beside it is kept as a date in
conflict, and its owner and the room's holder are told.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from bookings.alternatives import Alternative, alternatives
from bookings.claims import conflicts_of
from bookings.models import Occurrence
from bookings.shown import ShownDate
from bookings.spans import Span
from tenants.models import Company

MOST = 5
A_CALENDAR = ".calendar.google.com"  # the address of a room's or a shared calendar, no person's


@dataclass(frozen=True)
class Overlap:
    """What has the room of a date, and rooms and times that are free instead."""

    blockers: list[Occurrence]
    offers: list[Alternative]


def lacks_room(row: Occurrence | ShownDate) -> bool:
    """Whether somebody else has the room, or Google's room declined: its owner has to act."""
    declined = row.room_response == Occurrence.RoomResponse.DECLINED
    return declined or row.status == Occurrence.Status.CONFLICTED


def overlap_of(occurrence: Occurrence, company: Company) -> Overlap:
    """Of a date that lacks its room. Inside the company's scope."""
    wanted = Span(occurrence.starts_at, occurrence.ends_at)
    return Overlap(
        blockers=conflicts_of([occurrence], besides=[occurrence.pk])[:MOST],
        offers=alternatives(
            company=company, room=occurrence.room, spans=[wanted], besides=[occurrence.pk]
        ),
    )


def wanted_too(rows: Collection[Occurrence]) -> dict[int, list[Occurrence]]:
    """By primary key, the dates in conflict that want the room of these dates at their time.

    One query, however many.
    """
    rooms = {row.room_id for row in rows if row.blocks}
    lacking = list(_in_conflict().filter(room_id__in=rooms)) if rooms else []
    found = {row.pk: _overlapping(row, lacking) for row in rows if row.blocks}
    return {pk: others for pk, others in found.items() if others}


def owner_of(occurrence: Occurrence) -> str:
    """Who booked a date, by name or as Google names them; Google itself for what is nobody's."""
    booking = occurrence.booking
    if booking.organizer is None and booking.organizer_email.endswith(A_CALENDAR):
        return _("Google Calendar")
    return str(booking.organizer or booking.organizer_email or _("unknown"))


def _in_conflict() -> QuerySet[Occurrence]:
    rows: QuerySet[Occurrence] = Occurrence.objects.filter(
        status=Occurrence.Status.CONFLICTED, ends_at__gt=timezone.now()
    )
    return rows.select_related("booking__organizer", "room__building").order_by("starts_at")


def _overlapping(row: Occurrence, others: Iterable[Occurrence]) -> list[Occurrence]:
    return [
        other
        for other in others
        if other.room_id == row.room_id
        and other.block_from < row.block_to
        and other.block_to > row.block_from
    ]
