"""A series was cut here and in Google, before either side heard of the other.

What was cut off there, before our cut or at the same place, names the dates, too, that we gave to
a part of our own. There is one event for them, which is Google's; what we said of our part, its
dates keep as their own.
"""

from collections.abc import Collection, Iterator
from datetime import datetime

from bookings.edits.lineage import parts_of
from bookings.mirroring.mirror import is_waiting
from bookings.models import Booking, BookingEvent, Door, Override
from bookings.occurrences import series_of
from bookings.recurrence.edits import Shift, has_place
from calendars import content
from calendars.models import GoogleCopy
from calendars.series.unsent import Unsent

SAID = {
    "title": Override.TITLE,
    "description": Override.DESCRIPTION,
    "guests": Override.GUESTS,
    "metadata": Override.METADATA,
}


def parts_within(
    unsent: Unsent, keys: Collection[datetime], part: Booking
) -> Iterator[tuple[Booking, Shift]]:
    """Our parts whose dates Google has in `part`; and where their dates are in it.

    `keys` is the place at which that was cut off there, as it is there and as it is here.
    """
    series = series_of(part)
    others = parts_of(unsent.booking).filter(split_key__isnull=False).exclude(pk=part.pk)
    for other in others.order_by("split_key"):
        later = [at for at in unsent.cut_places(other) if at >= min(keys)]
        begins = (at + (part.dtstart_local - key) for at in later for key in keys)
        place = next((begin for begin in begins if has_place(series, begin)), None)
        if place is not None and _is_on_its_way(unsent, other):
            yield other, Shift(place - other.dtstart_local)


def said_of(unsent: Unsent, other: Booking, guests: dict[str, bool]) -> int:
    """What we said of a part of ours that Google does not say of its series, as bits of Override.
    `guests` are those of the part."""
    ours = {
        "title": other.title,
        "description": other.description,
        "guests": guests,
        "metadata": content.carried(other.metadata),
    }
    series = unsent.booking
    bits = [SAID[name] for name in content.changed(unsent.base, ours, SAID)]
    if other.reminders != series.reminders:
        bits.append(Override.REMINDERS)
    if other.room_id != series.room_id:
        bits.append(Override.ROOM)
    if unsent.has_own_times(other):
        bits.append(Override.TIME)
    return sum(bits)


def _is_on_its_way(unsent: Unsent, other: Booking) -> bool:
    """Whether we cut a part off, and Google still has, or had, its dates where they were."""
    if BookingEvent.objects.filter(booking=other, act="created", door=Door.GOOGLE).exists():
        return False
    made = GoogleCopy.objects.filter(booking=other, original_start=None).exclude(etag="")
    return is_waiting(unsent.booking, None) or not made.exists()
