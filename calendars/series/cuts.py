"""Recognising that a series was cut in two in Google, which takes two writes there.

Google tells of a shorter series and of a new one, in any order and perhaps not together:

* Google's page names a later part `<id>_R<start>` if its time is the same. That is certain.
* If the time is another one, nothing but the moment at which the old series was made connects
  them, and our own mark. Google copies both.
* A program that does as Google's guide tells leaves no trace at all.

Without any, the two have to fit each other to the minute: the old series was cut short at the
place where the new one begins, both were written at the same time by Google's clock, and without
the mark they have the same pattern, and the same title or length (both, if the day was moved),
too; and it was in Google that the old one was cut short, not here. Otherwise they are two series,
as Google says: what somebody once did to dates that are gone must not colour what is new.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import chain
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from bookings.edits.edit_modes import OUT_OF_RULE, is_first
from bookings.edits.lineage import parts_of
from bookings.mirroring.mirror import CONSUMER, is_waiting
from bookings.models import Booking, BookingEvent, Door, Occurrence, OutboxEntry
from bookings.occurrences import place_from_story, series_of
from bookings.recurrence import Series, expand, place_at, to_instant, to_local
from bookings.recurrence.retracing import first_beyond, gone_at_end, same_pattern
from calendars import content, mapping
from calendars.models import CalendarLink, GoogleCopy
from calendars.series.unsent import cut_at, series_there

TOGETHER = timedelta(minutes=2)  # the two writes of one cut
AT_ONCE = timedelta(seconds=5)  # from making an event to writing it
NEAR = timedelta(days=7)  # how far a cut may move the date at which it is made


@dataclass(frozen=True)
class Cut:
    """A series that was cut before its place `key`. If what was left of it `is_deleted`, nothing
    else there says that it became shorter."""

    old: Booking
    key: datetime
    is_deleted: bool = False


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
        if (key := _cut_before_deleted(copy, new)) is not None:
            return Cut(copy.booking, key, is_deleted=True)
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
    if not new.series.recurrence:
        return None
    return _cut_off_kin(old, new) if _is_kin(old, new) else _cut_off_alike(old, new)


def _cut_off_kin(old: GoogleCopy, new: NewSeries) -> datetime | None:
    start = _start_for(new.series, old.booking)
    end = _end_there(old, start)
    if end is not None and end.date() == start.date():
        return _lost_with(old.booking, end)
    gone = _gone(old, cut_here_too=True)
    if not gone:
        return None
    # Cut at several places, it tells of the first.
    key = next((each for each in gone if each.date() == start.date()), gone[0])
    if _is_of_story(new.mark, old.booking):
        return key if abs(start - key) <= NEAR else None
    same_day = start.date() == key.date()
    return key if same_day and any(_alike(old.booking, new)) else None  # whatever its rule became


def _lost_with(booking: Booking, end: datetime) -> datetime:
    """The place that the date had which a series lost with its end: the series may have got another
    time with that, and the date has not."""
    lost = booking.occurrences.filter(reason=OUT_OF_RULE).values_list("original_start", flat=True)
    return next((key for key in lost if key.date() == end.date()), end)


def _cut_off_alike(old: GoogleCopy, new: NewSeries) -> datetime | None:
    booking, rrule = old.booking, new.series.recurrence.rrule
    if not was_made_at_last(new.created, new.updated):
        return None  # Google's page cut it off a series that we do not know
    gone = _gone(old, cut_here_too=False)
    if not gone or not _was_ended_there(booking):
        return None
    key = gone[0]
    start, alike = _start_for(new.series, booking), _alike(booking, new)
    if start.date() == key.date():
        fits = same_pattern(rrule, booking.rrule) and any(alike)
    else:
        moved = same_pattern(rrule, booking.rrule, but=("BYDAY",))
        fits = abs(start - key) <= NEAR and moved and all(alike)
    return key if fits else None


def _alike(booking: Booking, new: NewSeries) -> tuple[bool, bool]:
    return new.title == booking.title, new.series.duration == series_of(booking).duration


def _cut_before_deleted(old: GoogleCopy, new: NewSeries) -> datetime | None:
    """The place of a series, on the day on which a new one begins that is surely a part of it, if
    what was left of it there was deleted since."""
    there = series_there(old.base, old.booking.timezone)
    if there is None or not content.is_cancelled(old.raw) or not _is_kin(old, new):
        return None
    day = _start_for(new.series, old.booking).date()
    noon = to_instant(datetime.combine(day, time(12)), there.zone)
    near = expand(there, noon - timedelta(days=1), noon + timedelta(days=1))
    keys = [place.original_start for place in near if place.original_start.date() == day]
    return next((key for key in keys if not is_first(there, key)), None)


def _is_kin(old: GoogleCopy, new: NewSeries) -> bool:
    """Whether a series bears what only a part that was cut off another one takes along."""
    return _is_of_story(new.mark, old.booking) or _is_made_together(old, new)


def _is_made_together(old: GoogleCopy, new: NewSeries) -> bool:
    is_copied = not was_made_at_last(new.created, new.updated)
    return is_copied and new.created == old.base.get("created")


def _was_ended_there(booking: Booking) -> bool:
    """Whether it was not somebody here who called off the rest of a series."""
    about_its_end = Q(after__scope="following") | Q(after__has_key="rrule")
    ends = BookingEvent.objects.filter(about_its_end, booking=booking).exclude(act="created")
    last = ends.last()
    return last is None or last.door == Door.GOOGLE


def _gone(copy: GoogleCopy, *, cut_here_too: bool) -> list[datetime]:
    """What is behind the end of a series, here or, if we go our own way with it, only in Google.

    With `cut_here_too` also if it is in a part of ours by now.
    """
    booking = copy.booking
    keys = list(booking.occurrences.values_list("original_start", flat=True))
    if found := gone_at_end(keys, series_of(booking)):
        return found
    if (there := series_there(copy.base, booking.timezone)) is None:
        return []
    if cut_here_too and is_waiting(booking, None):
        later = parts_of(booking).filter(split_key__gt=booking.split_key or booking.dtstart_local)
        for part in later.prefetch_related("occurrences"):
            keys += _places_before_cut(booking, part)
    by = there.dtstart_local - booking.dtstart_local  # as far as we moved it, unheard
    return gone_at_end([key + by for key in keys], there)


def _places_before_cut(booking: Booking, part: Booking) -> list[datetime]:
    """Where the dates of a later part of ours are in a series, if that had them yet."""
    begin = place_from_story(booking, cut_at(part))
    keys = {row.original_start for row in part.occurrences.all()}
    return sorted({begin, *(begin + (key - part.dtstart_local) for key in keys)})


def _end_there(copy: GoogleCopy, around: datetime) -> datetime | None:
    """The first place that a series had in Google before it was cut short, where it is no more here
    as it was there."""
    there = series_there(copy.base, copy.booking.timezone)
    if there is None or not is_waiting(copy.booking, None):
        return None
    return first_beyond(there, around)


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
