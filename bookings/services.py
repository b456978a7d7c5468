"""Booking, moving and cancelling, as people ask for it. With `bookings.mirror`, which records what
already happened in Google, the only writer of bookings.

Every function runs inside the caller's company_scope, changes all or nothing, and announces what
it changed in the same transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import pairwise
from typing import Any, cast
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings import history, live, outbox
from bookings.claims import claim, conflicts_of, lock_rooms, next_versions
from bookings.drafts import Actor, Changes, Draft
from bookings.errors import Changed, InvalidRule, OutsideRules, RoomTaken
from bookings.guests import invite, replace_guests
from bookings.models import Booking, Occurrence, Override, Room
from bookings.new_booking import check_draft, unsaved_booking
from bookings.recurrence import Place, Recurrence, Series, expand, first_start, to_local
from bookings.rules import (
    check_attendees,
    check_details,
    check_reminders,
    check_times,
    check_words,
    check_zone,
)
from tenants.errors import InvalidInput, NotAllowed, NotFound
from tenants.models import Company

BOOKING_FIELDS = ("visibility", "video", "reminders", "external_reference", "metadata")


@dataclass(frozen=True)
class Booked:
    """A new booking with its dates, and the dates that were left out because the room is taken."""

    booking: Booking
    occurrences: list[Occurrence]
    skipped: list[Occurrence]


@transaction.atomic  # a caller that catches RoomTaken keeps nothing of the attempt
def create_booking(
    *, by: Actor, company: Company, room: Room, draft: Draft, skip_taken: bool = False
) -> Booked:
    """Books a room once or by a rule, up to the company's horizon.

    Raises InvalidInput, OutsideRules or InvalidRule when the draft cannot be booked, RoomTaken
    when a date is taken (with `skip_taken` only when all are), NotFound for a foreign room.
    """
    now = timezone.now()
    check_draft(draft, now, company.bookable_until)
    _check_open(room)
    booking = unsaved_booking(room, draft, by, now)
    booking.horizon_until = company.bookable_until
    rows = new_occurrences(booking, _places(booking, draft, company.bookable_until), now)
    _check_apart(rows)
    lock_rooms([room.pk])
    booking.save(force_insert=True)
    for row in rows:
        row.booking = booking
    skipped = claim(rows)
    if skipped and (not skip_taken or len(skipped) == len(rows)):
        raise RoomTaken(conflicts_of(skipped))
    if skipped:
        _keep_skipped(booking, skipped)
    left_out = {row.public_id for row in skipped}
    made = [row for row in rows if row.public_id not in left_out]
    invite(booking, draft.attendees)
    history.record(booking, by, "created", after=history.snapshot(booking, made[0]))
    outbox.announce(booking)
    live.announce_rooms(company.pk, [room.pk], [row.starts_at for row in made])
    return Booked(booking, made, skipped)


def change_occurrence(
    *,
    by: Actor,
    company: Company,
    occurrence: Occurrence,
    changes: Changes,
    expected_version: str | None = None,
) -> Occurrence:
    """Changes one date: all of a single booking, or time, room and words of one date of a series.

    `expected_version` is the `version_tag` that the person saw; a newer one raises Changed.
    Raises NotAllowed, InvalidInput, OutsideRules or RoomTaken; then nothing has changed.
    """
    now = timezone.now()
    room = changes.get("room") or occurrence.room
    lock_rooms({occurrence.room_id, room.pk})
    row = _locked(occurrence, by, expected_version)
    booking = row.booking
    before = history.snapshot(booking, row)
    days = [row.starts_at]
    _check_changes(booking, row, changes)
    if _moves(row, room, changes):
        _move(row, room, changes, now=now, until=company.bookable_until)
        days.append(row.starts_at)
    _reword(row, changes)
    if not booking.is_series:
        _carry_to_single(booking, row, changes)
    next_versions([row], now)
    row.save()
    booking.version += 1
    booking.updated_at = now
    booking.save()
    subject = row.original_start if booking.is_series else None
    history.record(
        booking, by, "changed", subject=subject, before=before, after=history.snapshot(booking, row)
    )
    outbox.announce(booking, [subject])
    live.announce_rooms(company.pk, [occurrence.room_id, room.pk], days)
    return row


def cancel_occurrence(
    *, by: Actor, company: Company, occurrence: Occurrence, expected_version: str | None = None
) -> Occurrence:
    """Cancels one date, or a single booking with it. Cancelling twice changes nothing."""
    lock_rooms([occurrence.room_id])
    row = _locked(occurrence, by, expected_version, gone_is_fine=True)
    if row.status == Occurrence.Status.CANCELLED:
        return row
    _cancel(row.booking, [row], by, subject=row.original_start if row.booking.is_series else None)
    live.announce_rooms(company.pk, [row.room_id], [row.starts_at])
    return row


def cancel_series(
    *, by: Actor, company: Company, booking: Booking, expected_version: str | None = None
) -> Booking:
    """Cancels every date of a booking that is not over yet; what is over stays history.

    `expected_version` is the booking's version, the first part of any of its dates' tags.
    """
    rooms = set(booking.occurrences.values_list("room_id", flat=True)) | {booking.room_id}
    lock_rooms(rooms)
    now = timezone.now()
    rows = list(
        booking.occurrences.select_for_update(of=("self",), no_key=True)
        .select_related("booking")
        .filter(ends_at__gt=now)
        .exclude(status=Occurrence.Status.CANCELLED)
        .order_by("original_start")
    )
    if not rows:
        return booking
    _check_actor(rows[0].booking, by)
    _check_version(rows[0].booking.version, expected_version)
    if not {row.room_id for row in rows} <= rooms:
        raise Changed  # a date went to a room that is not locked
    booking = rows[0].booking
    booking.frozen_before = now
    _cancel(booking, rows, by, subject=None)
    live.announce_rooms(company.pk, rooms, [row.starts_at for row in rows])
    return booking


def version_tag(occurrence: Occurrence) -> str:
    """What a person saw, as a word to send back: it changes with any change of the booking."""
    return f"{occurrence.booking.version}-{occurrence.version}"


def new_occurrences(booking: Booking, places: Iterable[Place], now: datetime) -> list[Occurrence]:
    """Unsaved rows of a booking at these places. A single booking's row shares its public id."""
    return [
        Occurrence(
            company_id=booking.company_id,
            public_id=uuid4() if booking.is_series else booking.public_id,
            booking=booking,
            room=booking.room,
            original_start=place.original_start,
            updated_at=now,
            **_times(booking.room, place.starts_at, place.ends_at),
        )
        for place in places
    ]


def whole_days(booking: Booking, row: Occurrence) -> int | None:
    """How many days a date of an all-day booking lasts; None once it begins or ends during one."""
    zone = ZoneInfo(booking.timezone)
    first, last = to_local(row.starts_at, zone), to_local(row.ends_at, zone)
    whole = booking.all_day and first.time() == last.time() == time.min
    return (last - first).days if whole else None


def series_of(booking: Booking) -> Series:
    """All that decides when a booking takes place."""
    return Series(
        dtstart_local=booking.dtstart_local,
        timezone=booking.timezone,
        duration=booking.duration,
        recurrence=Recurrence(booking.rrule, tuple(booking.rdates), tuple(booking.exdates)),
        days=booking.days,
    )


def _times(room: Room, starts_at: datetime, ends_at: datetime) -> dict[str, datetime]:
    return {
        "starts_at": starts_at,
        "ends_at": ends_at,
        "block_from": starts_at - room.buffer_before,
        "block_to": ends_at + room.buffer_after,
    }


def _check_apart(rows: Sequence[Occurrence]) -> None:
    """A series whose dates run into each other would lose every second one to itself."""
    in_order = sorted(rows, key=lambda row: row.block_from)
    for earlier, later in pairwise(in_order):
        if later.block_from < earlier.block_to:
            raise InvalidRule(_("The dates of this series overlap each other."))


def _check_open(room: Room) -> None:
    if room.state != Room.State.OPEN:
        raise OutsideRules(_("This room is closed. Choose another one."), field="room")


def _places(booking: Booking, draft: Draft, until: datetime) -> Sequence[Place]:
    if not booking.is_series:
        return [Place(booking.dtstart_local, draft.starts_at, draft.ends_at)]
    series = series_of(booking)
    places = expand(series, draft.starts_at, until)
    if not places:
        raise InvalidRule(_("This rule has no date that can be booked."))
    booking.dtstart_local = first_start(series)
    return places


def _keep_skipped(booking: Booking, skipped: Sequence[Occurrence]) -> None:
    """Dates that were left out stay as tombstones, with the reason, and never come back alone."""
    for row in skipped:
        row.status = Occurrence.Status.CANCELLED
        row.reason = "skipped"
    Occurrence.objects.bulk_create(skipped)
    booking.exdates = sorted({*booking.exdates, *(row.original_start for row in skipped)})
    booking.save(update_fields=["exdates"])


def _locked(
    occurrence: Occurrence, by: Actor, expected: str | None, *, gone_is_fine: bool = False
) -> Occurrence:
    """The date as it is now, locked, after asking whether this actor may change what they saw."""
    row = (
        Occurrence.objects.select_for_update(of=("self", "booking"), no_key=True)
        .select_related("booking__organizer", "room__building")
        .get(pk=occurrence.pk)
    )
    _check_actor(row.booking, by)
    if row.status == Occurrence.Status.CANCELLED:
        if gone_is_fine:
            return row
        raise NotFound(_("This booking was cancelled in the meantime."))
    _check_version(version_tag(row), expected)
    if row.room_id != occurrence.room_id:
        raise Changed
    return row


def _check_actor(booking: Booking, by: Actor) -> None:
    if not by.may_change(booking):
        raise NotAllowed(_("Only the organiser or a room manager can change this booking."))


def _check_version(current: object, expected: str | None) -> None:
    if expected is not None and expected != str(current):
        raise Changed


def _check_changes(booking: Booking, row: Occurrence, changes: Changes) -> None:
    if "title" in changes or "description" in changes:  # what Google let in may stay as it is
        check_words(
            changes.get("title", row.shown_title),
            changes.get("description", row.shown_description),
        )
    check_attendees(changes.get("attendees", ()))
    check_reminders(changes.get("reminders"))
    check_zone(changes.get("timezone", booking.timezone))
    check_details(changes)
    if booking.is_series:
        for name in (*BOOKING_FIELDS, "attendees", "timezone"):
            if name in changes:
                raise InvalidInput(_("This can only be changed for the whole series."), field=name)


def _moves(row: Occurrence, room: Room, changes: Changes) -> bool:
    return (
        room.pk != row.room_id
        or changes.get("starts_at", row.starts_at) != row.starts_at
        or changes.get("ends_at", row.ends_at) != row.ends_at
    )


def _move(row: Occurrence, room: Room, changes: Changes, *, now: datetime, until: datetime) -> None:
    starts_at = changes.get("starts_at", row.starts_at)
    ends_at = changes.get("ends_at", row.ends_at)
    # A running meeting keeps its start; only a new start has to lie ahead.
    check_times(
        starts_at=starts_at,
        ends_at=ends_at,
        now=min(now, starts_at) if starts_at == row.starts_at else now,
        until=until,
    )
    if ends_at <= now:
        raise OutsideRules(_("This time is over. Choose a later one."), field="end")
    if room.pk != row.room_id:
        _check_open(room)
    if row.booking.is_series:
        row.override_mask |= Override.TIME | (Override.ROOM if room.pk != row.room_id else 0)
    row.room = room
    for name, value in _times(room, starts_at, ends_at).items():
        setattr(row, name, value)
    if taken := conflicts_of([row], besides=[row.pk]):
        raise RoomTaken(taken)
    if row.status == Occurrence.Status.CONFLICTED:
        row.status, row.reason = Occurrence.Status.CONFIRMED, ""


def _reword(row: Occurrence, changes: Changes) -> None:
    for name, bit in (("title", Override.TITLE), ("description", Override.DESCRIPTION)):
        if name not in changes:
            continue
        text = cast(dict[str, Any], changes)[name].strip()
        if row.booking.is_series:
            setattr(row, name, text)
            row.override_mask |= bit
        else:
            setattr(row.booking, name, text)


def _carry_to_single(booking: Booking, row: Occurrence, changes: Changes) -> None:
    """A single booking is a series of one: its rule side follows its only date."""
    booking.room = row.room
    booking.timezone = changes.get("timezone", booking.timezone)
    booking.duration = row.ends_at - row.starts_at
    booking.days = whole_days(booking, row)
    booking.all_day = booking.days is not None
    booking.dtstart_local = to_local(row.starts_at, ZoneInfo(booking.timezone))
    row.original_start = booking.dtstart_local
    for name in BOOKING_FIELDS:
        if name in changes:
            setattr(booking, name, cast(dict[str, Any], changes)[name])
    if "attendees" in changes:
        replace_guests(booking, changes["attendees"])


def _cancel(
    booking: Booking, rows: Sequence[Occurrence], by: Actor, *, subject: datetime | None
) -> None:
    now = timezone.now()
    before = history.snapshot(booking, rows[0])
    next_versions(rows, now)
    for row in rows:
        row.status = Occurrence.Status.CANCELLED
        row.reason = ""
    Occurrence.objects.bulk_update(rows, ["status", "reason", "version", "updated_at"])
    booking.version += 1
    booking.updated_at = now
    booking.save(update_fields=["version", "updated_at", "frozen_before"])
    history.record(booking, by, "cancelled", subject=subject, before=before)
    outbox.announce(booking, [subject])
