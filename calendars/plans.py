"""What it takes to make Google equal to one booking, or one date of it, as it is now.

Made inside a transaction that also notes what is about to be written (`attempts`), so that after
a crash or a lost answer it is known what may have reached Google.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from bookings.edits.edit_modes import OUT_OF_RULE
from bookings.guests import guests_of, list_of
from bookings.mirroring.mirror import is_waiting
from bookings.models import Booking, Occurrence, OutboxEntry, Participant
from bookings.recurrence.edits import has_place
from bookings.spans import EPOCH
from calendars import content, mapping
from calendars.content import Content
from calendars.copies import master_of, reincarnate, take_along
from calendars.mapping import Person, Wanted
from calendars.merging import ours_of
from calendars.models import CalendarLink, GoogleCopy
from calendars.series.dates import (
    announce_lone_dates,
    follow_lone_dates,
    gap_of,
    has_exceptions,
    instance_copy,
)
from calendars.series.lineage import awaits_part, awaits_series, wake
from calendars.series.unsent import series_there
from tenants.prepared import Prepared

MOST_AT_ONCE = 20  # entries in one run

_LOCKED_BOOKING = Prepared[Booking](
    lambda pk: Booking.objects.select_for_update(no_key=True).filter(pk=pk), -2
)
_LOCKED_ENTRY = Prepared[OutboxEntry](
    lambda pk: OutboxEntry.objects.select_for_update().filter(pk=pk), -2
)
_COPY = Prepared[GoogleCopy](
    lambda booking, original_start: GoogleCopy.objects.select_related("link").filter(
        booking=booking, original_start=original_start
    ),
    -2,
    EPOCH.replace(tzinfo=None),
)


@dataclass(frozen=True)
class Plan:
    """One call: `act` is insert, patch, delete, move, look (reading the event), or dates (reading
    those of a series)."""

    act: str
    entry_id: int
    copy_id: int
    version: int  # of the outbox entry: what this call brings Google up to
    calendar_id: str
    event_id: str
    etag: str = ""
    body: dict[str, Any] | None = None
    moving_from: str = ""  # the calendar it comes from
    until: datetime | None = None  # how far the dates of a series are read
    tried_before: bool = False  # the same content may have been written already


# What dates of a series inherit; Google may have its own idea of those that have exceptions.
INHERITED = ("title", "description", "when", "recurrence", "guests", "metadata")
GONE: Content = {"status": "cancelled"}


class NotYet(Exception):
    """Another change has to reach Google first."""


def plan(entry: OutboxEntry, link: CalendarLink) -> Plan | None:
    """The next call for an entry; None when Google is up to date already (then it is noted),
    or while what was done meanwhile may still be taken back."""
    booking, entry = _LOCKED_BOOKING.get(entry.booking_id), _LOCKED_ENTRY.get(entry.pk)
    if not entry.is_pending or entry.next_at > timezone.now():
        return None
    if entry.original_start is None:
        return _Whole(booking, entry, link).next_call()
    if awaits_series(booking):
        raise NotYet
    follow_lone_dates(booking)
    row = booking.occurrences.filter(original_start=entry.original_start).first()
    master, copy = master_of(booking), _COPY.first(booking.pk, entry.original_start)
    if row is None or master is None or not booking.is_series:
        return _Left(booking, entry, link).next_call(copy)
    never_made = not master.etag and not is_waiting(booking, None)
    if never_made or master.base.get("status") == "cancelled":
        if copy is None or copy.recurring_event_id:
            settled(entry)  # gone with its series
            return None
    elif not master.etag or master.link_id != link.pk or master.moving_from_id:
        raise NotYet
    return _Date(booking, entry, link, row, master).next_call()


def settled(entry: OutboxEntry, version: int | None = None) -> None:
    """Notes that Google is equal to the booking at a version (default: the current one)."""
    entry.acked_v = max(entry.acked_v, entry.desired_v if version is None else version)
    entry.tries, entry.error_class, entry.last_error = 0, "", ""
    entry.state = OutboxEntry.State.OK
    entry.save()
    if entry.original_start is None:
        wake(entry)


class _Subject:
    """What whole bookings and single dates have in common."""

    def __init__(self, booking: Booking, entry: OutboxEntry, link: CalendarLink) -> None:
        self.booking, self.entry, self.link = booking, entry, link
        self.version = entry.desired_v

    def _call(self, act: str, copy: GoogleCopy, **values: Any) -> Plan:
        values = {"calendar_id": copy.link.google_calendar_id, "etag": copy.etag, **values}
        return Plan(
            act, self.entry.pk, copy.pk, self.version, event_id=copy.google_event_id, **values
        )

    def _write(self, act: str, copy: GoogleCopy, ours: Content, wanted: Wanted | None) -> Plan:
        """A write, after noting it."""
        tried = ours in copy.attempts.values()
        copy.attempts[str(self.version)] = ours
        copy.save(update_fields=["attempts", "dates_unread"])
        body = None
        if wanted is not None and act == "insert":
            body = mapping.insert_body(wanted, copy.google_event_id)
        elif wanted is not None:
            body = mapping.patch_body(wanted, self._fields(copy, ours), copy.base)
        return self._call(act, copy, body=body, tried_before=tried)

    def _fields(self, copy: GoogleCopy, ours: Content) -> list[str]:
        """What to change there. A rule that only Google understands is left as it is."""
        changed = {name for known in _may_be(copy) for name in content.changed(known, ours)}
        fields = [name for name in content.FIELDS if name in changed]
        own = ("when", "recurrence") if self.booking.opaque and "recurrence" in ours else ()
        return [name for name in fields if name not in own]

    def _next(self, copy: GoogleCopy, ours: Content, wanted: Wanted) -> Plan | None:
        """Compares with what Google says: equal things cost no call."""
        if ours["status"] == "cancelled":
            gone = all(known.get("status") == "cancelled" for known in _may_be(copy))
            if gone or not _may_exist(copy):
                return self._settled()
            return self._write("delete", copy, ours, None)
        if not copy.etag and not copy.recurring_event_id:
            return self._write("insert", copy, ours, wanted)
        if not self._fields(copy, ours):
            return self._settled()
        return self._write("patch", copy, ours, wanted)

    def _settled(self) -> Plan | None:
        settled(self.entry)
        return None


class _Whole(_Subject):
    """A single booking, or the master of a series."""

    def next_call(self) -> Plan | None:
        ours = ours_of(self.booking)
        if self.booking.room_id != self.link.room_id:
            ours = {"status": "cancelled"}  # it went to a room without calendar
        announce_lone_dates(self.booking)
        copy = self._copy(cancelled=ours["status"] == "cancelled")
        if copy is None:
            return self._settled()
        if copy.etag and awaits_part(self.booking):
            raise NotYet  # only once the dates that it gives up stand elsewhere
        if copy.link_id != self.link.pk:
            self._rehome(copy)
        if copy.moving_from is not None:
            source = copy.moving_from.google_calendar_id
            return self._call("move", copy, moving_from=source, etag="")
        if copy.base.get("status") == "cancelled" and ours["status"] != "cancelled":
            reincarnate(copy)
        unread = copy.dates_unread and self.booking.is_series  # a single event has no dates
        if unread and ours["status"] != "cancelled" and not self._fields(copy, ours):
            return self._call("dates", copy, until=self.booking.horizon_until)
        return self._next(copy, ours, self._wanted(ours, copy))

    def _write(self, act: str, copy: GoogleCopy, ours: Content, wanted: Wanted | None) -> Plan:
        inherited = set(INHERITED) & set(self._fields(copy, ours))
        if act == "patch" and inherited and has_exceptions(self.booking):
            copy.dates_unread = True
        return super()._write(act, copy, ours, wanted)

    def _copy(self, *, cancelled: bool) -> GoogleCopy | None:
        copy = master_of(self.booking)
        if copy is not None or cancelled:
            return copy
        copy = GoogleCopy(
            link=self.link,
            booking=self.booking,
            google_event_id=mapping.event_id(self.booking.public_id, 0),
        )
        copy.save()
        return copy

    def _rehome(self, copy: GoogleCopy) -> None:
        """The booking has another room. Noted before the call, so that what then disappears from
        the old calendar is not taken for a deletion."""
        copy.moving_from, copy.link = copy.link, self.link
        copy.dates_unread = has_exceptions(self.booking)
        take_along(copy)

    def _wanted(self, ours: Content, copy: GoogleCopy) -> Wanted:
        rows = list(self.booking.occurrences.order_by("original_start"))
        guests = self.booking.participants.filter(occurrence=None)
        answer = rows[0].room_response if rows else ""
        return Wanted(
            content=ours,
            public_id=str(self.booking.public_id),
            stamp=mapping.stamp(self.version, None),
            lines=tuple(content.recurrence_lines(self.booking, rows)),
            people=_people(guests, copy.link.google_calendar_id, answer),
            transparent=any(row.transparent for row in rows),
        )


class _Left(_Subject):
    """What is left in Google of a date that its series does not have, or that has no series."""

    def next_call(self, copy: GoogleCopy | None) -> Plan | None:
        if copy is not None and copy.recurring_event_id and not self.booking.is_series:
            return self._settled()  # it went with the rule
        if copy is None or copy.base.get("status") == "cancelled" or not _may_exist(copy):
            return self._settled()
        return self._write("delete", copy, GONE, None)


class _Date(_Subject):
    """One date of a series: an instance of it, or, in another room, an event of its own."""

    def __init__(
        self,
        booking: Booking,
        entry: OutboxEntry,
        link: CalendarLink,
        row: Occurrence,
        master: GoogleCopy,
    ) -> None:
        super().__init__(booking, entry, link)
        self.row, self.master = row, master

    def next_call(self) -> Plan | None:
        copy = self._copy()
        if self._went_with_rule(copy):
            copy.delete()
            return self._settled()
        guests = guests_of(self.row)
        ours = content.content_of_date(self.booking, self.row, list_of(guests))
        home = CalendarLink.objects.filter(room_id=self.row.room_id).first()
        elsewhere = self.row.room_id != self.booking.room_id
        if elsewhere and home is not None:
            if copy.link_id != home.pk and copy.base.get("status") != "cancelled":
                if _is_unseen(copy):
                    return self._call("look", copy)
                return self._write("delete", copy, GONE, None)
            if copy.link_id != home.pk:
                self._leave_series(copy, home)
            gap = gap_of(self.booking, self.master, self.row.original_start)
            if gap.base.get("status") != "cancelled":
                return self._write("delete", gap, GONE, None)
        elif not elsewhere and not copy.recurring_event_id:
            if copy.etag and copy.base.get("status") != "cancelled":
                return self._write("delete", copy, GONE, None)
            self._return_to_series(copy)
        if elsewhere:
            alone = content.content_of_lone_date(self.booking, self.row, list_of(guests))
            ours = GONE if home is None else alone
        came_back = copy.base.get("status") == "cancelled" and ours["status"] != "cancelled"
        if came_back and not copy.recurring_event_id:
            reincarnate(copy)
        if not came_back and self._overwrites_blindly(copy, ours):
            return self._call("look", copy)
        return self._next(copy, ours, self._wanted(ours, guests, alone=elsewhere))

    def _went_with_rule(self, copy: GoogleCopy) -> bool:
        """Whether the date is no more on either side, and Google never told it apart."""
        key, there = self.row.original_start, series_there(self.master.base, self.booking.timezone)
        out = self.row.reason == OUT_OF_RULE and self.row.status in content.GONE
        return out and _is_unseen(copy) and there is not None and not has_place(there, key)

    def _overwrites_blindly(self, copy: GoogleCopy, ours: Content) -> bool:
        """Whether a guest list would be written of which nobody knows what somebody made of it."""
        return _is_unseen(copy) and "guests" in self._fields(copy, ours)

    def _copy(self) -> GoogleCopy:
        start = self.entry.original_start
        copy = _COPY.first(self.booking.pk, start)
        if copy is None:
            copy = GoogleCopy(link=self.link, booking=self.booking, original_start=start)
            self._become_instance(copy)
            GoogleCopy.objects.filter(link=self.link, google_event_id=copy.google_event_id).delete()
            copy.base = content.content_of_place(
                self.booking, self.master.base, self.row.original_start
            )
            copy.save()
        return copy

    def _become_instance(self, copy: GoogleCopy) -> None:
        copy.link = self.link
        copy.recurring_event_id = self.master.google_event_id
        copy.google_event_id = mapping.instance_id(
            self.master.google_event_id,
            self.row.original_start,
            self.booking.timezone,
            all_day=self.booking.all_day,
        )
        taken = GoogleCopy.objects.filter(link=self.link, google_event_id=copy.google_event_id)
        taken.exclude(pk=copy.pk).delete()

    def _leave_series(self, copy: GoogleCopy, home: CalendarLink) -> None:
        gap = instance_copy(self.master, copy.google_event_id) if copy.recurring_event_id else None
        copy.link, copy.recurring_event_id = home, ""
        copy.google_event_id = mapping.event_id(self.row.public_id, copy.incarnation)
        copy.etag, copy.base, copy.attempts = "", {}, {}
        copy.save()
        if gap is not None:
            gap.base = GONE
            gap.save()

    def _return_to_series(self, copy: GoogleCopy) -> None:
        copy.incarnation += 1
        self._become_instance(copy)
        copy.etag, copy.base, copy.attempts = "", {"status": "cancelled"}, {}
        copy.save()

    def _wanted(self, ours: Content, guests: Iterable[Participant], *, alone: bool) -> Wanted:
        version = mapping.stamp(self.version, self.entry.original_start)
        public_id = self.row.public_id if alone else self.booking.public_id
        room = "" if alone else self.row.room_response  # a guest where the series is
        people = _people(guests, self.link.google_calendar_id, room)
        return Wanted(content=ours, public_id=str(public_id), stamp=version, people=people)


def _is_unseen(copy: GoogleCopy) -> bool:
    """Whether nobody knows what became of a date of a series in Google."""
    return bool(copy.recurring_event_id and not copy.etag and copy.remote_updated is None)


def _may_be(copy: GoogleCopy) -> list[Content]:
    """All that Google may say: what it said last, and what we wrote without hearing an answer."""
    return [copy.base, *copy.attempts.values()]


def _may_exist(copy: GoogleCopy) -> bool:
    """Whether Google may have the event: an instance does without our doing."""
    return bool(copy.etag or copy.attempts or copy.recurring_event_id)


def _people(
    guests: Iterable[Participant], calendar_id: str, room_response: str
) -> tuple[Person, ...]:
    people = [Person(each.email, each.name, each.optional, each.response) for each in guests]
    if room_response:
        people.append(Person(calendar_id, response=room_response))
    return tuple(people)


def due(link: CalendarLink) -> list[OutboxEntry]:
    """The entries of a calendar that may be tried now, the soonest meeting first; MOST_AT_ONCE of
    them."""
    return _DUE.all(link.pk, link.room_id, timezone.now())


def _due(link_id: int, room_id: int, now: datetime) -> QuerySet[OutboxEntry]:
    upcoming = Min(
        "booking__occurrences__starts_at", filter=Q(booking__occurrences__ends_at__gt=now)
    )
    # What went to a room without calendar is taken off the one on which it was.
    left = GoogleCopy.objects.filter(
        link=link_id,
        booking=OuterRef("booking"),
        original_start=None,
        booking__room__calendar_links=None,
    )
    found: QuerySet[OutboxEntry] = OutboxEntry.objects.filter(
        Q(booking__room_id=room_id) | Exists(left),
        consumer="google",
        acked_v__lt=F("desired_v"),
        state__in=(OutboxEntry.State.OK, OutboxEntry.State.STALLED),
        next_at__lte=now,
    )
    soonest_first = F("soonest").asc(nulls_last=True)
    masters_first = F("original_start").asc(nulls_first=True)
    in_order = found.annotate(soonest=upcoming).order_by(soonest_first, "booking", masters_first)
    return in_order[:MOST_AT_ONCE]


_DUE = Prepared(_due, -2, -3, EPOCH)
