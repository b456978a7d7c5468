"""From bookings to reminders: which messages each date is to have, and when.

The outbox names subjects that are out of date. Each is planned from the booking as it is now, so
that any number of changes fold into one plan, and planning twice changes nothing.

People who book never wait for this: no lock that a booking needs is held while planning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import F
from django.utils import timezone

from bookings.models import Occurrence, OutboxEntry, Override
from reminders.overlaps import plan_overlaps
from reminders.refresh import refresh
from tenants.models import Company
from tenants.scope import active_company_id, company_scope

CONSUMER = "reminders"
SUBJECTS_A_BATCH = 50

# One plan of a company at a time: of two, the one that read earlier could write later.
_TAKE_TURN = "SELECT pg_try_advisory_xact_lock(hashtext('reminders.planning'), %s)"
_WAIT_TURN = "SELECT pg_advisory_xact_lock(hashtext('reminders.planning'), %s)"

# A row in flight ('sending') keeps its state: whoever sends it compares the start that the
# message named with the start that is planned by then. A start that was told is not told again.
_PLAN = """
WITH target AS (
    SELECT DISTINCT date.id, date.starts_at, date.status = 'confirmed' AND date.blocks AS stands,
           CASE WHEN date.override_mask & %(own)s > 0
                THEN date.reminders ELSE booking.reminders END AS reminders
      FROM unnest(%(bookings)s::bigint[], %(originals)s::timestamp[])
               AS subject (booking_id, original_start)
      JOIN bookings_occurrence AS date
        ON date.booking_id = subject.booking_id
       AND (subject.original_start IS NULL OR date.original_start = subject.original_start)
      JOIN bookings_booking AS booking ON booking.id = date.booking_id
     WHERE date.company_id = %(company)s AND date.starts_at > %(now)s
), wanted AS (
    SELECT target.id AS occurrence_id, 'before:' || lead.seconds AS kind, target.starts_at,
           target.starts_at - lead.seconds * interval '1 second' AS fire_at
      FROM target CROSS JOIN LATERAL (
               SELECT unnest(%(leads)s::bigint[]) AS seconds WHERE target.reminders IS NULL
                UNION SELECT minutes * 60::bigint FROM unnest(target.reminders) AS minutes
           ) AS lead
     WHERE target.stands
), cancelled AS (
    UPDATE reminders_reminder AS reminder SET state = 'cancelled', lease_until = NULL
      FROM target
     WHERE reminder.occurrence_id = target.id AND reminder.company_id = %(company)s
       AND reminder.state = 'scheduled' AND reminder.kind LIKE 'before:%%'
       AND (reminder.occurrence_id, reminder.kind) NOT IN (SELECT occurrence_id, kind FROM wanted)
    RETURNING reminder.id
), planned AS (
    INSERT INTO reminders_reminder AS reminder
        (company_id, occurrence_id, kind, starts_at, fire_at, state, attempt,
         slack_channel, slack_ts, error)
    SELECT %(company)s, occurrence_id, kind, starts_at, fire_at, 'scheduled', 0,
           '', '', ''
      FROM wanted ORDER BY occurrence_id, kind
    ON CONFLICT (company_id, occurrence_id, kind, member_id) DO UPDATE SET
        starts_at = excluded.starts_at, fire_at = excluded.fire_at,
        lease_until = CASE WHEN reminder.state = 'sending' THEN reminder.lease_until END,
        error = '',
        state = CASE WHEN reminder.state = 'sending' THEN 'sending'
                     WHEN reminder.sent_for = excluded.starts_at THEN 'sent'
                     ELSE 'scheduled' END
     WHERE reminder.starts_at <> excluded.starts_at OR reminder.state = 'cancelled'
    RETURNING reminder.id
)
SELECT id FROM cancelled UNION ALL SELECT id FROM planned
"""

# An entry that somebody holds is being raised at this moment: it is planned again anyway.
_ACKNOWLEDGE = """
    UPDATE bookings_outboxentry AS entry SET acked_v = greatest(entry.acked_v, seen.version)
      FROM unnest(%(ids)s::bigint[], %(versions)s::bigint[]) AS seen (id, version)
     WHERE entry.id = seen.id AND entry.company_id = %(company)s
       AND entry.id IN (SELECT id FROM bookings_outboxentry
                         WHERE id = ANY(%(ids)s::bigint[]) FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True)
class Batch:
    """What one transaction planned: how many subjects, and the reminders that it changed."""

    subjects: int
    reminder_ids: list[int]


def plan_company(company_id: int) -> int:
    """Plans all that the outbox has for a company; returns the number of subjects.

    While another worker plans the company it leaves the rest to that one, or to the next sweep.
    """
    planned = 0
    while True:
        with company_scope(company_id):
            batch = _plan_batch(Company.objects.get(pk=company_id))
        refresh(company_id, batch.reminder_ids)
        planned += batch.subjects
        if batch.subjects < SUBJECTS_A_BATCH:
            return planned


def replan_company(company_id: int) -> int:
    """Plans every future date of a company, as after a change of its leads; returns how many
    reminders that changed."""
    with company_scope(company_id):
        future = Occurrence.objects.filter(starts_at__gt=timezone.now()).order_by("booking_id")
        bookings = list(future.values_list("booking_id", flat=True).distinct())
    changed = 0
    for start in range(0, len(bookings), SUBJECTS_A_BATCH):
        batch = bookings[start : start + SUBJECTS_A_BATCH]
        with company_scope(company_id):
            _turn(_WAIT_TURN)
            company = Company.objects.get(pk=company_id)
            ids = plan_subjects(company, [(booking, None) for booking in batch])
        refresh(company_id, ids)
        changed += len(ids)
    return changed


def plan_subjects(company: Company, subjects: Sequence[tuple[int, datetime | None]]) -> list[int]:
    """Brings the reminders of these dates in line with their bookings; returns the changed ids.

    A subject is a booking's id with an original start, or None for all its dates; dates that
    have begun are left as they are. Runs in the caller's scope, two statements for them all.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _PLAN,
            {
                "company": company.pk,
                "bookings": [booking_id for booking_id, _original in subjects],
                "originals": [original for _booking_id, original in subjects],
                "leads": company.reminder_leads,
                "own": int(Override.REMINDERS),
                "now": timezone.now(),
            },
        )
        changed = [number for (number,) in cursor.fetchall()]
    return changed + plan_overlaps({booking_id for booking_id, _original in subjects})


def due_companies() -> list[int]:
    """The companies with something to plan; needs the worker's database role, and no scope."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT company_id FROM bookings_due_companies(%s, %s)", [CONSUMER, timezone.now()]
        )
        return [number for (number,) in cursor.fetchall()]


def _plan_batch(company: Company) -> Batch:
    if not _turn(_TAKE_TURN):
        return Batch(0, [])
    # The versions are read before the bookings, so a change in between is acknowledged too late
    # at worst, never too early.
    entries = list(
        OutboxEntry.objects.filter(
            consumer=CONSUMER, acked_v__lt=F("desired_v"), next_at__lte=timezone.now()
        )
        .order_by("first_pending_at")
        .values_list("pk", "desired_v", "booking_id", "original_start")[:SUBJECTS_A_BATCH]
    )
    if not entries:
        return Batch(0, [])
    changed = plan_subjects(company, [(booking, original) for _, _, booking, original in entries])
    acknowledged = _acknowledge({number: version for number, version, _, _ in entries})
    return Batch(acknowledged, changed)


def _turn(lock: str) -> bool:
    """Whether this transaction is the company's only planner; True when it had to wait for it."""
    with connection.cursor() as cursor:
        cursor.execute(lock, [active_company_id()])
        return cursor.fetchone()[0] is not False


def _acknowledge(versions: dict[int, int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            _ACKNOWLEDGE,
            {
                "company": active_company_id(),
                "ids": list(versions),
                "versions": list(versions.values()),
            },
        )
        return int(cursor.rowcount)
