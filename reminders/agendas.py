"""A person's day, told in the morning: planning it ahead, and what is in it.

Rows are planned for the next two days; what the day holds is read when it is told.
"""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from bookings.guests import guests_of_dates
from bookings.models import Occurrence, Participant
from bookings.recurrence import to_instant
from reminders.models import AGENDA, Reminder
from reminders.preferences import of_company
from reminders.refresh import refresh
from tenants.models import Company, Member
from tenants.scope import company_scope

AHEAD = timedelta(days=2)
KEPT = timedelta(days=7)  # a day on which there was nothing to tell

# An agenda of today whose time has passed is not planned any more: who chooses eight in the
# afternoon means tomorrow.
_PLAN = """
WITH wanted AS (
    SELECT clock.member_id, 'agenda:' || clock.day AS kind,
           (clock.day + clock.agenda_at) AT TIME ZONE clock.zone AS fire_at,
           (clock.day + 1)::timestamp AT TIME ZONE clock.zone AS ends_at
      FROM (SELECT chosen.*, (%(now)s AT TIME ZONE chosen.zone)::date + ahead AS day
              FROM (SELECT member.id AS member_id,
                           coalesce(nullif(person.timezone, ''), %(zone)s) AS zone,
                           coalesce(own.agenda_at, %(agenda_at)s) AS agenda_at
                      FROM tenants_member AS member
                      LEFT JOIN reminders_memberreminders AS own
                        ON own.member_id = member.id AND own.company_id = %(company)s
                      LEFT JOIN reminders_slackperson AS person
                        ON person.email = member.email AND person.company_id = %(company)s
                     WHERE member.company_id = %(company)s AND member.active
                       AND NOT coalesce(own.no_agenda, false)) AS chosen,
                   generate_series(0, 2) AS ahead
             WHERE chosen.agenda_at IS NOT NULL) AS clock
), over AS (
    UPDATE reminders_reminder AS reminder SET state = 'cancelled', lease_until = NULL
     WHERE reminder.company_id = %(company)s AND reminder.occurrence_id IS NULL
       AND reminder.state = 'scheduled' AND reminder.fire_at > %(now)s
       AND NOT EXISTS (SELECT FROM wanted WHERE wanted.member_id = reminder.member_id
                                            AND wanted.kind = reminder.kind)
    RETURNING reminder.id
), old AS (
    DELETE FROM reminders_reminder
     WHERE company_id = %(company)s AND occurrence_id IS NULL AND state = 'cancelled'
       AND starts_at < %(now)s - %(kept)s
), planned AS (
    INSERT INTO reminders_reminder AS reminder
        (company_id, kind, member_id, starts_at, fire_at, state, attempt,
         by_mail, slack_channel, slack_ts, error)
    SELECT %(company)s, kind, member_id, ends_at, fire_at, 'scheduled', 0, false, '', '', ''
      FROM wanted
     WHERE fire_at > %(now)s AND fire_at <= %(now)s + %(ahead)s
     ORDER BY kind, member_id
    ON CONFLICT (company_id, occurrence_id, kind, member_id) DO UPDATE SET
        starts_at = excluded.starts_at, fire_at = excluded.fire_at, state = 'scheduled',
        lease_until = NULL, error = ''
     WHERE reminder.state = 'cancelled'
        OR (reminder.state = 'scheduled' AND reminder.fire_at <> excluded.fire_at)
    RETURNING reminder.id
)
SELECT id FROM over UNION ALL SELECT id FROM planned
"""


def companies_with_agendas() -> list[int]:
    """The companies that tell any; needs the worker's database role, and no scope."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reminders_companies_with_agendas()")
        return [number for (number,) in cursor.fetchall()]


def plan_agendas(company_id: int) -> int:
    """Plans the next two days of everybody in a company; returns how many rows that changed."""
    with company_scope(company_id):
        wanted: dict[str, Any] = {
            "company": company_id,
            "zone": Company.objects.get(pk=company_id).timezone,
            "agenda_at": of_company().agenda_at,
            "now": timezone.now(),
            "ahead": AHEAD,
            "kept": KEPT,
        }
        with connection.cursor() as cursor:
            cursor.execute(_PLAN, wanted)
            changed = [number for (number,) in cursor.fetchall()]
    refresh(company_id, changed)
    return len(changed)


def day_of(reminder: Reminder) -> date:
    """The day that an agenda tells of."""
    return date.fromisoformat(reminder.kind.removeprefix(AGENDA))


def dates_of(member: Member, day: date, zone: str) -> list[Occurrence]:
    """What a person has that day on a clock, as organiser or guest, by time. Two queries."""
    begin, end = (_midnight(day + timedelta(days=ahead), zone) for ahead in (0, 1))
    invited = Participant.objects.filter(booking=OuterRef("booking"), email=member.email)
    shown = (
        Occurrence.objects.get_queryset()
        .overlapping(begin, end)
        .shown()
        .filter(Q(booking__organizer=member) | Exists(invited))
        .select_related("booking", "room__building", "room__floor")
        .order_by("starts_at", "pk")
    )
    rows = list(shown)
    taken = _taken_part(rows, member)
    return [row for row in rows if row.pk in taken]


def takes_part(row: Occurrence, member: Member) -> bool:
    """Whether a person is the organiser of a date, or invited to it without having declined."""
    return row.pk in _taken_part([row], member)


def _taken_part(rows: list[Occurrence], member: Member) -> set[int]:
    own = {row.pk for row in rows if row.booking.organizer_id == member.pk}
    guests = guests_of_dates([row for row in rows if row.pk not in own])
    for pk, people in guests.items():
        for person in people:
            declined = person.response == Participant.Response.DECLINED
            if person.email.lower() == member.email and not declined:
                own.add(pk)
    return own


def _midnight(day: date, zone: str) -> datetime:
    return to_instant(datetime.combine(day, time.min), ZoneInfo(zone))
