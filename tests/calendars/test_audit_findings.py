"""What an audit finds in the events, the people and the sharing of a room."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from calendars.audit.findings import (
    MOST_LISTED,
    AuditRoom,
    Finding,
    Kind,
    People,
    at_most_listed,
    in_calendar,
    shared_calendars,
    size_of,
)
from calendars.audit.meetings import Listing, Meeting
from calendars.audit.sharing import Sharing, in_sharing
from tests.factories import at

ROOM = AuditRoom("Han River", "room@resource.calendar.google.com", 12)
NOW = at(12, day=1)
PEOPLE = People(
    active=frozenset(f"{who}@hangang.example" for who in ("alice", "bob", "carol", "dave")),
    suspended=frozenset({"sue@hangang.example"}),
    domains=frozenset({"hangang.example"}),
)


def event(
    number: int = 1, start: str = "02T10:00", end: str = "02T11:00", *, by: str = "alice",
    guests: str = "bob", **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """An event of December 2026; guests as `bob carol:declined`."""
    attendees = [{"email": ROOM.calendar_id, "resource": True, "self": True,
                  "responseStatus": "accepted"}]  # fmt: skip
    for guest in guests.split():
        name, _colon, answer = guest.partition(":")
        attendees.append({
            "email": name if "@" in name else f"{name}@hangang.example",
            "responseStatus": answer or "accepted",
        })  # fmt: skip
    return {
        "id": f"event{number}",
        "status": "confirmed",
        "summary": f"Meeting {number}",
        "start": {"dateTime": f"2026-12-{start}:00+09:00", "timeZone": "Asia/Seoul"},
        "end": {"dateTime": f"2026-12-{end}:00+09:00", "timeZone": "Asia/Seoul"},
        "organizer": {"email": f"{by}@hangang.example"},
        "attendees": attendees,
        "htmlLink": f"https://calendar.google.com/event?eid={number}",
        **more,
    }


def weekly(number: int = 1, rule: str = "RRULE:FREQ=WEEKLY", **more: Any) -> dict[str, Any]:
    return event(number, recurrence=[rule], **more)


def exception(of: str, day: str, **more: Any) -> dict[str, Any]:
    changed = event(0, **more)
    return {
        **changed,
        "id": f"{of}_202612{day}T010000Z",
        "recurringEventId": of,
        "originalStartTime": {"dateTime": f"2026-12-{day}T10:00:00+09:00"},
    }


def meetings(*items: dict[str, Any], asked: Iterable[dict[str, Any]] = ()) -> list[Meeting]:
    listing = Listing(
        ROOM.calendar_id, NOW - timedelta(days=28), NOW + timedelta(days=365), "Asia/Seoul"
    )
    for item in items:
        listing.add(item)
    return listing.meetings(lambda _series: asked)


def found(kind: Kind, *items: dict[str, Any], people: People = PEOPLE) -> list[Finding]:
    everything = in_calendar(ROOM, meetings(*items), people, now=NOW)
    return [finding for finding in everything if finding.kind == kind]


# --- double bookings ---------------------------------------------------------------------------


def test_two_meetings_at_the_same_time_are_told_with_who_when_and_how_often() -> None:
    (one,) = found(
        Kind.DOUBLE_BOOKING,
        weekly(1, "RRULE:FREQ=WEEKLY;COUNT=4"),
        weekly(2, "RRULE:FREQ=DAILY;COUNT=10", start="02T10:30", end="02T11:30", by="bob"),
    )
    assert (one.facts["times"], one.facts["next"]) == (2, "2026-12-02T01:30:00+00:00")
    assert one.facts["one"] == {
        "title": "Meeting 1",
        "who": "alice@hangang.example",
        "series": True,
    }
    assert one.facts["two"]["who"] == "bob@hangang.example"
    assert one.link.endswith("eid=1")
    assert one.facts["other_link"].endswith("eid=2")


def test_three_at_once_are_three_pairs_and_touching_is_no_overlap() -> None:
    at_once = [event(number) for number in (1, 2, 3)]
    after = event(4, start="02T11:00", end="02T12:00")
    assert len(found(Kind.DOUBLE_BOOKING, *at_once, after)) == 3


@pytest.mark.parametrize(
    "harmless",
    [
        {"transparency": "transparent"},
        {"status": "cancelled"},
        {"end": {"dateTime": "2026-12-02T10:00:00+09:00", "timeZone": "Asia/Seoul"}},
        {"eventType": "workingLocation"},
        {"attendees": [{"email": ROOM.calendar_id, "self": True, "responseStatus": "declined"}]},
        {"start": {"dateTime": "2026-12-01T10:00:00+09:00"},
         "end": {"dateTime": "2026-12-01T11:00:00+09:00"}},
    ],
    ids=["free", "cancelled", "no length", "no meeting", "room declined", "past"],
)  # fmt: skip
def test_what_does_not_take_the_room_is_no_double_booking(harmless: dict[str, Any]) -> None:
    rival = event(3, start="01T10:00", end="01T11:00")  # of the one in the past
    assert found(Kind.DOUBLE_BOOKING, event(1), rival, {**event(2), **harmless}) == []


def test_exceptions_stand_where_they_were_moved_and_cancelled_dates_nowhere() -> None:
    series = weekly(1, "RRULE:FREQ=WEEKLY;COUNT=3")
    moved = exception("event1", "02", start="03T15:00", end="03T16:00")
    cancelled = {
        "id": "event1_20261209T010000Z", "status": "cancelled", "recurringEventId": "event1",
        "originalStartTime": {"dateTime": "2026-12-09T10:00:00+09:00"},
    }  # fmt: skip
    rivals = [
        event(2),
        event(3, start="03T15:00", end="03T16:00"),
        event(4, start="09T10:00", end="09T11:00"),
    ]
    for items in ([moved, cancelled, series, *rivals], [*rivals, series, cancelled, moved]):
        (clash,) = found(Kind.DOUBLE_BOOKING, *items)
        assert clash.key == "event1+event3"


def test_days_count_by_the_calendars_zone() -> None:
    day = {"start": {"date": "2026-12-02"}, "end": {"date": "2026-12-03"}}
    late = event(2, start="02T23:00", end="02T23:30")
    assert len(found(Kind.DOUBLE_BOOKING, {**event(1), **day}, late)) == 1


def test_the_dates_of_a_rule_that_roomly_does_not_know_come_from_google() -> None:
    odd = weekly(1, "RRULE:FREQ=WEEKLY;BYDAY=FR")  # begins on a Wednesday, which Google lists
    instances = [exception("event1", "02")]
    (meeting,) = meetings(odd, asked=instances)
    assert [span.starts_at for span in meeting.dates] == [at(10)]


def test_what_the_database_cannot_store_is_left_out_of_titles() -> None:
    (meeting,) = meetings({**event(), "summary": "a\x00b" * 300})
    assert meeting.title == ("ab" * 300)[:200]


def test_an_event_in_no_known_form_is_counted_and_left_out() -> None:
    listing = Listing(ROOM.calendar_id, NOW, NOW + timedelta(days=9))
    listing.add({"id": "x", "status": "confirmed", "start": {}})
    assert (listing.unreadable, listing.meetings(lambda _series: ())) == (1, [])


# --- people ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "suspended"), [("gone", False), ("sue", True)])
def test_a_meeting_whose_organiser_has_left_is_found(who: str, suspended: bool) -> None:
    (one,) = found(Kind.ORGANIZER_LEFT, weekly(by=who, guests="bob carol"))
    assert (one.facts["endless"], one.facts["suspended"]) == (True, suspended)
    assert one.facts["times"] == 53  # Wednesdays of a year
    assert found(Kind.ORGANIZER_LEFT, event(by=who))


def test_strangers_calendars_and_the_past_are_nobody_who_left() -> None:
    outside: dict[str, Any] = {"organizer": {"email": "pat@elsewhere.example"}}
    group: dict[str, Any] = {"organizer": {"email": "c_1@group.calendar.google.com"}}
    past = event(3, start="01T09:00", end="01T10:00", by="gone")
    assert found(Kind.ORGANIZER_LEFT, event(1, **outside), event(2, **group), past) == []


def test_without_a_directory_nobody_has_left() -> None:
    unknown = People(domains=PEOPLE.domains)
    assert found(Kind.ORGANIZER_LEFT, event(by="gone"), people=unknown) == []


@pytest.mark.parametrize(
    ("guests", "is_found"),
    [
        ("alice bob:declined sue", True),
        ("bob:declined gone", True),
        ("bob:declined carol", False),
        ("bob:declined team:needsAction", False),  # a mailing list never answers
        ("", False),
    ],
)
def test_a_series_that_nobody_attends_is_found(guests: str, is_found: bool) -> None:
    assert bool(found(Kind.NOBODY_COMES, weekly(guests=guests))) == is_found


def test_a_meeting_that_nobody_attends_is_told_once() -> None:
    kinds = [
        one.kind
        for one in in_calendar(
            ROOM, meetings(weekly(by="gone", guests="bob:declined")), PEOPLE, now=NOW
        )
    ]
    assert kinds == [Kind.NOBODY_COMES]


# --- use ---------------------------------------------------------------------------------------


def test_a_large_room_for_two_is_told_in_numbers() -> None:
    (one,) = found(
        Kind.OVERSIZED,
        weekly(1, "RRULE:FREQ=WEEKLY;COUNT=3"),
        event(2, start="03T10:00", end="03T11:00", guests="bob carol dave x@y.example z@y.example"),
    )
    assert one.facts == {"small": 3, "all": 4, "people": 2, "capacity": 12}


def test_a_room_that_is_mostly_full_is_not_told() -> None:
    full = weekly(2, guests="bob carol dave x@y.example z@y.example", start="03T10:00",
                  end="03T11:00")  # fmt: skip
    assert found(Kind.OVERSIZED, weekly(1, "RRULE:FREQ=WEEKLY;COUNT=3"), full) == []


def test_how_many_come_counts_the_organiser_and_not_who_declined() -> None:
    (meeting,) = meetings(event(guests="bob carol:declined"))
    assert size_of(meeting, PEOPLE) == 2
    (large,) = meetings(event(guests="bob team:needsAction"))
    assert size_of(large, PEOPLE) is None
    (hidden,) = meetings({**event(), "visibility": "private"})
    assert (size_of(hidden, PEOPLE), hidden.title) == (None, "")


def test_long_meetings_of_one_are_found() -> None:
    whole = event(1, end="02T13:00", guests="alice")
    short = event(2, start="03T10:00", end="03T11:00", guests="")
    hidden = {**event(3, start="04T10:00", end="04T18:00", guests=""), "visibility": "private"}
    (one,) = found(Kind.ALONE, whole, short, hidden)
    assert (one.key, one.facts["minutes"]) == ("event1", 180)


# --- rooms and sharing -------------------------------------------------------------------------


def test_a_calendar_that_two_rooms_have_is_found_once() -> None:
    twin = AuditRoom("Twin", ROOM.calendar_id.upper())
    (one,) = shared_calendars([ROOM, twin, AuditRoom("None", ""), AuditRoom("Too", "")])
    assert one.facts == {"rooms": ["Han River", "Twin"]}


def kinds_of(rules: str, role: str = "writer", accepts: bool | None = True) -> set[str]:
    """Of rules as `domain:hangang.example=reader`."""
    listed = []
    for rule in rules.split():
        scope, _sign, given = rule.partition("=")
        kind, _colon, value = scope.partition(":")
        listed.append({"scope": {"type": kind, "value": value}, "role": given})
    sharing = Sharing(role, listed if rules else None, accepts)
    findings = in_sharing(ROOM, sharing, account="admin@hangang.example", domains=PEOPLE.domains)
    return {str(finding.kind) for finding in findings}


@pytest.mark.parametrize(
    ("rules", "kinds"),
    [
        ("user:a@hangang.example=owner domain:hangang.example=reader", set()),
        ("domain:hangang.example=freeBusyReader default=freeBusyReader", set()),
        ("group:all@hangang.example=reader", set()),
        ("domain:hangang.example=writer", {"everybody_writes"}),
        ("default=reader", {"public"}),
        ("default=writer", {"public", "everybody_writes"}),
        ("domain:other.example=reader", {"public"}),
        ("user:a@hangang.example=owner domain:hangang.example=none", {"nobody_reads"}),
    ],
)
def test_what_is_wrong_with_access_rules(rules: str, kinds: set[str]) -> None:
    assert kinds_of(rules) == kinds


def test_what_is_wrong_with_the_account_and_with_answers() -> None:
    assert kinds_of("", role="reader", accepts=None) == {"cannot_write"}
    assert kinds_of("", role="owner", accepts=False) == {"answered_by_hand"}


def test_a_wild_calendar_is_cut_and_says_by_how_much() -> None:
    crowd = [event(number) for number in range(20)]  # 190 pairs
    kept, left_out = at_most_listed(found(Kind.DOUBLE_BOOKING, *crowd))
    assert len(kept) == MOST_LISTED
    assert left_out == {Kind.DOUBLE_BOOKING: 90}
