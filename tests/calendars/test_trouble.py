"""Google in trouble: what is asked for still happens, once, and nothing is lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bookings.drafts import Attendee
from bookings.models import BookingEvent
from calendars.models import GoogleCopy
from tenants.scope import company_scope
from tests.calendars.acts import cancel, change, edit_there, event_body, make_there
from tests.calendars.clock import later
from tests.calendars.conftest import Linked
from tests.factories import at, make_booking

OUTAGES = [
    "backendError",
    "badGateway",
    "unavailable",
    "rateLimitExceeded",
    "userRateLimitExceeded",
]


@pytest.mark.parametrize("kind", OUTAGES)
def test_an_outage_delays_a_booking_and_loses_nothing(linked: Linked, kind: str) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.google.control.fault(kind, method="events.insert")
    assert not linked.push().done
    (entry,) = linked.entries()
    assert entry.is_pending
    assert (entry.tries, entry.state) == (1, "ok")
    assert entry.next_at > timezone.now()
    assert entry.last_error
    linked.forget_calls()
    assert not linked.push().done  # the calendar is left alone for a while
    assert linked.calls() == {}
    with later(901):
        assert linked.push().done
        assert linked.event()["summary"] == "Design review"
    assert not linked.entries()[0].is_pending


def test_retry_after_is_the_least_to_wait(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.google.control.fault("tooManyRequests", method="events.insert", retry_after=120)
    linked.push()
    (entry,) = linked.entries()
    assert entry.next_at >= timezone.now() + timedelta(seconds=120)
    assert linked.link().next_poll_at >= timezone.now() + timedelta(seconds=120)


def test_an_abuse_guard_is_left_alone_for_an_hour(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.google.control.fault("quotaExceeded", method="events.insert")
    linked.push()
    (entry,) = linked.entries()
    assert entry.error_class == "quota"
    assert entry.next_at >= timezone.now() + timedelta(hours=1)


def test_a_long_outage_shows_as_stalled(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.google.control.fault("backendError", times=None)
    linked.push()
    with later(3600):
        linked.push()
        assert linked.entries()[0].state == "stalled"
    linked.google.control.clear_faults()
    with later(7200):
        assert linked.push().done


def test_what_google_refuses_for_good_is_dead_until_the_next_edit(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    make_booking(linked.cast.bob, linked.cast.room, start=at(15), title="fine")
    linked.google.control.fault("invalid", method="events.insert")
    assert linked.push().done
    dead, fine = linked.entries()
    assert (dead.state, dead.error_class, dead.last_error) == ("dead", "poison", "Invalid Value")
    assert not fine.is_pending
    linked.forget_calls()
    linked.push()
    assert linked.calls() == {}
    change(linked, {"title": "Second try"})
    assert linked.push().done
    assert {event["summary"] for event in linked.events()} == {"Second try", "fine"}


@pytest.mark.parametrize("fault", [{"kind": "drop_after"}, {"kind": "backendError", "after": True}])
def test_an_insert_whose_answer_is_lost_is_not_made_twice(linked: Linked, fault: Any) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.google.control.fault(**fault, method="events.insert", times=2)
    linked.push()
    with later(901):
        assert linked.push().done
        assert linked.event()["summary"] == "Design review"
        linked.sync()
    assert linked.date().version == 1


@pytest.mark.parametrize("fault", [{"kind": "drop_after"}, {"kind": "backendError", "after": True}])
def test_a_change_whose_answer_is_lost_arrives_once(linked: Linked, fault: Any) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    change(linked, {"title": "Changed"})
    linked.google.control.fault(**fault, method="events.patch", times=2)
    linked.push()
    with later(901):
        assert linked.push().done
        linked.forget_calls()
        assert linked.push().done
        assert linked.calls() == {}
        assert linked.event()["summary"] == "Changed"


def test_a_lost_insert_that_a_person_deleted_meanwhile_stays_deleted(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.google.control.fault("backendError", after=True, method="events.insert")
    linked.push()
    linked.google.control.ui_delete(linked.calendar, linked.event()["id"])
    with later(901):
        assert linked.push().done
    assert linked.events() == []
    assert linked.date().status == "cancelled"


def test_an_edit_on_top_of_a_write_whose_answer_was_lost_is_kept(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    change(linked, {"title": "Ours"})
    linked.google.control.fault("backendError", after=True, method="events.patch")
    linked.push()
    edit_there(linked, linked.event()["id"], summary="Theirs, later")
    with later(901):
        assert linked.push().done
    assert linked.date().booking.title == "Theirs, later"
    assert linked.event()["summary"] == "Theirs, later"


def test_both_sides_change_different_fields_and_both_stay(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    change(linked, {"title": "Ours"})
    edit_there(linked, linked.event()["id"], start="2026-12-02T15:00:00")
    assert linked.push().done
    assert linked.calls()["patch"] == 2  # refused as stale, then merged
    event = linked.event()
    assert event["summary"] == "Ours"
    assert event["start"]["dateTime"] == "2026-12-02T15:00:00+09:00"
    row = linked.date()
    assert (row.booking.title, row.starts_at) == ("Ours", at(15))
    linked.sync()
    assert linked.calls().get("insert") == 1


@pytest.mark.parametrize(
    ("ours_at", "theirs_at", "kept", "act"),
    [
        (0, 0, "Ours", "roomly_later"),
        (0, 1, "Ours", "roomly_later"),
        (0, 3, "Theirs", "google_later"),
        (60, 0, "Ours", "roomly_later"),
    ],
)
def test_both_sides_change_the_same_field_and_the_later_stays(
    linked: Linked, ours_at: int, theirs_at: int, kept: str, act: str
) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    event_id = linked.event()["id"]
    edits: dict[float, Callable[[], Any]] = {
        ours_at: lambda: change(linked, {"title": "Ours"}),
        theirs_at + 0.1: lambda: edit_there(linked, event_id, summary="Theirs"),
    }
    for seconds in sorted(edits):
        with later(seconds):
            edits[seconds]()
    with later(120):
        assert linked.sync().done
        assert linked.sync().done
    assert linked.event()["summary"] == kept
    assert linked.date().booking.title == kept
    lost = {"Ours": "Theirs", "Theirs": "Ours"}[kept]
    with company_scope(linked.company_id):
        (told,) = BookingEvent.objects.filter(act=act)
        assert (told.before, told.after) == ({"title": lost}, {"title": kept})


@pytest.mark.parametrize("ahead", [-300, 300])
@pytest.mark.parametrize(("ours_at", "theirs_at", "kept"), [(60, 0, "Ours"), (0, 60, "Theirs")])
def test_the_later_edit_stays_though_the_clocks_differ(
    linked: Linked, ahead: float, ours_at: int, theirs_at: int, kept: str
) -> None:
    act = {"Ours": "roomly_later", "Theirs": "google_later"}[kept]
    with later(600):  # Google dates nothing back
        linked.google.control.advance_clock(ahead)
        test_both_sides_change_the_same_field_and_the_later_stays(
            linked, ours_at, theirs_at, kept, act
        )


def test_guests_added_on_both_sides_are_all_invited(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    change(linked, {"attendees": (Attendee(email="bob@hangang.example"),)})
    guests = [{"email": "carol@elsewhere.example"}]
    edit_there(linked, linked.event()["id"], fields={"attendees": guests})
    assert linked.sync().done
    assert {guest["email"] for guest in linked.event()["attendees"]} == {
        "bob@hangang.example", "carol@elsewhere.example",
    }  # fmt: skip


def test_edited_here_and_deleted_there_it_is_made_again(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    first = linked.event()["id"]
    change(linked, {"title": "Still wanted"})
    linked.google.control.ui_delete(linked.calendar, first)
    assert linked.sync().done
    event = linked.event()
    assert event["summary"] == "Still wanted"
    assert event["id"] == f"{first}1"
    assert linked.date().status == "confirmed"
    linked.forget_calls()
    assert linked.sync().done
    assert linked.calls() == {"list": 1}


def test_cancelled_here_and_edited_there_it_is_cancelled(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    event_id = linked.event()["id"]
    cancel(linked)
    edit_there(linked, event_id, summary="Too late")
    assert linked.sync().done
    assert linked.events() == []
    assert linked.date().status == "cancelled"


def test_cancelled_on_both_sides_is_fine(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    linked.google.control.ui_delete(linked.calendar, linked.event()["id"])
    cancel(linked)
    assert linked.push().done
    assert linked.entries()[0].state == "ok"


@pytest.mark.parametrize("code", [403, 410])
def test_however_google_says_that_an_event_is_gone(linked: Linked, code: int) -> None:
    linked.google.control.configure(update_of_cancelled_code=code, delete_of_cancelled_code=code)
    make_booking(linked.cast.alice, linked.cast.room)
    make_booking(linked.cast.alice, linked.cast.room, start=at(15))
    linked.push()
    for event in linked.events():
        linked.google.control.ui_delete(linked.calendar, event["id"])
    change(linked, {"title": "Still wanted"}, index=0)
    cancel(linked, index=1)
    assert linked.push().done
    assert linked.event()["summary"] == "Still wanted"


def test_an_expired_access_token_is_renewed_once(linked: Linked) -> None:
    linked.google.control.expire_access_tokens()
    make_booking(linked.cast.alice, linked.cast.room)
    assert linked.push().done
    assert linked.event()["summary"] == "Design review"


def test_a_booking_that_never_arrived_is_called_off(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.google.control.fault("backendError", method="events.insert")
    assert not linked.push().done
    cancel(linked)
    with later(901):
        assert linked.push().done
    assert linked.events() == []
    assert not any(entry.is_pending for entry in linked.entries())


def test_a_lost_sync_token_means_reading_everything_and_changes_nothing(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    make_there(linked, event_body())
    linked.sync()
    before = [(row.pk, row.version) for row in linked.dates()]
    linked.google.control.invalidate_sync_tokens()
    linked.forget_calls()
    with later(601):
        assert linked.sync().done
    assert linked.calls() == {"list": 2}  # refused, and from the beginning
    assert [(row.pk, row.version) for row in linked.dates()] == before


def test_a_deletion_while_the_token_was_lost_is_found(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    kept = make_there(linked, event_body())
    linked.sync()
    gone = next(event["id"] for event in linked.events() if event["id"] != kept["id"])
    linked.google.control.ui_delete(linked.calendar, gone)
    linked.google.control.invalidate_sync_tokens()
    with later(601):
        assert linked.sync().done
    assert [row.status for row in linked.dates()] == ["cancelled", "confirmed"]


def test_an_event_that_a_listing_leaves_out_but_that_is_there_stays(linked: Linked) -> None:
    make_there(linked, event_body())
    linked.sync()
    linked.google.control.invalidate_sync_tokens()
    # As if the listing had skipped it: only what a listing names is marked as seen.
    edit_there(linked, linked.event()["id"], start="2026-10-02T12:00:00")
    with later(601):
        assert linked.sync().done
    assert linked.date().status == "confirmed"
    with company_scope(linked.company_id):
        assert not GoogleCopy.objects.filter(dirty=True).exists()


def test_a_calendar_that_is_gone_is_reported_and_left_alone(linked: Linked) -> None:
    linked.google.control.change_calendar(linked.calendar, deleted=True)
    for hour in range(4):
        with later(hour * 3600):
            linked.sync()
    link = linked.link()
    assert link.state == "missing"
    assert link.error
    linked.forget_calls()
    with later(90_000):
        linked.push()
    assert linked.calls() == {}


def test_moved_to_another_room_here_and_to_another_time_there(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    change(linked, {"room": linked.cast.other_room})
    edit_there(linked, linked.event()["id"], start="2026-12-02T15:00:00")
    for room in (linked.cast.room, linked.cast.other_room, linked.cast.room):
        assert linked.sync(room).done
    assert linked.events() == []
    row = linked.date(linked.cast.other_room)
    assert row.starts_at == at(15)
    event = linked.event(linked.other_calendar)
    assert event["start"]["dateTime"] == "2026-12-02T15:00:00+09:00"


def test_moved_to_another_room_here_and_deleted_there(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.push()
    change(linked, {"room": linked.cast.other_room})
    linked.google.control.ui_delete(linked.calendar, linked.event()["id"])
    for room in (linked.cast.other_room, linked.cast.room):
        assert linked.sync(room).done
    assert linked.event(linked.other_calendar)["summary"] == "Design review"
    assert linked.date(linked.cast.other_room).status == "confirmed"
