"""How each room's calendar is: what waits, since when, what went wrong; one query for all rooms.

Late is a calendar on which something has waited for more than two minutes, in either direction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from calendars.lag import percentile
from calendars.models import CalendarLink
from calendars.polling import MISSED_IN_ROW
from tenants.scope import active_company_id

LATE = timedelta(minutes=2)

# A delivery that was refused waits for a person, not for us.
_HEALTH = """
    WITH waiting AS (
        SELECT booking.room_id,
               count(*) FILTER (WHERE entry.state <> 'dead') AS pending,
               count(*) FILTER (WHERE entry.state = 'dead') AS refused,
               min(entry.first_pending_at) FILTER (WHERE entry.state <> 'dead') AS since
          FROM bookings_outboxentry AS entry
          JOIN bookings_booking AS booking ON booking.id = entry.booking_id
         WHERE entry.company_id = %(company)s AND entry.consumer = 'google'
           AND entry.acked_v < entry.desired_v
         GROUP BY booking.room_id
    ), channel AS (
        SELECT link_id, max(expires_at) FILTER (WHERE state = 'live') AS until,
               max(created_at) FILTER (WHERE state = 'refused') AS refused_at
          FROM calendars_channel WHERE company_id = %(company)s GROUP BY link_id
    )
    SELECT room.id, room.name, building.name, room.google_calendar_id,
           link.id, coalesce(link.state, ''), coalesce(link.push_supported, false),
           coalesce(link.error, ''), coalesce(link.failures, 0), link.next_poll_at,
           link.last_pull_at, link.last_push_at, coalesce(link.missed_pushes, 0),
           coalesce(link.missed_in_row, 0),
           CASE WHEN link.generation > link.pulled_generation OR link.failures > 0
                THEN link.behind_since END,
           coalesce(link.lags_in, '{}'), coalesce(link.lags_out, '{}'),
           channel.until, channel.refused_at,
           coalesce(waiting.pending, 0), coalesce(waiting.refused, 0), waiting.since
      FROM bookings_room AS room
      JOIN bookings_building AS building ON building.id = room.building_id
      LEFT JOIN calendars_calendarlink AS link ON link.room_id = room.id
      LEFT JOIN channel ON channel.link_id = link.id
      LEFT JOIN waiting ON waiting.room_id = room.id
     WHERE room.company_id = %(company)s AND (%(room)s::int IS NULL OR room.id = %(room)s)
     ORDER BY building.position, building.name, room.position, room.name, room.id
"""


@dataclass(frozen=True)
class RoomHealth:
    """One room and its calendar at an instant, `now`. Times are instants, lags seconds."""

    now: datetime
    room_id: int
    room: str
    building: str
    calendar_id: str
    link_id: int | None  # None: the room has no calendar that Roomly works on
    state: str
    push_supported: bool
    error: str  # Google's words
    failures: int  # in a row
    next_look_at: datetime | None
    last_read_at: datetime | None
    last_push_at: datetime | None
    missed_pushes: int
    missed_in_row: int  # readings that found what push should have announced
    behind_since: datetime | None
    lags_in: Sequence[int]
    lags_out: Sequence[int]
    push_until: datetime | None
    push_refused_at: datetime | None
    pending: int
    refused: int
    pending_since: datetime | None

    @property
    def lag(self) -> timedelta | None:
        """How long the oldest change has waited, in whichever direction; None if none waits."""
        since = min(filter(None, (self.pending_since, self.behind_since)), default=None)
        return None if since is None else max(self.now - since, timedelta())

    @property
    def is_late(self) -> bool:
        return self.link_id is not None and self.lag is not None and self.lag > LATE

    @property
    def is_missing(self) -> bool:
        return self.state == CalendarLink.State.MISSING

    @property
    def has_trouble(self) -> bool:
        """Whether somebody should look at it."""
        broken = self.is_late or self.is_missing or self.push_fails
        return broken or bool(self.failures or self.refused)

    @property
    def has_push(self) -> bool:
        return self.push_until is not None and self.push_until > self.now

    @property
    def push_fails(self) -> bool:
        """Whether a channel is open of which nothing arrives."""
        return self.has_push and self.missed_in_row >= MISSED_IN_ROW

    @property
    def why_polled(self) -> str:
        """Why no notifications come, in words; empty if they do."""
        if self.has_push:
            return ""
        if not self.push_supported:
            return _("Google sends no notifications for this calendar.")
        if self.push_refused_at is not None:
            return _("Google refused a channel; Roomly asks again within the hour.")
        return _("No channel is open yet.")

    @property
    def problem(self) -> str:
        """What is the matter and what helps, in words; empty if nothing is."""
        if self.is_missing:
            return _(
                "Google does not find this calendar. Share it with the connected account, then"
                " repair."
            )
        if self.failures:
            return _("Google could not be read. Roomly tries again by itself.")
        if self.push_fails:
            return _(
                "Google's notifications do not arrive. Roomly looks every five minutes instead."
            )
        return ""

    def percentiles(self, lags: Sequence[int]) -> tuple[int, int] | None:
        """The 50th and the 95th percentile, in seconds."""
        half, most = percentile(lags, 50), percentile(lags, 95)
        return None if half is None or most is None else (half, most)

    @property
    def usual_in(self) -> tuple[int, int] | None:
        return self.percentiles(self.lags_in)

    @property
    def usual_out(self) -> tuple[int, int] | None:
        return self.percentiles(self.lags_out)


def health_of_rooms(room_id: int | None = None) -> list[RoomHealth]:
    """Every room of the active company, or one, in the order in which pages show them."""
    now = timezone.now()
    given: dict[str, Any] = {"company": active_company_id(), "room": room_id}
    with connection.cursor() as cursor:
        cursor.execute(_HEALTH, given)
        return [RoomHealth(now, *values) for values in cursor.fetchall()]
