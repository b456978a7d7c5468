"""Which booking an event of Google's belongs to."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from bookings.many import any_key, any_of
from bookings.models import Booking, Occurrence
from calendars import content, mapping
from calendars.content import Item
from calendars.models import CalendarLink, GoogleCopy


def rooms_of(link: CalendarLink, copies: Collection[GoogleCopy]) -> set[int]:
    """The rooms that may change hands: of the calendar, and wherever the stories are now that
    these events may belong to."""
    new = [copy for copy in copies if copy.booking_id is None]
    ids = [copy.google_event_id for copy in new]
    series = {copy.recurring_event_id for copy in copies}
    series |= {mapping.cut_from(copy.google_event_id) for copy in new}
    known = GoogleCopy.objects.filter(
        Q(google_event_id__in=any_of(ids)) | Q(link=link, google_event_id__in=series - {""}),
        booking__isnull=False,
    )
    bookings = {copy.booking_id for copy in copies} | {copy.booking_id for copy in known}
    marks = [mark for copy in new if (mark := mark_of(copy.raw))]
    parts = Booking.objects.filter(Q(pk__in=bookings - {None}) | Q(public_id__in=marks))
    roots = {part.split_from_id or part.pk for part in parts}
    story = Booking.objects.filter(Q(pk__in=roots) | Q(split_from__in=roots))
    # By their ids: the two conditions through a join would read every date of the company.
    dates = Occurrence.objects.filter(booking__in=any_key(story.values_list("pk", flat=True)))
    return {link.room_id, *dates.values_list("room_id", flat=True).distinct()}


def locked(booking_id: int | None) -> Booking:
    """A booking with its room, locked until the transaction ends."""
    booking: Booking = (
        Booking.objects.select_for_update(of=("self",), no_key=True)
        .select_related("room__building")
        .get(pk=booking_id)
    )
    return booking


def begin_again(copy: GoogleCopy, series: str) -> None:
    """Takes a date for one of another series: ids outlive a cut that Google's page made."""
    copy.booking, copy.original_start, copy.recurring_event_id = None, None, series
    copy.base, copy.base_v, copy.attempts = {}, 0, {}


def adopt(copy: GoogleCopy, item: Item) -> bool:
    """An event with our stamp whose booking has no event: we lost sight of it once."""
    booking = stamped(item)
    if booking is None or GoogleCopy.objects.filter(booking=booking, original_start=None).exists():
        return False
    copy.booking = booking
    return True


def stamped(item: Item) -> Booking | None:
    """The booking whose mark an event bears. Copies of an event bear it, too."""
    mark = mark_of(item)
    found: Booking | None = Booking.objects.filter(public_id=mark).first() if mark else None
    return found


def mark_of(item: Item) -> UUID | None:
    """The public id that an event bears; None if it bears none, or something else."""
    mark = content.private_properties(item).get(content.ID_MARK)
    try:
        return UUID(str(mark)) if mark else None
    except ValueError:
        return None
