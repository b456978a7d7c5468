"""Announcing that a booking changed, to listeners that the bookings app does not know.

An entry says which subject is out of date for whom, never what to do (see OutboxEntry).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError

from bookings.models import Booking, OutboxEntry
from tenants.planned import execute_planned
from tenants.scope import active_company_id

logger = structlog.get_logger(__name__)

# How long listeners wait for what may still be taken back: the page offers it for ten seconds, the
# rest is for the way of a click.
UNDO_TIME = timedelta(seconds=12)

_RAISE = """
    INSERT INTO bookings_outboxentry AS entry
        (company_id, consumer, booking_id, original_start, lane, desired_v, acked_v,
         next_at, tries, error_class, last_error, state, first_pending_at)
    SELECT %(company)s, consumer, about.booking, subject, about.lane, 1,
           CASE WHEN consumer = %(seen_by)s THEN 1 ELSE 0 END,
           %(due)s, 0, '', '', 'ok', %(now)s
      FROM unnest(%(bookings)s::bigint[], %(lanes)s::bigint[]) AS about (booking, lane),
           unnest(%(consumers)s::text[]) AS consumer,
           unnest(%(subjects)s::timestamp[]) AS subject
    ON CONFLICT (consumer, booking_id, original_start) DO UPDATE SET
        desired_v = entry.desired_v + 1,
        acked_v = CASE WHEN entry.consumer = %(seen_by)s
                       THEN entry.desired_v + 1 ELSE entry.acked_v END,
        next_at = excluded.next_at, tries = 0, error_class = '', last_error = '',
        state = CASE WHEN entry.state = 'blocked' THEN 'blocked' ELSE 'ok' END,
        first_pending_at = CASE WHEN entry.acked_v = entry.desired_v
                                THEN excluded.first_pending_at ELSE entry.first_pending_at END
"""


def announce(
    booking: Booking,
    subjects: Iterable[datetime | None] = (None,),
    *,
    seen_by: str = "",
    not_to: str = "",
    can_undo: bool = False,
) -> None:
    """Marks subjects of a booking as out of date for every listener, in the same transaction.

    A subject is an occurrence's original start, or None for the master or single. `seen_by` is
    the listener from whom the change came: it needs no delivery, which is what stops an echo.
    `not_to` is a listener for whom nothing changed: what waits for it, or was refused, stays so.
    With `can_undo` nobody is told before UNDO_TIME is over; what was taken back by then is as it
    was, and costs no call.
    """
    _announce([booking], subjects, seen_by, not_to, wait=UNDO_TIME if can_undo else timedelta())


def announce_new(bookings: Sequence[Booking], *, seen_by: str = "") -> None:
    """The same for many bookings as a whole, in one statement."""
    _announce(bookings, [None], seen_by, "", wait=timedelta())


def _announce(
    bookings: Sequence[Booking],
    subjects: Iterable[datetime | None],
    seen_by: str,
    not_to: str,
    *,
    wait: timedelta,
) -> None:
    now = timezone.now()
    with connection.cursor() as cursor:
        execute_planned(
            cursor,
            _RAISE,
            {
                "company": active_company_id(),
                "bookings": [booking.pk for booking in bookings],
                "lanes": [booking.split_from_id or booking.pk for booking in bookings],
                "consumers": [name for name in settings.BOOKING_LISTENERS if name != not_to],
                "subjects": list(dict.fromkeys(subjects)),
                "seen_by": seen_by,
                "now": now,
                "due": now + wait,
            },
        )
    for company_id, room_id in {(booking.company_id, booking.room_id) for booking in bookings}:
        _nudge_after_commit(company_id, room_id, seen_by or not_to, wait)


def room_changed(company_id: int, room_id: int) -> None:
    """After the commit, asks all listeners to look soon at a room that is another one itself."""
    _nudge_after_commit(company_id, room_id, "")


def retry(entries: QuerySet[OutboxEntry]) -> int:
    """Lets refused and waiting deliveries be tried now, as if for the first time; returns how many.

    What waits for its connection goes on waiting: trying would not help.
    """
    hopeful = [OutboxEntry.State.OK, OutboxEntry.State.STALLED, OutboxEntry.State.DEAD]
    waiting = entries.filter(acked_v__lt=F("desired_v"), state__in=hopeful)
    for entry in waiting.select_related("booking"):
        _nudge_after_commit(entry.company_id, entry.booking.room_id, "")
    return waiting.update(
        state=OutboxEntry.State.OK, next_at=timezone.now(), tries=0, error_class="", last_error=""
    )


def block(consumer: str) -> int:
    """Lets what waits for a listener wait until its connection is mended; returns how many.

    Whoever mends it sets them right; what was refused stays so.
    """
    hopeful = [OutboxEntry.State.OK, OutboxEntry.State.STALLED]
    waiting = OutboxEntry.objects.filter(
        consumer=consumer, acked_v__lt=F("desired_v"), state__in=hopeful
    )
    return waiting.update(state=OutboxEntry.State.BLOCKED)


def deliver_again(entries: QuerySet[OutboxEntry]) -> int:
    """Marks subjects as out of date for a listener that lost what it was told; returns how many."""
    now = timezone.now()
    return entries.update(
        desired_v=F("desired_v") + 1,
        next_at=now,
        first_pending_at=now,
        tries=0,
        error_class="",
        last_error="",
        state=OutboxEntry.State.OK,
    )


def _nudge_after_commit(
    company_id: int, room_id: int, seen_by: str, wait: timedelta = timedelta()
) -> None:
    for consumer, task in settings.BOOKING_LISTENERS.items():
        if consumer != seen_by:
            tell = partial(nudge, task, company_id, room_id, countdown=wait.total_seconds())
            transaction.on_commit(tell, robust=True)


def nudge(
    task: str, company_id: int, subject_id: int, *, queue: str | None = None, countdown: float = 0
) -> None:
    """Asks a listener to look soon. A lost nudge costs seconds: beat sweeps the outbox.

    `queue` is Celery's; without one the task's own. `countdown` is seconds to wait, under a minute.
    """
    arguments = (company_id, subject_id)
    wait = countdown or None
    try:
        current_app.send_task(task, arguments, queue=queue, countdown=wait, expires=60, retry=False)
    except OperationalError as error:
        logger.warning("nudge lost", task=task, company=company_id, error=str(error))
