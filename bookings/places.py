"""Buildings and floors by their names: those a company has, and those that come with a room."""

import re

from bookings.models import Building, Floor, Room
from tenants.models import Company


class Places:
    """The company's buildings and floors, with those that are asked for; nothing is written."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._buildings: dict[str, Building] = {
            place.name: place for place in Building.objects.all()
        }
        self._floors: dict[tuple[str, str], Floor] = {
            (floor.building.name, floor.name): floor
            for floor in Floor.objects.select_related("building")
        }

    def __contains__(self, building: str) -> bool:
        return building in self._buildings

    def put(self, room: Room, *, building: str, floor: str, zone: str = "") -> None:
        """Gives a room its place and the zone it keeps its hours in; without a floor, it stays on
        its own as long as that is in the building. Raises ValidationError."""
        zone = zone or room.timezone
        room.building = place = self._building(building, zone)
        if floor:
            room.floor = self._floor(place, floor)
        elif room.floor and room.floor.building_id != place.pk:
            room.floor = None
        room.timezone = "" if zone == place.timezone else zone

    def _building(self, name: str, zone: str) -> Building:
        if name not in self._buildings:
            building = Building(
                company=self._company,
                name=name,
                timezone=zone or self._company.timezone,
                position=len(self._buildings),
            )
            building.clean_fields(exclude=["company"])
            self._buildings[name] = building
        return self._buildings[name]

    def _floor(self, building: Building, name: str) -> Floor:
        key = (building.name, name)
        if key not in self._floors:
            floor = Floor(
                company=self._company, building=building, name=name, position=_storey(name)
            )
            floor.clean_fields(exclude=["company", "building"])
            self._floors[key] = floor
        return self._floors[key]


def save_place(room: Room) -> None:
    """Writes the building and the floor of a room where they are new."""
    if room.building.pk is None:
        room.building.save()
    if room.floor and room.floor.pk is None:
        room.floor.save()


def _storey(name: str) -> int:
    """The height of a floor by the number in its name; those under the ground are below zero."""
    number = re.search(r"\d{1,3}", name)
    if number is None:
        return 0
    below = re.match(r"\s*(?:B|지하)", name, re.IGNORECASE)
    return -int(number[0]) if below else int(number[0])
