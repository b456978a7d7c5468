"""Which booking an event of Google's belongs to."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from bookings.many import any_key, any_of
from bookings.models import Booking, Occurrence
from calendars import content, mapping
from calendars.content import Item
from calendars.models import CalendarLink, GoogleCopy
from tenants.prepared import Prepared

_LOCKED = Prepared[Booking](
    lambda pk: (
        Booking.objects.select_for_update(of=("self",), no_key=True)
        .select_related("room__building")
        .filter(pk=pk)
    ),
    -2,
)


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
    return _LOCKED.get(booking_id)


def begin_again(copy: GoogleCopy, series: str) -> None:
    """Takes a date for one of another series: ids outlive a cut that Google's page made."""
    copy.booking, copy.original_start, copy.recurring_event_id = None, None, series
    copy.base, copy.base_v, copy.attempts = {}, 0, {}


def find_booking(link: CalendarLink, copy: GoogleCopy, item: Item) -> bool:
    """Connects an event that is new to a calendar with a booking that is known; whether there is
    one."""
    if item.get("recurringEventId"):
        return _find_series(link, copy, item)
    if content.is_cancelled(item):
        return False
    return _take_from_other_calendar(link, copy, item) or _adopt(copy, item)


def is_leaving(link: CalendarLink, item: Item) -> bool:
    """Whether an event is about to be moved to another calendar, where all of it is read."""
    series = item.get("recurringEventId")
    if content.is_cancelled(item) and not series:
        return False  # it has left, or is no more
    moved = GoogleCopy.objects.filter(moving_from=link)
    return moved.filter(google_event_id=series or item["id"]).exists()


def _find_series(link: CalendarLink, copy: GoogleCopy, item: Item) -> bool:
    master = GoogleCopy.objects.filter(
        link=link, google_event_id=item["recurringEventId"], booking__isnull=False
    ).select_related("booking").first()  # fmt: skip
    if master is None:
        return False
    original_start = content.original_start_of(item, master.booking.timezone)
    others = GoogleCopy.objects.filter(booking=master.booking, original_start=original_start)
    if others.exclude(link=link).exists():
        return False  # that date has an event of its own, in another room
    others.exclude(pk=copy.pk).delete()
    copy.booking, copy.original_start = master.booking, original_start
    return True


def _take_from_other_calendar(link: CalendarLink, copy: GoogleCopy, item: Item) -> bool:
    """Somebody moved the event here: it is the same booking, in this room now."""
    organizer = item.get("organizer", {})
    if not organizer.get("self") and organizer.get("email") != link.google_calendar_id:
        return False  # a guest's copy of an event shares its id, and is another booking
    before = (
        GoogleCopy.objects.filter(google_event_id=copy.google_event_id, booking__isnull=False)
        .exclude(link=link)
        .first()
    )
    if before is None:
        return False
    copy.booking_id, copy.original_start = before.booking_id, before.original_start
    copy.base, copy.base_v, copy.attempts = before.base, before.base_v, before.attempts
    copy.base.pop("when", None)  # so that the new room is taken with the times
    # The dates of a series come along, and are read here.
    GoogleCopy.objects.filter(
        link_id=before.link_id, recurring_event_id=copy.google_event_id
    ).delete()
    before.delete()
    return True


def _adopt(copy: GoogleCopy, item: Item) -> bool:
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
