"""Rooms, and who has them when: many files, one door."""

from bookings.models.bookings import (
    BLOCKING,
    LONG,
    NO_OVERLAP,
    Booking,
    Occurrence,
    OccurrenceManager,
    OccurrenceQuerySet,
    Override,
    Participant,
)
from bookings.models.displays import Display
from bookings.models.favourites import Favourite
from bookings.models.holds import Hold
from bookings.models.house_rules import HouseRules
from bookings.models.records import (
    BookingEvent,
    IdempotencyKey,
    OutboxEntry,
)
from bookings.models.rooms import (
    Building,
    Equipment,
    Floor,
    Room,
    RoomClock,
)
from tenants.models import Door

__all__ = [
    "BLOCKING",
    "LONG",
    "NO_OVERLAP",
    "Booking",
    "BookingEvent",
    "Building",
    "Display",
    "Door",
    "Equipment",
    "Favourite",
    "Floor",
    "Hold",
    "HouseRules",
    "IdempotencyKey",
    "Occurrence",
    "OccurrenceManager",
    "OccurrenceQuerySet",
    "OutboxEntry",
    "Override",
    "Participant",
    "Room",
    "RoomClock",
]
