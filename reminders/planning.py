"""From bookings to reminders: which messages each date is to have, and when.

The outbox names subjects that are out of date. Each is planned from the booking as it is now, so
that any number of changes fold into one plan, and planning twice changes nothing.

People who book never wait for this: no lock that a booking needs is held while planning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils import timezone

from bookings.models import Occurrence, OutboxEntry, Override
from reminders.booked import plan_booked
from reminders.overlaps import plan_overlaps
from reminders.preferences import CONSUMER, of_company
from reminders.refresh import refresh
from reminders.shown import mark_stale
from tenants.models import Company
from tenants.scope import active_company_id, company_scope

SUBJECTS_A_BATCH = 50

# One plan of a company at a time: of two, the one that read earlier could write later.
_TAKE_TURN = "SELECT pg_try_advisory_xact_lock(hashtext('reminders.planning'), %s)"
_WAIT_TURN = "SELECT pg_advisory_xact_lock(hashtext('reminders.planning'), %s)"

# Who is told of a date: its room's channel (no member), its organiser, and those of its guests
# who want it. Whether a guest declined is asked when the message is due: answers are no change of
# a booking. What a channel is to be told is planned whether or not there is one yet.
#
# Dates carry along what is needed of them, and nobody (null) is compared as 0, which can be hashed:
# otherwise planning a year of many series would look at every pair of rows.
#
# A row in flight ('sending') keeps its state: whoever sends it compares the start that the
# message named with the start that is planned by then. A start that was told is not told again.
_PLAN = """
WITH target AS (
    SELECT DISTINCT date.id, date.booking_id, date.starts_at, booking.organizer_id,
           date.status = 'confirmed' AND date.blocks AS stands,
           CASE WHEN date.override_mask & %(own_reminders)s > 0
                THEN date.reminders ELSE booking.reminders END AS reminders,
           CASE WHEN date.override_mask & %(own_guests)s > 0 THEN date.id END AS guests_of
      FROM unnest(%(bookings)s::bigint[], %(originals)s::timestamp[])
               AS subject (booking_id, original_start)
      JOIN bookings_occurrence AS date
        ON date.booking_id = subject.booking_id
       AND (subject.original_start IS NULL OR date.original_start = subject.original_start)
      JOIN bookings_booking AS booking ON booking.id = date.booking_id
     WHERE date.company_id = %(company)s AND date.starts_at > %(now)s
), invited AS (
    SELECT target.id AS occurrence_id, target.starts_at, target.reminders,
           target.organizer_id AS member_id, true AS organizes
      FROM target WHERE target.stands AND %(direct)s AND target.organizer_id IS NOT NULL
     UNION
    SELECT target.id, target.starts_at, target.reminders, member.id, false
      FROM target
      JOIN bookings_participant AS guest
        ON guest.booking_id = target.booking_id
       AND coalesce(guest.occurrence_id, 0) = coalesce(target.guests_of, 0)
      JOIN tenants_member AS member
        ON member.company_id = %(company)s AND member.email = lower(guest.email)
     WHERE target.stands AND member.id IS DISTINCT FROM target.organizer_id
), person AS MATERIALIZED (
    SELECT member.id, own.leads, coalesce(own.as_organizer, true) AS as_organizer,
           coalesce(own.as_guest, false) AS as_guest,
           coalesce(nullif(slack.timezone, ''), %(zone)s) AS zone,
           coalesce(own.quiet_from, %(quiet_from)s) AS quiet_from,
           coalesce(own.quiet_until, %(quiet_until)s) AS quiet_until
      FROM tenants_member AS member
      LEFT JOIN reminders_memberreminders AS own
        ON own.member_id = member.id AND own.company_id = %(company)s
      LEFT JOIN reminders_slackperson AS slack
        ON slack.email = member.email AND slack.company_id = %(company)s
     WHERE member.id IN (SELECT member_id FROM invited)
       AND member.company_id = %(company)s AND member.active
), receiver AS (
    SELECT target.id AS occurrence_id, target.starts_at, target.reminders,
           NULL::bigint AS member_id, NULL::bigint[] AS leads,
           NULL::text AS zone, NULL::time AS quiet_from, NULL::time AS quiet_until
      FROM target WHERE target.stands AND %(in_channels)s
    UNION ALL
    SELECT invited.occurrence_id, invited.starts_at, invited.reminders, person.id, person.leads,
           person.zone, person.quiet_from, person.quiet_until
      FROM invited JOIN person ON person.id = invited.member_id
     WHERE CASE WHEN invited.organizes THEN person.as_organizer ELSE person.as_guest END
), wanted AS (
    SELECT occurrence_id, member_id, 'before:' || lead.seconds AS kind, starts_at,
           reminders_told_at(starts_at - lead.seconds * interval '1 second', starts_at, zone,
                             quiet_from, quiet_until) AS fire_at
      FROM receiver
     CROSS JOIN LATERAL (
               SELECT unnest(coalesce(receiver.leads, %(leads)s::bigint[])) AS seconds
                WHERE receiver.reminders IS NULL
                UNION SELECT minutes * 60::bigint FROM unnest(receiver.reminders) AS minutes
           ) AS lead
), cancelled AS (
    UPDATE reminders_reminder AS reminder SET state = 'cancelled', lease_until = NULL
      FROM target
     WHERE reminder.occurrence_id = target.id AND reminder.company_id = %(company)s
       AND reminder.state = 'scheduled' AND reminder.kind LIKE 'before:%%'
       AND (reminder.occurrence_id, reminder.kind, coalesce(reminder.member_id, 0)) NOT IN
           (SELECT occurrence_id, kind, coalesce(member_id, 0) FROM wanted)
    RETURNING reminder.id
), planned AS (
    INSERT INTO reminders_reminder AS reminder
        (company_id, occurrence_id, kind, member_id, starts_at, fire_at, state, attempt,
         by_mail, slack_channel, slack_ts, error)
    SELECT %(company)s, occurrence_id, kind, member_id, starts_at, fire_at, 'scheduled', 0,
           false, '', '', ''
      FROM wanted ORDER BY occurrence_id, kind, member_id
    ON CONFLICT (company_id, occurrence_id, kind, member_id) DO UPDATE SET
        starts_at = excluded.starts_at, fire_at = excluded.fire_at,
        lease_until = CASE WHEN reminder.state = 'sending' THEN reminder.lease_until END,
        error = '',
        state = CASE WHEN reminder.state = 'sending' THEN 'sending'
                     WHEN reminder.sent_for = excluded.starts_at THEN 'sent'
                     ELSE 'scheduled' END
     WHERE reminder.starts_at <> excluded.starts_at OR reminder.state = 'cancelled'
        OR (reminder.state = 'scheduled' AND reminder.fire_at <> excluded.fire_at)
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
    have begun are left as they are. Runs in the caller's scope, a few statements for them all.
    """
    chosen = of_company()
    wanted: dict[str, Any] = {
        "company": company.pk,
        "bookings": [booking_id for booking_id, _original in subjects],
        "originals": [original for _booking_id, original in subjects],
        "leads": company.reminder_leads,
        "in_channels": chosen.in_channels,
        "direct": chosen.direct,
        "zone": company.timezone,
        "quiet_from": chosen.quiet_from,
        "quiet_until": chosen.quiet_until,
        "own_reminders": int(Override.REMINDERS),
        "own_guests": int(Override.GUESTS),
        "now": timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_PLAN, wanted)
        changed = [number for (number,) in cursor.fetchall()]
    bookings = {booking_id for booking_id, _original in subjects}
    mark_stale(bookings)
    return changed + plan_overlaps(bookings, chosen) + plan_booked(bookings, chosen)


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
