"""What is wrong with how a company uses its rooms, found in what Google tells. Pure.

A finding carries values, not sentences: `calendars.audit.words` says it in the reader's language.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median_low
from typing import Any

from calendars.audit.meetings import Guest, Meeting

Facts = dict[str, Any]  # JSON

MOST_LISTED = 100  # findings of one kind in one room
USE_WINDOW = timedelta(days=28)  # how far to both sides of today use is counted
LONG = timedelta(hours=2)  # an hour alone in a room is a phone call
LARGE_ROOM = 6  # seats; in a smaller one nobody is missing a seat
SMALL_SHARE = 3  # oversized: people take a third of the seats or fewer
LEAST_OVERSIZED = 3  # meetings


class Severity(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Kind(StrEnum):
    """Kinds of trouble, the most urgent first: the order of the report."""

    DOUBLE_BOOKING = "double_booking"
    NO_CALENDAR = "no_calendar"
    SHARED_CALENDAR = "shared_calendar"
    CANNOT_WRITE = "cannot_write"
    PUBLIC = "public"
    EVERYBODY_WRITES = "everybody_writes"
    NOBODY_READS = "nobody_reads"
    ANSWERED_BY_HAND = "answered_by_hand"
    ORGANIZER_LEFT = "organizer_left"
    NOBODY_COMES = "nobody_comes"
    OVERSIZED = "oversized"
    ALONE = "alone"

    @property
    def severity(self) -> Severity:
        return _SEVERITIES[self]


_SEVERITIES = {
    Kind.DOUBLE_BOOKING: Severity.HIGH,
    Kind.NO_CALENDAR: Severity.HIGH,
    Kind.SHARED_CALENDAR: Severity.HIGH,
    Kind.CANNOT_WRITE: Severity.HIGH,
    Kind.PUBLIC: Severity.HIGH,
    Kind.EVERYBODY_WRITES: Severity.HIGH,
    Kind.NOBODY_READS: Severity.MEDIUM,
    Kind.ANSWERED_BY_HAND: Severity.MEDIUM,
    Kind.ORGANIZER_LEFT: Severity.MEDIUM,
    Kind.NOBODY_COMES: Severity.MEDIUM,
    Kind.OVERSIZED: Severity.LOW,
    Kind.ALONE: Severity.LOW,
}


@dataclass(frozen=True)
class AuditRoom:
    """A room as the directory or Roomly knows it; no calendar id: none is known."""

    name: str
    calendar_id: str
    capacity: int = 0  # 0: not known


@dataclass(frozen=True)
class People:
    """Who works at the company, by addresses in lower case; aliases are among them."""

    active: frozenset[str] = frozenset()
    suspended: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()

    def are_known(self) -> bool:
        """Whether the directory told anything: without it nobody counts as gone."""
        return bool(self.active)

    def has_left(self, address: str) -> bool:
        """Whether an address of the company is nobody's any more, or somebody's who may not
        sign in. Calendars and groups are no people: do not ask about those."""
        if address in self.suspended:
            return True
        domain = address.partition("@")[2]
        return self.are_known() and domain in self.domains and address not in self.active


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One trouble. `key` says within its room what it is about, to know it again in a later run."""

    kind: Kind
    room: AuditRoom
    key: str = ""
    facts: Facts = field(default_factory=dict)
    link: str = ""  # to the event in Google

    @property
    def identity(self) -> str:
        return f"{self.kind}|{self.room.calendar_id or self.room.name}|{self.key}"


def in_calendar(
    room: AuditRoom, meetings: Sequence[Meeting], people: People, *, now: datetime
) -> list[Finding]:
    """Everything that a room's meetings show."""
    coming = [meeting for meeting in meetings if _to_come(meeting, now)]
    return [
        *double_bookings(room, meetings, now=now),
        *left_behind(room, coming, people, now=now),
        *oversized(room, meetings, people, now=now),
        *alone(room, coming, now=now),
    ]


def double_bookings(
    room: AuditRoom, meetings: Sequence[Meeting], *, now: datetime
) -> list[Finding]:
    """Pairs of meetings that have the room at the same time, how often and when next."""
    dates = sorted(
        (span.starts_at, span.ends_at, number)
        for number, meeting in enumerate(meetings)
        for span in meeting.dates
        if span.ends_at > now
    )
    times: Counter[tuple[int, int]] = Counter()
    first: dict[tuple[int, int], datetime] = {}
    running: list[tuple[datetime, int]] = []
    for starts_at, ends_at, number in dates:
        running = [(until, other) for until, other in running if until > starts_at]
        for other in {other for _until, other in running} - {number}:
            pair = (min(number, other), max(number, other))
            times[pair] += 1
            first.setdefault(pair, starts_at)
        running.append((ends_at, number))
    return [
        _double_booking(room, meetings[one], meetings[two], next_at, times[one, two])
        for (one, two), next_at in first.items()
    ]


def _double_booking(
    room: AuditRoom, one: Meeting, two: Meeting, next_at: datetime, times: int
) -> Finding:
    facts = {
        "one": _named(one),
        "two": _named(two),
        "next": next_at.isoformat(),
        "times": times,
        "other_link": two.link,
    }
    key = "+".join(sorted((one.event_id, two.event_id)))
    return Finding(kind=Kind.DOUBLE_BOOKING, room=room, key=key, facts=facts, link=one.link)


def left_behind(
    room: AuditRoom, coming: Iterable[Meeting], people: People, *, now: datetime
) -> list[Finding]:
    """Series that nobody attends any more, and other meetings whose organiser has left."""
    found = []
    for meeting in coming:
        if meeting.is_series and nobody_comes(meeting, people):
            kind = Kind.NOBODY_COMES
        elif people.has_left(meeting.organizer):
            kind = Kind.ORGANIZER_LEFT
        else:
            continue
        facts = _coming(meeting, now) | {"suspended": meeting.organizer in people.suspended}
        found.append(_about(kind, room, meeting, facts))
    return found


def nobody_comes(meeting: Meeting, people: People) -> bool:
    """Whether all guests besides the organiser have declined or left.

    A meeting without guests, or whose guests Google hides, tells nothing.
    """
    others = [guest for guest in meeting.guests or () if guest.email != meeting.organizer]
    return bool(others) and all(
        guest.answer == "declined" or _is_gone(guest, people) for guest in others
    )


def oversized(
    room: AuditRoom, meetings: Iterable[Meeting], people: People, *, now: datetime
) -> list[Finding]:
    """A large room in which mostly a few people meet, in the four weeks before and after now.

    Only meetings whose number of people is known count, and those of one person do not: who
    invites nobody may still expect somebody.
    """
    if room.capacity < LARGE_ROOM:
        return []
    since, until = now - USE_WINDOW, now + USE_WINDOW
    sizes = [
        size
        for meeting in meetings
        if (size := size_of(meeting, people)) is not None and size > 1
        for span in meeting.dates
        if span.ends_at > since and span.starts_at < until
    ]
    small = [size for size in sizes if size * SMALL_SHARE <= room.capacity]
    if len(small) < LEAST_OVERSIZED or len(small) * 2 <= len(sizes):
        return []
    facts = {
        "small": len(small),
        "all": len(sizes),
        "people": median_low(small),
        "capacity": room.capacity,
    }
    return [Finding(kind=Kind.OVERSIZED, room=room, facts=facts)]


def size_of(meeting: Meeting, people: People) -> int | None:
    """How many people come, those who declined left out; None if a guest may be a group."""
    if meeting.guests is None or any(_may_be_group(guest, people) for guest in meeting.guests):
        return None
    named = {guest.email for guest in meeting.guests}
    uninvited = 1 if meeting.organizer and meeting.organizer not in named else 0
    return uninvited + sum(1 + guest.more for guest in meeting.guests if guest.answer != "declined")


def alone(room: AuditRoom, coming: Iterable[Meeting], *, now: datetime) -> list[Finding]:
    """Long meetings to which nobody but the organiser is invited."""
    return [
        _about(Kind.ALONE, room, meeting, _coming(meeting, now) | {"minutes": _minutes(meeting)})
        for meeting in coming
        if meeting.guests is not None
        and not any(guest.email != meeting.organizer for guest in meeting.guests)
        and _minutes(meeting) * 60 >= LONG.total_seconds()
    ]


def shared_calendars(rooms: Iterable[AuditRoom]) -> list[Finding]:
    """Rooms that have one calendar between them."""
    by_calendar: dict[str, list[AuditRoom]] = {}
    for room in rooms:
        if room.calendar_id:
            by_calendar.setdefault(room.calendar_id.lower(), []).append(room)
    return [
        Finding(
            kind=Kind.SHARED_CALENDAR,
            room=sharing[0],
            facts={"rooms": sorted(room.name for room in sharing)},
        )
        for sharing in by_calendar.values()
        if len(sharing) > 1
    ]


def without_calendar(room: AuditRoom) -> Finding:
    """A room that has no calendar, or one that Google does not find."""
    return Finding(kind=Kind.NO_CALENDAR, room=room, facts={"calendar": room.calendar_id})


def at_most_listed(findings: Iterable[Finding]) -> tuple[list[Finding], Mapping[Kind, int]]:
    """The first of each kind, and how many of which kind were left out."""
    shown: Counter[Kind] = Counter()
    left_out: Counter[Kind] = Counter()
    kept = []
    for finding in findings:
        if shown[finding.kind] < MOST_LISTED:
            shown[finding.kind] += 1
            kept.append(finding)
        else:
            left_out[finding.kind] += 1
    return kept, left_out


def _about(kind: Kind, room: AuditRoom, meeting: Meeting, facts: Facts) -> Finding:
    return Finding(kind=kind, room=room, key=meeting.event_id, facts=facts, link=meeting.link)


def _named(meeting: Meeting) -> Facts:
    return {"title": meeting.title, "who": meeting.organizer, "series": meeting.is_series}


def _to_come(meeting: Meeting, now: datetime) -> bool:
    return any(span.ends_at > now for span in meeting.dates)


def _coming(meeting: Meeting, now: datetime) -> Facts:
    dates = [span.starts_at for span in meeting.dates if span.ends_at > now]
    return _named(meeting) | {
        "next": dates[0].isoformat(),
        "times": len(dates),
        "endless": meeting.is_endless,
    }


def _minutes(meeting: Meeting) -> int:
    span = meeting.dates[-1]
    return int((span.ends_at - span.starts_at).total_seconds() // 60)


def _is_gone(guest: Guest, people: People) -> bool:
    return people.has_left(guest.email) and not _may_be_group(guest, people)


def _may_be_group(guest: Guest, people: People) -> bool:
    """Whether an address of the company is nobody's and never answered: a mailing list, perhaps."""
    return (
        guest.answer == "needsAction"
        and guest.email not in people.suspended
        and people.has_left(guest.email)
    )
