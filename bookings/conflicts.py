"""Dates that have no place: what is in their way, and how they get it once it is free."""

from collections.abc import Collection, Sequence

from django.db.models import QuerySet
from django.utils import timezone

from bookings import history, outbox
from bookings.claims import clashes_of, lock_rooms
from bookings.drafts import Actor
from bookings.mirror import CONSUMER
from bookings.models import BookingEvent, Door, Occurrence
from bookings.placing import Placing, place
from tenants.scope import active_company_id, company_scope


def note_taken(rows: Sequence[Occurrence], by: Actor, act: str) -> None:
    """Writes into the history of each date what has its room at this time, in two queries.

    `act` is "conflicted" or "skipped"; `bookings.story` puts it into words.
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
    placed = [row for row in waiting.select_related("booking").order_by("pk") if place(row)]
    placing = Placing(active_company_id(), now)
    for row in placed:
        placing.write(row)
        subject = row.original_start if row.booking.is_series else None
        history.record(row.booking, Actor(Door.RULE), "placed", subject=subject)
        outbox.announce(row.booking, [subject], not_to=CONSUMER)
    placing.settle()
    return placed


def settle_company(company_id: int) -> None:
    """The same for all rooms of a company, each in a transaction of its own."""
    with company_scope(company_id):
        rooms = list(_to_come().values_list("room_id", flat=True).distinct())
    for room_id in rooms:
        with company_scope(company_id):
            settle_conflicts([room_id])


def _to_come() -> QuerySet[Occurrence]:
    return Occurrence.objects.filter(
        status=Occurrence.Status.CONFLICTED, ends_at__gt=timezone.now()
    )
