"""Recognising that a series was cut in two in Google, which takes two writes there.

Google tells of a shorter series and of a new one, in any order and perhaps not together:

* Google's page names a later part `<id>_R<start>` if its time is the same. That is certain.
* If the time is another one, nothing but the moment at which the old series was made connects
  them, and our own mark. Google copies both.
* A program that does as Google's guide tells leaves no trace at all.

Without any, the two have to fit each other to the minute: the old series was cut short at the
place where the new one begins, both were written at the same time by Google's clock, and without
the mark they have the same pattern, and the same title or length (both, if the day was moved),
too. Otherwise they are two series, as Google says: what somebody once did to dates that are gone
must not colour what is new.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from bookings.edits.lineage import parts_of
from bookings.mirroring.mirror import CONSUMER, is_waiting
from bookings.models import Booking, Occurrence, OutboxEntry
from bookings.occurrences import series_of
from bookings.recurrence import Series, place_at, to_local
from bookings.recurrence.retracing import first_gone, same_pattern
from calendars import mapping
from calendars.models import CalendarLink, GoogleCopy
from calendars.unsent import series_there

TOGETHER = timedelta(minutes=2)  # the two writes of one cut
AT_ONCE = timedelta(seconds=5)  # from making an event to writing it
NEAR = timedelta(days=7)  # how far a cut may move the date at which it is made


@dataclass(frozen=True)
class Cut:
    """A series that was cut before its place `key`."""

    old: Booking
    key: datetime


@dataclass(frozen=True)
class NewSeries:
    """What is known of a series that may be a part of another one."""

    event_id: str
    title: str
    series: Series
    mark: str
    created: str  # as Google tells it
    updated: datetime | None


def cut_behind(link: CalendarLink, new: NewSeries) -> Cut | None:
    """The cut that made a series that is new on a calendar; None if it is one of its own."""
    if base := mapping.cut_from(new.event_id):
        return _cut_by_id(link, base, new.series)
    shorter = Occurrence.objects.filter(booking=OuterRef("booking"), status="cancelled")
    on_its_way = OutboxEntry.objects.filter(
        consumer=CONSUMER, booking=OuterRef("booking"), acked_v__lt=F("desired_v")
    )
    neighbours = _neighbours(link, new.event_id, new.updated)
    likely = neighbours.filter(Exists(shorter) | Exists(on_its_way))
    for copy in (*_made_with(link, new.event_id, new.created), *likely):
        if (key := _cut_at(copy, new)) is not None:
            return Cut(copy.booking, key)
    return None


def part_waiting(link: CalendarLink, old: GoogleCopy) -> tuple[Cut, GoogleCopy] | None:
    """What is known of a series that was listed before the one that it was cut off became shorter,
    untouched since; None if there is none."""
    fresh = {"booking__origin": Booking.Origin.GOOGLE, "booking__split_from": None}
    kin = _made_with(link, old.google_event_id, old.base.get("created", ""))
    neighbours = _neighbours(link, old.google_event_id, old.remote_updated)
    found = (each.filter(**fresh, booking__version=1) for each in (kin, neighbours))
    for copy in chain.from_iterable(found):
        part = copy.booking
        new = NewSeries(
            copy.google_event_id, part.title, series_of(part),
            copy.base.get("mark", ""), copy.base.get("created", ""), copy.remote_updated,
        )  # fmt: skip
        if (key := _cut_at(old, new)) is not None:
            return Cut(old.booking, key), copy
    return None


def _neighbours(
    link: CalendarLink, event_id: str, updated: datetime | None
) -> QuerySet[GoogleCopy]:
    """The other series of a calendar that were written at the same time."""
    at = updated or datetime(1, 1, 2, tzinfo=UTC)
    together = (at - TOGETHER, at + TOGETHER)
    return _others(link, event_id).filter(remote_updated__range=together)


def _made_with(link: CalendarLink, event_id: str, created: str) -> QuerySet[GoogleCopy]:
    """The other series of a calendar that were made at the same moment; none while it is read for
    the first time, as then nothing is being cut."""
    if not created or link.last_pull_at is None:
        return GoogleCopy.objects.none()
    return _others(link, event_id).filter(base__created=created)


def _others(link: CalendarLink, event_id: str) -> QuerySet[GoogleCopy]:
    found = GoogleCopy.objects.filter(link=link, original_start=None, booking__opaque=False)
    ruled = found.exclude(booking__rrule="").exclude(google_event_id=event_id)
    return ruled.select_related("booking__room__building").order_by("-pk")


def _cut_by_id(link: CalendarLink, base: str, series: Series) -> Cut | None:
    masters = GoogleCopy.objects.filter(
        Q(google_event_id=base) | Q(google_event_id__startswith=f"{base}_R"),
        link=link, original_start=None, booking__isnull=False,
    )  # fmt: skip
    parts = [copy.booking for copy in masters.select_related("booking__room__building")]
    start = _start_for(series, parts[0]) if parts else series.dtstart_local
    earlier = [part for part in parts if part.dtstart_local < start]
    if not earlier:
        return None
    owner = [
        part for part in earlier if part.occurrences.filter(original_start=start).exists()
    ]  # fmt: skip
    return Cut(max(owner or earlier, key=lambda part: part.dtstart_local), start)


def _cut_at(old: GoogleCopy, new: NewSeries) -> datetime | None:
    """The place at which a series was cut, if it is what a new one was cut off."""
    booking, series = old.booking, new.series
    of_story = _is_of_story(new.mark, booking)
    is_copied = not was_made_at_last(new.created, new.updated)
    made_together = is_copied and new.created == old.base.get("created")
    key = _first_gone(old, cut_here_too=of_story or made_together)
    if key is None or not series.recurrence:
        return None
    start = _start_for(series, booking)
    alike = (new.title == booking.title, series.duration == booking.duration)
    alike_rule = same_pattern(series.recurrence.rrule, booking.rrule)
    is_near, same_day = abs(start - key) <= NEAR, start.date() == key.date()
    if of_story:
        fits = is_near
    elif made_together:
        fits = same_day and any(alike)  # whatever its rule became
    elif is_copied:
        fits = False  # Google's page cut it off a series that we do not know
    elif same_day:
        fits = alike_rule and any(alike)
    else:
        moved = same_pattern(series.recurrence.rrule, booking.rrule, but=("BYDAY",))
        fits = is_near and moved and all(alike)
    return key if fits else None


def _first_gone(copy: GoogleCopy, *, cut_here_too: bool) -> datetime | None:
    """Where a series ends now, here or, if we go our own way with it, only in Google.

    With `cut_here_too` also if it is a part of ours that begins there.
    """
    booking = copy.booking
    keys = list(booking.occurrences.values_list("original_start", flat=True))
    if (found := first_gone(keys, series_of(booking))) is not None:
        return found
    if (there := series_there(copy.base, booking.timezone)) is None:
        return None
    if cut_here_too and is_waiting(booking, None):
        later = parts_of(booking).filter(split_key__gt=booking.split_key or booking.dtstart_local)
        keys += later.values_list("split_key", flat=True)
    return first_gone(keys, there)


def was_made_at_last(created: str, updated: datetime | None) -> bool:
    """Whether an event was made when it was last written. A part that Google's page cut off was
    not: it bears the moment of its series."""
    if not created or updated is None:
        return True
    return abs(datetime.fromisoformat(created) - updated) <= AT_ONCE


def _is_of_story(mark: str, booking: Booking) -> bool:
    try:
        public_id = UUID(mark)
    except ValueError:
        return False
    return bool(parts_of(booking).filter(public_id=public_id).exists())


def _start_for(series: Series, booking: Booking) -> datetime:
    """When a series begins, on the clock of a booking."""
    return to_local(place_at(series, series.dtstart_local).starts_at, series_of(booking).zone)
