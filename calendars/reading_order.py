"""In which order the events of one reading are taken over."""

from collections.abc import Collection, Iterator

from bookings.recurrence.edits import has_place
from calendars import content
from calendars.incorporate import STRANGE
from calendars.mapping import cut_from
from calendars.models import CalendarLink, GoogleCopy
from calendars.series.cuts import was_made_at_last
from calendars.series.unsent import series_there


def in_order(link: CalendarLink, copies: Collection[GoogleCopy]) -> list[GoogleCopy]:
    """Series before their dates, those that got shorter before what was cut off them, and what
    surely was before what only may have been; what was deleted last, as it may have been cut.

    Except for dates that somebody edited before their series got other places: they are named by
    places that only the series as it was still has, and go along with it.
    """
    first = set(_dates_of_before(link, copies))
    return sorted(copies, key=lambda copy: (copy.pk not in first, *_masters_first(copy)))


def _masters_first(copy: GoogleCopy) -> tuple[bool, bool, bool, bool, str, int]:
    is_date = bool(copy.raw.get("recurringEventId") or copy.original_start)
    is_deleted = not is_date and content.is_cancelled(copy.raw)
    part_of = cut_from(copy.google_event_id)
    on_its_own = not part_of and _was_made_at_last(copy.raw)
    return is_date, is_deleted, copy.booking_id is None, on_its_own, part_of, copy.pk


def _was_made_at_last(item: content.Item) -> bool:
    try:
        return was_made_at_last(item.get("created", ""), content.updated_of(item))
    except STRANGE:
        return True  # which is met again once it is taken over, alone


def _dates_of_before(link: CalendarLink, copies: Collection[GoogleCopy]) -> Iterator[int]:
    retimed = {}
    for copy in copies:
        was_series = copy.booking_id is not None and copy.base.get("recurrence")
        if was_series and content.is_series(copy.raw):
            zone = copy.booking.timezone
            theirs = content.content_of_item(
                copy.raw, calendar_id=link.google_calendar_id, zone=link.room.zone_name
            )
            before, after = series_there(copy.base, zone), series_there(theirs, zone)
            if before is not None and after is not None and before != after:
                retimed[copy.google_event_id] = before, after
    for copy in copies if retimed else ():
        if series := retimed.get(copy.raw.get("recurringEventId", "")):
            before, after = series
            place = content.original_start_of(copy.raw, before.timezone)
            if has_place(before, place) and not has_place(after, place):
                yield copy.pk
