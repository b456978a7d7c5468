"""Booking a room, once or by a rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings import history, live, outbox
from bookings.claims import claim, claim_new, clashes_of, lock_rooms, room_taken
from bookings.drafts import Actor, Choice, Draft
from bookings.edits.choosing import choose, is_left_out, skipped_words
from bookings.edits.edit_modes import SKIPPED
from bookings.errors import Clash, InvalidRule
from bookings.guests import invite
from bookings.horizon import hold_promise
from bookings.house_rules.checking import of_its_date, refusals_of
from bookings.models import Booking, Occurrence, Participant, Room
from bookings.new_booking import check_draft, unsaved_booking, wanted_places, wanted_series
from bookings.occurrences import check_apart, check_open, new_occurrences
from bookings.recurrence import Place, Series, place_at
from bookings.rules import check_times
from tenants.errors import InvalidInput
from tenants.models import Company


@dataclass(frozen=True)
class Booked:
    """A new booking with its dates and guests, and the dates that were left out."""

    booking: Booking
    occurrences: list[Occurrence]
    skipped: list[Occurrence]
    guests: list[Participant]


@transaction.atomic  # a caller that catches RoomTaken keeps nothing of the attempt
def create_booking(
    *,
    by: Actor,
    company: Company,
    room: Room,
    draft: Draft,
    choices: Sequence[Choice] = (),
    skip_taken: bool = False,
) -> Booked:
    """Books a room once or by a rule, up to the company's horizon.

    `choices` say what becomes of single dates of a series; `skip_taken` leaves out every other
    date whose room is taken. Raises InvalidInput, OutsideRules or InvalidRule when the draft
    cannot be booked, RuleBroken when the rules of its room do not allow a date, RoomTaken when a
    date is taken (with `skip_taken` these only when all are, or one that was chosen), NotFound for
    a foreign room.
    """
    booking, rows = _wanted(by, company, room, draft, choices, skip_taken=skip_taken)
    check_apart(rows)
    lock_rooms({row.room_id for row in rows})
    made, skipped = _take(booking, rows, by, skip_taken=skip_taken)
    guests = invite(booking, draft.attendees)
    after = history.snapshot(booking, made[0], guests) | skipped_words(skipped)
    history.record(booking, by, "created", after=after)
    moved = [row for row in made if row.override_mask]
    outbox.announce(booking, [None, *(row.original_start for row in moved)])
    live.announce_rooms(company.pk, {row.room_id for row in made}, [row.starts_at for row in made])
    return Booked(booking, made, [clash.wanted for clash in skipped], guests)


def _wanted(
    by: Actor,
    company: Company,
    room: Room,
    draft: Draft,
    choices: Sequence[Choice],
    *,
    skip_taken: bool,
) -> tuple[Booking, list[Occurrence]]:
    """The booking that a draft asks for and its dates as chosen, none of it saved."""
    now = timezone.now()
    until = hold_promise(company.pk) if draft.recurrence else company.bookable_until
    check_draft(draft)
    check_open(room)
    series = wanted_series(draft)
    places = wanted_places(draft, series, until)
    _check_first(series, places, now=now, until=until)
    booking = unsaved_booking(room, draft, series, by, now)
    booking.horizon_until = until if booking.is_series else None
    rows = new_occurrences(booking, places, now)
    if choices and not booking.is_series:
        raise InvalidInput(_("Only a series has dates to choose for."), field="choices")
    choose(rows, choices, now=now, until=until)
    _check_rules(booking, rows, now=now, until=until, skip=skip_taken)
    return booking, rows


def _check_rules(
    booking: Booking, rows: Sequence[Occurrence], *, now: datetime, until: datetime, skip: bool
) -> None:
    """Raises RuleBroken for a date that its room does not allow, or leaves such dates out."""
    wanted = [row for row in rows if not is_left_out(row)]
    broken = refusals_of(wanted, now=now, until=until)
    if not broken:
        return
    refused = [row for row in wanted if row.public_id in broken]
    if not skip or len(refused) == len(wanted) or any(row.override_mask for row in refused):
        first = broken[refused[0].public_id]
        raise of_its_date(first, refused[0]) if booking.is_series else first
    for row in refused:
        row.status, row.reason = Occurrence.Status.CANCELLED, SKIPPED


def _check_first(
    series: Series, places: Sequence[Place], *, now: datetime, until: datetime
) -> None:
    first = places[0] if places else place_at(series, series.dtstart_local)
    check_times(starts_at=first.starts_at, ends_at=first.ends_at, now=now, until=until)
    if not places:
        raise InvalidRule(_("This rule has no date that can be booked."))


def _take(
    booking: Booking, rows: Sequence[Occurrence], by: Actor, *, skip_taken: bool
) -> tuple[list[Occurrence], list[Clash]]:
    """Makes the booking and claims the rooms; returns the dates that were made, and those left out
    with the reason."""
    chosen = [row for row in rows if is_left_out(row)]
    wanted = [row for row in rows if not is_left_out(row)]
    refused = claim_new(booking, wanted, by=by) if wanted else []
    left_out = {row.public_id: row for row in (*chosen, *refused)}
    made = [row for row in rows if row.public_id not in left_out]
    clashes = clashes_of(list(left_out.values()), by=by) if left_out else []
    if refused and (not skip_taken or not made or any(row.override_mask for row in refused)):
        unwanted = {row.public_id for row in refused}
        raise room_taken([clash for clash in clashes if clash.wanted.public_id in unwanted])
    if not made:
        raise InvalidInput(_("Every date is left out. There is nothing to book."), field="choices")
    return made, _keep_skipped(booking, list(left_out.values()), clashes)


def _keep_skipped(
    booking: Booking, rows: Sequence[Occurrence], clashes: Sequence[Clash]
) -> list[Clash]:
    """Dates that were left out stay as tombstones, with the reason, and never come back alone."""
    in_the_way = {clash.wanted.public_id: clash.conflicts for clash in clashes}
    for row in rows:
        row.booking = booking
        row.status = Occurrence.Status.CANCELLED
        if row.public_id in in_the_way:
            row.reason = SKIPPED
    claim(rows)
    if rows:
        booking.exdates = sorted({*booking.exdates, *(row.original_start for row in rows)})
        booking.save(update_fields=["exdates"])
    return [Clash(row, in_the_way.get(row.public_id, [])) for row in rows]
