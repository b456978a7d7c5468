"""A series goes to another room here, while in Google somebody is still at it in the old one."""

import pytest

from bookings.drafts import Changes
from calendars.google import GoogleCalendar
from calendars.lease import Lease
from tests.calendars.acts import change, change_series
from tests.calendars.both import both_equal, date_of, nothing_is_left_to_do
from tests.calendars.clock import after_lease, later
from tests.calendars.conftest import Linked
from tests.calendars.dying import Killed, die, effect_then_die
from tests.calendars.five_days import FATES, delete_there, edit_there
from tests.factories import at


def go(linked: Linked, changes: Changes | None = None) -> None:
    """All dates, by a booking's owner here."""
    new: Changes = {**(changes or {}), "room": linked.cast.other_room}
    change_series(linked, date_of(linked, 2), "all", new)


def settle(linked: Linked, *, first: str = "new") -> None:
    rooms = [linked.cast.other_room, linked.cast.room]
    for _round in range(3):
        for room in rooms if first == "new" else reversed(rooms):
            assert linked.sync(room).done
    both_equal(linked)
    nothing_is_left_to_do(linked)


@pytest.mark.parametrize("first", ["new", "old"])  # which calendar is worked on first
@pytest.mark.parametrize("known", [False, True])  # whether Google told that date apart before
def test_what_was_done_to_a_date_goes_along(daily: Linked, first: str, known: bool) -> None:
    if known:
        change(daily, {"title": "Known apart"}, index=2)
        settle(daily)
    edit_there(daily, 4, start="2026-12-04T12:00:00", summary="Later there")
    delete_there(daily, 5)
    go(daily)
    settle(daily, first=first)
    assert (date_of(daily, 4).starts_at, date_of(daily, 4).shown_title) == (
        at(12, day=4),
        "Later there",
    )
    assert date_of(daily, 5).status == "cancelled"
    assert {date_of(daily, day).room for day in (2, 3, 4, 6)} == {daily.cast.other_room}


@pytest.mark.parametrize("fate", FATES)
def test_it_goes_along_with_a_new_time_too(daily: Linked, fate: str) -> None:
    daily.google.control.configure(exceptions_of_changed_series=fate)
    edit_there(daily, 4, summary="Retitled there")
    go(daily, {"starts_at": at(14), "ends_at": at(15)})
    settle(daily)
    assert date_of(daily, 4).shown_title == "Retitled there"
    assert date_of(daily, 4).starts_at == at(14, day=4)


@pytest.mark.parametrize("first", ["new", "old"])
def test_a_date_that_was_edited_on_both_sides_keeps_both(daily: Linked, first: str) -> None:
    edit_there(daily, 4, start="2026-12-04T12:00:00")
    change(daily, {"title": "Retitled here"}, index=2)
    go(daily)
    settle(daily, first=first)
    there = date_of(daily, 4)
    assert (there.starts_at, there.shown_title) == (at(12, day=4), "Retitled here")


@pytest.mark.parametrize("scope", ["this", "all"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_around_the_move(
    daily: Linked, monkeypatch: pytest.MonkeyPatch, moment: str, scope: str
) -> None:
    """The old calendar is read while nobody knows whether the series is still there."""
    go(daily)
    edit_there(daily, 4, scope=scope, summary="Retitled there")
    with monkeypatch.context() as patch:
        patch.setattr(
            GoogleCalendar, "move", die if moment == "before" else effect_then_die("move")
        )
        patch.setattr(Lease, "release", lambda lease: None)
        with pytest.raises(Killed):
            daily.sync(daily.cast.other_room)
    with after_lease():
        settle(daily, first="old")
        retitled = [
            day for day in range(2, 7) if date_of(daily, day).shown_title == "Retitled there"
        ]
        assert retitled == ([4] if scope == "this" else [2, 3, 4, 5, 6])
        assert {date_of(daily, day).room for day in range(2, 7)} == {daily.cast.other_room}


def test_a_series_that_was_deleted_in_its_new_room_before_we_knew_it_there_is_gone(
    daily: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    go(daily)
    with monkeypatch.context() as patch:
        patch.setattr(GoogleCalendar, "move", effect_then_die("move"))
        patch.setattr(Lease, "release", lambda lease: None)
        with pytest.raises(Killed):
            daily.sync(daily.cast.other_room)
    event = daily.event(daily.other_calendar)
    daily.google.control.ui_delete(daily.other_calendar, event["id"], scope="all")
    with after_lease():
        settle(daily)
        assert {date_of(daily, day).status for day in range(2, 7)} == {"cancelled"}


def test_a_date_that_left_its_series_before_we_heard_of_its_end_leaves_nothing_to_do(
    daily: Linked,
) -> None:
    delete_there(daily, 4, scope="following")
    change_series(daily, date_of(daily, 4), "this", {"room": daily.cast.other_room})
    for _round in range(2):
        assert daily.sync().done
    with later(901):
        settle(daily, first="old")
    assert [date_of(daily, day).status for day in (3, 4)] == ["confirmed", "cancelled"]


@pytest.mark.parametrize("written", ["nothing", "the gap that it left", "all"])
def test_a_date_that_went_to_another_room_stays_when_its_series_is_deleted_there(
    daily: Linked, written: str
) -> None:
    change_series(daily, date_of(daily, 4), "this", {"room": daily.cast.other_room})
    if written == "all":
        settle(daily)
    if written == "the gap that it left":
        daily.google.control.fault("backendError", method="events.insert", times=9)
        assert not daily.sync().done
        daily.google.control.clear_faults()
    event = daily.event()
    daily.google.control.ui_delete(daily.calendar, event["id"], scope="all")
    with later(901):
        settle(daily, first="old")
        assert [date_of(daily, day).status for day in (3, 4)] == ["cancelled", "confirmed"]


@pytest.mark.parametrize("ours", [False, True])
def test_a_date_in_another_room_goes_when_it_is_deleted_there_though_its_series_was_renamed(
    daily: Linked, ours: bool
) -> None:
    """A name that Google gave the series is no edit of ours; one of ours keeps the date."""
    change_series(daily, date_of(daily, 4), "this", {"room": daily.cast.other_room})
    settle(daily)
    with later(60):
        edit_there(daily, 2, scope="all", summary="Renamed there")
        event = daily.event(daily.other_calendar)
        daily.google.control.ui_delete(daily.other_calendar, event["id"])
        if ours:
            change_series(daily, date_of(daily, 4), "this", {"title": "Own"})
        settle(daily, first="old")
    assert date_of(daily, 4).status == ("confirmed" if ours else "cancelled")
