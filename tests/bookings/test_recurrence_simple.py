"""Booking by a rule: what is made, what is left out, and what cannot be understood."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bookings.errors import InvalidRule, RoomTaken
from bookings.models import Booking, Occurrence
from bookings.occurrences import series_of
from bookings.recurrence import Series, expand, parse_recurrence, place_at
from tenants.scope import company_scope
from tests.bookings.test_create_booking import book, stored
from tests.conftest import Cast
from tests.factories import at, make_booking


def local(day: int, hour: int = 10, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour)  # noqa: DTZ001  wall-clock


def starts(booked_rows: list[Occurrence]) -> list[datetime]:
    return [row.original_start for row in booked_rows]


def test_a_weekly_rule_makes_its_dates_up_to_the_horizon(seoul: Cast) -> None:
    booked = book(seoul, recurrence=("RRULE:FREQ=WEEKLY;BYDAY=WE",))

    assert booked.booking.is_series
    assert len(booked.occurrences) == 53
    assert {
        row.starts_at.astimezone(ZoneInfo("Asia/Seoul")).hour for row in booked.occurrences
    } == {10}
    assert len({row.public_id for row in booked.occurrences}) == 53
    assert booked.booking.horizon_until == seoul.company.bookable_until


def test_a_series_keeps_its_wall_clock_when_the_clocks_change(stranger: Cast) -> None:
    new_york = ZoneInfo("America/New_York")
    first = at(10, day=1, month=3, year=2027, zone=new_york)

    booked = book(
        stranger, starts_at=first, ends_at=first + timedelta(hours=1),
        timezone="America/New_York", recurrence=("RRULE:FREQ=WEEKLY;COUNT=3",),
    )  # fmt: skip

    assert [row.starts_at.hour for row in booked.occurrences] == [15, 15, 14], "UTC"
    assert {row.starts_at.astimezone(new_york).hour for row in booked.occurrences} == {10}


def test_extra_and_excluded_dates_count(seoul: Cast) -> None:
    booked = book(
        seoul,
        recurrence=(
            "RRULE:FREQ=DAILY;COUNT=4",
            "EXDATE;TZID=Asia/Seoul:20261203T100000",
            "RDATE:20261224T010000Z",
        ),
    )

    assert starts(booked.occurrences) == [local(2), local(4), local(5), local(24)]


@pytest.mark.parametrize(
    ("until", "last"),
    [("20261204T010000Z", 4), ("20261204T005959Z", 3), ("20261204", 4), ("20261204T095959", 3)],
)
def test_until_includes_the_last_date_and_nothing_later(seoul: Cast, until: str, last: int) -> None:
    booked = book(seoul, recurrence=(f"RRULE:FREQ=DAILY;UNTIL={until}",))

    assert starts(booked.occurrences)[-1] == local(last)


def test_a_series_begins_on_the_first_date_of_its_rule(seoul: Cast) -> None:
    booked = book(seoul, recurrence=("RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=2",))

    assert starts(booked.occurrences) == [local(4), local(11)]
    assert booked.booking.dtstart_local == local(4)


@pytest.mark.parametrize(
    "lines",
    [
        ("RRULE:FREQ=DAILY;COUNT=4", "EXDATE:20261202T010000Z"),
        ("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;COUNT=4", "RDATE:20261203T010000Z"),
    ],
)
def test_expanding_a_stored_series_again_gives_the_same_dates(
    seoul: Cast, lines: tuple[str, ...]
) -> None:
    booked = book(seoul, recurrence=lines)

    with company_scope(seoul.company.pk):
        again = series_of(Booking.objects.get())
    places = expand(again, at(0, day=1), seoul.company.bookable_until)
    assert [place.original_start for place in places] == starts(booked.occurrences)


def test_one_taken_date_refuses_the_whole_series(seoul: Cast) -> None:
    taken = make_booking(seoul.bob, seoul.room, start=at(10, day=4))
    before = stored(seoul)

    with pytest.raises(RoomTaken) as refusal:
        book(seoul, recurrence=("RRULE:FREQ=DAILY;COUNT=4",))

    assert refusal.value.conflicts == [taken]
    assert stored(seoul) == before


def test_taken_dates_can_be_left_out_and_never_come_back_by_themselves(seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room, start=at(10, day=2))

    booked = book(seoul, recurrence=("RRULE:FREQ=DAILY;COUNT=3",), skip_taken=True)

    assert starts(booked.occurrences) == [local(3), local(4)]
    assert starts(booked.skipped) == [local(2)]
    with company_scope(seoul.company.pk):
        booking = Booking.objects.get(pk=booked.booking.pk)
        tombstone = booking.occurrences.get(original_start=local(2))
        assert (tombstone.status, tombstone.reason, tombstone.blocks) == (
            "cancelled", "skipped", False,
        )  # fmt: skip
        assert booking.exdates == [local(2)]
        assert booking.history.get().after["starts_at"] == at(10, day=3).isoformat()


def test_leaving_out_every_date_is_a_refusal(seoul: Cast) -> None:
    make_booking(seoul.bob, seoul.room)

    with pytest.raises(RoomTaken):
        book(seoul, recurrence=("RRULE:FREQ=DAILY;COUNT=1",), skip_taken=True)


@pytest.mark.parametrize(
    "line",
    [
        "RRULE:",
        "RRULE:FREQ=HOURLY",
        "RRULE:FREQ=DAILY;COUNT=3;UNTIL=20270101",
        "RRULE:FREQ=DAILY;INTERVAL=0",
        "RRULE:FREQ=DAILY;INTERVAL=-1",
        "RRULE:FREQ=DAILY;COUNT=0",
        "RRULE:FREQ=DAILY;COUNT=x",
        "RRULE:FREQ=DAILY;FREQ=WEEKLY",
        "RRULE:FREQ=DAILY;BYEASTER=0",
        "RRULE:FREQ=DAILY;UNTIL=tomorrow",
        "RRULE:FREQ=WEEKLY;BYDAY=XX",
        "RRULE:FREQ=DAILY\nDTSTART:20200101T000000",
        "RDATE:yesterday",
        "RDATE;TZID=Asia/Atlantis:20261202T100000",
        "RDATE;VALUE=PERIOD:20261202T100000Z/PT1H",
        "EXRULE:FREQ=DAILY",
        "DTSTART:20261202T100000Z",
        "nonsense",
    ],
)
def test_a_line_that_cannot_be_booked_is_refused_with_a_reason(seoul: Cast, line: str) -> None:
    with pytest.raises(InvalidRule) as refusal:
        book(seoul, recurrence=(line,))

    assert refusal.value.field == "recurrence"
    assert stored(seoul) == 0


def test_two_rules_are_one_too_many() -> None:
    with pytest.raises(InvalidRule):
        parse_recurrence(("RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"), "Asia/Seoul")


def test_a_rule_without_a_date_is_refused(seoul: Cast) -> None:
    with pytest.raises(InvalidRule):
        book(seoul, recurrence=("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",))


def test_more_than_a_thousand_dates_are_refused() -> None:
    series = Series(
        local(1), "Asia/Seoul", timedelta(hours=1), parse_recurrence(("RRULE:FREQ=DAILY",), "UTC")
    )

    with pytest.raises(InvalidRule):
        expand(series, at(0, day=1), at(0, day=1, year=2030))


def test_a_skipped_time_moves_by_the_gap_and_a_repeated_one_is_the_first() -> None:
    series = Series(local(1), "America/New_York", timedelta(minutes=30))
    gap, twice = datetime(2027, 3, 14, 2, 30), datetime(2026, 11, 1, 1, 30)  # noqa: DTZ001

    assert place_at(series, gap).starts_at == at(7, 30, day=14, month=3, year=2027, zone=UTC)
    assert place_at(series, twice).starts_at == at(5, 30, day=1, month=11, zone=UTC)


UTC = ZoneInfo("UTC")
