"""Taking what Google says over into bookings: event by event, field by field.

Three contents meet (see `calendars.merging`). What changed there is taken over; where a change of
ours to the same field is still on its way, the later stays.
Works inside one transaction; the rooms are locked first, the link's row comes last.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError
from django.utils import timezone

from bookings import outbox
from bookings.edits.edit_modes import OUT_OF_RULE, is_exception
from bookings.errors import InvalidRule
from bookings.guests import guests_of, list_of, note_answers
from bookings.many import any_of
from bookings.mirroring.mirror import Mirror, New, is_waiting
from bookings.mirroring.seen import Guest, Seen
from bookings.models import Booking, Occurrence
from bookings.occurrences import series_of
from bookings.recurrence.edits import has_place
from calendars import content, mapping, rules
from calendars.collisions import CLOSE, later_there
from calendars.content import Content, Item
from calendars.copies import know, master_of, reincarnate, remember, save_new
from calendars.merging import (
    FLAGS,
    NO_FLAGS,
    base_of,
    guests_in,
    is_wanted,
    merged,
    not_ours,
    ours_of,
    seen_of,
)
from calendars.models import CalendarLink, GoogleCopy
from calendars.owners import begin_again, find_booking, is_leaving, locked, rooms_of, stamped
from calendars.series.cutting import SHARED, Cutting
from calendars.series.dates import (
    announce_followers,
    announce_lone_dates,
    has_exceptions,
)
from calendars.series.unsent import Unsent, alone, dates_that_stay, edits_of, is_edited_here
from tenants.models import Company, Member

WHOLE = (*content.FIELDS, *FLAGS)
CREATED = [name for name in WHOLE if name != "status"]
DATE = (*content.DATE_FIELDS, *FLAGS)
# What an event raises that is not of the form that Google documents.
STRANGE = (
    ArithmeticError, AttributeError, LookupError, TypeError, ValueError,
    InvalidRule, DataError, IntegrityError,
)  # fmt: skip


class Incoming:
    """The events of one calendar on their way into bookings; ends with `settle`.

    `clock_ahead` is how far Google's clock, by which events are dated, was ahead of ours.
    """

    def __init__(
        self,
        link: CalendarLink,
        copies: Collection[GoogleCopy],
        clock_ahead: timedelta = timedelta(),
    ) -> None:
        self._link, self._clock_ahead = link, clock_ahead
        self._company = Company.objects.get(pk=link.company_id)
        self._zone = link.room.zone_name
        self._mirror = Mirror(self._company, rooms_of(link, copies))
        self._cutting = Cutting(link, self._mirror)

    def settle(self) -> list[Occurrence]:
        """Places everything; returns the dates that are in conflict."""
        return self._mirror.settle()

    def take(self, copy: GoogleCopy, item: Item) -> None:
        """One event as Google has it now. Repeating it changes nothing."""
        item = content.kept(item, mask=hides_details(copy, item))
        if _is_older(item, copy):
            _forget_raw(copy)
            return
        series = item.get("recurringEventId")
        if series and copy.recurring_event_id and series != copy.recurring_event_id:
            begin_again(copy, series)  # it came to another part of a series that was cut
        if copy.booking_id is None and is_leaving(self._link, item):
            return  # it stays unread: if the series does not go after all, it is read here
        if copy.booking_id is None and not find_booking(self._link, copy, item):
            theirs = self._content(item, self._zone)
            if self._makes_booking(item):
                self._create(copy, item, theirs)
            remember(copy, item, theirs)
            return
        booking = locked(copy.booking_id)
        if not GoogleCopy.objects.filter(pk=copy.pk, link=self._link).exists():
            return  # it went to another calendar, or is made anew, since we read what we knew
        if copy.original_start is None:
            self._whole(booking, copy, item)
        else:
            self._date(booking, copy, item, copy.original_start)

    def take_new(self, copies: Sequence[GoogleCopy]) -> None:
        """Events that concern nothing we know (see `stands_alone`): what `take` does, at once."""
        items = [copy.raw for copy in copies]
        contents = [self._content(item, self._zone) for item in items]
        emails = [content.organizer_of(item, self._link.google_calendar_id) for item in items]
        known = {who.email: who for who in Member.objects.filter(email__in=set(emails) - {""})}
        new = [
            New(self._seen(CREATED, item, theirs, self._zone), known.get(email), email)
            for item, theirs, email in zip(items, contents, emails, strict=True)
        ]
        bookings = self._mirror.create(self._link.room, new)
        for copy, item, theirs, booking in zip(copies, items, contents, bookings, strict=True):
            copy.booking_id = booking.pk
            know(copy, item, theirs)
        save_new(copies)

    def stands_alone(self, copies: Iterable[GoogleCopy]) -> set[int]:
        """Those of the events that are new, single, nobody's copy, and no part of anything."""
        plain = [copy for copy in copies if self._is_plain(copy)]
        elsewhere = set(
            GoogleCopy.objects.filter(
                google_event_id__in=any_of(copy.google_event_id for copy in plain),
                booking__isnull=False,
            ).values_list("google_event_id", flat=True)
        )
        return {copy.pk for copy in plain if copy.google_event_id not in elsewhere}

    def _is_plain(self, copy: GoogleCopy) -> bool:
        item = copy.raw
        return (
            copy.booking_id is None
            and not copy.etag
            and "recurrence" not in item
            and "extendedProperties" not in item
            and not mapping.cut_from(copy.google_event_id)
            and self._makes_booking(item)
        )

    # -- whole bookings ---------------------------------------------------------------------

    def _whole(self, booking: Booking, copy: GoogleCopy, item: Item) -> None:
        theirs = self._content(item, self._zone)
        base = base_of(copy, item)
        ours = ours_of(booking) if is_waiting(booking, None) else None
        seen: Seen = {}
        if not content.is_cancelled(item):
            fields = content.changed(base, theirs, WHOLE)
            back = base.get("status") == "cancelled"
            names = not_ours(fields, base, ours) + later_there(
                booking, None, fields,
                base=base, ours=ours, theirs=theirs, edited_at=self._edited_at(item),
            )  # fmt: skip
            seen = self._seen(names, item, theirs, booking.timezone)
            seen |= merged(fields, base, ours, theirs, self._guests(item), booking.metadata)
            if ours is None:
                self._add_return(booking, seen, restored=back)
            if unsent := Unsent.of(booking):
                self._tell_parts(unsent, fields, item, theirs, base)
            if seen:
                self._mirror.change(booking, seen)
                announce_lone_dates(booking)
                announce_followers(booking)
            if "recurrence" in fields and "recurrence" not in names:
                self._cutting.call_off(booking, theirs)
            if "times" in seen and has_exceptions(booking):
                copy.dates_unread = True
                outbox.announce(booking)
            _note_video(booking, content.video_url(item))
            note_answers(booking, self._guests(item))
        elif ours is not None and is_wanted(copy, ours, edits_of(booking, base, ours)):
            reincarnate(copy)  # deleted there, edited here: the edit wins
            return
        elif staying := dates_that_stay(booking):
            self._mirror.change(booking, Seen(recurrence=alone(booking, staying), places=None))
            outbox.announce(booking)
            reincarnate(copy)
            return
        elif booking.room_id == self._link.room_id:  # or it left for a room without calendar
            self._cutting.delete(booking)
            self._mirror.cancel(booking)
            announce_lone_dates(booking)
        remember(copy, item, theirs)
        if "recurrence" in seen:
            copy.booking = booking  # as it is by now
            self._cutting.join(copy)

    def _tell_parts(
        self, unsent: Unsent, fields: Collection[str], item: Item, theirs: Content, base: Content
    ) -> None:
        """Who edited a series in Google meant the dates, too, that we have just cut off it."""
        for part in (locked(part.pk) for part in unsent.parts):
            names = [name for name in not_ours(fields, base, ours_of(part)) if name in SHARED]
            seen = self._seen(names, item, theirs, part.timezone)
            if "when" in fields:
                seen |= unsent.moved(part, theirs)
            if seen:
                self._mirror.change(part, seen)
                outbox.announce(part, [None, *_exceptions_of(part)])
                announce_lone_dates(part)

    def _add_return(self, booking: Booking, seen: Seen, *, restored: bool) -> None:
        """It came here from another calendar, or back from the dead."""
        if booking.room_id != self._link.room_id and "times" in seen:
            seen["room"] = self._link.room
        if restored:
            seen["restored"] = True

    def _create(self, copy: GoogleCopy, item: Item, theirs: Content) -> None:
        seen = self._seen(CREATED, item, theirs, self._zone)
        guests, edited_at = self._guests(item), self._edited_at(item)
        part = self._cutting.part_of(item, seen, theirs, guests=guests, edited_at=edited_at)
        if part is not None:
            copy.booking = part
            return
        email = content.organizer_of(item, self._link.google_calendar_id)
        origin = stamped(item)
        seen["metadata"] = theirs["metadata"]
        if origin is not None:  # somebody made a copy of one of ours
            seen["metadata"] = origin.metadata
            email = origin.organizer_email or email
        organizer = Member.objects.filter(email=email).first() if email else None
        (copy.booking,) = self._mirror.create(self._link.room, [New(seen, organizer, email)])

    def _makes_booking(self, item: Item) -> bool:
        kind = item.get("eventType", "default")
        return (
            not content.is_cancelled(item)
            and not item.get("recurringEventId")
            and kind in content.PROJECTED_TYPES
            and rules.can_be_expanded(item, self._zone, self._company)
        )

    # -- dates of a series ------------------------------------------------------------------

    def _date(
        self, booking: Booking, copy: GoogleCopy, item: Item, original_start: datetime
    ) -> None:
        if copy.recurring_event_id and (unsent := Unsent.of(booking)):
            self._date_of_unsent(unsent, copy, item, original_start)
            return
        row = booking.occurrences.filter(original_start=original_start).first()
        if copy.recurring_event_id and _is_placeless(booking, row, original_start, item):
            _forget(copy, item)
            return
        theirs = self._content(item, booking.timezone)
        base = base_of(copy, item) if copy.base else self._untouched(booking, original_start)
        self._edit_date(booking, original_start, item, theirs, base)
        remember(copy, item, theirs)

    def _edit_date(
        self,
        booking: Booking,
        original_start: datetime,
        item: Item,
        theirs: Content,
        base: Content,
    ) -> None:
        row = booking.occurrences.filter(original_start=original_start).first()
        home = booking.room_id if item.get("recurringEventId") else self._link.room_id
        ours = None
        if row is not None and is_waiting(booking, original_start):
            ours = content.content_of_date(booking, row, list_of(guests_of(row)))
        if not content.is_cancelled(item):
            fields = content.changed({**NO_FLAGS, **base}, theirs, DATE)
            names = not_ours(fields, base, ours) + later_there(
                booking, original_start, fields,
                base=base, ours=ours, theirs=theirs, edited_at=self._edited_at(item),
            )  # fmt: skip
            seen = self._seen(names, item, theirs, booking.timezone)
            known = booking.metadata if row is None else row.shown_metadata
            seen |= merged(fields, base, ours, theirs, self._guests(item), known)
            if base.get("status") == "cancelled" and ours is None:
                seen["restored"] = True
            if seen:
                self._mirror.change_date(booking, original_start, seen)
            if row := booking.occurrences.filter(original_start=original_start).first():
                note_answers(booking, self._guests(item), row)
        elif base.get("status") == "cancelled":
            pass  # as we know, perhaps by our own doing
        elif (ours is None or not is_edited_here(booking, original_start)) and (
            row is None or row.room_id == home
        ):
            # Where we moved it to another room, the deletion is our own.
            self._mirror.cancel_date(booking, original_start)

    def _date_of_unsent(self, unsent: Unsent, copy: GoogleCopy, item: Item, key: datetime) -> None:
        """What Google calls a date by a place that it does not have here any more. It is told of
        it again, as its exceptions may not outlive what is on its way there."""
        if "recurringEventId" not in item or not has_place(unsent.there, key):
            _forget(copy, item)
            return
        theirs = self._content(item, unsent.booking.timezone)
        base = base_of(copy, item) if copy.base else unsent.untouched(key)
        part, original_start = unsent.date(key)
        part = locked(part.pk)
        is_here = self._mirror.has_date(part, original_start)
        if is_here and content.changed({**NO_FLAGS, **base}, theirs, DATE):
            self._edit_date(part, original_start, item, theirs, base)
            outbox.announce(part, [original_start])
        remember(copy, item, theirs)

    def _untouched(self, booking: Booking, original_start: datetime) -> Content:
        master = master_of(booking)
        return content.content_of_place(booking, master.base if master else {}, original_start)

    # -- values -----------------------------------------------------------------------------

    def _content(self, item: Item, zone: str) -> Content:
        calendar_id = self._link.google_calendar_id
        return content.content_of_item(item, calendar_id=calendar_id, zone=zone)

    def _edited_at(self, item: Item) -> datetime | None:
        """When somebody edited an event in Google, by our clock as far as they differ."""
        updated = content.updated_of(item)
        if updated is None or abs(self._clock_ahead) <= CLOSE:
            return updated
        return updated - self._clock_ahead

    def _seen(self, fields: Collection[str], item: Item, theirs: Content, zone: str) -> Seen:
        calendar_id = self._link.google_calendar_id
        return seen_of(fields, item, theirs, calendar_id=calendar_id, zone=zone)

    def _guests(self, item: Item) -> tuple[Guest, ...]:
        return guests_in(item, self._link.google_calendar_id)


def _is_placeless(
    booking: Booking, row: Occurrence | None, original_start: datetime, item: Item
) -> bool:
    """Whether an event is left over from a place that its series does not have any more.

    Of such a date Google tells nothing but its id; or it keeps what the date had of its own. What
    becomes of the dates of a series is for its rule to say.
    """
    if not item.get("recurringEventId"):
        return content.is_cancelled(item)
    if booking.opaque or (row is not None and row.reason != OUT_OF_RULE):
        return False
    return not has_place(series_of(booking), original_start)


def _forget(copy: GoogleCopy, item: Item) -> None:
    """A date that its series has no place for; it may stand there besides."""
    copy.delete()
    if not content.is_cancelled(item):
        series = GoogleCopy.objects.filter(booking=copy.booking, original_start=None)
        series.update(dates_unread=True)
        outbox.announce(copy.booking)


def _exceptions_of(part: Booking) -> list[datetime]:
    rows = part.occurrences.filter(ends_at__gt=timezone.now())
    return [row.original_start for row in rows if is_exception(row)]


def hides_details(copy: GoogleCopy, item: Item) -> bool:
    """Somebody's private event is their business; what was booked here is known here."""
    booking = copy.booking if copy.booking_id else stamped(item)
    return booking is None or booking.origin == Booking.Origin.GOOGLE


def _note_video(booking: Booking, url: str) -> None:
    """Where to join is Google's to say, often later than the booking was made."""
    if url and url != booking.video_url:
        Booking.objects.filter(pk=booking.pk).update(video_url=url)


def _is_older(item: Item, copy: GoogleCopy) -> bool:
    """Whether we have seen a later state already (Google's clock against Google's clock)."""
    updated = content.updated_of(item)
    return bool(updated and copy.remote_updated and updated < copy.remote_updated)


def _forget_raw(copy: GoogleCopy) -> None:
    copy.raw, copy.dirty = {}, False
    copy.save(update_fields=["raw", "dirty"])
