"""Which Google calendar belongs to which room, kept equal to what the rooms say."""

from django.db.models import F
from django.utils import timezone

from bookings import outbox
from bookings.models import Booking, Room
from calendars.models import CalendarLink, GoogleConnection
from tenants.scope import company_scope


def follow_room(company_id: int, room_id: int) -> int | None:
    """Makes, moves or removes the link of a room; returns its id, or None if there is none.

    A room without calendar, or a company without connection, has no link.
    """
    with company_scope(company_id):
        room = Room.objects.filter(pk=room_id).first()
        link: CalendarLink | None = CalendarLink.objects.filter(room_id=room_id).first()
        if room is None or not GoogleConnection.objects.exists():
            return link.pk if link else None
        wanted = room.google_calendar_id
        if link is None and wanted:
            link, _made = CalendarLink.objects.get_or_create(
                room=room, defaults={"google_calendar_id": wanted}
            )
        elif link and not wanted:
            link.delete()  # its channels run out by themselves; nobody listens to them
            return None
        elif link and link.google_calendar_id != wanted:
            _change_calendar(link, wanted)
        return link.pk if link else None


def follow_rooms(company_id: int) -> list[int]:
    """The links of all rooms of a company, made where they were missing."""
    with company_scope(company_id):
        rooms = list(Room.objects.order_by("pk").values_list("pk", flat=True))
    links = (follow_room(company_id, room_id) for room_id in rooms)
    return [link_id for link_id in links if link_id is not None]


def _change_calendar(link: CalendarLink, calendar_id: str) -> None:
    """The room has another calendar now: its bookings go there, from the beginning."""
    link.copies.all().delete()
    link.channels.all().delete()
    link.google_calendar_id = calendar_id
    link.push_supported = True
    restart(link)
    for booking in Booking.objects.filter(
        room_id=link.room_id, occurrences__isnull=False
    ).distinct():
        outbox.announce(booking)


def restart(link: CalendarLink) -> None:
    """Forgets how far a calendar was read, and every obstacle: the next run lists it whole."""
    link.state = CalendarLink.State.ACTIVE
    link.sync_token = ""
    link.failures, link.error = 0, ""
    link.next_poll_at = timezone.now()
    link.save()
    CalendarLink.objects.filter(pk=link.pk).update(generation=F("generation") + 1)
