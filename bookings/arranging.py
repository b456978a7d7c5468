"""What administrators change about rooms, one or many of them: all of it or nothing.

What is booked in a room stays where it is. Open pages are told to look again.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from psycopg.errors import UniqueViolation

from bookings import live, outbox
from bookings.access import get_rooms
from bookings.models import Room
from bookings.places import Places, save_place
from bookings.rooms import lock_rooms_of, room_line, room_state
from tenants.audit_log import note_all
from tenants.errors import InvalidInput
from tenants.models import Company, Member

_WRITTEN = (
    "building", "floor", "name", "capacity", "equipment", "timezone", "state", "google_calendar_id",
)  # fmt: skip
_ONE_NAME, _ONE_CALENDAR = "room_name_per_building", "room_calendar_per_company"


@dataclass(frozen=True, kw_only=True)
class RoomFacts:
    """What a form says about one room. `calendar` is its address in Google; None: as it is."""

    name: str
    building: str
    floor: str
    seats: int
    equipment: Sequence[str]
    state: str
    calendar: str | None = None


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """What many rooms are given alike; what is empty stays as it is in each."""

    building: str = ""
    floor: str = ""
    seats: int | None = None
    add: Collection[str] = ()
    take: Collection[str] = ()
    state: str = ""


def save_room(
    *, company: Company, room_id: int | None, facts: RoomFacts, by: Member | None = None
) -> Room:
    """Changes a room of the active company, or makes one, with its place where that is new.

    Whoever syncs calendars hears of another one. Raises NotFound, and InvalidInput where another
    room of the building has the name, or another room the calendar.
    """
    lock_rooms_of(company)
    places = Places(company)
    room = Room(company=company) if room_id is None else get_rooms([room_id])[room_id]
    before = room_state(room) if room.pk else None
    if not facts.floor:
        room.floor = None
    _put(room, places, facts.building, facts.floor, is_new=facts.building not in places)
    room.name, room.capacity, room.state = facts.name, facts.seats, facts.state
    room.equipment = list(facts.equipment)
    calendar_before = room.google_calendar_id
    if facts.calendar is not None:
        room.google_calendar_id = facts.calendar
    with _one_only({_ONE_NAME: _name_taken, _ONE_CALENDAR: lambda: _calendar_taken(room)}):
        save_place(room)
        room.save(update_fields=None if room.pk is None else _WRITTEN)
    if room.google_calendar_id != calendar_before:
        outbox.room_changed(company.pk, room.pk)
    note_all([room_line(room, before, room_state(room), by=by)])
    live.announce_places(company.pk, [room.pk])
    return room


def arrange_rooms(
    *, company: Company, room_ids: Iterable[int], what: Arrangement, by: Member | None = None
) -> int:
    """Gives rooms of the active company what is chosen; returns how many are other ones now.

    Raises NotFound, and InvalidInput where names would be there twice in the building.
    """
    lock_rooms_of(company)
    rooms = list(get_rooms(room_ids).values())
    before = [room_state(room) for room in rooms]
    places = Places(company)
    is_new = bool(what.building) and what.building not in places
    for room in rooms:
        _arrange(room, places, what, is_new=is_new)
    pairs = [
        (room, was) for room, was in zip(rooms, before, strict=True) if room_state(room) != was
    ]
    changed = [room for room, _was in pairs]
    with _one_only({_ONE_NAME: lambda: _names_taken(rooms, what.building)}):
        for room in changed:
            save_place(room)
        Room.objects.bulk_update(changed, _WRITTEN)
    if changed:
        note_all([room_line(room, was, room_state(room), by=by) for room, was in pairs])
        live.announce_places(company.pk, [room.pk for room in changed])
    return len(changed)


def _arrange(room: Room, places: Places, what: Arrangement, *, is_new: bool) -> None:
    if what.building or what.floor:
        _put(room, places, what.building or room.building.name, what.floor, is_new=is_new)
    if what.seats is not None:
        room.capacity = what.seats
    kept = [code for code in room.equipment if code not in what.take]
    room.equipment = [*kept, *(code for code in what.add if code not in kept)]
    room.state = what.state or room.state


def _put(room: Room, places: Places, building: str, floor: str, *, is_new: bool) -> None:
    """A building that is new keeps the hours that its rooms have kept elsewhere, as it does where
    Google's directory gives a building another name."""
    zone = room.zone_name if is_new and room.pk else ""
    places.put(room, building=building, floor=floor, zone=zone)


@contextmanager
def _one_only(refusals: Mapping[str, Callable[[], InvalidInput]]) -> Iterator[None]:
    """Undoes what is written inside, and raises the refusal, where the database finds something
    there twice; refusals are by the name of the constraint."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        cause = error.__cause__
        name = cause.diag.constraint_name if isinstance(cause, UniqueViolation) else ""
        if name and name in refusals:
            raise refusals[name]() from error
        raise


def _name_taken() -> InvalidInput:
    return InvalidInput(_("Another room of this building has this name."), field="name")


def _calendar_taken(room: Room) -> InvalidInput:
    """Which room has it, in words."""
    same = Room.objects.filter(google_calendar_id=room.google_calendar_id).exclude(pk=room.pk)
    said = _("The room %(room)s has this calendar already. A calendar belongs to one room.")
    return InvalidInput(said % {"room": same.get()}, field="calendar")


def _names_taken(rooms: Collection[Room], building: str) -> InvalidInput:
    """Which names are in the way, in words."""
    names = Counter(room.name for room in rooms)
    there = Room.objects.filter(building__name=building, name__in=names)
    others = there.exclude(pk__in=[room.pk for room in rooms]).values_list("name", flat=True)
    taken = {*others, *(name for name, count in names.items() if count > 1)}
    said = _("These names would be there twice in the building: %(names)s")
    return InvalidInput(said % {"names": ", ".join(sorted(taken))}, field="building")
