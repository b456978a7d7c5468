"""Two people at the same moment, on either side: what one of them did must not vanish."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bookings import outbox
from bookings.models import Booking
from calendars.budget import Budget, Lane
from calendars.errors import GoogleRefused, error_of
from calendars.google import GoogleCalendar, Page
from calendars.pull import Pull
from calendars.watch import renew_channel
from tenants.scope import company_scope
from tests.calendars.acts import cancel, change, edit_there, event_body, make_there, restore
from tests.calendars.clock import later
from tests.calendars.conftest import Linked
from tests.factories import at, make_booking

WEEKLY = ("RRULE:FREQ=WEEKLY;COUNT=4",)


def standing(linked: Linked) -> list[str]:
    zone = ZoneInfo("Asia/Seoul")
    return [
        f"{row.starts_at.astimezone(zone):%m-%d %H:%M}"
        for row in linked.dates()
        if row.status == "confirmed"
    ]


def test_deleting_a_date_in_another_room_does_not_call_off_its_series(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room, recurrence=WEEKLY)
    linked.push()
    change(linked, {"room": linked.cast.other_room}, index=1)
    linked.google.control.fault("backendError", after=True, method="events.insert")
    assert not linked.push().done
    linked.google.control.ui_delete(
        linked.other_calendar, linked.event(linked.other_calendar)["id"]
    )
    with later(901):
        linked.push()
        assert len(standing(linked)) == 3
        assert linked.date(linked.cast.other_room).status == "cancelled"
        linked.sync()
        assert len(standing(linked)) == 3


def test_an_edit_during_a_refused_call_is_delivered(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    change(linked, {"title": "Refused"})
    real = GoogleCalendar.write

    def write(*args: Any, **named: Any) -> Any:
        monkeypatch.setattr(GoogleCalendar, "write", real)
        change(linked, {"title": "Fine"})
        raise GoogleRefused("no")

    monkeypatch.setattr(GoogleCalendar, "write", write)
    linked.push()
    linked.push()
    assert linked.event()["summary"] == "Fine"


def test_an_edit_there_just_before_our_change_of_room_is_taken_over(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    edit_there(linked, linked.event()["id"], summary="Retitled there")
    change(linked, {"room": linked.cast.other_room})
    for room in (linked.cast.other_room, linked.cast.room, linked.cast.other_room):
        assert linked.sync(room).done
    assert linked.event(linked.other_calendar)["summary"] == "Retitled there"
    assert linked.date(linked.cast.other_room).booking.title == "Retitled there"


def test_who_reads_a_calendar_that_an_event_has_just_left_does_not_bring_it_back(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    edit_there(linked, linked.event()["id"], summary="Retitled there")
    take = Pull._take

    def take_late(pull: Pull, copies: Any) -> None:
        monkeypatch.setattr(Pull, "_take", take)
        change(linked, {"room": linked.cast.other_room})
        assert linked.push(linked.cast.other_room).done
        take(pull, copies)

    monkeypatch.setattr(Pull, "_take", take_late)
    assert linked.sync().done
    assert [copy.link_id for copy in linked.copies()] == [linked.link(linked.cast.other_room).pk]
    for room in (linked.cast.room, linked.cast.other_room):
        linked.sync(room)
    assert linked.date(linked.cast.other_room).status == "confirmed"
    assert linked.date(linked.cast.other_room).booking.title == "Retitled there"


def test_a_series_that_is_made_again_keeps_its_exceptions(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room, recurrence=WEEKLY)
    change(linked, {"starts_at": at(14, day=9), "ends_at": at(15, day=9)}, index=1)
    cancel(linked, index=2)
    linked.push()
    linked.sync()
    master = next(event for event in linked.events() if "recurrence" in event)
    linked.google.control.ui_delete(linked.calendar, master["id"], scope="all")
    change_series_title(linked, "Goes on")
    for _round in range(3):
        linked.sync()
    assert standing(linked) == ["12-02 10:00", "12-09 14:00", "12-23 10:00"]
    there = linked.google.control.events(linked.calendar, cancelled=True)
    dates = {
        event["id"][-16:]: event
        for event in there
        if event.get("recurringEventId", master["id"]) != master["id"]
    }
    assert dates["20261209T010000Z"]["start"]["dateTime"] == "2026-12-09T14:00:00+09:00"
    assert dates["20261216T010000Z"]["status"] == "cancelled"


def change_series_title(linked: Linked, title: str) -> None:
    """What editing all dates does to the master, and to Google's entry for it."""
    with company_scope(linked.company_id):
        booking = Booking.objects.get()
        booking.title = title
        booking.save()
        outbox.announce(booking)


def test_an_all_day_event_that_gets_a_time_here_has_it_there(linked: Linked) -> None:
    make_there(linked, {"start": {"date": "2026-12-03"}, "end": {"date": "2026-12-04"}})
    linked.sync()
    change(linked, {"starts_at": at(10, day=3), "ends_at": at(11, day=3)})
    assert linked.push().done
    assert linked.event()["start"]["dateTime"] == "2026-12-03T10:00:00+09:00"
    linked.sync()
    assert (linked.date().starts_at, linked.date().ends_at) == (at(10, day=3), at(11, day=3))


def test_an_all_day_event_that_moves_by_days_here_stays_all_day_there(linked: Linked) -> None:
    make_there(linked, {"start": {"date": "2026-12-03"}, "end": {"date": "2026-12-04"}})
    linked.sync()
    change(linked, {"starts_at": at(0, day=5), "ends_at": at(0, day=7)})
    assert linked.push().done
    assert (linked.event()["start"], linked.event()["end"]) == (
        {"date": "2026-12-05"}, {"date": "2026-12-07"},
    )  # fmt: skip


def test_one_date_of_an_all_day_series_that_gets_a_time_here_has_it_there(linked: Linked) -> None:
    body = {"start": {"date": "2026-12-03"}, "end": {"date": "2026-12-04"}}
    make_there(linked, {**body, "recurrence": list(WEEKLY)})
    linked.sync()
    change(linked, {"starts_at": at(10, day=10), "ends_at": at(11, day=10)}, index=1)
    assert linked.push().done
    (moved,) = [event for event in linked.events() if "recurringEventId" in event]
    assert moved["start"]["dateTime"] == "2026-12-10T10:00:00+09:00"


def test_a_series_moved_there_to_another_room_keeps_its_exceptions_within_reach(
    linked: Linked,
) -> None:
    make_booking(linked.cast.alice, linked.cast.room, recurrence=WEEKLY)
    change(linked, {"starts_at": at(14, day=9), "ends_at": at(15, day=9)}, index=1)
    linked.push()
    linked.sync()
    master = next(event for event in linked.events() if "recurrence" in event)
    token = linked.google.control.access_token("admin@hangang.example")
    with GoogleCalendar(
        access_token=token, quota_user="test", budget=Budget(0, Lane.INTERACTIVE)
    ) as google:
        google.move(linked.calendar, master["id"], linked.other_calendar)
    for room in (linked.cast.other_room, linked.cast.room):
        assert linked.sync(room).done
    linked.google.control.ui_edit(
        linked.other_calendar, f"{master['id']}_20261209T010000Z", start="2026-12-09T16:00:00"
    )
    linked.sync(linked.cast.other_room)
    starts = [row.starts_at for row in linked.dates(linked.cast.other_room)]
    assert at(16, day=9) in starts


@pytest.mark.parametrize(
    "strange",
    [
        {"updated": "yesterday"},
        {"updated": "2026-12-01T00:00:00"},
        {"recurringEventId": "good1"},
        {"etag": '"' + "x" * 400 + '"'},
        {"start": {"dateTime": "0001-01-01T02:00:00Z", "timeZone": "America/New_York"},
         "end": {"dateTime": "0001-01-01T03:00:00Z", "timeZone": "America/New_York"}},
        {"extendedProperties": {"private": {"roomly_booking": 7}}},
    ],
)  # fmt: skip
def test_an_event_that_breaks_us_stops_no_other(
    linked: Linked, monkeypatch: pytest.MonkeyPatch, strange: Any
) -> None:
    known = make_there(linked, event_body("known", "16:00", "17:00"))
    linked.sync()
    items = [
        {"id": "bad1", "etag": '"1"', "status": "confirmed", **event_body("bad"), **strange},
        {"id": "good1", "etag": '"2"', "status": "confirmed", **event_body("good")},
        {**known, "etag": '"3"', "summary": "known", **strange},
    ]
    page = Page(items, "Asia/Seoul", "", "next")
    monkeypatch.setattr(GoogleCalendar, "list_page", lambda *_args, **_named: page)
    assert linked.sync().done
    assert "good" in {row.booking.title for row in linked.dates()}
    assert linked.link().sync_token == "next"


def test_a_fault_of_ours_is_not_tried_again_at_once(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_named: Any) -> None:
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr("calendars.sync.settle_conflicts", fail)
    with pytest.raises(RuntimeError):
        linked.sync()
    assert linked.link().failures == 1
    linked.forget_calls()
    linked.push()
    assert linked.calls() == {}


def test_an_address_that_may_not_be_called_costs_the_company_nothing_but_push(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Google says 401 here, and means the address of the webhook, not the token."""

    def watch(*_args: Any, **_named: Any) -> None:
        raise error_of(401, "push.webhookUrlUnauthorized", "Unauthorized WebHook callback channel")

    monkeypatch.setattr(GoogleCalendar, "watch", watch)
    assert not renew_channel(linked.company_id, linked.link().pk)
    assert linked.connection().state == "active"


def test_who_takes_back_an_edit_whose_answer_was_lost_is_heard(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    change(linked, {"title": "Never mind"})
    linked.google.control.fault("backendError", after=True, method="events.patch")
    assert not linked.push().done
    change(linked, {"title": "Design review"})
    with later(901):
        for _round in range(2):
            linked.sync()
        assert linked.event()["summary"] == linked.date().booking.title == "Design review"


def test_a_date_that_is_back_before_the_answer_to_its_deletion_stays(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    cancel(linked)
    linked.google.control.fault("backendError", after=True, method="events.delete")
    assert not linked.push().done
    restore(linked, linked.date())
    with later(901):
        for _round in range(2):
            linked.sync()
        assert linked.date().status == "confirmed"
        assert linked.event()["summary"] == "Design review"
