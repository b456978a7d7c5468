"""A series in Google whose places we changed, while that is still on its way there.

Whoever edits it in Google meanwhile names its dates by the places that it had. What they did is
meant for the dates that ours became: shifted ones, and those of parts that were cut off here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Self
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from bookings.edits.edit_modes import is_first
from bookings.edits.lineage import parts_of
from bookings.errors import InvalidRule
from bookings.guests import guests_of, guests_of_dates, list_of
from bookings.mirroring.mirror import CONSUMER
from bookings.mirroring.seen import Seen, Times
from bookings.models import Booking, BookingEvent, Door, OutboxEntry
from bookings.occurrences import place_from_story, series_of
from bookings.recurrence import Recurrence, Series, expand, parse_recurrence, place_at, to_local
from bookings.recurrence.edits import Shift, cut, has_place, shifted
from bookings.recurrence.retracing import same_pattern, shift_onto
from calendars.content import (
    GONE,
    Content,
    changed,
    content_of_date,
    content_of_place,
    content_of_series_date,
)
from calendars.copies import master_of
from calendars.models import GoogleCopy


@dataclass
class Unsent:
    """How a series stands in Google, and what became of its dates here."""

    booking: Booking
    base: Content
    there: Series

    @classmethod
    def of(cls, booking: Booking) -> Self | None:
        """None where nothing of its story's places is on its way."""
        on_its_way = OutboxEntry.objects.filter(
            consumer=CONSUMER,
            lane=booking.split_from_id or booking.pk,
            original_start=None,
            acked_v__lt=F("desired_v"),
        )
        if not booking.is_series or booking.opaque or not on_its_way.exists():
            return None
        master = master_of(booking)
        base = master.base if master is not None else {}
        there = series_there(base, booking.timezone)
        return None if there is None else cls(booking, base, there)

    @cached_property
    def parts(self) -> list[Booking]:
        """What was cut off the series here, and whose dates Google still has in it."""
        last = max((max(key, self._shift(key)) for key in self._keys), default=None)
        return [] if last is None else self._parts_to(last)

    def _parts_to(self, last: datetime) -> list[Booking]:
        """Those that were cut off up to a place, in their order."""
        later = parts_of(self.booking).filter(split_key__lte=last - self._clock)
        later = later.exclude(pk=self.booking.pk)
        if self.booking.split_key is not None:
            later = later.filter(split_key__gt=self.booking.split_key)
        to_come = later.filter(occurrences__ends_at__gt=timezone.now(), opaque=False).distinct()
        return sorted(to_come, key=cut_at)

    def date(self, key: datetime) -> tuple[Booking, datetime]:
        """Which date a place of Google's is here: the part, and its original start in it. The place
        may be one that it has had until now."""
        own = self._shift(key)
        parts = self.parts if has_place(self.there, key) else self._parts_to(max(key, own))
        for part in reversed(parts):
            begin = self._begin_of(part)
            place = key if has_place(self.there, begin) else own
            if place >= begin:
                return part, self._shift_of(part, begin)(place)
        return self.booking, own

    def _begin_of(self, part: Booking) -> datetime:
        """The place in Google at which a part was cut off here; ours had another time then if the
        series had been moved before, unheard."""
        at, keys = cut_at(part) + self._clock, self._keys
        if self.booking.split_key is not None:
            return at
        if (before := next((key for key in keys if self._shift(key) == at), None)) is not None:
            return before
        nearest = min(keys, key=lambda key: abs(key - at), default=at)
        gap = min((after - before for before, after in pairwise(keys)), default=timedelta())
        return nearest if abs(nearest - at) * 2 < gap else at

    def has_own_times(self, part: Booking) -> bool:
        """Whether a part got other times than what it was cut off had, there or here."""
        series = series_of(part)
        is_usual = series.dtstart_local in self.cut_places(part)
        return not is_usual or series.duration != self.there.duration

    def cut_places(self, part: Booking) -> list[datetime]:
        """The place at which a part was cut off, on the clock of the series there, and here if that
        is another one."""
        at = cut_at(part)
        return list(dict.fromkeys((at + self._clock, place_from_story(self.booking, at))))

    def moved(self, part: Booking, theirs: Content) -> Seen:
        """The times of a part, once somebody moved the series in Google: its cut moves along, and
        its dates as far as they follow. Empty where they do not, or its rule cannot follow."""
        series = series_of(part)
        there = (self._begin_of(part), self.there.duration)
        follows = (series.dtstart_local, series.duration) == there
        after = series_there(theirs, part.timezone)
        if after is None:
            return Seen()
        by = after.dtstart_local - self.there.dtstart_local
        if self.booking.split_key is None:
            part.split_key = cut_at(part) + by
        if not follows:
            part.save(update_fields=["split_key"])
            return Seen()
        try:
            series, _shift = shifted(series, series.dtstart_local, by)
        except InvalidRule:
            return Seen()
        series = replace(series, duration=after.duration)
        return Seen(times=_times(series), recurrence=series.recurrence, places=None)

    def cut_off(self, key: datetime, seen: Seen) -> tuple[Booking, datetime, Seen]:
        """A cut that somebody made in Google before a place of the series there: which part it
        cuts here, where, and how what follows takes place. What kept its times there is meant by
        our change of them."""
        part, place = self.date(key)
        if not part.occurrences.filter(original_start=place).exists():
            return self.booking, key, seen
        times, here, by = seen["times"], series_of(part), place - key
        length, known = times.ends_at - times.starts_at, self.there
        kept = (times.dtstart_local.time(), length) == (known.dtstart_local.time(), known.duration)
        if not kept or (not by and here.duration == length):
            return part, place, seen
        later = Series(
            times.dtstart_local, times.timezone, here.duration, seen["recurrence"], here.days
        )
        try:
            later, _shift = shifted(later, later.dtstart_local, by)
        except InvalidRule:
            return part, place, seen
        return part, place, {**seen, "times": _times(later), "recurrence": later.recurrence}

    def called_off(self, theirs: Content) -> dict[Booking, list[datetime]]:
        """The dates here, by their part, of places that a shorter rule there has no more; none
        where its pattern became another one. Parts have `moved` along already."""
        after = series_there(theirs, self.booking.timezone)
        if after is None:
            return {}
        moved = after.dtstart_local - self.there.dtstart_local
        left = {key - moved for key in _keys(after)}
        if left - set(self._keys):
            return {}
        found: dict[Booking, list[datetime]] = {}
        by_now = replace(self, there=shifted(self.there, self.there.dtstart_local, moved)[0])
        for key in self._keys:
            if key not in left:
                part, original_start = by_now.date(key + moved)
                found.setdefault(part, []).append(original_start)
        return found

    def left_alone(self) -> dict[Booking, list[datetime]]:
        """The dates of the parts, by these, that say what Google says of them in the series."""
        known = {copy.original_start: copy.base for copy in self.booking.google_copies.all()}
        found: dict[Booking, list[datetime]] = {}
        for key in self._keys:
            part, original_start = self.date(key)
            row = part.occurrences.filter(original_start=original_start).first()
            if part is self.booking or row is None:
                continue
            ours = content_of_date(part, row, list_of(guests_of(row)))
            if not changed(known.get(key) or self.untouched(key), ours):
                found.setdefault(part, []).append(original_start)
        return found

    def untouched(self, key: datetime) -> Content:
        """What Google says about a date of the series that it does not tell apart."""
        return content_of_series_date(self.base, self.there, key)

    @property
    def _clock(self) -> timedelta:
        """How far the series' clock in Google is ahead of its story's, on which parts are cut."""
        own = self.booking.split_key
        return timedelta() if own is None else self.there.dtstart_local - own

    @cached_property
    def _keys(self) -> list[datetime]:
        return _keys(self.there)

    @cached_property
    def _shift(self) -> Shift:
        return _onto(self._keys, self.there.dtstart_local, self.booking)

    def _shift_of(self, part: Booking, begin: datetime) -> Shift:
        return _onto([key for key in self._keys if key >= begin], begin, part)


def cut_at(part: Booking) -> datetime:
    """The place at which a part was cut off, on the clock of its story."""
    return part.split_key or part.dtstart_local


def ended(part: Booking, keys: list[datetime]) -> Recurrence | None:
    """The rule of a part that these dates are the end of; None if others follow, or none
    comes before them."""
    series, first = series_of(part), min(keys)
    later = [key for key in _keys(series) if key >= first]
    if set(later) - set(keys) or not has_place(series, first) or is_first(series, first):
        return None
    rest = cut(series, first)[0]
    return rest.recurrence if rest.dtstart_local == series.dtstart_local else None


def edits_of(booking: Booking, base: Content, ours: Content) -> list[str]:
    """What was edited here of a whole booking, by field; to take dates off it is no such edit, and
    to bring some back is one of theirs (see `dates_that_stay`)."""
    fields = changed(base, ours)
    there = series_there(base, booking.timezone)
    if fields != ["recurrence"] or there is None or not booking.is_series:
        return fields
    rules = (there.recurrence.rrule, booking.rrule)
    if same_pattern(*rules) or set(_keys(series_of(booking))) <= set(_keys(there)):
        return []
    return fields


def is_edited_here(booking: Booking, original_start: datetime) -> bool:
    """Whether what Google has yet to hear of a date is somebody's edit here, of it or its series,
    and not what its series got there."""
    waiting = OutboxEntry.objects.filter(
        consumer=CONSUMER,
        booking=booking,
        original_start=original_start,
        acked_v__lt=F("desired_v"),
    )
    about = Q(original_start=original_start) | Q(original_start=None)
    edits = BookingEvent.objects.filter(about, booking=booking).exclude(door=Door.GOOGLE)
    return edits.filter(at__gte=waiting.values("first_pending_at")[:1]).exists()


def dates_that_stay(booking: Booking) -> list[datetime]:
    """The dates of a series that stay where Google deletes it: what somebody edited or brought back
    here, of which Google has yet to hear, and what has an event of its own in another room."""
    if not booking.is_series or booking.opaque:
        return []
    edits = BookingEvent.objects.filter(
        booking=booking, original_start=OuterRef("original_start"),
        at__gte=OuterRef("first_pending_at"),
    ).exclude(door=Door.GOOGLE)  # fmt: skip
    waiting = OutboxEntry.objects.filter(
        Exists(edits), consumer=CONSUMER, booking=booking, original_start__isnull=False,
        acked_v__lt=F("desired_v"),
    )  # fmt: skip
    elsewhere = ~Q(room=booking.room_id)
    standing = booking.occurrences.filter(
        elsewhere | Q(original_start__in=waiting.values("original_start")),
        ends_at__gt=timezone.now(),
    ).exclude(status__in=GONE)
    rows, series = list(standing.order_by("original_start")), series_of(booking)
    guests = guests_of_dates(rows)
    known = GoogleCopy.objects.filter(booking=booking)
    bases = {copy.original_start: copy.base for copy in known}
    stood = series_there(bases.get(None, {}), booking.timezone)
    keys_there = [] if stood is None else _keys(stood)
    found = []
    for row in rows:
        row.booking = booking
        key = row.original_start
        there = bases.get(key) or content_of_place(booking, bases.get(None, {}), key)
        ours = content_of_date(booking, row, list_of(guests[row.pk]))
        is_new = key not in keys_there or row.room_id != booking.room_id
        if has_place(series, key) and (is_new or changed(there, ours)):
            found.append(key)
    return found


def alone(booking: Booking, keys: Sequence[datetime]) -> Recurrence:
    """The rule of a series of which nothing else is left than these dates, in their order."""
    series = series_of(booking)
    later = [key for key in _keys(series) if key > keys[-1]]
    rest = cut(series, later[0])[0] if later else series
    others = {key for key in _keys(rest) if key not in keys}
    exdates = tuple(sorted({*rest.recurrence.exdates, *others}))
    return replace(rest.recurrence, exdates=exdates)


def _keys(series: Series) -> list[datetime]:
    now = timezone.now()
    return [place.original_start for place in expand(series, now, now + timedelta(days=800))]


def _times(series: Series) -> Times:
    place = place_at(series, series.dtstart_local)
    return Times(place.starts_at, place.ends_at, series.dtstart_local, series.timezone, series.days)


def _onto(keys: list[datetime], begin: datetime, booking: Booking) -> Shift:
    until = booking.horizon_until or timezone.now()
    return shift_onto(keys, begin, series_of(booking), timezone.now(), until)


def series_there(base: Content, zone: str) -> Series | None:
    """The pattern of a series as it was last seen in Google; None if it is none that we know."""
    lines, when = base.get("recurrence"), base.get("when", {})
    if not lines or not when:
        return None
    start, end = (datetime.fromisoformat(when[side]) for side in ("start", "end"))
    if "zone" not in when:
        days = (end - start).days
        return Series(start, zone, timedelta(days=days), _recurrence(lines, zone), days)
    local = to_local(start, ZoneInfo(when["zone"]))
    return Series(local, when["zone"], end - start, _recurrence(lines, when["zone"]))


def _recurrence(lines: list[str], zone: str) -> Recurrence:
    """From the form of `content.canonical`."""
    dates = {
        name: tuple(
            datetime.fromisoformat(line.partition(":")[2])
            for line in lines
            if line.startswith(f"{name}:")
        )
        for name in ("RDATE", "EXDATE")
    }
    rules = [line for line in lines if line.startswith("RRULE:")]
    rrule = parse_recurrence(rules, zone).rrule if rules else ""
    return Recurrence(rrule, dates["RDATE"], dates["EXDATE"])
