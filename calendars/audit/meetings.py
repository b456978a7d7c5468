"""What stands in a room's calendar, as the audit looks at it: meetings with their dates. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from bookings.errors import InvalidRule
from bookings.recurrence import Series, expand, parse_recurrence, to_local
from calendars.content import (
    PROJECTED_TYPES,
    Item,
    guests_of,
    has_length,
    is_cancelled,
    is_readable,
    kept,
    organizer_of,
    original_start_of,
    room_response,
    when_of,
)

LONGEST_TITLE = 200
_HEAVY = ("description", "conferenceData", "extendedProperties", "etag", "updated")
_GUEST = ("email", "responseStatus", "self", "resource", "additionalGuests")


class Span(NamedTuple):
    """From when to when a date takes the room."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Guest:
    """A person who is invited; `more` come along without a name."""

    email: str
    answer: str  # needsAction, accepted, tentative, declined
    more: int = 0


@dataclass(frozen=True, slots=True)
class Meeting:
    """A single event or a whole series, with the dates on which it takes the room.

    `guests` are None where Google does not show them: of private and of very large meetings.
    """

    event_id: str
    title: str  # empty where it is private or has none
    organizer: str  # address; empty if Google does not name one
    link: str
    is_series: bool = False
    is_endless: bool = False
    guests: tuple[Guest, ...] | None = ()
    dates: tuple[Span, ...] = ()


@dataclass
class Listing:
    """The events of one room as they come, page by page, in the little that the audit needs.

    `since` and `until` bound the dates that count; `zone` is the calendar's.
    """

    calendar_id: str
    since: datetime
    until: datetime
    zone: str = "UTC"
    events: list[Item] = field(default_factory=list)
    exceptions: dict[str, list[Item]] = field(default_factory=dict)
    unreadable: int = 0  # events in no form that Google documents

    def add(self, item: Item) -> None:
        """Keeps an event, or an exception of a series that may come on a later page."""
        is_exception = "recurringEventId" in item
        if is_cancelled(item) and not (is_exception and "originalStartTime" in item):
            return
        if not is_cancelled(item) and not is_readable(item, self.zone):
            self.unreadable += 1
            return
        small = _small(item)
        if is_exception:
            self.exceptions.setdefault(item["recurringEventId"], []).append(small)
        elif item.get("recurrence") or when_of(item, self.zone).ends_at > self.since:
            self.events.append(small)

    def meetings(self, list_dates: Callable[[str], Iterable[Item]]) -> list[Meeting]:
        """All meetings with a date in the window. `list_dates` asks Google for the dates of a
        series, by its id, whose rule is none that Roomly knows."""
        found = [self._meeting(item, list_dates) for item in self.events]
        for orphans in self.exceptions.values():  # whose series was not listed
            found += [self._single(item) for item in orphans if not is_cancelled(item)]
        return [meeting for meeting in found if meeting.dates]

    def _meeting(self, item: Item, list_dates: Callable[[str], Iterable[Item]]) -> Meeting:
        exceptions = self.exceptions.pop(item["id"], [])
        if not item.get("recurrence"):
            return self._single(item)
        zone = when_of(item, self.zone).timezone
        dates = _ruled_dates(item, self) if self._takes_room(item) else {}
        if dates is None:
            dates, exceptions = {}, list(list_dates(item["id"]))
        for exception in exceptions:
            place = original_start_of(exception, zone)
            dates.pop(place, None)
            if self._takes_room(exception):
                when = when_of(exception, self.zone)
                dates[place] = Span(when.starts_at, when.ends_at)
        return self._described(item, dates.values())

    def _single(self, item: Item) -> Meeting:
        when = when_of(item, self.zone)
        taken = self._takes_room(item)
        return self._described(item, [Span(when.starts_at, when.ends_at)] if taken else [])

    def _takes_room(self, item: Item) -> bool:
        return takes_room(item, self.calendar_id)

    def _described(self, item: Item, dates: Iterable[Span]) -> Meeting:
        is_private = item.get("visibility") in ("private", "confidential")
        hidden = is_private or item.get("attendeesOmitted")
        return Meeting(
            event_id=item["id"],
            title="" if is_private else item.get("summary", ""),
            organizer=organizer_of(item, self.calendar_id),
            link=item.get("htmlLink", ""),
            is_series=bool(item.get("recurrence")),
            is_endless=_is_endless(item),
            guests=None if hidden else _guests(item, self.calendar_id),
            dates=tuple(
                sorted(
                    span
                    for span in dates
                    if span.ends_at > self.since and span.starts_at < self.until
                )
            ),
        )


def takes_room(item: Item, calendar_id: str) -> bool:
    """Whether an event keeps others out: not if it is cancelled, shown as free, without length,
    declined by the room, or of a kind that is not about the room."""
    return (
        not is_cancelled(item)
        and has_length(item)
        and item.get("transparency") != "transparent"
        and item.get("eventType", "default") in PROJECTED_TYPES
        and room_response(item, calendar_id) != "declined"
    )


def _small(item: Item) -> dict[str, Any]:
    small = {name: value for name, value in kept(item, mask=False).items() if name not in _HEAVY}
    if "summary" in small:
        small["summary"] = str(small["summary"])[:LONGEST_TITLE]
    if "attendees" in small:
        small["attendees"] = [
            {name: guest[name] for name in _GUEST if name in guest} for guest in small["attendees"]
        ]
    return small | {"attendeesOmitted": bool(item.get("attendeesOmitted"))}


def _guests(item: Item, calendar_id: str) -> tuple[Guest, ...]:
    return tuple(
        Guest(
            email=guest["email"].lower(),
            answer=str(guest.get("responseStatus", "needsAction")),
            more=int(guest.get("additionalGuests", 0)),
        )
        for guest in guests_of(item, calendar_id)
        if not guest.get("resource")
    )


def _ruled_dates(item: Item, listing: Listing) -> dict[datetime, Span] | None:
    """The dates of a series by their original starts, before its exceptions.

    None if they do not follow from the rule as Roomly reads it: it is none that we know, has too
    many dates, or does not name its own start, which Google lists nevertheless.
    """
    when = when_of(item, listing.zone)
    start = to_local(when.starts_at, ZoneInfo(when.timezone))
    duration = when.ends_at - when.starts_at
    try:
        recurrence = parse_recurrence(
            item["recurrence"], when.timezone, start=start.time(), all_day=when.days is not None
        )
        series = Series(start, when.timezone, duration, recurrence, when.days)
        places = expand(series, listing.since - duration, listing.until)
    except (InvalidRule, OverflowError):
        return None
    dates = {place.original_start: Span(place.starts_at, place.ends_at) for place in places}
    begins_inside = listing.since <= when.starts_at < listing.until
    if begins_inside and start not in dates and start not in recurrence.exdates:
        return None
    return dates


def _is_endless(item: Item) -> bool:
    rules = [line for line in item.get("recurrence", ()) if line.upper().startswith("RRULE")]
    return bool(rules) and not any("COUNT=" in r.upper() or "UNTIL=" in r.upper() for r in rules)
