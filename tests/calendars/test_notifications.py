"""Google's real notifications over HTTP: lost, doubled, out of order, late."""

from typing import Any

import pytest

from calendars.watch import renew_channel
from tests.calendars.acts import edit_there, event_body, make_there
from tests.calendars.conftest import Linked


@pytest.fixture
def watched(live_server: Any, linked: Linked, settings: Any) -> Linked:
    """A calendar whose changes Google tells to a server of ours."""
    settings.PUBLIC_URL = live_server.url
    assert renew_channel(linked.company_id, linked.link().pk)
    linked.google.control.wait_for_idle()
    assert linked.push().done
    linked.forget_calls()
    return linked


def outcomes(linked: Linked) -> list[str]:
    return [delivery["outcome"] for delivery in linked.google.control.deliveries()]


def test_a_change_there_is_told_and_read(watched: Linked) -> None:
    made = make_there(watched, event_body())
    watched.google.control.wait_for_idle()
    assert outcomes(watched) == ["delivered", "delivered"]  # the channel's first, then this
    assert watched.push().done
    assert watched.date().booking.title == "Lunch"
    edit_there(watched, made["id"], summary="Dinner")
    watched.google.control.wait_for_idle()
    assert watched.push().done
    assert watched.date().booking.title == "Dinner"
    assert watched.calls() == {"list": 2}


def test_doubled_and_reordered_messages_cost_one_reading(watched: Linked) -> None:
    watched.google.control.notifications(duplicate=1.0, hold=True)
    for hour in (10, 12, 14):
        make_there(watched, event_body(f"at {hour}", f"{hour}:00", f"{hour + 1}:00"))
    watched.google.control.release("shuffled")
    watched.google.control.wait_for_idle()
    assert watched.push().done
    assert [row.booking.title for row in watched.dates()] == ["at 10", "at 12", "at 14"]
    assert watched.calls() == {"list": 1}


def test_a_lost_message_is_made_up_for_by_the_next_one(watched: Linked) -> None:
    watched.google.control.notifications(drop=1.0)
    make_there(watched, event_body("lost", "10:00", "11:00"))
    watched.google.control.notifications(drop=0.0)
    make_there(watched, event_body("told", "12:00", "13:00"))
    watched.google.control.wait_for_idle()
    assert watched.push().done
    assert [row.booking.title for row in watched.dates()] == ["lost", "told"]
