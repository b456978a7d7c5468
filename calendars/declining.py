"""Declining, as the room, what overlaps: only where the company wants it and the room is a guest.

Where the event lives on the room's own calendar it stays: a person's event is never deleted. What
came of an answer is read from the calendar like any other change, before the next one is given; so
an answer that arrived although its worker died is not given twice.
"""

import structlog
from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from bookings import history
from bookings.drafts import Actor
from bookings.models import Booking, Door, Occurrence
from calendars.errors import GoogleRefused, NotThere, Stale
from calendars.google import alteration
from calendars.grants import GoogleAccess
from calendars.lease import Lease
from calendars.mapping import instance_id
from calendars.models import CalendarLink, GoogleCopy
from tenants.audit_log import note
from tenants.models import Company
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)

MOST_AT_ONCE = 10
NOT_DECLINED = "not_declined"  # the reason of a date whose answer Google did not take
Overlaps = Company.GoogleOverlaps


def choose_policy(company: Company, policy: str, by: Actor) -> None:
    """What becomes of events in Google that overlap; raises ValueError for what is no policy."""
    before, company.google_overlaps = company.google_overlaps, Overlaps(policy)
    company.save(update_fields=["google_overlaps"])
    values = [{"overlaps": str(each)} for each in (before, policy)]
    note("google.overlaps", by=by.member, door=by.door, before=values[0], after=values[1])
    member = by.member.pk if by.member else None
    logger.info("overlaps chosen", company=company.pk, policy=policy, member=member)


def decline_overlaps(lease: Lease, access: GoogleAccess, link: CalendarLink) -> None:
    """Answers for the room of a calendar that was read to its end. Calls Google.

    `link` comes with its company. Raises GoogleUnavailable or a kin of it, LeaseLost.
    """
    if link.company.google_overlaps != Overlaps.DECLINE:
        return
    with company_scope(lease.company_id):
        rows = list(_to_decline(link)[:MOST_AT_ONCE])
    for row in rows:
        _decline(lease, access, link, row)


def _to_decline(link: CalendarLink) -> QuerySet[Occurrence]:
    """Dates of events from Google whose guest the room is, and that overlap what has the room."""
    rows: QuerySet[Occurrence] = Occurrence.objects.filter(
        room=link.room_id,
        status=Occurrence.Status.CONFLICTED,
        ends_at__gt=timezone.now(),
        booking__origin=Booking.Origin.GOOGLE,
    )
    return (
        rows.exclude(room_response=Occurrence.RoomResponse.NONE)
        .exclude(reason=NOT_DECLINED)
        .select_related("booking", "room", "company")
        .order_by("starts_at")
    )


def _decline(lease: Lease, access: GoogleAccess, link: CalendarLink, row: Occurrence) -> None:
    with company_scope(lease.company_id):
        event_id, etag = _event(link, row)
        # Read before anything else is answered, whether the call below arrives or not.
        lease.write(generation=F("generation") + 1)
    if not event_id:
        return
    answer = {
        "attendeesOmitted": True,
        "attendees": [
            {
                "email": link.google_calendar_id,
                "responseStatus": "declined",
                "comment": _comment(row),
            }
        ],
    }
    calendar = link.google_calendar_id
    try:
        decline = alteration(calendar, event_id, answer, etag=etag)
        access(lambda google: google.write(decline))
    except (Stale, NotThere):
        return  # it is not what it was any more: the reading tells
    except GoogleRefused as error:
        logger.warning("overlap not declined", link=link.pk, date=row.pk, error=str(error))
        with company_scope(lease.company_id):
            Occurrence.objects.filter(pk=row.pk).update(reason=NOT_DECLINED)
        return
    with company_scope(lease.company_id):
        subject = row.original_start if row.booking.is_series else None
        history.record(row.booking, Actor(Door.RULE), "declined", subject=subject)


def _event(link: CalendarLink, row: Occurrence) -> tuple[str, str]:
    """Id and etag of what Google has for a date; an instance that was never changed has none."""
    copies = {
        copy.original_start: copy
        for copy in GoogleCopy.objects.filter(link=link, booking=row.booking_id)
    }
    booking, master = row.booking, copies.get(None)
    own = copies.get(row.original_start) if booking.is_series else master
    if own is not None:
        return own.google_event_id, own.etag
    if master is None:
        return "", ""
    named = instance_id(
        master.google_event_id, row.original_start, booking.timezone, all_day=booking.all_day
    )
    return named, ""


def _comment(row: Occurrence) -> str:
    with translation.override(row.company.language):
        words = _("%(room)s is taken at this time.") % {"room": row.room.name}
    return f"{words} {settings.PUBLIC_URL}/bookings/{row.public_id}/"
