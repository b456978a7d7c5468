"""A full listing after 410: what it does not name may be gone, or the listing may be wrong."""

from typing import Any

import pytest

from bookings.models import BookingEvent
from calendars.google import GoogleCalendar, Page
from calendars.models import CalendarLink
from tenants.scope import company_scope
from tests.calendars.acts import event_body, make_there
from tests.calendars.both import both_equal, versions
from tests.calendars.clock import later
from tests.calendars.conftest import Linked
from tests.factories import make_booking

MANY = 25


@pytest.fixture
def full(linked: Linked) -> Linked:
    """A calendar with many events, whose sync token is lost."""
    for number in range(MANY):
        day = f"2026-12-{2 + number:02}"
        times = {side: {"dateTime": f"{day}T{hour}:00:00+09:00", "timeZone": "Asia/Seoul"}
                 for side, hour in (("start", 12), ("end", 13))}  # fmt: skip
        make_there(linked, {**event_body(), **times})
    make_booking(linked.cast.alice, linked.cast.room)
    assert linked.sync().done
    with company_scope(linked.company_id):
        CalendarLink.objects.update(sync_token="", list_after=None)
    linked.forget_calls()
    return linked


def statuses(linked: Linked) -> set[str]:
    return {row.status for row in linked.dates()}


def test_nothing_is_cancelled_because_a_listing_is_suddenly_empty(
    full: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        empty = Page((), "Asia/Seoul", "", "next")
        broken.setattr(GoogleCalendar, "list_page", lambda *_args, **_named: empty)
        assert not full.sync().done
    assert full.calls() == {"get": 1}
    assert statuses(full) == {"confirmed"}
    assert "lacks" in full.link().error
    with later(901):
        assert full.sync().done
        assert full.link().error == ""
        both_equal(full)


def test_a_calendar_that_was_emptied_is_empty_here_for_a_handful_of_calls(full: Linked) -> None:
    for event in full.events():
        full.google.control.ui_delete(full.calendar, event["id"])
    full.forget_calls()
    assert full.sync().done
    assert full.calls() == {"list": 1, "get": 5}
    assert statuses(full) == {"cancelled"}


def test_what_is_gone_from_a_listing_is_looked_up_where_it_is_little(full: Linked) -> None:
    for event in full.events()[:3]:
        full.google.control.ui_delete(full.calendar, event["id"])
    full.forget_calls()
    assert full.sync().done
    assert full.calls() == {"list": 1, "get": 3}
    both_equal(full)


def test_a_full_listing_of_what_is_known_changes_nothing(full: Linked) -> None:
    before: Any = versions(full)
    with company_scope(full.company_id):
        told = BookingEvent.objects.count()
    assert full.sync().done
    assert full.calls() == {"list": 1}
    assert versions(full) == before
    with company_scope(full.company_id):
        assert BookingEvent.objects.count() == told
