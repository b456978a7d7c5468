"""Changing and cancelling, as people ask for it.

Every function runs inside the caller's company_scope, changes all or nothing, and announces what
it changed in the same transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings import history, live, outbox
from bookings.claims import conflicts_of, lock_rooms, next_versions
from bookings.drafts import Actor, Changes
from bookings.errors import Changed, OutsideRules, RoomTaken
from bookings.guests import replace_guests
from bookings.models import Booking, Occurrence, Override, Room
from bookings.occurrences import check_open, times_in, version_tag, whole_days
from bookings.recurrence import to_local
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
        check_open(room)
    if row.booking.is_series:
        row.override_mask |= Override.TIME | (Override.ROOM if room.pk != row.room_id else 0)
    row.room = room
    for name, value in times_in(room, starts_at, ends_at).items():
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
