"""A series and the parts that edits cut it into: for the person, one story.

Every part points to the first booking of the story (`split_from`).
"""

from collections.abc import Collection
from datetime import datetime
from itertools import chain

from django.db.models import Q, QuerySet

from bookings.claims import lock_rooms
from bookings.errors import Changed, gone
from bookings.many import any_key
from bookings.models import Booking, Occurrence
from tenants.prepared import Prepared

_DATES = Prepared[Occurrence](
    lambda bookings: (
        Occurrence.objects.filter(booking__in=any_key(bookings))
        .select_related("room__building")
        .order_by("original_start")
    ),
    [-2],
)


def parts_of(booking: Booking) -> QuerySet[Booking]:
    """All parts of a booking's story, itself among them."""
    root = booking.split_from_id or booking.pk
    parts: QuerySet[Booking] = Booking.objects.filter(Q(pk=root) | Q(split_from=root))
    return parts.select_related("room__building", "organizer").order_by("pk")


def read_story(booking: Booking) -> dict[Booking, list[Occurrence]]:
    """The parts of a story with all their dates, these by their original start."""
    story: dict[Booking, list[Occurrence]] = {part: [] for part in parts_of(booking)}
    parts = {part.pk: part for part in story}
    for row in _DATES.all(list(parts)):
        row.booking = parts[row.booking_id]
        story[row.booking].append(row)
    return story


def lock_story(
    booking: Booking, now: datetime, more_rooms: Collection[int] = ()
) -> dict[Booking, list[Occurrence]]:
    """The story as it is now, with the rooms of its dates to come, and its parts, locked.

    Raises Changed if a date went to another room at this very moment.
    """
    standing = Occurrence.objects.filter(booking__in=parts_of(booking), ends_at__gt=now)
    rooms = {*standing.values_list("room_id", flat=True).distinct(), booking.room_id, *more_rooms}
    lock_rooms(rooms)
    list(parts_of(booking).select_for_update(of=("self",), no_key=True))
    story = read_story(booking)
    used = {row.room_id for rows in story.values() for row in rows if row.ends_at > now}
    if not used | {part.room_id for part in story} <= rooms:
        raise Changed
    return story


def chosen_in(story: dict[Booking, list[Occurrence]], occurrence: Occurrence) -> Occurrence:
    """A date as it is in a story that was read after it; raises NotFound if it is gone."""
    for row in chain.from_iterable(story.values()):
        if row.pk == occurrence.pk:
            return row
    raise gone()
