"""Cuts of series on their way into bookings: Google's, and what they mean for ours.

Somebody may cut in Google what was changed or cut here meanwhile. Both edits stand.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, cast

from bookings import outbox
from bookings.edits.edit_modes import OUT_OF_RULE, is_first
from bookings.guests import invited, list_of, mirrored_people
from bookings.mirroring.mirror import Mirror
from bookings.mirroring.seen import Guest, Seen
from bookings.models import Booking, BookingEvent, Door
from bookings.occurrences import series_of
from bookings.recurrence import Recurrence, Series
from bookings.recurrence.edits import cut as cut_before
from calendars import content
from calendars.collisions import later_there
from calendars.content import Content, Item
from calendars.copies import forget_dates
from calendars.merging import merged, not_ours
from calendars.models import CalendarLink, GoogleCopy
from calendars.owners import locked
from calendars.series.cut_twice import parts_within, said_of
from calendars.series.cuts import NewSeries, cut_behind, part_waiting
from calendars.series.dates import announce_lone_dates
from calendars.series.unsent import Unsent, ended

SHARED = ("title", "description", "visibility", "video", "guests")  # by all parts of a story


class Cutting:
    """The series of one calendar, in the transaction that takes its events over."""

    def __init__(self, link: CalendarLink, mirror: Mirror) -> None:
        self._link, self._mirror = link, mirror

    def part_of(
        self,
        item: Item,
        seen: Seen,
        theirs: Content,
        *,
        guests: Collection[Guest],
        edited_at: datetime | None,
    ) -> Booking | None:
        """A new event as the part of a series that it was cut off; None if it is none.

        `seen` and `theirs` are what it says, with its `guests`; `edited_at` is by our clock.
        """
        if (cut := cut_behind(self._link, _new_series(item, seen))) is None:
            return None
        old, key, ours = locked(cut.old.pk), cut.key, seen
        if unsent := Unsent.of(old):
            owner, key, ours = unsent.cut_off(key, seen)
            old = owner if owner is old else locked(owner.pk)
            ours = {**ours, **_words_of_ours(old, unsent.base, theirs, guests, edited_at)}
        if cut.is_deleted and not is_first(series_of(old), key):
            rest = cut_before(series_of(old), key)[0].recurrence
            self._mirror.change(old, Seen(recurrence=rest, places=None))
        part = self._mirror.split(old, key, ours)
        forget_dates(old, key)
        if ours != seen:
            outbox.announce(part)
        if unsent:
            self._take_in(unsent, (key, cut.key), part)
        return part

    def join(self, copy: GoogleCopy) -> None:
        """A series got another rule. Perhaps the rest of it was listed before, and is here."""
        if (found := part_waiting(self._link, copy)) is None:
            return
        cut, known = found
        part = locked(known.booking_id)
        self._mirror.join(cut.old, part, cut.key)
        forget_dates(cut.old, cut.key)
        if unsent := Unsent.of(cut.old):
            guests, edited_at = mirrored_people(part), known.remote_updated
            if words := _words_of_ours(cut.old, unsent.base, known.base, guests, edited_at):
                self._mirror.change(part, words)
                outbox.announce(part)
            self._take_in(unsent, (cut.key,), part)

    def call_off(self, booking: Booking, theirs: Content) -> None:
        """Who made a series shorter in Google, while our cut was on its way, meant its dates.

        Where that ends a part, the part's rule says so: perhaps its dates come back by the next
        event, as it was a cut.
        """
        if unsent := Unsent.of(booking):
            self._call_off(booking, unsent.called_off(theirs))

    def delete(self, booking: Booking) -> None:
        """Who deleted a series in Google, while our cut was on its way, meant what we cut off it,
        too, as far as we had not changed that."""
        if unsent := Unsent.of(booking):
            self._call_off(booking, unsent.left_alone())

    def _call_off(self, booking: Booking, dates: Mapping[Booking, list[datetime]]) -> None:
        for part, keys in dates.items():
            owner = part if part is booking else locked(part.pk)
            if (rest := ended(owner, keys)) is not None:
                self._mirror.change(owner, Seen(recurrence=rest, places=None))
                outbox.announce(owner)
                announce_lone_dates(owner)
            elif _is_all_of(owner, keys):
                self._mirror.cancel(owner, OUT_OF_RULE)
                outbox.announce(owner)
            else:
                for key in keys:
                    self._mirror.cancel_date(owner, key)
                outbox.announce(owner, [None, *keys])

    def _take_in(self, unsent: Unsent, keys: Collection[datetime], part: Booking) -> None:
        """What we cut off a series, too, is in the part that Google cut off it at a place."""
        for other, shift in list(parts_within(unsent, keys, part)):
            ours = locked(other.pk)
            own = said_of(unsent, ours, list_of(invited(ours)))
            self._mirror.take_in(part, ours, shift, own)
            outbox.announce(ours)
            announce_lone_dates(part)


def _new_series(item: Item, seen: Seen) -> NewSeries:
    times = seen["times"]
    length = times.ends_at - times.starts_at
    recurrence = seen.get("recurrence", Recurrence())
    series = Series(times.dtstart_local, times.timezone, length, recurrence, times.days)
    mark = str(content.private_properties(item).get(content.ID_MARK, ""))
    created, updated = item.get("created", ""), content.updated_of(item)
    return NewSeries(item["id"], seen["title"], series, mark, created, updated)


def _is_all_of(part: Booking, keys: Collection[datetime]) -> bool:
    """Whether nothing of a part that we cut off is left without these dates."""
    left = part.occurrences.exclude(original_start__in=keys).exclude(status__in=content.GONE)
    return part.split_from_id is not None and not left.exists()


def _words_of_ours(
    old: Booking,
    base: Content,
    theirs: Content,
    guests: Collection[Guest],
    edited_at: datetime | None,
) -> Seen:
    """What we said of a series while somebody cut it in Google is meant for both its parts; nothing
    where we called it off.

    `theirs` is the new part with its `guests`; of what is new on both sides the later stays.
    """
    if _is_called_off(old):
        return Seen()
    ours = content.words_of_booking(old, list_of(invited(old)))
    fields = content.changed(base, theirs, SHARED)
    taken = not_ours(fields, base, ours) + later_there(
        old, None, fields, base=base, ours=ours, theirs=theirs, edited_at=edited_at
    )
    names = [name for name in SHARED if name not in taken and ours[name] != theirs[name]]
    seen: dict[str, Any] = {name: ours[name] for name in names if name != "guests"}
    if "guests" in names:
        people = {"guests": mirrored_people(old)}
        seen |= {**people, **merged(fields, base, ours, theirs, guests, {})}
    return cast(Seen, seen)


def _is_called_off(booking: Booking) -> bool:
    """Whether the last that somebody did to a series here was to call all of it off: then Google's
    words are not taken over, and that it has others says nothing."""
    if booking.occurrences.exclude(status__in=content.GONE).exists():
        return False
    acts = BookingEvent.objects.filter(booking=booking).exclude(door=Door.GOOGLE)
    last = acts.order_by("-pk").first()
    return last is not None and (last.act, last.original_start) == ("cancelled", None)
