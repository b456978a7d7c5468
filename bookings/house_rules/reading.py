"""The rules of rooms, read together with them: no statement of their own where it matters."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from bookings.house_rules.values import Level, Owner, Rule, Rules, narrowest
from bookings.models import Building, HouseRules, Room

Row = Mapping[str, Any]
_COLUMNS = {name: name for name in (*Rule, "building_id", "room_id")}
_OF_COMPANY = Q(building=None, room=None)


def with_rules(rooms: QuerySet[Room]) -> QuerySet[Room]:
    """Rooms that bring their rules along."""
    around = _OF_COMPANY | Q(building=OuterRef("building")) | Q(room=OuterRef("pk"))
    rows = HouseRules.objects.filter(around).values(row=JSONObject(**_COLUMNS))
    return rooms.annotate(ruling=ArraySubquery(rows))


def rules_of(room: Room) -> Rules:
    """What holds in a room; one query where it did not bring its rules along (`with_rules`)."""
    known = vars(room)
    if "ruling" not in known:
        known["ruling"] = rows_around(room=room)
    if not known["ruling"]:
        return _unruled(room.zone_name)
    owners = {
        Level.COMPANY: lambda: Owner(Level.COMPANY, room.company_id),
        Level.BUILDING: lambda: owner_of(room.building),
        Level.ROOM: lambda: owner_of(room),
    }
    levels = [(owners[level_of(row)](), row) for row in known["ruling"]]
    return narrowest(ZoneInfo(room.zone_name), levels)


@lru_cache(maxsize=1000)
def _unruled(zone_name: str) -> Rules:
    return Rules(zone=ZoneInfo(zone_name))


def rows_around(
    *, room: Room | None = None, building: Building | None = None
) -> list[dict[str, Any]]:
    """The rows that rule a room, a building, or (with neither) the company."""
    around = _OF_COMPANY
    if room is not None:
        around |= Q(building=room.building_id) | Q(room=room.pk)
    if building is not None:
        around |= Q(building=building.pk)
    rows = HouseRules.objects.filter(around)
    return list(rows.values(*_COLUMNS))


def level_of(row: Row) -> Level:
    """Whose row of the table it is."""
    if row["room_id"] is not None:
        return Level.ROOM
    return Level.COMPANY if row["building_id"] is None else Level.BUILDING


def owner_of(place: Room | Building) -> Owner:
    """A room or building as the owner of a rule."""
    level = Level.ROOM if isinstance(place, Room) else Level.BUILDING
    return Owner(level, place.pk, place.name)


def hushed_rooms(rooms: Iterable[Room]) -> set[int]:
    """The ids of those rooms whose bookings' titles are for the people in them alone."""
    ruled = ((room.pk, rules_of(room).private_titles) for room in rooms)
    return {pk for pk, private in ruled if private is not None and private.value}
