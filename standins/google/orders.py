"""What every group of orders acts on."""

from typing import Any

from standins.google.model import Calendar
from standins.google.world import World

Json = dict[str, Any]


class Orders:
    """Orders to one stand-in. Wrong ones raise ValueError, KeyError or TypeError."""

    def __init__(self, world: World) -> None:
        self.world = world

    def _place(self, calendar: Calendar) -> None:
        calendar.etag_updated = calendar.updated = self.world.microseconds()
        self.world.calendars[calendar.id] = calendar
