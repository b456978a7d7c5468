"""A series that is cut or changed in Google: its dates keep their identity here, and what they
had of their own stays, there too."""

from typing import Any

import pytest
import time_machine

from bookings.guests import guests_of_dates, list_of
from bookings.models import Booking, Occurrence
from tenants.scope import company_scope
from tests.beginnings import beginning
from tests.calendars.acts import cancel, change, edit_there
from tests.calendars.both import (
    both_equal,
    date_of,
    listed,
    masters,
    nothing_is_left_to_do,
    order_of_writes,
)
from tests.calendars.conftest import Linked
from tests.factories import at, make_booking

WEEKLY = "RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=6"
TRIMMED = "RRULE:FREQ=WEEKLY;BYDAY=WE;UNTIL=20261215T145959Z"
REST = "RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=4"


@pytest.fixture(params=["made here", pytest.param("made there", marks=pytest.mark.soak)])
def weekly(linked: Linked, request: pytest.FixtureRequest) -> Linked:
    """Six Wednesdays from 2 December on: the fourth is moved, the fifth cancelled."""
    beginning(f"six Wednesdays {request.param}", lambda: begin(linked, request.param))
    return linked


def begin(linked: Linked, where: str) -> None:
    if where == "made here":
        make_booking(linked.cast.alice, linked.cast.room, recurrence=(WEEKLY,))
    else:
        write(linked, "POST", "", body_of(10, 2, WEEKLY))
    assert linked.sync().done
    change(linked, {"starts_at": at(15, day=25), "ends_at": at(16, day=25)}, index=3)
    cancel(linked, index=4)
    assert linked.sync().done
    linked.forget_calls()


def body_of(hour: int, day: int, rule: str, title: str = "Design review") -> dict[str, Any]:
    def moment(at_hour: int) -> dict[str, str]:
        return {"dateTime": f"2026-12-{day:02}T{at_hour}:00:00+09:00", "timeZone": "Asia/Seoul"}

    return {
        "summary": title,
        "start": moment(hour),
        "end": moment(hour + 1),
        "recurrence": [rule],
    }


def write(linked: Linked, method: str, event_id: str, body: Any) -> Any:
    """A program that writes to the room's calendar without Roomly."""
    return linked.ask(method, linked.calendar, event_id, json=body)


def trim(linked: Linked) -> None:
    write(linked, "PATCH", masters(linked)[0]["id"], {"recurrence": [TRIMMED]})


def insert_rest(linked: Linked, hour: int = 10, **fields: Any) -> None:
    write(linked, "POST", "", {**body_of(hour, 16, REST), **fields})


def instance(linked: Linked, day: int) -> str:
    return f"{masters(linked)[0]['id'].partition('_R')[0]}_202612{day:02}T010000Z"


def rows(linked: Linked) -> list[Occurrence]:
    with company_scope(linked.company_id):
        found = Occurrence.objects.select_related("booking").exclude(reason="out_of_rule")
        return list(found.order_by("original_start"))


def is_one_story(linked: Linked, before: list[Occurrence]) -> None:
    """Two parts, the same dates, and the exceptions of the later part, on both sides."""
    assert linked.sync().done
    with company_scope(linked.company_id):
        root, part = Booking.objects.order_by("pk")
    assert (part.split_from_id, part.split_key) == (root.pk, before[2].original_start)
    after = rows(linked)
    assert [row.public_id for row in after] == [row.public_id for row in before]
    assert [row.booking_id for row in after] == [root.pk] * 2 + [part.pk] * 4
    assert (after[3].starts_at, after[4].status) == (at(15, day=25), "cancelled")
    both_equal(linked)
    assert len(listed(linked, linked.calendar)) == 5
    nothing_is_left_to_do(linked)


def test_a_cut_on_googles_page_at_the_same_time(weekly: Linked) -> None:
    before = rows(weekly)
    edit_there(weekly, instance(weekly, 16), scope="following", summary="New part")
    weekly.forget_calls()
    assert weekly.sync().done
    assert sorted(order_of_writes(weekly)) == ["delete", "patch"]  # one for each kept exception
    is_one_story(weekly, before)
    assert [row.booking.title for row in rows(weekly)][1:3] == ["Design review", "New part"]


def test_a_date_in_another_room_stays_there_alone_through_a_cut_on_googles_page(
    weekly: Linked,
) -> None:
    change(weekly, {"room": weekly.cast.other_room}, index=-1)
    both = (weekly.cast.room, weekly.cast.other_room)
    for room in both:
        assert weekly.sync(room).done
    edit_there(weekly, instance(weekly, 16), scope="following", summary="New part")
    for room in (*both, *both):
        assert weekly.sync(room).done
    both_equal(weekly)
    assert len(listed(weekly, weekly.calendar)) == 4
    nothing_is_left_to_do(weekly)


def test_a_cut_on_googles_page_with_another_time(weekly: Linked) -> None:
    before = rows(weekly)
    edit_there(weekly, instance(weekly, 16), scope="following", start="2026-12-16T13:00:00")
    is_one_story(weekly, before)
    assert rows(weekly)[2].starts_at == at(13, day=16)


@pytest.mark.parametrize("hour", [10, 13])
def test_a_cut_by_a_program_that_leaves_no_mark(weekly: Linked, hour: int) -> None:
    before = rows(weekly)
    trim(weekly)
    insert_rest(weekly, hour)
    is_one_story(weekly, before)


@pytest.mark.parametrize("hour", [10, 13])
def test_a_cut_of_which_the_two_halves_are_heard_one_by_one(weekly: Linked, hour: int) -> None:
    before = rows(weekly)
    trim(weekly)
    assert weekly.sync().done
    assert len([row for row in weekly.dates() if row.status != "cancelled"]) == 2
    insert_rest(weekly, hour)
    is_one_story(weekly, before)


@pytest.mark.parametrize("hour", [10, 13])
def test_a_cut_of_which_the_new_half_is_heard_first(weekly: Linked, hour: int) -> None:
    before = rows(weekly)
    old = masters(weekly)[0]["id"]
    insert_rest(weekly, hour)
    assert weekly.sync().done
    write(weekly, "PATCH", old, {"recurrence": [TRIMMED]})
    is_one_story(weekly, before)


@pytest.mark.parametrize(
    "other",
    [
        {"recurrence": ["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=WE;COUNT=4"]},
        {"summary": "Something else", "end": body_of(11, 16, REST)["end"]},
    ],
)
def test_a_series_that_only_looks_like_the_rest_is_one_of_its_own(
    weekly: Linked, other: dict[str, Any]
) -> None:
    trim(weekly)
    insert_rest(weekly, **other)
    assert weekly.sync().done
    with company_scope(weekly.company_id):
        assert [booking.split_from_id for booking in Booking.objects.all()] == [None, None]
    both_equal(weekly)
    nothing_is_left_to_do(weekly)


def test_a_series_made_later_is_one_of_its_own(weekly: Linked) -> None:
    trim(weekly)
    assert weekly.sync().done
    with time_machine.travel(at(13, day=1), tick=False):
        insert_rest(weekly)
        assert weekly.sync().done
        assert len(listed(weekly, weekly.calendar)) == 6  # nothing that was cancelled before
        both_equal(weekly)
        nothing_is_left_to_do(weekly)


def test_a_date_of_a_part_is_edited_there(weekly: Linked) -> None:
    edit_there(weekly, instance(weekly, 16), scope="following", summary="New part")
    assert weekly.sync().done
    edit_there(weekly, instance(weekly, 16), start="2026-12-17T09:00:00")
    edit_there(weekly, instance(weekly, 23), summary="Once")
    assert weekly.sync().done
    assert date_of(weekly, 16).starts_at == at(9, day=17)
    assert date_of(weekly, 23).title == "Once"
    assert date_of(weekly, 16).booking.split_from_id is not None
    both_equal(weekly)
    nothing_is_left_to_do(weekly)


@pytest.mark.parametrize("fate", ["placed", "dropped", "kept", "moved"])
@pytest.mark.parametrize("day", [2, 9])
def test_a_moved_series_takes_identity_along(weekly: Linked, fate: str, day: int) -> None:
    weekly.google.control.configure(exceptions_of_changed_series=fate)
    before = [row.public_id for row in rows(weekly)]
    body = body_of(11, day, WEEKLY)
    write(weekly, "PATCH", masters(weekly)[0]["id"], {k: body[k] for k in ("start", "end")})
    assert weekly.sync().done
    after = rows(weekly)
    assert [row.public_id for row in after] == before
    assert (after[3].starts_at, after[4].status) == (at(15, day=25), "cancelled")
    both_equal(weekly)
    nothing_is_left_to_do(weekly)


def test_one_of_several_weekdays_moves_with_its_dates(linked: Linked) -> None:
    rule = "RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=9"
    made = write(linked, "POST", "", body_of(10, 2, rule))
    assert linked.sync().done
    change(linked, {"title": "Once"}, index=3)  # Wednesday the 9th
    assert linked.sync().done
    before = {row.public_id for row in rows(linked)}
    body = body_of(10, 3, "RRULE:FREQ=WEEKLY;BYDAY=MO,TH,FR;COUNT=9")
    write(linked, "PATCH", made["id"], {k: body[k] for k in ("start", "end", "recurrence")})
    assert linked.sync().done
    assert {row.public_id for row in rows(linked)} == before
    assert date_of(linked, 10).title == "Once"
    both_equal(linked)
    nothing_is_left_to_do(linked)


@pytest.mark.parametrize("follow", [True, False])
def test_a_new_title_reaches_moved_dates_whether_google_does_so_or_not(
    weekly: Linked, follow: bool
) -> None:
    weekly.google.control.configure(exceptions_follow_words=follow)
    write(weekly, "PATCH", masters(weekly)[0]["id"], {"summary": "Renamed"})
    assert weekly.sync().done
    assert {row.shown_title for row in rows(weekly)} == {"Renamed"}
    both_equal(weekly)
    nothing_is_left_to_do(weekly)


def test_a_series_with_other_guests_keeps_those_of_what_is_over(weekly: Linked) -> None:
    for moment, *names in ((at(13, day=1), "jiho", "minji"), (at(12, day=3), "sua")):
        with time_machine.travel(moment, tick=False):
            guests = [{"email": f"{name}@x.example"} for name in names]
            write(weekly, "PATCH", masters(weekly)[0]["id"], {"attendees": guests})
            assert weekly.sync().done
    with time_machine.travel(moment, tick=False):
        dates = rows(weekly)
        with company_scope(weekly.company_id):
            people = guests_of_dates(dates)
        found = [sorted(list_of(people[row.pk])) for row in dates]
        assert found[:2] == [["jiho@x.example", "minji@x.example"], ["sua@x.example"]]
        both_equal(weekly)
        nothing_is_left_to_do(weekly)


@pytest.mark.parametrize("known", [True, False])
def test_a_date_that_a_moved_series_left_behind_goes(linked: Linked, known: bool) -> None:
    """Google shows both; one cannot tell them from two dates unless one looks."""
    linked.google.control.configure(exceptions_of_changed_series="kept")
    made = write(linked, "POST", "", body_of(10, 2, WEEKLY))
    if known:
        assert linked.sync().done
    guests = [{"email": "sua@x.example"}]
    edit_there(linked, instance(linked, 9), fields={"attendees": guests})
    edit_there(linked, made["id"], start="2026-12-02T15:00:00")
    for _round in range(3):
        assert linked.sync().done
    both_equal(linked)
    nothing_is_left_to_do(linked)


def test_a_renamed_series_keeps_what_is_over_and_what_has_its_own_name(weekly: Linked) -> None:
    change(weekly, {"title": "Once"}, index=2)
    assert weekly.sync().done
    with time_machine.travel(at(12, day=3), tick=False):
        assert weekly.sync().done
        write(weekly, "PATCH", masters(weekly)[0]["id"], {"summary": "Renamed"})
        assert weekly.sync().done
        titles = [row.shown_title for row in rows(weekly)]
        assert titles[:3] == ["Design review", "Renamed", "Once"]
        both_equal(weekly)
        nothing_is_left_to_do(weekly)


def test_an_edit_here_that_waits_survives_a_cut_there(weekly: Linked) -> None:
    change(weekly, {"title": "Once"}, index=2)
    edit_there(weekly, instance(weekly, 16), scope="following", start="2026-12-16T13:00:00")
    assert weekly.sync().done
    assert date_of(weekly, 16).title == "Once"
    both_equal(weekly)
    nothing_is_left_to_do(weekly)


def test_a_bare_ghost_of_an_old_date_cancels_nothing(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room, recurrence=(WEEKLY,))
    assert linked.sync().done
    change(linked, {"starts_at": at(15, day=17), "ends_at": at(16, day=17)}, index=2)
    assert linked.sync().done
    linked.google.control.configure(exceptions_of_changed_series="dropped")
    body = body_of(10, 9, WEEKLY)
    write(linked, "PATCH", masters(linked)[0]["id"], {k: body[k] for k in ("start", "end")})
    assert linked.sync().done
    assert [row.status for row in rows(linked)] == ["confirmed"] * 6
    assert rows(linked)[2].starts_at == at(15, day=17)
    both_equal(linked)
    nothing_is_left_to_do(linked)


def test_a_series_that_is_deleted_there_takes_all_its_dates(weekly: Linked) -> None:
    edit_there(weekly, instance(weekly, 16), scope="following", summary="New part")
    assert weekly.sync().done
    weekly.google.control.ui_delete(weekly.calendar, instance(weekly, 16), scope="all")
    assert weekly.sync().done
    assert [row.status for row in rows(weekly) if row.status != "cancelled"] == []
    both_equal(weekly)
    nothing_is_left_to_do(weekly)
