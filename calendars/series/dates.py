"""The dates of a series in Google: which are told apart there, and what became of them.

What Google does with exceptions when their series gets another time or rule is not documented:
it may drop them, keep them, or move them along. So after such a write they are read once, and
what is not as it should be is written again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from bookings import outbox
from bookings.edits.edit_modes import OUT_OF_RULE
from bookings.edits.lineage import parts_of
from bookings.guests import guests_of_dates, list_of
from bookings.models import Booking, Occurrence, Participant
from bookings.occurrences import series_of
from bookings.recurrence import to_instant
from bookings.recurrence.edits import has_place
from calendars import content, mapping
from calendars.content import Content, Item
from calendars.copies import remember
from calendars.models import GoogleCopy

GONE: Content = {"status": "cancelled"}
FOLLOWING = ("title", "description", "guests", "metadata")


def has_exceptions(booking: Booking) -> bool:
    """Whether any date of a series is, or was, told apart from it in Google."""
    if GoogleCopy.objects.filter(booking=booking, original_start__isnull=False).exists():
        return True
    to_come = booking.occurrences.filter(ends_at__gt=timezone.now())
    if to_come.exclude(status__in=content.GONE).filter(override_mask__gt=0).exists():
        return True
    cancelled = to_come.filter(status__in=content.GONE).exclude(reason=OUT_OF_RULE)
    keys = set(cancelled.values_list("original_start", flat=True)) - set(booking.exdates)
    series = series_of(booking)
    return any(has_place(series, key) for key in keys)


def compare_dates(
    master: GoogleCopy, items: Sequence[Item], since: datetime, until: datetime
) -> None:
    """Notes what Google has of a series' dates, and announces those that should be otherwise.

    `items` are its instances between two instants, cancelled ones too. A date that is there but
    not in the series any more is announced, too, so that it goes.
    """
    booking = master.booking
    dates = {content.original_start_of(item, booking.timezone): item for item in items}
    rows = {row.original_start: row for row in booking.occurrences.select_related("room")}
    guests = guests_of_dates(list(rows.values()))
    _forget(master, dates, rows)
    compared = [
        _compare(master, key, item, ours_of_date(booking, rows.get(key), guests))
        for key, item in dates.items()
        if key in rows or since <= to_instant(key, ZoneInfo(booking.timezone)) < until
    ]
    if wrong := [key for key in compared if key is not None]:
        outbox.announce(booking, wrong)


def _forget(
    master: GoogleCopy, dates: Mapping[datetime, Item], rows: Mapping[datetime, Occurrence]
) -> None:
    """What was known of dates that are now read afresh, or that nobody has any more."""
    known = GoogleCopy.objects.filter(booking=master.booking, original_start__isnull=False)
    for copy in known.exclude(recurring_event_id=""):
        if copy.original_start in dates or copy.original_start not in rows:
            copy.delete()
    ids = [item["id"] for item in dates.values()]
    GoogleCopy.objects.filter(link=master.link, google_event_id__in=ids).delete()


def _compare(master: GoogleCopy, key: datetime, item: Item, ours: Content) -> datetime | None:
    """Notes a date of Google's if it is told apart there; returns its key if it is wrong."""
    booking, link = master.booking, master.link
    theirs = content.content_of_item(
        item, calendar_id=link.google_calendar_id, zone=booking.timezone
    )
    wrong = bool(content.changed(theirs, ours))
    untouched = content.content_of_place(booking, master.base, key)
    if wrong or content.changed(untouched, theirs, content.DATE_FIELDS):
        lone = GoogleCopy.objects.filter(booking=booking, original_start=key).exists()
        copy = instance_copy(master, item["id"])
        if not lone:
            copy.booking, copy.original_start = booking, key
        # A write to one date gives all the others new etags; this one is known well enough.
        remember(copy, {**item, "etag": ""} if wrong else item, theirs)
    return key if wrong else None


def ours_of_date(
    booking: Booking, row: Occurrence | None, guests: Mapping[int, Sequence[Participant]]
) -> Content:
    """What Roomly wants Google to say of a date in the room of its series; `guests` by date."""
    if row is None or row.room_id != booking.room_id:
        return GONE
    row.booking = booking
    return content.content_of_date(booking, row, list_of(guests[row.pk]))


def instance_copy(master: GoogleCopy, event_id: str) -> GoogleCopy:
    """A date as a member of its series. Without a booking: the date has an event of its own
    elsewhere, and this is the gap that it left."""
    return GoogleCopy(
        link=master.link, google_event_id=event_id, recurring_event_id=master.google_event_id
    )


def gap_of(booking: Booking, master: GoogleCopy, key: datetime) -> GoogleCopy:
    """The place in its series of a date that has an event of its own in another room."""
    event_id = mapping.instance_id(
        master.google_event_id, key, booking.timezone, all_day=booking.all_day
    )
    known = GoogleCopy.objects.filter(link=master.link, google_event_id=event_id)
    # The gap in a series that this part was cut off there bears the same id, and may be closed now.
    known.exclude(recurring_event_id=master.google_event_id).delete()
    gap: GoogleCopy = known.select_related("link").first() or instance_copy(master, event_id)
    if gap.pk is None:
        gap.base = GONE if key in booking.exdates else {}
        gap.save()
    return gap


def follow_lone_dates(booking: Booking) -> None:
    """Dates in other rooms keep their events there, whatever place in the story they have now.

    The id of such an event comes from its date, which an edit of the series may have given
    another place, or to another part.
    """
    lone = GoogleCopy.objects.filter(
        booking__in=parts_of(booking).values("pk"),
        original_start__isnull=False,
        recurring_event_id="",
    )
    owners = {copy.pk: mapping.owner_of(copy.google_event_id) for copy in lone}
    rows: dict[UUID | None, Occurrence] = {
        row.public_id: row
        for row in Occurrence.objects.filter(public_id__in=filter(None, owners.values()))
    }
    astray = []
    for copy in lone:
        row = rows.get(owners[copy.pk])
        if row and (row.booking_id, row.original_start) != (copy.booking_id, copy.original_start):
            astray.append((copy, row))
    # Two of them may take each other's places.
    GoogleCopy.objects.filter(pk__in=[copy.pk for copy, _row in astray]).update(booking=None)
    for copy, row in astray:
        GoogleCopy.objects.filter(
            booking=row.booking_id, original_start=row.original_start
        ).delete()
        copy.booking_id, copy.original_start = row.booking_id, row.original_start
        copy.save(update_fields=["booking", "original_start"])


def announce_lone_dates(booking: Booking) -> None:
    """Dates in other rooms have events of their own there, which do not change with the series."""
    follow_lone_dates(booking)
    lone = GoogleCopy.objects.filter(
        booking=booking, original_start__isnull=False, recurring_event_id=""
    ).exclude(base__status="cancelled")
    rows = {row.original_start: row for row in booking.occurrences.all()} if lone else {}
    guests = guests_of_dates(list(rows.values())) if lone else {}
    wrong = []
    for copy in lone:
        row = rows.get(copy.original_start)
        ours = GONE  # there is no such date, or it is the whole booking now
        if row is not None and booking.is_series:
            row.booking = booking
            ours = content.content_of_lone_date(booking, row, list_of(guests[row.pk]))
        if content.changed(copy.base, ours):
            wrong.append(copy.original_start)
    if wrong:
        outbox.announce(booking, wrong)


def announce_followers(booking: Booking) -> None:
    """Dates that got words or people with their series, which Google may have left without."""
    known = GoogleCopy.objects.filter(booking=booking, original_start__isnull=False)
    bases = dict(known.exclude(recurring_event_id="").values_list("original_start", "base"))
    rows = booking.occurrences.filter(
        original_start__in=bases, room=booking.room_id, ends_at__gt=timezone.now()
    ).exclude(status__in=content.GONE)
    guests = guests_of_dates(list(rows))
    wrong = [
        row.original_start for row in rows
        if content.changed(bases[row.original_start], ours_of_date(booking, row, guests), FOLLOWING)
    ]  # fmt: skip
    if wrong:
        outbox.announce(booking, wrong)
