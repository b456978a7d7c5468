"""Writing down what already happened in Google: facts are accepted, rules are for people.

An overlap is stored as `conflicted`, a past or long event as it is. Like `bookings.edits.editing`,
this writes history and announces every change; what came from Google is not sent back, unless a
change of ours is still on its way there.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import uuid4

from django.utils import timezone

from bookings import history, outbox
from bookings.claims import lock_rooms
from bookings.drafts import Actor
from bookings.edits.edit_modes import Fit, is_exception
from bookings.guests import (
    claim_guests,
    forget_answers,
    guests_of,
    list_of,
    mirror_guests,
    mirror_guests_of_date,
    mirrored_guests,
    pin_guests,
)
from bookings.horizon import reach
from bookings.many import another, insert_many, insert_values
from bookings.mirroring.mirrored_dates import MirroredDates, come_back, revive, state
from bookings.mirroring.placing import Placing
from bookings.mirroring.seen import Seen, Times
from bookings.models import (
    Booking,
    BookingEvent,
    Door,
    Occurrence,
    OutboxEntry,
    Override,
    Participant,
    Room,
)
from bookings.occurrences import (
    OWN,
    give_own,
    new_occurrences,
    part_of,
    place_in_story,
    series_of,
    set_times,
    with_bit,
)
from bookings.recurrence import Place, expand, place_at
from bookings.recurrence.edits import Shift
from tenants.models import Company, Member

BY = Actor(Door.GOOGLE)
CONSUMER = "google"
LOOK_BACK = timedelta(days=30)  # a series that is new to us gets its dates from here on
# Dates that only Google knows are asked for in good time, before people may book further.
LISTED_AHEAD = timedelta(days=30)

WORDS = ("title", "description", "visibility", "video", "video_url", "metadata")
SCHEDULE = ("times", "recurrence", "places", "room")


@dataclass(frozen=True)
class New:
    """What is known of a booking that somebody made in Google. `seen` holds at least `times`."""

    seen: Seen
    organizer: Member | None
    organizer_email: str


class Mirror:
    """One transaction's worth of facts about some rooms; ends with `settle`.

    Locks the rooms, so create it first. Raises NotFound for another company's room.
    """

    def __init__(self, company: Company, rooms: Collection[int]) -> None:
        lock_rooms(rooms)
        self._company = company
        self._now = timezone.now()
        self._placing = Placing(company.pk, self._now)
        self._dates = MirroredDates(self._placing, company.pk, self._now)

    def create(self, room: Room, new: Sequence["New"]) -> list[Booking]:
        """Bookings that somebody made in Google, in a constant number of statements for 500."""
        bookings = self._new_bookings(room, new)
        insert_many(bookings)
        guests, lines = list[dict[str, Any]](), list[dict[str, Any]]()
        for booking, each in zip(bookings, new, strict=True):
            places = self._places(booking, each.seen, self._now - LOOK_BACK)
            rows = self._new_rows(booking, places, each.seen)
            self._placing.add(rows)
            people = each.seen.get("guests", ())
            guests += mirrored_guests(booking, people)
            after = history.snapshot(booking, rows[0], people) if rows else {"title": booking.title}
            lines.append(history.line(booking, BY, "created", after=after))
        insert_values(Participant, guests)
        insert_values(BookingEvent, lines)
        outbox.announce_new(bookings, seen_by=CONSUMER)
        return bookings

    def _new_bookings(self, room: Room, new: Sequence["New"]) -> list[Booking]:
        blank = Booking(company=self._company, room=room, origin=Booking.Origin.GOOGLE)
        bookings = []
        for each in new:
            booking = another(blank)
            booking.public_id, booking.organizer = uuid4(), each.organizer
            booking.organizer_email = each.organizer_email
            self._reschedule(booking, each.seen)
            _reword(booking, each.seen)
            bookings.append(booking)
        return bookings

    def change(self, booking: Booking, seen: Seen) -> None:
        """A booking that somebody changed in Google, in the fields of `seen`."""
        rows = self._rows(booking)
        before = history.snapshot(booking, rows[0]) if rows else {}
        self._pin_past(booking, rows, seen)
        _reword(booking, seen)
        if any(name in seen for name in SCHEDULE):
            rows = self._replan(booking, rows, seen)
        elif seen.get("restored", False) and booking.is_series:
            booking.horizon_until = booking.horizon_until or self._now  # it brings dates again
        for row in self._standing(booking, rows):
            self._adjust(row, seen)
        if "guests" in seen:
            mirror_guests(booking, seen["guests"])
            forget_answers(booking)
        for row in rows[:1]:
            self._placing.touched(row)
        self._written(booking, "changed", None, before, rows[0] if rows else None)

    def cancel(self, booking: Booking, reason: str = "") -> None:
        """A booking that somebody deleted in Google. What is over stays history."""
        standing = self._standing(booking, self._rows(booking))
        rows = [row for row in standing if row.status != Occurrence.Status.CANCELLED]
        if not rows:
            return
        before = history.snapshot(booking, rows[0])
        for row in rows:
            self._give_up(row, reason)
        booking.frozen_before = self._now if booking.is_series else None
        self._written(booking, "cancelled", None, before, rows[0])

    def change_date(self, booking: Booking, original_start: datetime, seen: Seen) -> None:
        """One date of a series that somebody changed in Google, or brought back."""
        row = self._date(booking, original_start)
        before = history.snapshot(booking, row) if row.pk else {}
        was = state(row) if row.pk else {}
        for name in OWN:
            if name in seen:
                give_own(row, name, cast(dict[str, Any], seen)[name])
        if "guests" in seen:
            claim_guests(row, seen["guests"])
        if "times" in seen:
            self._move_date(booking, row, seen["times"])
        self._adjust(row, seen)
        invited = guests_of(row)
        if "guests" in seen:
            mirror_guests_of_date(row, seen["guests"])
        # It may have been known already.
        if state(row) != was or list_of(invited) != list_of(guests_of(row)):
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

    def has_date(self, booking: Booking, original_start: datetime) -> bool:
        """Whether a booking has a date at an original start, by what was told until now."""
        known = booking.occurrences.filter(original_start=original_start)
        return self._placing.added(booking, original_start) is not None or known.exists()

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

    def _pin_past(self, booking: Booking, rows: Sequence[Occurrence], seen: Seen) -> None:
        """What is over keeps the words and the people that it had."""
        if booking.is_series and "guests" in seen:
            pin_guests([row for row in rows if row.ends_at <= self._now])
        over = booking.occurrences.filter(ends_at__lte=self._now)
        for name in ("title", "description", "metadata"):
            if booking.is_series and name in seen:
                over.filter(**{f"{name}__isnull": True}).update(**{name: getattr(booking, name)})

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
        """Fits the dates to a new time, rule or room; returns those that have a place."""
        was_series, begin = booking.is_series, booking.dtstart_local
        live = self._dates.to_come(series_of(booking), rows) if was_series else rows
        over = [row for row in rows if row not in live]
        self._reschedule(booking, seen)
        if seen.get("restored", False):
            come_back(live)
        if booking.is_series and not booking.opaque:
            found = self._dates.follow(booking, live, begin, booking.horizon_until or self._now)
        else:
            by = Shift(booking.dtstart_local - begin)
            places = self._places(booking, seen, self._now)
            found = self._dates.follow_listed(booking, live, by, places)
        since = self._now if was_series else self._now - LOOK_BACK
        self._add_new(booking, found, seen, like=live, since=since)
        return [row for row, _place in found.kept] or over

    def _add_new(
        self, booking: Booking, found: Fit, seen: Seen, *, like: list[Occurrence], since: datetime
    ) -> None:
        """Makes the dates of places that have none, with the flags of those that there are."""
        flags: Seen = {}
        if like:
            flags = {"transparent": like[0].transparent, "room_response": like[0].room_response}
        places = [place for place in found.new if place.starts_at >= since]
        self._placing.add(self._new_rows(booking, places, {**flags, **seen}))

    # -- a series that was cut in two -------------------------------------------------------

    def split(self, old: Booking, key: datetime, seen: Seen) -> Booking:
        """A part that somebody cut off a series in Google, from its place `key` on.

        Its dates keep their identity, and what they had of their own. Where Google forgot that,
        it is told again.
        """
        part = part_of(old, key, self._now)
        self._reschedule(part, seen)
        _reword(part, seen)
        part.updated_at, part.frozen_before = self._now, None
        part.save(force_insert=True)
        mirror_guests(part, seen.get("guests", ()))
        outbox.announce(part, seen_by=CONSUMER)
        self._hand_over(old, part, key, seen)
        after = {"title": part.title}
        history.record(part, BY, "created", after=after)
        self._end_without_dates(old)
        return part

    def _end_without_dates(self, booking: Booking) -> None:
        """All its dates went over to another part."""
        if not booking.occurrences.exists():
            booking.frozen_before = self._now
            booking.save(update_fields=["frozen_before"])

    def join(self, old: Booking, part: Booking, key: datetime) -> None:
        """The same for a part that was already taken for a series of its own."""
        part.split_from_id = old.split_from_id or old.pk
        part.split_key = place_in_story(old, key)
        for row in self._rows(part):
            self._placing.forget(row)
            row.delete()
        self._hand_over(old, part, key, {})
        self._written(part, "changed", None, {}, None)

    def take_in(self, part: Booking, other: Booking, shift: Shift, own: int) -> None:
        """The dates of another part, which Google has in this one, move over to it by a shift.

        They keep what was said of the other part: the bits of `own`.
        """
        rows = self._dates.to_come(series_of(other), self._rows(other))
        if own & Override.GUESTS:
            pin_guests(rows)
        for row in rows:
            for name, bit in OWN.items():
                if own & bit and not row.override_mask & bit:
                    setattr(row, name, getattr(other, name))
            row.override_mask |= own
        revive(rows)
        until = part.horizon_until or self._now
        found = self._dates.follow_shifted(part, rows, shift, until)
        kept = [row.original_start for row, _place in found.kept if is_exception(row)]
        if kept:
            outbox.announce(part, kept)
        self._end_without_dates(other)
        self._written(other, "changed", None, {}, None)

    def _hand_over(self, old: Booking, part: Booking, key: datetime, seen: Seen) -> None:
        later = [row for row in self._rows(old) if row.original_start >= key]
        rows = self._dates.to_come(series_of(old), later)
        revive(rows)
        until = part.horizon_until or self._now
        if part.is_series and not part.opaque:
            found = self._dates.follow(part, rows, key, until)
        else:
            by = Shift(part.dtstart_local - key)
            found = self._dates.follow_listed(part, rows, by, self._places(part, seen, self._now))
        self._add_new(part, found, seen, like=rows, since=self._now)
        kept = [row for row, _place in found.kept]
        for row in kept:
            self._adjust(row, seen)
        own = [row.original_start for row in kept
               if is_exception(row) and row.original_start not in part.exdates]  # fmt: skip
        if own:
            outbox.announce(part, own)

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
        row.override_mask = with_bit(row.override_mask, Override.TIME, moved)
        if (times.starts_at, times.ends_at) != (row.starts_at, row.ends_at):
            self._placing.touched(row)
            set_times(row, times.starts_at, times.ends_at)
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
        elif any(name in seen for name in (*OWN, "guests")):
            self._placing.write(row)

    def _give_up(self, row: Occurrence, reason: str = "") -> None:
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


def _reword(booking: Booking, seen: Seen) -> None:
    for name in WORDS:
        if name in seen:
            setattr(booking, name, cast(dict[str, Any], seen)[name])


def _set_schedule(booking: Booking, seen: Seen) -> None:
    if "room" in seen:
        booking.room = seen["room"]
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
