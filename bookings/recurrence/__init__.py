"""Recurrence in the wall-clock time of a booking's zone (RFC 5545). Pure: no database, no clock."""

from bookings.recurrence.lines import (
    Recurrence,
    parse_recurrence,
    portable_lines,
    recurrence_lines,
)
from bookings.recurrence.series import MOST_PLACES, Place, Series, expand, first_start, place_at
from bookings.recurrence.wall_clock import is_repeated, is_skipped, to_instant, to_local

__all__ = [
    "MOST_PLACES",
    "Place",
    "Recurrence",
    "Series",
    "expand",
    "first_start",
    "is_repeated",
    "is_skipped",
    "parse_recurrence",
    "place_at",
    "portable_lines",
    "recurrence_lines",
    "to_instant",
    "to_local",
]
