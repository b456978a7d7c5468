"""The doors to rooms and bookings. Another company's id is NotFound, like one that never was."""

from collections.abc import Iterable
from uuid import UUID

from bookings.models import Booking, Building, Occurrence, Room
from bookings.shown import ShownBooking
from tenants.errors import NotFound
from tenants.models import Member
from tenants.prepared import Prepared

_ROOM = Prepared[Room](
    lambda pk: Room.objects.select_related("building", "floor").filter(pk=pk), -2
)


def get_room(pk: int) -> Room:
    """A room of the active company, with its building and floor."""
    room = _ROOM.first(pk)
    if room is None:
        raise NotFound
    return room


def get_building(pk: int) -> Building:
    """A building of the active company."""
    building: Building | None = Building.objects.filter(pk=pk).first()
    if building is None:
        raise NotFound
    return building


def get_rooms(pks: Iterable[int]) -> dict[int, Room]:
    """Several rooms of the active company by their ids, in one query."""
    wanted = set(pks)
    rooms = Room.objects.select_related("building", "floor").filter(pk__in=wanted)
    found = {room.pk: room for room in rooms} if wanted else {}
    if len(found) < len(wanted):
        raise NotFound
    return found


def get_occurrence(public_id: UUID) -> Occurrence:
    """A date of the active company, with its booking, organiser and room."""
    occurrence = (
        Occurrence.objects.select_related("booking__organizer", "room__building", "room__floor")
        .filter(public_id=public_id)
        .first()
    )
    if occurrence is None:
        raise NotFound
    return occurrence


def may_see_details(member: Member | None, booking: Booking | ShownBooking) -> bool:
    """Whether title and people of a private booking are shown; None is the company's program."""
    if booking.visibility != Booking.Visibility.PRIVATE or member is None:
        return True
    return booking.organizer_id == member.pk or member.runs_rooms
