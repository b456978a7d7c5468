"""What we know of an event in Google: noting it, and beginning again once the event is gone.

The caller's transaction holds the locks of the rooms, or of the booking.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import F

from bookings import outbox
from bookings.many import rows_from
from bookings.mirroring.mirror import CONSUMER
from bookings.models import Booking, Occurrence, OutboxEntry
from calendars import content, mapping
from calendars.content import Content, Item
from calendars.models import GoogleCopy
from tenants.prepared import Prepared

LONGEST_LINK = 1000

_MASTER = Prepared[GoogleCopy](
    lambda booking: GoogleCopy.objects.select_related("link", "moving_from").filter(
        booking=booking, original_start=None
    ),
    -2,
)

_SAVE_NEW = """
    UPDATE calendars_googlecopy AS copy
       SET booking_id = new.booking_id, base = new.base, etag = new.etag, raw = '{{}}',
           html_link = new.html_link, remote_updated = new.remote_updated, dirty = false
      FROM (SELECT * FROM {}) AS new
     WHERE copy.id = new.id
"""
_KNOWN = {
    "id": "bigint", "booking_id": "bigint", "base": "jsonb", "etag": "text", "html_link": "text",
    "remote_updated": "timestamptz",
}  # fmt: skip


def master_of(booking: Booking) -> GoogleCopy | None:
    """What is known of the event of a whole booking; None if there never was one."""
    return _MASTER.first(booking.pk)


def remember(copy: GoogleCopy, item: Item, theirs: Content) -> None:
    """Google as we know it now; attempts that it has overtaken are forgotten."""
    know(copy, item, theirs)
    copy.save()


def know(copy: GoogleCopy, item: Item, theirs: Content) -> None:
    """The same, without saving it."""
    version = mapping.version_in(item, copy.original_start)
    copy.base = theirs
    copy.base_v = max(copy.base_v, version or 0)
    copy.etag = item.get("etag", copy.etag)
    copy.html_link = item.get("htmlLink", copy.html_link)[:LONGEST_LINK]
    copy.remote_updated = content.updated_of(item) or copy.remote_updated
    copy.attempts = {v: made for v, made in copy.attempts.items() if int(v) > copy.base_v}
    copy.raw, copy.dirty = {}, False


def save_new(copies: Sequence[GoogleCopy]) -> None:
    """Saves what is known now of events that are new, in one statement."""
    source, documents = rows_from([vars(copy) for copy in copies], _KNOWN)
    with connection.cursor() as cursor:
        cursor.execute(_SAVE_NEW.format(source), documents)


def forget_attempts(copy: GoogleCopy, version: int) -> None:
    """Google has answered: what we wrote up to a version is no guess any more."""
    left = {v: made for v, made in copy.attempts.items() if int(v) > version}
    if left != copy.attempts:
        copy.attempts = left
        GoogleCopy.objects.filter(pk=copy.pk).update(attempts=left)


def take_along(copy: GoogleCopy) -> None:
    """Saves an event that goes to another calendar (`link`, from `moving_from`) under its id, and
    lets the dates that its series tells apart go with it.

    What was read on the new calendar already, and is yet to be taken over, is not forgotten.
    """
    left = GoogleCopy.objects.filter(link=copy.moving_from)
    dates = list(left.filter(recurring_event_id=copy.google_event_id))
    for date in dates:
        date.etag = ""  # there it may be another one's
    going = {each.google_event_id: each for each in (copy, *dates)}
    stubs = GoogleCopy.objects.filter(link=copy.link, google_event_id__in=list(going))
    for stub in stubs.exclude(pk=copy.pk):
        if stub.dirty:
            going[stub.google_event_id].raw, going[stub.google_event_id].dirty = stub.raw, True
        stub.delete()
    for each in going.values():
        each.link = copy.link
        each.save()


def reincarnate(copy: GoogleCopy) -> None:
    """The event is gone there, and wanted here: it will be made again under another id."""
    if copy.original_start is None:
        _remake_dates(copy)
    copy.incarnation += 1
    copy.google_event_id = mapping.event_id(_public_id(copy), copy.incarnation)
    copy.etag, copy.base, copy.attempts = "", {}, {}
    copy.raw, copy.dirty, copy.moving_from = {}, False, None
    copy.dates_unread = False
    copy.save()


def forget_dates(booking: Booking, since: datetime) -> None:
    """The dates of a series from an original start on belong to another part of it now. What was
    read of them and is yet to be taken over says itself to which."""
    gone = {"booking": booking, "original_start__gte": since}
    known = GoogleCopy.objects.filter(**gone, dirty=False)
    known.exclude(recurring_event_id="").delete()
    OutboxEntry.objects.filter(**gone, consumer=CONSUMER).update(
        acked_v=F("desired_v"), state=OutboxEntry.State.OK, tries=0, error_class="", last_error=""
    )


def _remake_dates(master: GoogleCopy) -> None:
    """What dates of a series had of their own went with it, and is written again, too."""
    known = GoogleCopy.objects.filter(booking=master.booking_id).exclude(recurring_event_id="")
    outbox.deliver_again(
        OutboxEntry.objects.filter(
            consumer=CONSUMER, booking=master.booking_id, original_start__isnull=False
        )
    )
    known.delete()


def _public_id(copy: GoogleCopy) -> UUID:
    """Of the booking; of the date, where a date has an event of its own."""
    owner: Booking | Occurrence = copy.booking
    if copy.original_start is not None:
        owner = copy.booking.occurrences.get(original_start=copy.original_start)
    return owner.public_id
