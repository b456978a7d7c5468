"""Keeping the series of a company ahead: the new dates that their rules bring.

Runs day by day, one short transaction a series, and may be killed, repeated, or run twice at
once: a series notes in the same transaction how far its dates reach by then.
"""

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from time import monotonic

import structlog
from django.db import OperationalError, connection
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from bookings import outbox
from bookings.claims import lock_rooms
from bookings.conflicts import note_taken, settle_company
from bookings.drafts import Actor
from bookings.horizon import behind, move_promise
from bookings.mirroring.mirror import CONSUMER
from bookings.mirroring.placing import Placing
from bookings.models import Booking, Door, Occurrence
from bookings.occurrences import new_occurrences, series_of
from bookings.recurrence import Place, Series, expand, to_local
from bookings.recurrence.days import rule_starts
from tenants.models import Company
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)

BATCH = 200  # series read at once, and dates made in one transaction
ROUNDS = 3
BY = Actor(Door.RULE)
_SLACK = timedelta(days=2)  # between local order and the order of instants
_LAST = datetime(9990, 1, 1)  # noqa: DTZ001  local

# Who is changing a series at this moment settles for it how far it reaches.
_NOTE = """
    WITH quiet AS (
        SELECT booking.id, noted.horizon_until
          FROM bookings_booking AS booking
          JOIN unnest(%s::bigint[], %s::int[], %s::timestamptz[])
               AS noted (id, version, horizon_until)
            ON noted.id = booking.id AND noted.version = booking.version
         ORDER BY booking.id FOR NO KEY UPDATE OF booking SKIP LOCKED
    )
    UPDATE bookings_booking AS booking SET horizon_until = quiet.horizon_until
      FROM quiet WHERE quiet.id = booking.id
"""


class Progress(Enum):
    """How an extension ended: with the promise moved, out of time, or with series that resist."""

    DONE = "done"
    UNFINISHED = "unfinished"
    STUCK = "stuck"


def extend(company_id: int, *, seconds: float = 45) -> Progress:
    """Extends all series of a company to its horizon, and then the promise to its people.

    Stops after so many seconds, to go on where it was when called again. A series that cannot be
    extended is logged, does not hold up the others, and keeps the promise where it is.
    """
    with company_scope(company_id):
        target = Company.objects.get(pk=company_id).horizon_target(timezone.now())
    end = monotonic() + seconds
    for _round in range(ROUNDS):  # a series may be made or changed while others are extended
        if not _extend_all(company_id, target, end):
            return Progress.UNFINISHED
        if _moved(company_id, target):
            settle_company(company_id)
            return Progress.DONE
    logger.error("series are not kept ahead", company=company_id, target=target.isoformat())
    return Progress.STUCK


def _moved(company_id: int, target: datetime) -> bool:
    try:
        return move_promise(company_id, target)
    except OperationalError as error:  # somebody is making a series for too long
        logger.warning("promise not moved", company=company_id, error=str(error))
        return False


def _extend_all(company_id: int, target: datetime, end: float) -> bool:
    """One look at every series that is behind, the oldest first; False when time ran out."""
    last = 0
    while True:
        with company_scope(company_id):
            batch = list(behind(target).filter(pk__gt=last).order_by("pk")[:BATCH])
            bringing = _note_the_others(batch, target)
        for booking in bringing:
            if monotonic() > end:
                return False
            _extend_one(company_id, booking, target)
        if len(batch) < BATCH:
            return True
        last = batch[-1].pk


def _note_the_others(batch: Sequence[Booking], target: datetime) -> list[Booking]:
    """The series that bring new dates. For the others it is noted that they do not."""
    off = _called_off(batch)
    bringing = [one for one in batch if one.pk not in off and _brings_dates(one, target)]
    quiet = [
        (one.pk, one.version, None if one.pk in off or is_over(series_of(one), target) else target)
        for one in batch
        if one not in bringing
    ]
    if quiet:
        with connection.cursor() as cursor:
            cursor.execute(_NOTE, [list(column) for column in zip(*quiet, strict=True)])
    return bringing


def _called_off(batch: Sequence[Booking]) -> set[int]:
    """The series of which no date stands, or none that was still to come when they ended."""
    dates = Occurrence.objects.get_queryset().filter(booking=OuterRef("pk"))
    to_come = Q(ends_at__gt=OuterRef("frozen_before")) | Q(booking__frozen_before=None)
    found = Booking.objects.filter(
        Exists(dates), ~Exists(dates.shown().filter(to_come)), pk__in=[one.pk for one in batch]
    )
    return set(found.values_list("pk", flat=True))


def _brings_dates(booking: Booking, target: datetime) -> bool:
    try:
        return bool(_next_places(booking, target)[0])
    except Exception:  # the attempt to extend it will tell what is wrong
        return True


def is_over(series: Series, by: datetime) -> bool:
    """Whether a series has no date at or after an instant; in doubt of two days, it may have."""
    since = to_local(by, series.zone) - _SLACK
    rule = series.rule
    if any(local >= since for local in series.recurrence.rdates):
        return False
    if rule is None:
        return series.dtstart_local < since
    if rule.until is not None:
        return rule.until.replace(tzinfo=None) < since
    if rule.count is None:
        return False
    return next(rule_starts(rule, series.dtstart_local, since, _LAST), None) is None


def _extend_one(company_id: int, booking: Booking, target: datetime) -> None:
    try:
        more = True
        while more:
            with company_scope(company_id):
                more = _make_dates(booking, target)
    except Exception:  # one strange series must not keep the others from their dates
        logger.exception("series not extended", company=company_id, booking=booking.pk)


def _make_dates(seen: Booking, target: datetime) -> bool:
    """Makes the next dates of a series; whether there are more to make."""
    lock_rooms([seen.room_id])
    booking: Booking | None = (
        behind(target)
        .select_for_update(of=("self",), no_key=True)
        .select_related("room")
        .filter(pk=seen.pk, version=seen.version)
        .first()
    )
    if booking is None:
        return False  # it was extended, changed or called off since: the next round will see
    places, until = _next_places(booking, target)
    now = timezone.now()
    placing = Placing(booking.company_id, now)
    placing.add(_new_rows(booking, places, now))
    note_taken(placing.settle(), BY, "conflicted")
    Booking.objects.filter(pk=booking.pk).update(horizon_until=until)
    outbox.announce(booking, not_to=CONSUMER)  # Google has these dates, by the rule
    return until < target


def _next_places(booking: Booking, target: datetime) -> tuple[Sequence[Place], datetime]:
    """The dates that come next, at most a batch, and up to where they are all."""
    since = booking.horizon_until or target
    places = expand(series_of(booking), since, target, most=sys.maxsize)
    if len(places) <= BATCH:
        return places, target
    return places[:BATCH], places[BATCH].starts_at


def _new_rows(booking: Booking, places: Sequence[Place], now: datetime) -> list[Occurrence]:
    """The rows of places that have none yet, not even one that was cancelled.

    What the room answered, and whether the series blocks it, is as on the latest date.
    """
    keys = [place.original_start for place in places]
    known = set(
        booking.occurrences.filter(original_start__in=keys).values_list("original_start", flat=True)
    )
    rows = new_occurrences(booking, [p for p in places if p.original_start not in known], now)
    shown = Occurrence.objects.get_queryset().shown().filter(booking=booking)
    latest = shown.order_by("-original_start").first()
    if latest is not None:
        for row in rows:
            row.transparent, row.room_response = latest.transparent, latest.room_response
    return rows
