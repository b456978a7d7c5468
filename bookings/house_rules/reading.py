"""The rules of rooms, read together with them: no statement of their own where it matters."""

import json
from collections.abc import Iterable
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, JSONObject

from bookings.house_rules.values import Level, Owner, Rule, Rules, narrowest
from bookings.models import Building, HouseRules, Room
from bookings.shown import ShownRoom

_COLUMNS = {name: name for name in Rule}
_RULING = ("company_ruling", "building_ruling", "own_ruling")  # rows of the table, as text
_TEXT = TextField()


def with_rules(rooms: QuerySet[Room]) -> QuerySet[Room]:
    """Rooms that bring their rules along: two looks into one index each, and one for all."""
    company, building, own = (
        Subquery(HouseRules.objects.filter(**key).values(row=Cast(JSONObject(**_COLUMNS), _TEXT)))
        for key in (
            {"building": None, "room": None},
            {"building": OuterRef("building"), "room": None},
            {"building": None, "room": OuterRef("pk")},
        )
    )
    return rooms.annotate(company_ruling=company, building_ruling=building, own_ruling=own)


def rules_of(room: Room | ShownRoom) -> Rules:
    """What holds in a room; one query where it did not bring its rules along (`with_rules`)."""
    if not hasattr(room, "own_ruling"):
        read = with_rules(Room.objects.filter(pk=room.pk)).values(*_RULING)
        vars(room).update(read.first() or dict.fromkeys(_RULING))
    company, building, own = (getattr(room, name) for name in _RULING)
    levels = []
    if company:
        levels.append((Owner(Level.COMPANY, room.company_id), company))
    if building:
        levels.append((Owner(Level.BUILDING, room.building_id, str(room.building)), building))
    if own:
        levels.append((Owner(Level.ROOM, room.pk, room.name), own))
    return _narrowest(room.zone_name, *levels)


@lru_cache(maxsize=10_000)  # most rooms have the rules of their building
def _narrowest(zone_name: str, *levels: tuple[Owner, str]) -> Rules:
    return narrowest(ZoneInfo(zone_name), [(owner, json.loads(row)) for owner, row in levels])


def owner_of(place: Room | Building) -> Owner:
    """A room or building as the owner of a rule."""
    level = Level.ROOM if isinstance(place, Room) else Level.BUILDING
    return Owner(level, place.pk, place.name)


def hushed_rooms(rooms: Iterable[Room | ShownRoom]) -> set[int]:
    """The ids of those rooms whose bookings' titles are for the people in them alone."""
    ruled = ((room.pk, rules_of(room).private_titles) for room in rooms)
    return {pk for pk, private in ruled if private is not None and private.value}
