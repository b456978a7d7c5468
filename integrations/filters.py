"""From the filters of a list to its rows."""

from typing import Any

from django.db.models import Model, Q, QuerySet

from bookings.edits.lineage import parts_of
from bookings.house_rules.reading import hushed_rooms, with_rules
from bookings.models import Booking, Building, Floor, Occurrence, OccurrenceQuerySet, Room
from tenants.errors import NotFound
from tenants.models import Member


def rooms_by(filters: dict[str, Any]) -> QuerySet[Room]:
    """The active company's rooms; buildings and floors go by name or, if none has it, by id."""
    rooms: QuerySet[Room] = Room.objects.select_related("building", "floor")
    if building := filters.get("building"):
        rooms = rooms.filter(building__in=_named(Building, building))
    if floor := filters.get("floor"):
        rooms = rooms.filter(floor__in=_named(Floor, floor))
    if seats := filters.get("min_capacity"):
        rooms = rooms.filter(capacity__gte=seats)
    if equipment := filters.get("equipment"):
        rooms = rooms.filter(equipment__contains=[word.lower() for word in equipment])
    if words := filters.get("q"):
        rooms = rooms.filter(Q(name__icontains=words) | Q(building__name__icontains=words))
    return rooms


def building_named(wanted: str) -> Building:
    """A building by its name or, if none has it, by its id; raises NotFound."""
    building: Building | None = _named(Building, wanted).first()
    if building is None:
        raise NotFound
    return building


def occurrences_by(filters: dict[str, Any], viewer: Member | None) -> OccurrenceQuerySet:
    """The active company's dates. What a viewer may not see of a booking cannot be asked for."""
    rows: OccurrenceQuerySet = Occurrence.objects.get_queryset()
    if since := filters.get("from"):
        rows = rows.filter(ends_at__gt=since)
    if until := filters.get("to"):
        rows = rows.filter(starts_at__lt=until)
    if rooms := filters.get("room"):
        rows = rows.filter(room__in=rooms)
    if series := filters.get("series"):
        part = Booking.objects.filter(public_id=series).first()
        rows = rows.filter(booking__in=parts_of(part)) if part else rows.none()
    statuses = filters.get("status")
    rows = rows.filter(status__in=statuses) if statuses else rows.shown()
    details = Q()
    if organizer := filters.get("organizer"):
        details &= Q(booking__organizer_email__iexact=organizer)
    if reference := filters.get("external_reference"):
        details &= Q(booking__external_reference=reference)
    if details and viewer and not viewer.runs_rooms:
        hushed = hushed_rooms(with_rules(Room.objects.select_related("building")))
        hidden = Q(booking__visibility=Booking.Visibility.PRIVATE)
        hidden |= Q(booking__visibility=Booking.Visibility.DEFAULT, room__in=hushed)
        details &= ~hidden | Q(booking__organizer=viewer)
    return rows.filter(details)


def _named(model: type[Building | Floor], wanted: str) -> QuerySet[Any]:
    places: QuerySet[Model] = model.objects.all()
    by_name = places.filter(name__iexact=wanted)
    if wanted.isdecimal() and not by_name.exists():
        return places.filter(pk=int(wanted))
    return by_name
