"""The parts of a story that edits have cut: in which order they reach Google.

A cut takes two calls, and between them there must be both parts there, never neither: what was
cut off is made first, and only then the other part gives up those dates.
"""

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from bookings import outbox
from bookings.edits.lineage import parts_of
from bookings.mirroring.mirror import CONSUMER
from bookings.models import Booking, OutboxEntry
from calendars.models import GoogleCopy


def awaits_part(booking: Booking) -> bool:
    """Whether another part has yet to appear in Google. Where it has no calendar, it never will.

    Only what is there already waits, so two parts that are both new do not wait for each other.
    """
    there = GoogleCopy.objects.filter(booking=OuterRef("booking"), original_start=None)
    return bool(
        _entries(booking)
        .filter(original_start=None, acked_v=0, booking__room__calendar_links__isnull=False)
        .exclude(booking=booking)
        .exclude(Exists(there.exclude(etag="")))
        .exists()
    )


def awaits_series(booking: Booking) -> bool:
    """Whether the series itself has yet to be brought up to date, before its dates are.

    Until then, Google may know the dates under other ids.
    """
    entry = OutboxEntry.objects.filter(
        consumer=CONSUMER, booking=booking, original_start=None
    ).first()
    return entry is not None and entry.is_pending and entry.state != OutboxEntry.State.DEAD


def wake(settled: OutboxEntry) -> None:
    """Lets what waited for this part go on at once. What failed keeps its pause.

    A later change of the part itself waits for nobody else: it may still be taken back.
    """
    asleep = (
        _entries(settled.booking)
        .filter(state=OutboxEntry.State.OK, tries=0, next_at__gt=timezone.now())
        .exclude(pk=settled.pk)
    )
    # Another worker's entry is not asleep; waiting for its lock might be a deadlock.
    free = asleep.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)
    if found := list(free):
        outbox.retry(OutboxEntry.objects.filter(pk__in=found))


def _entries(booking: Booking) -> QuerySet[OutboxEntry]:
    """What is pending for any part of the story."""
    return OutboxEntry.objects.filter(
        booking__in=parts_of(booking).values("pk"), consumer=CONSUMER, acked_v__lt=F("desired_v")
    )
