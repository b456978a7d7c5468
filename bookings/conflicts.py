"""Dates that have no place: what is in their way, and how they get it once it is free."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog
from django.db.models import QuerySet
from django.utils import timezone

from bookings import history, outbox
from bookings.claims import clashes_of, lock_rooms
from bookings.drafts import Actor
from bookings.mirroring.mirror import CONSUMER
from bookings.mirroring.placing import Placing, place
from bookings.models import BookingEvent, Door, Occurrence
from tenants.scope import active_company_id, company_scope

logger = structlog.get_logger(__name__)

PLACED = "placed"  # the act in a date's history
RESTLESS = "restless"  # the reason of a date that is left to a person
MOST_PLACINGS, RESTLESS_WITHIN = 2, timedelta(hours=1)


def note_taken(rows: Sequence[Occurrence], by: Actor, act: str) -> None:
    """Writes into the history of each date what has its room at this time, in two queries.

    `act` is "conflicted" or "skipped"; `bookings.web.detail.story` puts it into words.
    """
    if not rows:
        return
    blockers = {clash.wanted.public_id: clash.conflicts for clash in clashes_of(rows)}
    BookingEvent.objects.bulk_create(
        BookingEvent(
            company_id=row.company_id,
            booking_id=row.booking_id,
            original_start=row.original_start,
            member=by.member,
            door=by.door,
            act=act,
            after={"by": [str(other.public_id) for other in blockers.get(row.public_id, [])]},
        )
        for row in rows
    )


def settle_conflicts(rooms: Collection[int]) -> list[Occurrence]:
    """Gives conflicting dates to come the places that have become free, the oldest first.

    Call it at the end of a transaction that may have freed places in rooms of the company; where
    no date waits it costs one query. Nothing changes for Google, which shows the date as it is.
    """
    now = timezone.now()
    waiting = _to_come().filter(room_id__in=rooms)
    if not waiting.exists():
        return []
    lock_rooms({row.room_id for row in waiting})
    rows = _without_restless(list(waiting.select_related("booking").order_by("pk")), now)
    placed = [row for row in rows if place(row)]
    placing = Placing(active_company_id(), now)
    for row in placed:
        placing.write(row)
        subject = _subject(row)
        history.record(row.booking, Actor(Door.RULE), PLACED, subject=subject)
        outbox.announce(row.booking, [subject], not_to=CONSUMER)
    placing.settle()
    return placed


def _without_restless(rows: Sequence[Occurrence], now: datetime) -> list[Occurrence]:
    """The rows less those that got and lost their room again and again: they wait for a person.

    Whoever then changes such a date clears its mark.
    """
    lately = Counter(
        BookingEvent.objects.filter(
            act=PLACED, booking__in={row.booking_id for row in rows}, at__gt=now - RESTLESS_WITHIN
        ).values_list("booking_id", "original_start")
    )
    restless = [row for row in rows if lately[row.booking_id, _subject(row)] >= MOST_PLACINGS]
    for row in restless:
        Occurrence.objects.filter(pk=row.pk).update(reason=RESTLESS)
        logger.error("booking restless", company=row.company_id, occurrence=row.pk)
    return [row for row in rows if row not in restless]


def _subject(row: Occurrence) -> datetime | None:
    return row.original_start if row.booking.is_series else None


def settle_company(company_id: int) -> None:
    """The same for all rooms of a company, each in a transaction of its own."""
    with company_scope(company_id):
        rooms = list(_to_come().values_list("room_id", flat=True).distinct())
    for room_id in rooms:
        with company_scope(company_id):
            settle_conflicts([room_id])


def _to_come() -> QuerySet[Occurrence]:
    waiting: QuerySet[Occurrence] = Occurrence.objects.filter(
        status=Occurrence.Status.CONFLICTED, ends_at__gt=timezone.now()
    )
    return waiting.exclude(reason=RESTLESS)
