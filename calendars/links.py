"""Which Google calendar belongs to which room, kept equal to what the rooms say."""

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from bookings import outbox
from bookings.models import Booking, OutboxEntry, Room
from calendars.models import CalendarLink, GoogleConnection
from tenants.scope import company_scope


def follow_room(company_id: int, room_id: int) -> int | None:
    """Makes, replaces or removes the link of a room; returns its id, or None if there is none.

    A room without calendar, or a company without connection, has no link.
    """
    with company_scope(company_id):
        room = Room.objects.select_for_update(no_key=True).filter(pk=room_id).first()
        link: CalendarLink | None = CalendarLink.objects.filter(room_id=room_id).first()
        if room is None or not GoogleConnection.objects.exists():
            return link.pk if link else None
        if link and link.google_calendar_id == room.google_calendar_id:
            return link.pk
        if link:
            link.delete()  # and its channels are stopped, see calendars.watch
        return _link_room(room).pk if room.google_calendar_id else None


def follow_rooms(company_id: int) -> list[int]:
    """The links of all rooms of a company, made where they were missing."""
    with company_scope(company_id):
        rooms = list(Room.objects.order_by("pk").values_list("pk", flat=True))
    links = (follow_room(company_id, room_id) for room_id in rooms)
    return [link_id for link_id in links if link_id is not None]


def _link_room(room: Room) -> CalendarLink:
    """The room has a new calendar: what is still to come goes there, from the beginning."""
    # Another room's link to it is out of date: a calendar belongs to one room, see Room.
    CalendarLink.objects.filter(google_calendar_id=room.google_calendar_id).delete()
    outbox.deliver_again(
        OutboxEntry.objects.filter(
            consumer="google",
            booking__in=Booking.objects.filter(
                room=room, occurrences__ends_at__gt=timezone.now()
            ).values("pk"),
        )
    )
    link: CalendarLink = CalendarLink.objects.create(
        room=room, google_calendar_id=room.google_calendar_id
    )
    return link


def restart(link: CalendarLink) -> None:
    """Forgets how far a calendar was read, and every obstacle: the next run lists it whole.

    Takes the calendar from whoever is reading it: what they found belongs to the time before.
    """
    CalendarLink.objects.filter(pk=link.pk).update(
        state=CalendarLink.State.ACTIVE,
        push_supported=True,
        sync_token="",
        list_after=None,
        failures=0,
        error="",
        next_poll_at=timezone.now(),
        generation=F("generation") + 1,
        behind_since=Coalesce("behind_since", timezone.now()),
        lease_token=None,
        lease_until=None,
    )
