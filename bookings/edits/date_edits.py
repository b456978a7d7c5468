"""Changing or cancelling one date, or a single booking, as people ask for it.

Every function runs inside the caller's company_scope, changes all or nothing, and announces what
it changed in the same transaction.
"""

from collections.abc import Sequence
from copy import copy
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings import history, live, outbox
from bookings.claims import clashes_of, lock_rooms, next_versions, room_taken
from bookings.conflicts import settle_conflicts
from bookings.drafts import Actor, Changes
from bookings.edits.asking import check_values, locked_date
from bookings.errors import OutsideRules
from bookings.guests import claim_guests, replace_guests, save_guests
from bookings.house_rules.checking import refusal_of
from bookings.models import Booking, Occurrence, Override, Room
from bookings.occurrences import OWN, give_own, series_of, set_times, whole_days, with_bit
from bookings.recurrence import place_at, to_local
from bookings.rules import check_length, check_times
from bookings.spans import Span
from tenants.errors import InvalidInput
from tenants.models import Company

# What all dates of a series have in common, and why.
COMMON = {
    "visibility": _("Google Calendar knows one visibility for all dates of a series."),
    "video": _("All dates of a series share one video meeting."),
    "external_reference": _("The reference names the whole series."),
    "organizer": _("A series has one organiser."),
    "timezone": _("A series keeps its hour in one time zone."),
}


def change_occurrence(
    *,
    by: Actor,
    company: Company,
    occurrence: Occurrence,
    changes: Changes,
    expected_version: str | None = None,
) -> Occurrence:
    """Changes one date: all of a single booking, or what a date of a series may have of its own.

    `expected_version` is the `version_tag` that the person saw; a newer one raises Changed.
    Raises NotAllowed, InvalidInput, OutsideRules or RoomTaken; then nothing has changed.
    """
    now = timezone.now()
    room = changes.get("room") or occurrence.room
    lock_rooms({occurrence.room_id, room.pk})
    row = locked_date(occurrence, by, expected_version)
    booking = row.booking
    before = history.snapshot(booking, row)
    days = [row.starts_at]
    check_values(booking, row, changes)
    _check_one_date(booking, changes)
    if _moves(row, room, changes):
        _move(row, room, changes, by, now=now, until=company.bookable_until)
        days.append(row.starts_at)
    if booking.is_series:
        _set_apart(row, changes)
    else:
        _carry_to_single(booking, row, changes)
    next_versions([row], now)
    row.save()
    if "attendees" in changes and booking.is_series:
        save_guests(row, changes["attendees"])
    booking.version += 1
    booking.updated_at = now
    booking.save()
    subject = row.original_start if booking.is_series else None
    history.record(
        booking, by, "changed", subject=subject, before=before, after=history.snapshot(booking, row)
    )
    outbox.announce(booking, [subject], can_undo=by.can_undo)
    live.announce_rooms(company.pk, [occurrence.room_id, room.pk], days)
    settle_conflicts([occurrence.room_id])
    return row


def try_to_move(*, by: Actor, company: Company, occurrence: Occurrence, changes: Changes) -> None:
    """Raises what `change_occurrence` would raise because of room and time; writes nothing."""
    row, room = copy(occurrence), changes.get("room") or occurrence.room
    if _moves(row, room, changes):
        _move(row, room, changes, by, now=timezone.now(), until=company.bookable_until)


def check_place(row: Occurrence, room: Room, span: Span, *, now: datetime, until: datetime) -> None:
    """Raises OutsideRules where a date may not be moved to a room and a time, whoever has it."""
    if span.starts_at == row.starts_at:  # only a new start has to lie ahead, and in the horizon
        check_length(span.starts_at, span.ends_at)
    else:
        check_times(starts_at=span.starts_at, ends_at=span.ends_at, now=now, until=until)
    if span.ends_at <= now:
        raise OutsideRules(_("This time is over. Choose a later one."), field="end")
    stays = span.starts_at == row.starts_at
    keeps_start = stays and (room.pk == row.room_id or span.starts_at <= now)
    ends_early = keeps_start and span.starts_at <= now and span.ends_at < row.ends_at
    broken = refusal_of(
        room, span, now=now, until=until, keeps_start=keeps_start, ends_early=ends_early
    )
    if broken:
        raise broken


def cancel_occurrence(
    *, by: Actor, company: Company, occurrence: Occurrence, expected_version: str | None = None
) -> Occurrence:
    """Cancels one date, or a single booking with it. Cancelling twice changes nothing."""
    lock_rooms([occurrence.room_id])
    row = locked_date(occurrence, by, expected_version, gone_is_fine=True)
    if row.status == Occurrence.Status.CANCELLED:
        return row
    _cancel(row.booking, [row], by, subject=row.original_start if row.booking.is_series else None)
    live.announce_rooms(company.pk, [row.room_id], [row.starts_at])
    settle_conflicts([row.room_id])
    return row


def _check_one_date(booking: Booking, changes: Changes) -> None:
    """What all dates have in common is refused for one; naming it as it is, is no mistake."""
    asked = cast(dict[str, Any], changes)
    for name, why in COMMON.items():
        if booking.is_series and asked.get(name, before := getattr(booking, name)) != before:
            raise InvalidInput(_("%(why)s Change it for all events.") % {"why": why}, field=name)


def _moves(row: Occurrence, room: Room, changes: Changes) -> bool:
    return (
        room.pk != row.room_id
        or changes.get("starts_at", row.starts_at) != row.starts_at
        or changes.get("ends_at", row.ends_at) != row.ends_at
    )


def _move(
    row: Occurrence, room: Room, changes: Changes, by: Actor, *, now: datetime, until: datetime
) -> None:
    starts_at = changes.get("starts_at", row.starts_at)
    ends_at = changes.get("ends_at", row.ends_at)
    check_place(row, room, Span(starts_at, ends_at), now=now, until=until)
    row.room = room
    set_times(row, starts_at, ends_at)
    if row.booking.is_series:
        _note_own_place(row)
    if clashes := clashes_of([row], besides=[row.pk], by=by):
        raise room_taken(clashes)
    if row.status == Occurrence.Status.CONFLICTED:
        row.status, row.reason = Occurrence.Status.CONFIRMED, ""


def _note_own_place(row: Occurrence) -> None:
    """A date that is back where its series puts it is no exception any more."""
    place = place_at(series_of(row.booking), row.original_start)
    moved = (row.starts_at, row.ends_at) != (place.starts_at, place.ends_at)
    row.override_mask = with_bit(row.override_mask, Override.TIME, moved)
    away = row.room_id != row.booking.room_id
    row.override_mask = with_bit(row.override_mask, Override.ROOM, away)


def _set_apart(row: Occurrence, changes: Changes) -> None:
    """What a date says otherwise than its series; who comes is saved by the caller."""
    for name in OWN:
        if name in changes:
            give_own(row, name, _stripped(cast(dict[str, Any], changes)[name]))
    if "attendees" in changes:
        claim_guests(row, changes["attendees"])


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _carry_to_single(booking: Booking, row: Occurrence, changes: Changes) -> None:
    """A single booking is a series of one: its rule side follows its only date."""
    booking.room = row.room
    booking.timezone = changes.get("timezone", booking.timezone)
    booking.duration = row.ends_at - row.starts_at
    booking.days = whole_days(booking, row)
    booking.all_day = booking.days is not None
    booking.dtstart_local = to_local(row.starts_at, ZoneInfo(booking.timezone))
    row.original_start = booking.dtstart_local
    for name in (*OWN, "visibility", "video", "external_reference"):
        if name in changes:
            setattr(booking, name, _stripped(cast(dict[str, Any], changes)[name]))
    if "organizer" in changes:
        booking.organizer = changes["organizer"]
        booking.organizer_email = changes["organizer"].email
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
    outbox.announce(booking, [subject], can_undo=by.can_undo)
