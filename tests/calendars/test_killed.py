"""Workers die at any moment. Whoever comes next finishes the work, once."""

from typing import Any

import pytest

from calendars import incorporate, pull, push
from calendars.google import GoogleCalendar
from calendars.incorporate import Incoming
from calendars.lease import Lease, LeaseLost, take_lease
from calendars.models import CalendarLink, GoogleCopy
from calendars.sync import sync_calendar
from tenants.scope import company_scope
from tests.calendars.acts import cancel, change, edit_there, event_body, make_there
from tests.calendars.clock import after_lease, later
from tests.calendars.conftest import Linked
from tests.calendars.dying import Killed, die, effect_then_die
from tests.factories import make_booking


def sync_and_die(linked: Linked, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """A run that ends at a step; its lease stays behind, as after a SIGKILL."""
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, die)
        patch.setattr(Lease, "release", lambda lease: None)
        with pytest.raises(Killed):
            linked.sync()
    linked.forget_calls()
    assert not linked.sync().done
    assert linked.calls() == {}  # the dead one's lease still keeps others out


@pytest.mark.parametrize("act", ["insert", "patch", "delete", "move"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_around_a_call(
    linked: Linked, monkeypatch: pytest.MonkeyPatch, act: str, moment: str
) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    room = linked.cast.room
    if act != "insert":
        linked.push()
    if act == "patch":
        change(linked, {"title": "Changed"})
    elif act == "delete":
        cancel(linked)
    elif act == "move":
        room = linked.cast.other_room
        change(linked, {"room": room})
    with monkeypatch.context() as patch:
        call = "move" if act == "move" else "write"
        patch.setattr(GoogleCalendar, call, die if moment == "before" else effect_then_die(call))
        patch.setattr(Lease, "release", lambda lease: None)
        with pytest.raises(Killed):
            linked.sync(room)
    with after_lease():
        assert linked.sync(linked.cast.room).done
        assert linked.sync(room).done
        expected = {"insert": ["Design review"], "patch": ["Changed"], "delete": [], "move": []}
        assert [event["summary"] for event in linked.events()] == expected[act]
        if act == "move":
            assert linked.event(linked.other_calendar)["summary"] == "Design review"
            assert linked.date(room).status == "confirmed"
        linked.forget_calls()
        assert linked.push(room).done
        assert linked.calls() == {}
        assert [entry.last_error for entry in linked.entries() if entry.is_pending] == []


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (push.Push, "_record"),
        (push.Push, "_acknowledge"),
        (incorporate.Incoming, "take"),
        (pull.Pull, "_page"),
        (pull.Pull, "_store"),
        (pull.Pull, "_take_over"),
        (incorporate.Incoming, "settle"),
    ],
)
def test_killed_between_two_steps(
    linked: Linked, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    make_there(linked, event_body())
    sync_and_die(linked, monkeypatch, owner, name)
    with after_lease():
        assert linked.sync().done
    assert {row.booking.title for row in linked.dates()} == {"Design review", "Lunch"}
    assert [row.status for row in linked.dates()] == ["confirmed", "confirmed"]
    assert len(linked.events()) == 2


def test_killed_half_way_through_the_pages(linked: Linked, monkeypatch: pytest.MonkeyPatch) -> None:
    linked.google.control.configure(largest_page=1)
    for hour in (10, 11, 12):
        make_there(linked, event_body(f"at {hour}", f"{hour}:00", f"{hour + 1}:00"))
    real, pages = pull.Pull._store, []

    def store(self: pull.Pull, page: Any) -> None:
        real(self, page)
        pages.append(page)
        if len(pages) == 2:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(pull.Pull, "_store", store)
        patch.setattr(Lease, "release", lambda lease: None)
        with pytest.raises(Killed):
            linked.sync()
    assert linked.dates() == []
    with after_lease():
        assert linked.sync().done
    assert [row.booking.title for row in linked.dates()] == ["at 10", "at 11", "at 12"]


def test_a_task_that_runs_twice_changes_nothing_the_second_time(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    make_there(linked, event_body())
    for _time in range(3):
        assert linked.sync().done
    assert [(row.version, row.status) for row in linked.dates()] == [(1, "confirmed")] * 2
    assert linked.calls()["insert"] == 1


def test_who_lost_the_lease_writes_nothing(linked: Linked) -> None:
    link = linked.link()
    slow = take_lease(linked.company_id, link.pk)
    assert slow is not None
    assert take_lease(linked.company_id, link.pk) is None
    with after_lease():
        quick = take_lease(linked.company_id, link.pk)
    assert quick is not None
    with pytest.raises(LeaseLost), company_scope(linked.company_id):
        slow.write(sync_token="old news")
    slow.release()
    assert linked.link().lease_token == quick.token


def test_a_change_during_the_run_is_not_forgotten(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notification that arrives while a page is read means one more reading."""
    real, done = pull.Pull._take_over, list[int]()

    def take_over(self: pull.Pull, token: str) -> None:
        if not done:
            done.append(1)
            make_there(linked, event_body("late"))
            link = linked.link()
            with company_scope(linked.company_id):
                CalendarLink.objects.filter(pk=link.pk).update(generation=link.generation + 1)
        real(self, token)

    monkeypatch.setattr(pull.Pull, "_take_over", take_over)
    make_there(linked, event_body("first", "09:00", "10:00"))
    assert linked.sync().done
    assert [row.booking.title for row in linked.dates()] == ["first", "late"]


def test_the_calendar_of_another_company_cannot_be_worked_on(linked: Linked, stranger: Any) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    assert not sync_calendar(stranger.company.pk, linked.link().pk).done
    assert linked.calls() == {}


def test_an_old_page_cannot_undo_a_newer_state(linked: Linked) -> None:
    made = make_there(linked, event_body("first"))
    linked.sync()
    with after_lease():
        edit_there(linked, made["id"], summary="second")
        linked.sync()
    with company_scope(linked.company_id):
        link = CalendarLink.objects.select_related("company", "room__building").get(
            pk=linked.link().pk
        )
        copy = GoogleCopy.objects.get()
        incoming = Incoming(link, [copy])
        incoming.take(copy, made)
        incoming.settle()
    assert linked.date().booking.title == "second"


def test_looking_up_what_a_full_listing_left_out_goes_on_where_it_died(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [make_there(linked, event_body(start=f"{hour}:00", end=f"{hour}:30"))
            for hour in (10, 11, 12)]  # fmt: skip
    linked.sync()
    for event in made:
        linked.google.control.ui_delete(linked.calendar, event["id"])
    with company_scope(linked.company_id):
        CalendarLink.objects.update(sync_token="", list_after=None)
    look_up = GoogleCalendar.get
    looked_up: list[str] = []

    def get(google: GoogleCalendar, calendar: str, event_id: str) -> Any:
        if len(looked_up) == 2:
            raise Killed
        looked_up.append(event_id)
        return look_up(google, calendar, event_id)

    monkeypatch.setattr(GoogleCalendar, "get", get)
    with pytest.raises(Killed):
        linked.sync()
    monkeypatch.setattr(GoogleCalendar, "get", look_up)
    linked.forget_calls()
    assert linked.sync().done
    assert linked.calls() == {"list": 1, "get": 1}
    assert {row.status for row in linked.dates()} == {"cancelled"}


def test_what_a_dead_reading_left_and_is_deleted_since_does_not_come(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full listing names no deletions: not of what nobody has taken over yet, either."""
    made = make_there(linked, event_body())
    with later(60):
        linked.google.control.invalidate_sync_tokens()
        with company_scope(linked.company_id):
            CalendarLink.objects.update(list_after=None)
        sync_and_die(linked, monkeypatch, Incoming, "settle")
        linked.google.control.ui_delete(linked.calendar, made["id"])
        linked.google.control.invalidate_sync_tokens()
    with after_lease():
        assert linked.sync().done
    assert not linked.dates()
