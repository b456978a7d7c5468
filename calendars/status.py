"""How far each booking is on its way to Google, and whether the way is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count, Exists, Expression, Subquery
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.models import Occurrence, Room
from bookings.sync_state import Sync, SyncState
from calendars.mapping import instance_id
from calendars.models import CalendarLink, GoogleConnection
from tenants.models import Member
from tenants.planned import execute_planned

# A date is as far as its booking and, where it has one, its own entry.
_STATES = """
    SELECT date.id, date.original_start, booking.timezone, booking.all_day,
           booking.rrule <> '' OR booking.rdates <> '{}' OR booking.opaque,
           coalesce(entry.state, ''), coalesce(entry.last_error, ''),
           coalesce(link.state, ''), coalesce(link.error, ''), coalesce(google.state, ''),
           coalesce(master.google_event_id, ''), coalesce(master.html_link, ''),
           coalesce(own.google_event_id, ''), coalesce(own.html_link, '')
      FROM bookings_occurrence AS date
      JOIN bookings_booking AS booking ON booking.id = date.booking_id
      LEFT JOIN LATERAL (
            SELECT waiting.state, waiting.last_error FROM bookings_outboxentry AS waiting
             WHERE waiting.consumer = 'google' AND waiting.booking_id = date.booking_id
               AND (waiting.original_start IS NULL
                    OR waiting.original_start = date.original_start)
               AND waiting.acked_v < waiting.desired_v
             ORDER BY waiting.state = 'dead' DESC, waiting.last_error <> '' DESC LIMIT 1
           ) AS entry ON true
      LEFT JOIN calendars_googlecopy AS master
        ON master.booking_id = date.booking_id AND master.original_start IS NULL
       AND master.etag <> ''
      LEFT JOIN calendars_googlecopy AS own
        ON own.booking_id = date.booking_id AND own.original_start = date.original_start
       AND own.etag <> ''
      LEFT JOIN calendars_calendarlink AS link ON link.room_id = date.room_id
      LEFT JOIN calendars_googleconnection AS google ON google.company_id = date.company_id
     WHERE date.id = ANY(%s::bigint[])
"""


@dataclass(frozen=True)
class _Row:
    """One date with what is known about its way."""

    original_start: datetime
    timezone: str
    all_day: bool
    is_series: bool
    entry: str  # state of the entry that is waiting; empty if none is
    error: str
    link: str
    link_error: str
    connection: str
    event_id: str
    html_link: str
    own_id: str
    own_link: str


def sync_states(occurrences: Sequence[Occurrence]) -> dict[int, SyncState]:
    """The state of each date by its primary key, in one query. Inside a company's scope."""
    with connection.cursor() as cursor:
        execute_planned(cursor, _STATES, [[row.pk for row in occurrences]])
        return {pk: _state(_Row(*values)) for pk, *values in cursor.fetchall()}


def _state(row: _Row) -> SyncState:
    event_id, html_link = _event(row)
    if row.entry == "dead":
        return SyncState(Sync.FAILED, row.error, event_id, html_link)
    if row.entry and row.link == "missing":
        return SyncState(Sync.FAILED, row.link_error, event_id, html_link)
    if row.entry:
        return SyncState(Sync.PENDING, _why_waiting(row), event_id, html_link)
    return SyncState(Sync.SYNCED, "", event_id, html_link)


def _event(row: _Row) -> tuple[str, str]:
    if row.own_id or not (row.event_id and row.is_series):
        return row.own_id or row.event_id, row.own_link or row.html_link
    named = instance_id(row.event_id, row.original_start, row.timezone, all_day=row.all_day)
    return named, row.html_link


def _why_waiting(row: _Row) -> str:
    if not row.connection:
        return _("Google Calendar is not connected.")
    if row.connection == GoogleConnection.State.REVOKED:
        return _("Google Calendar has to be connected again.")
    if row.connection == GoogleConnection.State.SUSPECT:
        return _("Google refused the company's permission. Roomly asks again in a minute.")
    if not row.link:
        return _("This room has no Google calendar.")
    return row.error or row.link_error


@dataclass(frozen=True)
class Notice:
    """Something that a company's administrators should do about Google, and where."""

    text: str
    url: str


def connection_state() -> Expression:
    """What a notice depends on, to be asked together with who asks. For the active company."""
    late = CalendarLink.objects.filter(alarmed_at__isnull=False).order_by()
    return JSONObject(
        google=Subquery(GoogleConnection.objects.values("state")[:1]),
        has_calendars=Exists(Room.objects.exclude(google_calendar_id="")),
        late=Subquery(late.values("company").annotate(number=Count("pk")).values("number")),
    )


def connection_notice(member: Member) -> Notice | None:
    """What to tell an administrator about the connection; None if all is well, or for others."""
    state = member.company_state
    if state is None:
        return None
    google, late_calendars = state["google"], state["late"]
    url = reverse("google_connection")
    if google is None:
        if not state["has_calendars"]:
            return None
        return Notice(
            _("Google Calendar is not connected: bookings are kept here until it is."), url
        )
    if google == GoogleConnection.State.REVOKED:
        text = _("Google no longer lets Roomly in. Nothing is lost: connect again.")
        return Notice(text, url)
    if late_calendars:
        text = ngettext(
            "%(count)d calendar has been behind Google for more than 2 minutes.",
            "%(count)d calendars have been behind Google for more than 2 minutes.",
            late_calendars,
        )
        return Notice(text % {"count": late_calendars}, reverse("google_health") + "?show=trouble")
    return None
