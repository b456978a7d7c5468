"""What a draft would book, shown before anything is written."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.creating import create_booking
from bookings.drafts import Actor, Choice, Draft
from bookings.errors import InvalidRule
from bookings.models import Booking, Door, Room
from bookings.preview import BookingPreview, preview_booking
from tenants.errors import InvalidInput
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking, make_room

DAILY = "RRULE:FREQ=DAILY;COUNT=3"


def draft_of(**fields: Any) -> Draft:
    values: dict[str, Any] = {
        "title": "Design review",
        "starts_at": at(10),
        "ends_at": at(11),
        "timezone": "Asia/Seoul",
    }
    return Draft(**(values | fields))


def preview(
    cast: Cast,
    *rule: str,
    room: Room | None = None,
    choices: tuple[Choice, ...] = (),
    **fields: Any,
) -> BookingPreview:
    """What Alice would book: by default three days at ten, from tomorrow on."""
    with company_scope(cast.company.pk):
        return preview_booking(
            by=Actor(Door.WEB, cast.alice),
            company=cast.company,
            room=room or cast.room,
            draft=draft_of(recurrence=rule or (DAILY,), **fields),
            choices=choices,
        )


def states(found: BookingPreview) -> list[str]:
    return [str(date.state) for date in found.dates]


def change(room: Room, **fields: Any) -> None:
    with company_scope(room.company_id):
        for name, value in fields.items():
            setattr(room, name, value)
        room.save()


def test_what_is_shown_is_what_is_booked(seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room, start=at(10, day=3))

    shown = preview(seoul)

    free = [date.occurrence for date in shown.dates if date.state == "free"]
    with company_scope(seoul.company.pk):
        booked = create_booking(
            by=Actor(Door.WEB, seoul.alice), company=seoul.company, room=seoul.room,
            draft=draft_of(recurrence=(DAILY,)), skip_taken=True,
        )  # fmt: skip
    assert [(row.original_start, row.starts_at, row.ends_at) for row in booked.occurrences] == [
        (row.original_start, row.starts_at, row.ends_at) for row in free
    ]


def test_nothing_is_written(seoul: Cast) -> None:
    with CaptureQueriesContext(connection) as queries:
        preview(seoul)

    assert not any(
        query["sql"].lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))
        for query in queries
    )
    with company_scope(seoul.company.pk):
        assert not Booking.objects.exists()


def test_a_taken_date_names_what_is_in_its_way(seoul: Cast) -> None:
    early = make_booking(seoul.bob, seoul.room, start=at(9, 30, day=3), minutes=45)
    late = make_booking(seoul.bob, seoul.room, start=at(10, 30, day=3))
    make_booking(seoul.bob, seoul.room, start=at(11, 30, day=3), minutes=30)
    make_booking(seoul.bob, seoul.other_room, start=at(10, day=4))

    found = preview(seoul)

    assert states(found) == ["free", "taken", "free"]
    assert found.dates[1].conflicts == [early, late]


def test_a_rooms_buffers_count(seoul: Cast) -> None:
    for room in (seoul.room, seoul.other_room):
        make_booking(seoul.bob, room, start=at(9, day=2))
        make_booking(seoul.bob, room, start=at(11, day=4))
        change(room, buffer_before=timedelta(minutes=15), buffer_after=timedelta(minutes=15))

    found = preview(seoul)

    assert states(found) == ["taken", "free", "taken"]
    assert [(each.room, each.free) for each in found.rooms] == [(seoul.other_room, 1)]


def test_dates_that_only_touch_are_free(seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room, start=at(9, day=3))
    make_booking(seoul.bob, seoul.room, start=at(11, day=3))

    assert states(preview(seoul)) == ["free"] * 3


def test_a_booking_of_many_days_is_in_the_way_of_each(seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room, start=at(12), minutes=20 * 24 * 60)
    make_booking(seoul.bob, seoul.other_room, start=at(12), minutes=20 * 24 * 60)

    found = preview(
        seoul, "RRULE:FREQ=WEEKLY;COUNT=3", starts_at=at(10, day=9), ends_at=at(11, day=9)
    )

    assert states(found) == ["taken", "taken", "free"]
    assert [each.free for each in found.rooms] == [1]
    assert [date.rooms for date in found.dates] == [[]] * 3


def test_a_taken_date_offers_rooms_and_times(seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room, start=at(10, day=3))
    make_room(seoul.company, "Far", building="Annex")
    make_room(seoul.company, "Closet", capacity=1)
    make_room(seoul.company, "Closed", state="closed")
    make_booking(seoul.bob, make_room(seoul.company, "Busy"), start=at(10, day=3))

    first, taken, _last = preview(seoul, attendees=()).dates

    assert (first.rooms, first.times) == ([], [])
    names = [room.name for room in taken.rooms]
    assert names == [seoul.other_room.name, "Closet", "Far"], "near first, alike before different"
    assert [span.starts_at for span in taken.times] == [at(9, day=3), at(11, day=3)]


def test_candidates_tell_how_many_dates_they_have(seoul: Cast) -> None:
    near, far = make_room(seoul.company, "Near"), make_room(seoul.company, "Far", building="Annex")
    make_booking(seoul.bob, near, start=at(9, 30), recurrence=("RRULE:FREQ=DAILY;COUNT=2",))
    make_booking(seoul.bob, far, start=at(10, day=4))

    found = preview(seoul)

    assert [(each.room.name, each.free) for each in found.rooms] == [
        (seoul.other_room.name, 3),
        ("Near", 1),
        ("Far", 2),
    ]


def test_dates_that_are_over_are_outside(seoul: Cast) -> None:
    found = preview(seoul, starts_at=at(10, day=1), ends_at=at(11, day=1))

    assert states(found) == ["outside", "free", "free"]
    assert "is over" in found.dates[0].reason


def test_dates_beyond_the_horizon_say_when_they_open(seoul: Cast) -> None:
    seoul.company.bookable_until = at(0, day=8)
    seoul.company.horizon_days = 7

    ends = preview(seoul, "RRULE:FREQ=WEEKLY;BYDAY=TU,WE;COUNT=4")
    endless = preview(seoul, "RRULE:FREQ=WEEKLY;BYDAY=TU,WE")

    assert states(ends) == ["free", "outside", "outside"], "two horizons are shown, not more"
    assert [date.reason for date in ends.dates[1:]] == [
        "Bookings for this day open on 2026-12-01.",
        "Bookings for this day open on 2026-12-02.",
    ]
    assert states(endless) == ["free"]


def test_a_closed_room_says_so_and_others_are_offered(seoul: Cast) -> None:
    change(seoul.room, state="closed")

    found = preview(seoul)

    assert states(found) == ["outside"] * 3
    assert "closed" in found.dates[0].reason
    assert found.dates[0].rooms == [seoul.other_room]


def test_an_hour_that_the_clocks_skip_or_repeat_is_marked(seoul: Cast) -> None:
    zone = "America/New_York"
    spring = datetime(2027, 3, 13, 7, 30, tzinfo=UTC)  # 02:30 there

    found = preview(
        seoul, DAILY, starts_at=spring, ends_at=spring + timedelta(hours=1), timezone=zone
    )

    assert [date.moved_by_clock for date in found.dates] == [False, True, False]
    skipped = found.dates[1].occurrence
    assert f"{skipped.original_start:%H:%M}" == "02:30"
    assert skipped.starts_at == datetime(2027, 3, 14, 7, 30, tzinfo=UTC), "03:30 on the wall"

    autumn = datetime(2027, 11, 6, 5, 30, tzinfo=UTC)  # 01:30 there
    seoul.company.bookable_until = at(0, year=2028)
    found = preview(
        seoul, DAILY, starts_at=autumn, ends_at=autumn + timedelta(hours=1), timezone=zone
    )
    assert [date.moved_by_clock for date in found.dates] == [False, True, False]


def test_weeks_with_another_hour_on_the_rooms_wall_are_marked(seoul: Cast) -> None:
    london = make_room(seoul.company, "Thames", timezone="Europe/London")
    start = datetime(2027, 2, 22, 15, tzinfo=UTC)  # 10:00 in New York

    found = preview(
        seoul, "RRULE:FREQ=WEEKLY;COUNT=8", room=london,
        starts_at=start, ends_at=start + timedelta(hours=1), timezone="America/New_York",
    )  # fmt: skip

    differing = [f"{d.occurrence.starts_at:%m-%d}" for d in found.dates if d.hour_differs]
    assert differing == ["03-15", "03-22"], "New York's clocks change two weeks before London's"


def test_a_start_off_its_rule_moves_to_the_first_day_that_fits(seoul: Cast) -> None:
    moved = preview(seoul, "RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=2")  # from a Wednesday on

    assert moved.start_moved == at(10, day=4)
    assert [date.occurrence.starts_at for date in moved.dates] == [at(10, day=4), at(10, day=11)]
    assert preview(seoul).start_moved is None


def test_it_says_the_rule_in_words(seoul: Cast) -> None:
    assert (
        preview(seoul, "RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=3").words == "every week on Wed, 3 times"
    )


@pytest.mark.parametrize(
    ("taken", "times", "declines"), [(8, 20, False), (9, 20, True), (2, 4, False), (3, 5, True)]
)
def test_it_says_when_a_room_of_google_would_decline_all(
    seoul: Cast, taken: int, times: int, declines: bool
) -> None:
    change(seoul.room, google_calendar_id="c_1@resource.calendar.google.com")
    make_booking(seoul.bob, seoul.room, recurrence=(f"RRULE:FREQ=DAILY;COUNT={taken}",))
    rule = f"RRULE:FREQ=DAILY;COUNT={times}"

    assert preview(seoul, rule).google_declines == declines
    change(seoul.room, google_calendar_id="c_1@group.calendar.google.com")
    assert not preview(seoul, rule).google_declines


def test_google_would_not_see_a_date_that_is_left_out(seoul: Cast) -> None:
    change(seoul.room, google_calendar_id="c_1@resource.calendar.google.com")
    make_booking(seoul.bob, seoul.room, recurrence=("RRULE:FREQ=DAILY;COUNT=9",))

    skip = (Choice(start=at(10), act="skip"),)

    assert not preview(seoul, "RRULE:FREQ=DAILY;COUNT=20", choices=skip).google_declines


def test_choices_are_looked_at_like_the_rest(seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room, recurrence=(DAILY,))
    make_booking(seoul.bob, seoul.other_room, start=at(10, day=3))

    found = preview(
        seoul,
        choices=(
            Choice(start=at(10), act="skip"),
            Choice(start=at(10, day=3), act="move", room=seoul.other_room),
            Choice(start=at(10, day=4), act="move", starts_at=at(15, day=4)),
        ),
    )

    assert states(found) == ["taken", "taken", "free"]
    rows = [date.occurrence for date in found.dates]
    assert [row.status for row in rows] == ["cancelled", "confirmed", "confirmed"]
    assert (rows[1].room, rows[2].starts_at) == (seoul.other_room, at(15, day=4))
    assert rows[2].original_start.hour == 10


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never occur"),
        ("RRULE:FREQ=DAILY;COUNT=2;UNTIL=20270101", "not both"),
        ("RRULE:FREQ=DAILY;UNTIL=20261101", "ends before its first date"),
        ("RRULE:FREQ=DAILY;COUNT=10000", "at most 5000 times"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_as_in_booking(seoul: Cast, rule: str, said: str) -> None:
    with pytest.raises(InvalidRule, match=said):
        preview(seoul, rule)


def test_a_draft_that_cannot_be_is_refused_as_in_booking(seoul: Cast) -> None:
    for fields in ({"title": " "}, {"ends_at": at(9)}, {"timezone": "Mars/Olympus"}):
        with pytest.raises(InvalidInput):
            preview(seoul, **fields)


def test_the_number_of_queries_does_not_grow(seoul: Cast) -> None:
    def count(*rule: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            preview(seoul, *rule)
        return len(queries)

    make_booking(seoul.bob, seoul.room, recurrence=("RRULE:FREQ=DAILY;COUNT=2",))
    few = count(DAILY)  # the third of them is free
    later = ("RRULE:FREQ=DAILY;COUNT=200",)
    make_booking(seoul.bob, seoul.room, start=at(10, day=5), recurrence=later)
    for number in range(10):
        make_room(seoul.company, f"Room {number}")

    assert count("RRULE:FREQ=DAILY;COUNT=300") == few
