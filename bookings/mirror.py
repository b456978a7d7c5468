"""Writing down what already happened in Google: facts are accepted, rules are for people.

An overlap is stored as `conflicted`, a past or long event as it is. Like `bookings.editing`,
this writes history and announces every change; what came from Google is not sent back, unless a
change of ours is still on its way there.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import connection
from django.db.models import F
from django.utils import timezone

from bookings import history, outbox
from bookings.claims import lock_rooms
from bookings.drafts import Actor
from bookings.horizon import reach
from bookings.models import Booking, Door, Occurrence, OutboxEntry, Override, Participant, Room
from bookings.occurrences import new_occurrences, series_of
from bookings.placing import Placing
from bookings.recurrence import Place, expand, place_at
from bookings.seen import Guest, Seen, Times
from tenants.models import Company, Member

BY = Actor(Door.GOOGLE)
CONSUMER = "google"
LOOK_BACK = timedelta(days=30)  # a series that is new to us gets its dates from here on
# Dates that only Google knows are asked for in good time, before people may book further.
LISTED_AHEAD = timedelta(days=30)
OUT_OF_RULE = "out_of_rule"  # why a date is cancelled that its rule no longer names

_UNKEY = """
    UPDATE bookings_occurrence SET original_start = original_start + interval '3000 years'
     WHERE company_id = %s AND id = ANY(%s::bigint[])
"""


WORDS = ("title", "description", "visibility", "video", "video_url", "metadata")
SCHEDULE = ("times", "recurrence", "places", "room")


class Mirror:
    """One transaction's worth of facts about some rooms; ends with `settle`.

    Locks the rooms, so create it first. Raises NotFound for another company's room.
    """

    def __init__(self, company: Company, rooms: Collection[int]) -> None:
        lock_rooms(rooms)
        self._company = company
        self._now = timezone.now()
        self._placing = Placing(company.pk, self._now)

    def create(
        self, room: Room, seen: Seen, *, organizer: Member | None, organizer_email: str
    ) -> Booking:
        """A booking that somebody made in Google. `seen` holds at least `times`."""
        booking = Booking(
            company=self._company,
            room=room,
            organizer=organizer,
            organizer_email=organizer_email,
            origin=Booking.Origin.GOOGLE,
        )
        self._reschedule(booking, seen)
        _reword(booking, seen)
        booking.save(force_insert=True)
        rows = self._new_rows(booking, self._places(booking, seen, self._now - LOOK_BACK), seen)
        self._placing.add(rows)
        _set_guests(booking, seen.get("guests", ()))
        after = history.snapshot(booking, rows[0]) if rows else {"title": booking.title}
        history.record(booking, BY, "created", after=after)
        outbox.announce(booking, seen_by=CONSUMER)
        return booking

    def change(self, booking: Booking, seen: Seen) -> None:
        """A booking that somebody changed in Google, in the fields of `seen`."""
        rows = self._rows(booking)
        before = history.snapshot(booking, rows[0]) if rows else {}
        _reword(booking, seen)
        if any(name in seen for name in SCHEDULE):
            rows = self._replan(booking, rows, seen)
        elif seen.get("restored", False) and booking.is_series:
            booking.horizon_until = booking.horizon_until or self._now  # it brings dates again
        for row in self._standing(booking, rows):
            self._adjust(row, seen)
        if "guests" in seen:
            _set_guests(booking, seen["guests"])
        for row in rows[:1]:
            self._placing.touched(row)
        self._written(booking, "changed", None, before, rows[0] if rows else None)

    def cancel(self, booking: Booking) -> None:
        """A booking that somebody deleted in Google. What is over stays history."""
        standing = self._standing(booking, self._rows(booking))
        rows = [row for row in standing if row.status != Occurrence.Status.CANCELLED]
        if not rows:
            return
        before = history.snapshot(booking, rows[0])
        for row in rows:
            self._give_up(row)
        booking.frozen_before = self._now if booking.is_series else None
        self._written(booking, "cancelled", None, before, rows[0])

    def change_date(self, booking: Booking, original_start: datetime, seen: Seen) -> None:
        """One date of a series that somebody changed in Google, or brought back."""
        row = self._date(booking, original_start)
        before = history.snapshot(booking, row) if row.pk else {}
        for name, bit in (("title", Override.TITLE), ("description", Override.DESCRIPTION)):
            if name in seen:
                text = cast(dict[str, Any], seen)[name]
                own = None if text == getattr(booking, name) else text
                setattr(row, name, own)
                row.override_mask = _with(row.override_mask, bit, own is not None)
        if "times" in seen:
            self._move_date(booking, row, seen["times"])
        self._adjust(row, seen)
        self._written(booking, "changed", original_start, before, row)

    def cancel_date(self, booking: Booking, original_start: datetime) -> None:
        """One date of a series that somebody deleted in Google."""
        row = self._date(booking, original_start)
        if row.status == Occurrence.Status.CANCELLED and row.pk:
            return
        before = history.snapshot(booking, row)
        row.override_mask |= Override.STATUS
        self._give_up(row)
        self._written(booking, "cancelled", original_start, before, row)

    def settle(self) -> list[Occurrence]:
        """Gives every date its place; returns those for which there is none."""
        return self._placing.settle()

    # -- a series and its dates -------------------------------------------------------------

    def _rows(self, booking: Booking) -> list[Occurrence]:
        found = booking.occurrences.select_for_update(of=("self",), no_key=True)
        rows = list(found.select_related("room").order_by("original_start"))
        for row in rows:
            row.booking = booking
        return rows

    def _standing(self, booking: Booking, rows: Iterable[Occurrence]) -> list[Occurrence]:
        """The dates that a change reaches: of a series, those that are not over."""
        return [row for row in rows if not booking.is_series or row.ends_at > self._now]

    def _places(self, booking: Booking, seen: Seen, since: datetime) -> Sequence[Place]:
        if places := seen.get("places"):
            return places
        if not booking.is_series:
            times = seen.get("times")
            if times is None:
                return [place_at(series_of(booking), booking.dtstart_local)]
            return [Place(booking.dtstart_local, times.starts_at, times.ends_at)]
        return expand(series_of(booking), since, booking.horizon_until or self._now)

    def _reschedule(self, booking: Booking, seen: Seen) -> None:
        _set_schedule(booking, seen)
        if booking.opaque:
            booking.horizon_until = self._company.bookable_until + LISTED_AHEAD
        else:
            booking.horizon_until = reach(booking) if booking.is_series else None

    def _new_rows(self, booking: Booking, places: Iterable[Place], seen: Seen) -> list[Occurrence]:
        rows = new_occurrences(booking, places, self._now)
        for row in rows:
            row.transparent = seen.get("transparent", False)
            row.room_response = seen.get("room_response", "")
        return rows

    def _replan(self, booking: Booking, rows: list[Occurrence], seen: Seen) -> list[Occurrence]:
        """Fits the dates to a new time, rule or room. Identity shifts along with the start."""
        was_series, old_start = booking.is_series, booking.dtstart_local
        self._reschedule(booking, seen)
        shift = booking.dtstart_local - old_start
        past = [row for row in rows if was_series and row.starts_at < self._now]
        live = [row for row in rows if row not in past]
        since = self._now if was_series else self._now - LOOK_BACK
        known = {row.original_start for row in past}
        places = {
            place.original_start: place
            for place in self._places(booking, seen, since)
            if place.original_start not in known
        }
        pairs = {row.original_start + shift: row for row in live}
        if shift:
            self._rekey(pairs, set(places))
        fresh = bool(shift) or seen.get("restored", False)
        waiting = _waiting_dates(booking) if shift else set()
        for key, row in pairs.items():
            kept = key - shift in waiting  # somebody here changed it, and Google has yet to hear
            self._fit(row, places.get(key), booking, fresh=fresh and not kept)
            if kept:
                self._placing.write(row)
                outbox.announce(booking, [key])
        missing = [place for key, place in places.items() if key not in pairs]
        like: Seen = {}
        if live:
            like = {"transparent": live[0].transparent, "room_response": live[0].room_response}
        self._placing.add(self._new_rows(booking, missing, {**like, **seen}))
        return [row for row in pairs.values() if row.pk] or past

    def _rekey(self, pairs: dict[datetime, Occurrence], wanted: set[datetime]) -> None:
        """Moves the keys of dates along, out of each other's way first.

        A surplus date whose old key another one takes over has no identity left, and goes.
        """
        with connection.cursor() as cursor:
            cursor.execute(_UNKEY, [self._company.pk, [row.pk for row in pairs.values()]])
        for key, row in list(pairs.items()):
            if key in wanted:
                row.original_start = key
            elif row.original_start in wanted:
                self._placing.touched(row)
                row.delete()
                del pairs[key]

    def _fit(self, row: Occurrence, place: Place | None, booking: Booking, *, fresh: bool) -> None:
        cancelled = row.status == Occurrence.Status.CANCELLED
        if place is None:
            if not cancelled or fresh:
                self._give_up(row, reason=OUT_OF_RULE)
            return
        if fresh:
            row.override_mask = 0
            row.title = row.description = row.organizer = None
        elif cancelled and row.reason != OUT_OF_RULE:
            return
        was = (row.room_id, row.starts_at, row.ends_at)
        if not row.override_mask & Override.ROOM:
            row.room = booking.room
        if not row.override_mask & Override.TIME:
            _set_times(row, place.starts_at, place.ends_at)
        if fresh or cancelled or was != (row.room_id, row.starts_at, row.ends_at):
            self._placing.park(row)

    def _date(self, booking: Booking, original_start: datetime) -> Occurrence:
        """The date at an original start; a new, unsaved one where there was none."""
        found = booking.occurrences.select_for_update(of=("self",), no_key=True)
        known = found.select_related("room").filter(original_start=original_start)
        row: Occurrence | None = self._placing.added(booking, original_start) or known.first()
        if row is None:
            place = place_at(series_of(booking), original_start)
            (row,) = new_occurrences(booking, [place], self._now)
            row.status = Occurrence.Status.CONFLICTED
        row.booking = booking
        return row

    def _move_date(self, booking: Booking, row: Occurrence, times: Times) -> None:
        place = place_at(series_of(booking), row.original_start)
        moved = (times.starts_at, times.ends_at) != (place.starts_at, place.ends_at)
        row.override_mask = _with(row.override_mask, Override.TIME, moved)
        if (times.starts_at, times.ends_at) != (row.starts_at, row.ends_at):
            self._placing.touched(row)
            _set_times(row, times.starts_at, times.ends_at)
            if row.status != Occurrence.Status.CANCELLED:
                self._placing.park(row)

    def _adjust(self, row: Occurrence, seen: Seen) -> None:
        """Flags of a date, and its return from cancellation."""
        restored = seen.get("restored", False) and row.status == Occurrence.Status.CANCELLED
        flags = (row.transparent, row.room_response)
        row.transparent = seen.get("transparent", row.transparent)
        row.room_response = seen.get("room_response", row.room_response)
        if restored:
            row.override_mask &= ~Override.STATUS
        if restored or row.pk is None or flags != (row.transparent, row.room_response):
            if row.status == Occurrence.Status.CANCELLED and not restored:
                self._placing.write(row)
            else:
                self._placing.park(row)
        elif any(name in seen for name in ("title", "description")):
            self._placing.write(row)

    def _give_up(self, row: Occurrence, *, reason: str = "") -> None:
        row.status, row.reason = Occurrence.Status.CANCELLED, reason
        self._placing.write(row)

    def _written(
        self,
        booking: Booking,
        act: str,
        subject: datetime | None,
        before: dict[str, Any],
        row: Occurrence | None,
    ) -> None:
        booking.version += 1
        booking.updated_at = self._now
        booking.save()
        after = history.snapshot(booking, row) if row else {}
        history.record(booking, BY, act, subject=subject, before=before, after=after)
        waiting = is_waiting(booking, subject)
        outbox.announce(booking, [subject], seen_by="" if waiting else CONSUMER)


def is_waiting(booking: Booking, subject: datetime | None) -> bool:
    """Whether a change of ours to this subject is still on its way to Google."""
    entry = OutboxEntry.objects.filter(
        consumer=CONSUMER, booking=booking, original_start=subject
    ).first()
    return entry is not None and entry.is_pending


def _waiting_dates(booking: Booking) -> set[datetime]:
    entries = OutboxEntry.objects.filter(
        consumer=CONSUMER, booking=booking, original_start__isnull=False, acked_v__lt=F("desired_v")
    )
    return set(entries.values_list("original_start", flat=True))


def _reword(booking: Booking, seen: Seen) -> None:
    for name in WORDS:
        if name in seen:
            setattr(booking, name, cast(dict[str, Any], seen)[name])


def _set_schedule(booking: Booking, seen: Seen) -> None:
    booking.room = seen.get("room", booking.room)
    if "times" in seen:
        times = seen["times"]
        booking.dtstart_local, booking.timezone = times.dtstart_local, times.timezone
        booking.duration = times.ends_at - times.starts_at
        booking.days, booking.all_day = times.days, times.days is not None
    if "recurrence" in seen:
        recurrence = seen["recurrence"]
        booking.rrule = recurrence.rrule
        booking.rdates, booking.exdates = list(recurrence.rdates), list(recurrence.exdates)
    if "places" in seen:
        booking.opaque = seen["places"] is not None


def _set_times(row: Occurrence, starts_at: datetime, ends_at: datetime) -> None:
    row.starts_at, row.ends_at = starts_at, ends_at
    row.block_from = starts_at - row.room.buffer_before
    row.block_to = ends_at + row.room.buffer_after


def _with(mask: int, bit: Override, wanted: bool) -> int:
    return mask | bit if wanted else mask & ~bit


def note_answers(booking: Booking, guests: Iterable[Guest]) -> None:
    """Who comes and who does not. That is no change of the booking."""
    for guest in guests:
        booking.participants.filter(occurrence=None, email=guest.email).exclude(
            response=guest.response
        ).update(response=guest.response)


def _set_guests(booking: Booking, guests: Iterable[Guest]) -> None:
    wanted = {guest.email: guest for guest in guests}
    series_wide = booking.participants.filter(occurrence=None)
    series_wide.exclude(email__in=wanted).delete()
    Participant.objects.bulk_create(
        [
            Participant(
                company_id=booking.company_id,
                booking=booking,
                email=guest.email,
                name=guest.name,
                optional=guest.optional,
                response=guest.response,
            )
            for guest in wanted.values()
        ],
        update_conflicts=True,
        unique_fields=["booking", "occurrence", "email"],
        update_fields=["name", "optional", "response"],
    )
