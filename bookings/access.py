"""The doors to rooms and bookings. Another company's id is NotFound, like one that never was."""

from collections.abc import Collection, Iterable
from uuid import UUID, uuid4

from bookings.errors import BookingNotFound
from bookings.house_rules.reading import hushed_rooms, with_rules
from bookings.models import Booking, Building, Occurrence, Override, Participant, Room
from bookings.shown import ShownDate, ShownRoom
from tenants.errors import NotFound
from tenants.models import Member
from tenants.prepared import Prepared

_ROOM = Prepared[Room](
    lambda pk: with_rules(Room.objects.select_related("building", "floor")).filter(pk=pk), -2
)
_OCCURRENCE = Prepared[Occurrence](
    lambda public_id: Occurrence.objects.select_related(
        "booking__organizer", "room__building", "room__floor"
    ).filter(public_id=public_id),
    uuid4(),
)

_SEEN_BY, _HIDDEN = "seen_by", "is_hidden"  # what a date was asked about, and the answer


def get_room(pk: int) -> Room:
    """A room of the active company, with its building, floor and rules."""
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
    if not wanted:  # as nearly always: making the query alone would cost as much as a booking's
        return {}
    rooms = with_rules(Room.objects.select_related("building", "floor")).filter(pk__in=wanted)
    found = {room.pk: room for room in rooms}
    if len(found) < len(wanted):
        raise NotFound
    return found


def get_occurrence(public_id: UUID) -> Occurrence:
    """A date of the active company, with its booking, organiser and room."""
    occurrence = _OCCURRENCE.first(public_id)
    if occurrence is None:
        raise BookingNotFound
    return occurrence


def may_see_details(member: Member | None, row: Occurrence) -> bool:
    """Whether title and people of a date are shown; None is the company's program.

    Asks for one date where `mark_hidden` has not asked for many.
    """
    if member is None:
        return True
    if vars(row).get(_SEEN_BY) != member.pk:
        mark_hidden(member, [row])
    return not vars(row)[_HIDDEN]


def mark_hidden(member: Member | None, rows: Collection[Occurrence]) -> None:
    """Notes on dates what a member may not see of them, for `may_see_details`; in two queries at
    most."""
    if member is None:
        return
    hidden = hidden_dates(member, rows)
    for row in rows:
        vars(row)[_SEEN_BY], vars(row)[_HIDDEN] = member.pk, row.public_id in hidden


def hidden_dates(
    member: Member,
    rows: Iterable[Occurrence | ShownDate],
    rooms: Iterable[ShownRoom] | None = None,
) -> set[UUID | str]:
    """The public ids of those dates whose title and people a member may not see; in two queries at
    most, in one where their `rooms` are known."""
    if member.runs_rooms:
        return set()
    hidden: set[UUID | str] = set()
    unclear = []
    for row in rows:
        visibility = row.booking.visibility
        if row.booking.organizer_id == member.pk:
            continue
        if visibility == Booking.Visibility.PRIVATE:
            hidden.add(row.public_id)
        elif visibility == Booking.Visibility.DEFAULT:
            unclear.append(row)
    hushed = _hushed(unclear, rooms)
    asked = [row for row in unclear if row.room_id in hushed]
    invited = _invitations(member, asked)
    for row in asked:
        own_list = row.pk if row.override_mask & Override.GUESTS else None
        if (row.booking_id, own_list) not in invited:
            hidden.add(row.public_id)
    return hidden


def is_hushed(row: Occurrence) -> bool:
    """Whether the words of a date are for the people in it alone."""
    visibility = row.booking.visibility
    if visibility == Booking.Visibility.DEFAULT:
        return bool(hushed_rooms([row.room]))
    return bool(visibility == Booking.Visibility.PRIVATE)


def _hushed(
    rows: Collection[Occurrence | ShownDate], rooms: Iterable[Room | ShownRoom] | None
) -> set[int]:
    if not rows:
        return set()
    if rooms is None:
        found = Room.objects.select_related("building").filter(pk__in={row.room_id for row in rows})
        rooms = with_rules(found)
    return hushed_rooms(rooms)


def _invitations(
    member: Member, rows: Collection[Occurrence | ShownDate]
) -> set[tuple[int, int | None]]:
    """Of which bookings and single dates a member is a guest."""
    if not rows:
        return set()
    bookings = {row.booking_id for row in rows}
    guests = Participant.objects.filter(booking__in=bookings, email__iexact=member.email)
    return set(guests.values_list("booking_id", "occurrence_id"))
