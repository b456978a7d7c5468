"""Changing and cancelling, as people ask for it.

Every function runs inside the caller's company_scope, changes all or nothing, and announces what
it changed in the same transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings import history, live, outbox
from bookings.claims import clashes_of, lock_rooms, next_versions, room_taken
from bookings.conflicts import settle_conflicts
from bookings.drafts import Actor, Changes, Choice
from bookings.edit_modes import Scope
from bookings.errors import Changed, OutsideRules
from bookings.guests import replace_guests
from bookings.models import Booking, Occurrence, Override, Room
from bookings.occurrences import (
    check_open,
    series_of,
    set_times,
    version_tag,
    whole_days,
    with_bit,
)
from bookings.recurrence import place_at, to_local
from bookings.recurrence_edits import has_place
from bookings.rules import (
    check_attendees,
    check_details,
    check_reminders,
    check_times,
    check_words,
    check_zone,
)
from bookings.series_edits import ChangePreview, Edited, SeriesEdit
from bookings.series_ending import SeriesEnding
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
    _check_values(booking, row, changes)
    _check_one_date(booking, changes)
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
    settle_conflicts([occurrence.room_id])
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
    settle_conflicts([row.room_id])
    return row


def change_booking(
    *,
    by: Actor,
    company: Company,
    occurrence: Occurrence,
    scope: str = Scope.THIS,
    changes: Changes,
    choices: Sequence[Choice] = (),
    skip_taken: bool = False,
    expected_version: str | None = None,
) -> Edited:
    """Changes a date, a date and the following, or all dates of a series that are to come.

    The rule book is `bookings.edit_modes`. Times mean a difference for the other dates. Where a
    room is taken, `choices` say what becomes of a date; with `skip_taken` such dates are left out.
    `expected_version` is the `version_tag` that the person saw; a newer one raises Changed.
    Raises RoomTaken with the clashes date by date, NotAllowed, InvalidInput, InvalidRule or
    OutsideRules; then nothing has changed.
    """
    scope = _reach(occurrence.booking, Scope(scope), changes)
    if scope == Scope.THIS:
        row = change_occurrence(
            by=by,
            company=company,
            occurrence=occurrence,
            changes=changes,
            expected_version=expected_version,
        )
        return Edited(row, [], [])
    edit = SeriesEdit(
        by=by, company=company, scope=scope, changes=changes,
        choices=choices, now=timezone.now(),
    )  # fmt: skip
    with transaction.atomic():  # a caller that catches RoomTaken keeps nothing of the attempt
        chosen = edit.lock(occurrence)
        _check_reader(chosen, by, expected_version)
        before = history.snapshot(chosen.booking, chosen)
        _check_values(chosen.booking, chosen, changes)
        edit.decide(chosen)
        return edit.write(chosen, before, skip_taken=skip_taken)


def preview_change(
    *,
    by: Actor,
    company: Company,
    occurrence: Occurrence,
    scope: str,
    changes: Changes,
    choices: Sequence[Choice] = (),
) -> ChangePreview:
    """What `change_booking` would do to a series, in numbers and date by date; writes nothing.

    Raises as it does, except that clashes are answered and not raised.
    """
    edit = SeriesEdit(
        by=by, company=company,
        scope=_reach(occurrence.booking, Scope(scope), changes), changes=changes,
        choices=choices, now=timezone.now(),
    )  # fmt: skip
    chosen = edit.read(occurrence)
    _check_reader(chosen, by, None)
    _check_values(chosen.booking, chosen, changes)
    edit.decide(chosen)
    return edit.preview(chosen)


def cancel_booking(
    *,
    by: Actor,
    company: Company,
    occurrence: Occurrence,
    scope: str = Scope.THIS,
    expected_version: str | None = None,
) -> Occurrence:
    """Cancels a date, a date and the following, or all that is not over; twice is as good as once.

    The rule ends before the first date that goes, so that it does not come back.
    """
    if Scope(scope) == Scope.THIS or not occurrence.booking.is_series:
        return cancel_occurrence(
            by=by, company=company, occurrence=occurrence, expected_version=expected_version
        )
    ending = SeriesEnding(company, timezone.now())
    chosen = ending.lock(occurrence)
    _check_actor(chosen.booking, by)
    since = chosen.original_start if Scope(scope) == Scope.FOLLOWING else None
    if not ending.dates(chosen, since):
        return chosen
    _check_version(version_tag(chosen), expected_version)
    ending.run(chosen, since, by)
    return chosen


def restore_occurrence(
    *, by: Actor, company: Company, occurrence: Occurrence, expected_version: str | None = None
) -> Occurrence:
    """Brings a cancelled or skipped date back where it was; raises RoomTaken if that is taken.

    Of a series, only a date that its rule still names. Restoring twice changes nothing.
    """
    now = timezone.now()
    lock_rooms([occurrence.room_id])
    row = _locked(occurrence, by, None, gone_is_fine=True)
    if row.status != Occurrence.Status.CANCELLED:
        return row
    _check_version(version_tag(row), expected_version)
    booking = row.booking
    if row.ends_at <= now:
        raise OutsideRules(_("This date is over."))
    if booking.is_series and not _names(booking, row.original_start):
        raise InvalidInput(_("The series has no such date any more. Book it by itself."))
    row.status, row.reason = Occurrence.Status.CONFIRMED, ""
    if clashes := clashes_of([row], besides=[row.pk]):
        raise room_taken(clashes)
    _bring_back(booking, row, by, now)
    live.announce_rooms(company.pk, [row.room_id], [row.starts_at])
    return row


def _bring_back(booking: Booking, row: Occurrence, by: Actor, now: datetime) -> None:
    subject = row.original_start if booking.is_series else None
    subjects = {subject}
    others = booking.occurrences.exclude(pk=row.pk)
    if row.original_start in booking.exdates:
        booking.exdates = [date for date in booking.exdates if date != row.original_start]
        subjects.add(None)
    elif booking.is_series and not others.exclude(status=Occurrence.Status.CANCELLED).exists():
        # All had been called off: the others are taken out of the rule that comes back.
        booking.exdates = sorted(
            {*booking.exdates, *others.values_list("original_start", flat=True)}
        )
        subjects.add(None)
    if booking.is_series:
        booking.horizon_until = booking.horizon_until or now  # it may bring further dates again
    next_versions([row], now)
    row.save()
    booking.version += 1
    booking.updated_at = now
    booking.save(update_fields=["exdates", "horizon_until", "version", "updated_at"])
    history.record(booking, by, "restored", subject=subject, after=history.snapshot(booking, row))
    outbox.announce(booking, sorted(subjects, key=lambda each: each is not None))


def _names(booking: Booking, original_start: datetime) -> bool:
    """Whether the rule of a series has this date; of a rule that only Google knows, it may."""
    return booking.opaque or has_place(series_of(booking), original_start)


def _reach(booking: Booking, scope: Scope, changes: Changes) -> Scope:
    """A single booking has one date, until it gets a rule; a date has no rule of its own."""
    if "recurrence" not in changes:
        return scope if booking.is_series else Scope.THIS
    if not booking.is_series:
        return Scope.ALL if changes["recurrence"] else Scope.THIS
    if scope == Scope.THIS:
        raise InvalidInput(
            _("One date has no rule of its own. Choose this and following, or all events."),
            field="scope",
        )
    return scope


def _locked(
    occurrence: Occurrence, by: Actor, expected: str | None, *, gone_is_fine: bool = False
) -> Occurrence:
    """The date as it is now, locked, after asking whether this actor may change what they saw."""
    row = (
        Occurrence.objects.select_for_update(of=("self", "booking"), no_key=True)
        .select_related("booking__organizer", "room__building")
        .get(pk=occurrence.pk)
    )
    if gone_is_fine and row.status == Occurrence.Status.CANCELLED:
        _check_actor(row.booking, by)
        return row
    _check_reader(row, by, expected)
    if row.room_id != occurrence.room_id:
        raise Changed
    return row


def _check_reader(row: Occurrence, by: Actor, expected: str | None) -> None:
    """Raises NotAllowed, NotFound or Changed unless this actor may change what they saw."""
    _check_actor(row.booking, by)
    if row.status == Occurrence.Status.CANCELLED:
        raise NotFound(_("This booking was cancelled in the meantime."))
    _check_version(version_tag(row), expected)


def _check_actor(booking: Booking, by: Actor) -> None:
    if not by.may_change(booking):
        raise NotAllowed(_("Only the organiser or a room manager can change this booking."))


def _check_version(current: object, expected: str | None) -> None:
    if expected is not None and expected != str(current):
        raise Changed


def _check_values(booking: Booking, row: Occurrence, changes: Changes) -> None:
    if "title" in changes or "description" in changes:  # what Google let in may stay as it is
        check_words(
            changes.get("title", row.shown_title),
            changes.get("description", row.shown_description),
        )
    check_attendees(changes.get("attendees", ()))
    check_reminders(changes.get("reminders"))
    check_zone(changes.get("timezone", booking.timezone))
    check_details(changes)
    if "room" in changes and changes["room"].pk != row.room_id:
        check_open(changes["room"])


def _check_one_date(booking: Booking, changes: Changes) -> None:
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
    row.room = room
    set_times(row, starts_at, ends_at)
    if row.booking.is_series:
        _note_own_place(row)
    if clashes := clashes_of([row], besides=[row.pk]):
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


def _reword(row: Occurrence, changes: Changes) -> None:
    for name, bit in (("title", Override.TITLE), ("description", Override.DESCRIPTION)):
        if name not in changes:
            continue
        text = cast(dict[str, Any], changes)[name].strip()
        if row.booking.is_series:
            own = text != getattr(row.booking, name)
            setattr(row, name, text if own else None)
            row.override_mask = with_bit(row.override_mask, bit, own)
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
