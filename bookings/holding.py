"""Keeping a time for whoever fills in a form, two minutes at a time, ten at most.

A hold is asked for under its room's lock, as bookings are, and what takes a place asks for holds in
the same statement (`bookings.claims`). One that has expired counts nowhere, so nothing has to clean
up; whoever holds next in its place, or the same person somewhere else, takes its row.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from bookings import live
from bookings.claims import as_date, clashes_of, lock_rooms, room_taken
from bookings.drafts import Actor
from bookings.edits.date_edits import check_place
from bookings.errors import Busy
from bookings.house_rules.checking import refusal_of
from bookings.models import Door, Hold, Occurrence, Room
from bookings.occurrences import check_open, times_in
from bookings.rules import check_times
from bookings.spans import Span
from tenants.models import Member

LASTS = timedelta(minutes=2)
AT_MOST = timedelta(minutes=10)  # for one form, whatever happens in it


def hold(
    *, member: Member, room: Room, span: Span, form: str, moving: Occurrence | None = None
) -> Hold | None:
    """Keeps a time for a member as long as `form` (its key) is open, in the place of what they held
    before; None once that form has held for ten minutes. A date that is `moving` is not in its own
    way.

    Raises RoomTaken where somebody has or holds it, OutsideRules where it cannot be booked, Busy
    where it is worth another try.
    """
    now, until = timezone.now(), member.company.bookable_until
    if moving:
        check_place(moving, room, span, now=now, until=until)
    else:
        check_times(starts_at=span.starts_at, ends_at=span.ends_at, now=now, until=until)
        if broken := refusal_of(room, span, now=now, until=until):
            raise broken
    check_open(room)
    before = _of(member).first()
    lock_rooms({room.pk, before.room_id if before else room.pk})
    held = _of(member).select_for_update().first()
    begun_at = held.begun_at if held and held.form == form else now
    expires_at = min(now + LASTS, begun_at + AT_MOST)
    if expires_at <= now:
        return None
    wanted = Hold(
        pk=held.pk if held else None,
        company_id=member.company_id,
        member=member,
        room=room,
        **times_in(room, span.starts_at, span.ends_at),
        form=form,
        begun_at=begun_at,
        expires_at=expires_at,
    )
    besides = [moving.pk] if moving else []
    if clashes := clashes_of([as_date(wanted)], besides=besides, by=Actor(Door.WEB, member)):
        raise room_taken(clashes)
    _expired_in_the_way(wanted, now).delete()
    try:
        with transaction.atomic():
            wanted.save()
    except IntegrityError as error:  # the same person in another window, at this very moment
        raise Busy from error
    _announce([wanted, *([held] if held else [])])
    return wanted


def release(member: Member, *, form: str | None = None) -> None:
    """Gives up what a member holds, if anything; with a `form` (its key) only what that holds."""
    held = [each for each in _of(member) if form in (None, each.form)]
    if held:
        lock_rooms({each.room_id for each in held})
        _of(member).delete()
        _announce(held)


def _of(member: Member) -> QuerySet[Hold]:
    holds: QuerySet[Hold] = Hold.objects.filter(member=member)
    return holds


def _expired_in_the_way(wanted: Hold, now: datetime) -> QuerySet[Hold]:
    holds: QuerySet[Hold] = Hold.objects.filter(
        room=wanted.room,
        block_from__lt=wanted.block_to,
        block_to__gt=wanted.block_from,
        expires_at__lte=now,
    )
    return holds.exclude(member=wanted.member)


def _announce(holds: list[Hold]) -> None:
    if holds:
        rooms, times = [hold.room_id for hold in holds], [hold.starts_at for hold in holds]
        live.announce_rooms(holds[0].company_id, rooms, times)
