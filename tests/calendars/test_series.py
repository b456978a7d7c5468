"""Recurring bookings: masters and exceptions, both ways."""

from typing import Any

from bookings.creating import create_booking
from bookings.drafts import Actor, Draft
from bookings.edits.date_edits import change_occurrence
from bookings.models import Booking, Door, Override
from tenants.scope import company_scope
from tests.calendars.acts import cancel, change
from tests.calendars.conftest import Linked
from tests.factories import at, cancel_all, make_booking

WEEKLY = ("RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=4",)


def book_weekly(linked: Linked, **fields: Any) -> Any:
    return make_booking(linked.cast.alice, linked.cast.room, recurrence=WEEKLY, **fields)


def masters(linked: Linked, calendar: str = "") -> list[dict[str, Any]]:
    return [event for event in linked.events(calendar) if "recurringEventId" not in event]


def exceptions(linked: Linked) -> list[dict[str, Any]]:
    return [event for event in linked.events() if "recurringEventId" in event]


def there_weekly(linked: Linked, rule: str = WEEKLY[0], **more: Any) -> Any:
    body = {
        "summary": "Weekly",
        "start": {"dateTime": "2026-12-02T10:00:00+09:00", "timeZone": "Asia/Seoul"},
        "end": {"dateTime": "2026-12-02T11:00:00+09:00", "timeZone": "Asia/Seoul"},
        "recurrence": [rule],
        **more,
    }
    return linked.google.control.ui_create(linked.calendar, body, actor="alice@hangang.example")


def instance(event: Any, day: int) -> str:
    return f"{event['id']}_202612{day:02}T010000Z"


def shown(linked: Linked) -> list[str]:
    return [
        f"{row.starts_at.astimezone(at(0).tzinfo):%m-%d %H:%M} {row.status}"
        for row in linked.dates()
        if row.status != "cancelled"
    ]


def test_a_series_is_one_event_with_its_rule_as_given(linked: Linked) -> None:
    book_weekly(linked)
    linked.push()
    event = linked.event()
    assert event["recurrence"] == list(WEEKLY)
    assert event["start"]["timeZone"] == "Asia/Seoul"
    assert linked.calls() == {"insert": 1}


def test_until_goes_out_in_utc_and_skipped_dates_as_exdate(linked: Linked) -> None:
    make_booking(linked.cast.bob, linked.cast.room, start=at(10, day=9))
    with company_scope(linked.company_id):
        create_booking(
            by=Actor(Door.WEB, linked.cast.alice),
            company=linked.cast.company,
            room=linked.cast.room,
            draft=Draft(
                title="Weekly",
                starts_at=at(10),
                ends_at=at(11),
                timezone="Asia/Seoul",
                recurrence=("RRULE:FREQ=WEEKLY;UNTIL=20261231",),
            ),
            skip_taken=True,
        )
    linked.push()
    event = next(event for event in linked.events() if "recurrence" in event)
    assert event["recurrence"] == [
        "RRULE:FREQ=WEEKLY;UNTIL=20261231T145959Z",
        "EXDATE;TZID=Asia/Seoul:20261209T100000",
    ]
    linked.forget_calls()
    linked.sync()
    assert linked.calls() == {"list": 1}


def test_a_date_that_is_moved_here_is_an_exception_there(linked: Linked) -> None:
    book_weekly(linked)
    linked.push()
    linked.forget_calls()
    change(linked, {"starts_at": at(14, day=9), "ends_at": at(15, day=9), "title": "Once"}, index=1)
    linked.push()
    assert linked.calls() == {"patch": 1}
    (moved,) = exceptions(linked)
    assert moved["summary"] == "Once"
    assert moved["start"]["dateTime"] == "2026-12-09T14:00:00+09:00"
    before = [(row.version, row.starts_at) for row in linked.dates()]
    linked.sync()
    assert [(row.version, row.starts_at) for row in linked.dates()] == before


def test_a_date_that_is_cancelled_here_is_cancelled_there(linked: Linked) -> None:
    book_weekly(linked)
    linked.push()
    cancel(linked, index=1)
    linked.push()
    (gone,) = [e for e in linked.google.control.events(linked.calendar, cancelled=True)
               if e["status"] == "cancelled"]  # fmt: skip
    assert gone["id"].endswith("_20261209T010000Z")
    linked.sync()
    assert shown(linked) == [
        "12-02 01:00 confirmed",
        "12-16 01:00 confirmed",
        "12-23 01:00 confirmed",
    ]


def test_changes_before_the_first_delivery_arrive_with_it(linked: Linked) -> None:
    book_weekly(linked)
    change(linked, {"title": "Once"}, index=2)
    cancel(linked, index=1)
    assert linked.push().done
    (own,) = exceptions(linked)
    assert own["summary"] == "Once"
    assert [entry.is_pending for entry in linked.entries()] == [False, False, False]


def test_a_date_in_another_room_is_an_event_of_its_own_there(linked: Linked) -> None:
    book_weekly(linked)
    linked.push()
    change(linked, {"room": linked.cast.other_room}, index=1)
    assert linked.push().done
    (alone,) = linked.events(linked.other_calendar)
    assert "recurrence" not in alone
    assert alone["start"]["dateTime"] == "2026-12-09T10:00:00+09:00"
    for room in (linked.cast.room, linked.cast.other_room):
        assert linked.sync(room).done
    assert linked.date(linked.cast.other_room).status == "confirmed"
    assert len(linked.dates()) == 3

    change_back(linked)
    assert linked.push().done
    assert linked.events(linked.other_calendar) == []
    for room in (linked.cast.room, linked.cast.other_room):
        linked.sync(room)
    assert len(shown(linked)) == 4
    there = linked.google.control.events(linked.calendar, cancelled=True)
    assert [event["status"] for event in there] == ["confirmed", "confirmed"]


def change_back(linked: Linked) -> None:
    with company_scope(linked.company_id):
        change_occurrence(
            by=Actor(Door.WEB, linked.cast.admin),
            company=linked.cast.company,
            occurrence=linked.date(linked.cast.other_room),
            changes={"room": linked.cast.room},
        )


def test_a_whole_series_cancelled_here_is_deleted_there(linked: Linked) -> None:
    book_weekly(linked)
    linked.push()
    with company_scope(linked.company_id):
        cancel_all(linked.cast.admin, Booking.objects.get())
    assert linked.push().done
    assert linked.events() == []


def test_a_series_made_there_has_its_dates_here(linked: Linked) -> None:
    there_weekly(linked)
    linked.sync()
    assert len(shown(linked)) == 4
    assert linked.dates()[0].booking.rrule == "FREQ=WEEKLY;BYDAY=WE;COUNT=4"
    linked.forget_calls()
    linked.sync()
    assert linked.calls() == {"list": 1}


def test_exceptions_made_there_are_exceptions_here(linked: Linked) -> None:
    made = there_weekly(linked)
    linked.sync()
    edit = linked.google.control.ui_edit
    edit(linked.calendar, instance(made, 9), start="2026-12-10T15:00:00", summary="Moved")
    linked.google.control.ui_delete(linked.calendar, instance(made, 16))
    linked.sync()
    assert shown(linked) == [
        "12-02 01:00 confirmed", "12-10 06:00 confirmed", "12-23 01:00 confirmed",
    ]  # fmt: skip
    moved = linked.dates()[1]
    assert moved.title == "Moved"
    assert moved.override_mask == Override.TIME | Override.TITLE
    assert moved.original_start.day == 9


def test_the_order_of_listing_does_not_matter(linked: Linked) -> None:
    linked.google.control.configure(
        list_order="exceptions_first", largest_page=1, empty_first_page=True
    )
    made = there_weekly(linked)
    linked.google.control.ui_edit(linked.calendar, instance(made, 9), start="2026-12-10T15:00:00")
    linked.google.control.ui_delete(linked.calendar, instance(made, 16))
    linked.sync()
    assert shown(linked) == [
        "12-02 01:00 confirmed", "12-10 06:00 confirmed", "12-23 01:00 confirmed",
    ]  # fmt: skip


def test_an_edit_of_all_there_moves_all_here_and_keeps_their_identity(linked: Linked) -> None:
    made = there_weekly(linked)
    linked.sync()
    before = [row.public_id for row in linked.dates()]
    linked.google.control.ui_edit(
        linked.calendar, made["id"], scope="all", start="2026-12-03T11:00:00", summary="Later"
    )
    linked.sync()
    assert [row.public_id for row in linked.dates()] == before
    assert shown(linked)[0] == "12-03 02:00 confirmed"
    assert len(shown(linked)) == 4
    assert linked.dates()[0].booking.title == "Later"


def test_a_split_there_is_a_shorter_series_and_a_new_one_here(linked: Linked) -> None:
    row = book_weekly(linked)
    linked.push()
    event_id = linked.event()["id"]
    linked.google.control.ui_edit(
        linked.calendar, instance({"id": event_id}, 16), scope="following", summary="New part"
    )
    linked.sync()
    assert [(d.booking.title, d.status) for d in linked.dates() if d.status != "cancelled"] == [
        ("Design review", "confirmed"),
        ("Design review", "confirmed"),
        ("New part", "confirmed"),
        ("New part", "confirmed"),
    ]
    new = linked.dates()[-1].booking
    assert new.pk != row.booking_id
    assert new.organizer == linked.cast.alice
    linked.forget_calls()
    assert linked.push().done
    assert linked.calls() == {}


def test_a_series_deleted_there_is_gone_here(linked: Linked) -> None:
    made = there_weekly(linked)
    linked.sync()
    linked.google.control.ui_delete(linked.calendar, made["id"], scope="all")
    linked.sync()
    assert shown(linked) == []


def test_a_single_event_that_becomes_a_series_stays_the_same_booking(linked: Linked) -> None:
    row = make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    linked.google.control.ui_edit(
        linked.calendar, linked.event()["id"], fields={"recurrence": list(WEEKLY)}
    )
    linked.sync()
    assert len(shown(linked)) == 4
    assert linked.dates()[0].public_id == row.public_id


def test_a_rule_that_we_cannot_expand_gets_its_dates_from_google(linked: Linked) -> None:
    there_weekly(linked, rule="RRULE:FREQ=WEEKLY;BYDAY=TH;COUNT=3")  # does not name its start
    assert linked.sync().done
    assert linked.calls()["instances"] == 1
    booking = linked.dates()[0].booking
    assert booking.opaque
    assert len(shown(linked)) >= 3
    linked.forget_calls()
    assert linked.sync().done
    assert linked.calls() == {"list": 1}


def test_an_all_day_series_goes_both_ways(linked: Linked) -> None:
    body = {
        "summary": "Fair",
        "start": {"date": "2026-12-07"},
        "end": {"date": "2026-12-08"},
        "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"],
    }
    made = linked.google.control.ui_create(linked.calendar, body)
    linked.sync()
    assert [row.original_start.day for row in linked.dates()] == [7, 14, 21]
    cancel(linked, index=1)
    assert linked.push().done
    gone = [e["id"] for e in linked.google.control.events(linked.calendar, cancelled=True)
            if e["status"] == "cancelled"]  # fmt: skip
    assert gone == [f"{made['id']}_20261214"]
