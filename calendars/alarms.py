"""Telling once that a calendar has fallen behind, and once that it has caught up.

An incident lasts as long as `CalendarLink.alarmed_at` is set: administrators see it on their
pages, operators in the log, under the events named here.
"""

import structlog
from django.db import connection
from django.utils import timezone

from calendars.health import LATE, health_of_rooms
from calendars.models import CalendarLink, GoogleConnection
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)

LATE_EVENT, CAUGHT_UP_EVENT = "calendar late", "calendar caught up"


def look_for_late_calendars() -> None:
    """Begins and ends incidents of all companies; needs the worker's role, and no scope."""
    for company_id in _companies_to_look_at():
        look_at_company(company_id)


def look_at_company(company_id: int) -> None:
    """Begins and ends a company's incidents. Doing it twice, or two at once, tells nothing twice.

    While the connection is revoked nothing can arrive, which its own notice says; and nothing is
    to arrive where the company is suspended.
    """
    told = []
    with company_scope(company_id):
        connected = GoogleConnection.objects.exclude(state=GoogleConnection.State.REVOKED)
        can_arrive = connected.filter(company__suspended_at=None).exists()
        known = dict(CalendarLink.objects.values_list("pk", "alarmed_at"))
        for room in health_of_rooms():
            late = can_arrive and room.is_late
            if room.link_id is None or late == (known.get(room.link_id) is not None):
                continue
            before = CalendarLink.objects.filter(pk=room.link_id, alarmed_at__isnull=late)
            if before.update(alarmed_at=timezone.now() if late else None):
                told.append((late, room))
    for late, room in told:
        seconds = int(room.lag.total_seconds()) if room.lag else 0
        facts = {"company": company_id, "link": room.link_id, "room": room.room_id}
        if late:
            logger.error(LATE_EVENT, **facts, seconds=seconds, error=room.error)
        else:
            logger.info(CAUGHT_UP_EVENT, **facts)


def _companies_to_look_at() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT company_id FROM calendars_late_companies(%s)", [timezone.now() - LATE]
        )
        return [number for (number,) in cursor.fetchall()]
