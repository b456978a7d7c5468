"""Google edits a series of which we have moved a part here, and cut that once more, unheard."""

from typing import Any

import pytest

from bookings.drafts import Attendee
from tests.calendars.acts import change_series, event_body, make_there
from tests.calendars.both import date_of, here
from tests.calendars.clock import later
from tests.calendars.conftest import DAILY, Linked
from tests.calendars.five_days import edit_day_there, move, settle
from tests.factories import at

WEEKLY = ["RRULE:FREQ=WEEKLY;COUNT=4"]


def put_off(linked: Linked, day: int, scope: str, days: int) -> None:
    on: Any = {"starts_at": at(10, day=day + days), "ends_at": at(11, day=day + days)}
    change_series(linked, date_of(linked, day), scope, on)


def cut(linked: Linked, day: int) -> None:
    people: Any = {"attendees": (Attendee(email="minji@acme.example"),)}
    change_series(linked, date_of(linked, day), "following", people)


def shown(linked: Linked) -> list[tuple[str, Any]]:
    slots = sorted(here(linked, linked.cast.room), key=lambda slot: slot[1])
    return [(title, start) for title, start, _end in slots]


@pytest.mark.parametrize("known", [False, True])  # whether Google has heard of the first cut
@pytest.mark.parametrize("days", [-3, 1, 4])  # by which we moved the part
def test_an_edit_there_reaches_the_date_that_we_cut_off_what_we_had_moved_by_days(
    linked: Linked, days: int, known: bool
) -> None:
    make_there(linked, event_body("Made there", "10:00", "11:00", recurrence=WEEKLY))
    settle(linked)
    with later(200):
        if known:
            cut(linked, 9)
            settle(linked)
        put_off(linked, 9, "following", days)
        cut(linked, 16 + days)
        edit_day_there(linked, 16, "this", summary="Edited there")
        settle(linked)
    assert shown(linked) == [
        ("Made there", at(10)),
        ("Made there", at(10, day=9 + days)),
        ("Edited there", at(10, day=16 + days)),
        ("Made there", at(10, day=23 + days)),
    ]


@pytest.mark.parametrize("days", [1, 4])
def test_an_edit_there_reaches_the_date_that_we_cut_off_a_series_moved_by_days(
    linked: Linked, days: int
) -> None:
    make_there(linked, event_body("Made there", "10:00", "11:00", recurrence=WEEKLY))
    settle(linked)
    with later(200):
        put_off(linked, 9, "all", days)
        cut(linked, 16 + days)
        edit_day_there(linked, 16, "this", summary="Edited there")
        settle(linked)
    assert ("Edited there", at(10, day=16 + days)) in shown(linked)


def test_an_edit_there_reaches_the_date_that_we_cut_off_a_daily_series_moved_by_a_day(
    linked: Linked,
) -> None:
    make_there(linked, event_body("Made there", "10:00", "11:00", recurrence=list(DAILY)))
    settle(linked)
    with later(200):
        put_off(linked, 4, "following", 1)
        cut(linked, 6)
        edit_day_there(linked, 5, "this", summary="Edited there")
        settle(linked)
    assert shown(linked) == [
        ("Made there", at(10)),
        ("Made there", at(10, day=3)),
        ("Made there", at(10, day=5)),
        ("Edited there", at(10, day=6)),
        ("Made there", at(10, day=7)),
    ]


def test_what_was_cut_off_what_we_moved_stays_there_when_google_moves_the_series(
    linked: Linked,
) -> None:
    make_there(linked, event_body("Made there", "10:00", "11:00", recurrence=list(DAILY)))
    settle(linked)
    with later(200):
        edit_day_there(linked, 3, "all", start="2026-12-03T09:00:00")
        move(linked, 4, "following", 14)
        cut(linked, 5)
        cut(linked, 6)
        settle(linked)
    assert [start for _title, start in shown(linked)] == [
        at(9), at(9, day=3), at(14, day=4), at(14, day=5), at(14, day=6),
    ]  # fmt: skip


def test_what_was_cut_off_a_series_that_we_moved_stays_there_when_google_moves_that(
    linked: Linked,
) -> None:
    make_there(linked, event_body("Made there", "10:00", "11:00", recurrence=list(DAILY)))
    settle(linked)
    with later(200):
        move(linked, 2, "all", 14)
        cut(linked, 5)
        edit_day_there(linked, 3, "all", start="2026-12-03T09:00:00")
        settle(linked)
    assert [start for _title, start in shown(linked)] == [at(14, day=day) for day in range(2, 7)]
