"""Push channels: opened once, replaced in time, and given up where Google has none."""

from datetime import timedelta
from typing import Any, cast

import pytest
import time_machine
from django.utils import timezone

from bookings.models import Room
from calendars.errors import GoogleUnavailable
from calendars.links import follow_room
from calendars.models import Channel
from calendars.tasks import _due, renew_channels, stop_channel, stop_suspended
from calendars.watch import renew_channel
from tenants.models import Company
from tenants.scope import company_scope
from tests.calendars.acts import event_body, make_there
from tests.calendars.conftest import Linked
from tests.calendars.test_status import waiting_tasks


@pytest.fixture(autouse=True)
def _reachable(settings: Any) -> None:
    """Nobody listens there; what counts is that the stand-in accepts the address."""
    settings.PUBLIC_URL = "http://127.0.0.1:9"


def channels(linked: Linked) -> list[Channel]:
    with company_scope(linked.company_id):
        return list(Channel.objects.order_by("created_at", "pk"))


def later(**time: float) -> Any:
    return time_machine.travel(timezone.now() + timedelta(**time), tick=False)


def test_a_channel_is_opened_with_a_secret_and_recorded(linked: Linked) -> None:
    generation = linked.link().generation
    assert renew_channel(linked.company_id, linked.link().pk)
    (ours,) = channels(linked)
    (theirs,) = linked.google.control.channels()
    assert theirs["id"] == str(ours.pk)
    assert theirs["address"] == "http://127.0.0.1:9/api/calendar/webhook"
    assert theirs["token"].startswith(f"v1.{linked.company_id}.{linked.link().pk}.")
    assert ours.resource_id == theirs["resource_id"]
    assert ours.state == "live"
    assert ours.expires_at is not None
    assert ours.renew_at is not None
    life = ours.expires_at - ours.created_at
    assert life <= timedelta(days=7)
    assert 0.7 < (ours.renew_at - ours.created_at) / life < 0.9
    assert linked.link().generation == generation + 1


def test_the_new_one_opens_before_the_old_one_stops(linked: Linked) -> None:
    for _time in range(2):
        renew_channel(linked.company_id, linked.link().pk)
    old, new = sorted(channels(linked), key=lambda channel: channel.state == "live")
    assert (old.state, new.state) == ("stopped", "live")
    order = [
        entry["api"].rpartition(".")[2]
        for entry in linked.google.control.requests()
        if entry["api"].endswith(("watch", "stop"))
    ]
    assert order == ["watch", "watch", "stop"]
    assert sorted(c["stopped"] for c in linked.google.control.channels()) == [False, True]


def test_a_shorter_life_than_asked_is_respected(linked: Linked) -> None:
    linked.google.control.configure(channel_life_max=3600)
    renew_channel(linked.company_id, linked.link().pk)
    (channel,) = channels(linked)
    assert channel.expires_at == channel.created_at + timedelta(hours=1)


def test_a_calendar_without_push_is_polled(linked: Linked) -> None:
    linked.google.control.change_calendar(linked.calendar, push_supported=False)
    assert not renew_channel(linked.company_id, linked.link().pk)
    assert not linked.link().push_supported
    make_there(linked, event_body())
    with later(minutes=30):
        assert linked.push().done
    assert linked.date().booking.title == "Lunch"


def test_an_outage_leaves_the_row_for_a_late_message(linked: Linked) -> None:
    linked.google.control.fault("unavailable", method="events.watch")
    with pytest.raises(GoogleUnavailable):
        renew_channel(linked.company_id, linked.link().pk)
    assert [channel.state for channel in channels(linked)] == ["pending"]


def test_an_old_channel_that_cannot_be_stopped_is_no_trouble(linked: Linked) -> None:
    renew_channel(linked.company_id, linked.link().pk)
    linked.google.control.fault("unavailable", path="*/channels/stop")
    assert renew_channel(linked.company_id, linked.link().pk)
    assert sorted(channel.state for channel in channels(linked)) == ["live", "old"]


def due() -> list[int]:
    return [link for _company, link in _due("calendars_due_channels(%s, 100)", timezone.now())]


@pytest.mark.worker
def test_a_channel_is_due_when_there_is_none_or_it_ends_soon(linked: Linked) -> None:
    one, two = linked.link().pk, linked.link(linked.cast.other_room).pk
    assert due() == [one, two]
    renew_channel(linked.company_id, one)
    assert due() == [two]
    with later(days=6, hours=5):
        assert due() == [one, two]


@pytest.mark.worker
def test_a_refused_address_is_not_tried_every_minute(linked: Linked, settings: Any) -> None:
    settings.PUBLIC_URL = "http://not-reachable.example"
    assert not renew_channel(linked.company_id, linked.link().pk)
    assert linked.link().pk not in due()
    assert "HTTPS" in linked.link().error
    with later(minutes=61):
        assert linked.link().pk in due()


@pytest.mark.worker
def test_beat_s_tick_is_safe_to_repeat(linked: Linked) -> None:
    for _time in range(2):
        renew_channels()


def test_the_channel_of_another_company_is_out_of_reach(linked: Linked, stranger: Any) -> None:
    assert not renew_channel(stranger.company.pk, linked.link().pk)
    assert linked.google.control.channels() == []


@pytest.mark.worker
@pytest.mark.parametrize("how", ["another calendar", "no calendar", "no room"])
def test_a_room_that_goes_takes_its_channel_along(
    linked: Linked, redis: Any, how: str, django_capture_on_commit_callbacks: Any
) -> None:
    renew_channel(linked.company_id, linked.link().pk)
    redis.flushdb()
    with django_capture_on_commit_callbacks(execute=True):
        if how == "no room":
            with company_scope(linked.company_id):
                linked.cast.room.delete()
        else:
            new = "new@resource.calendar.google.com" if how == "another calendar" else ""
            with company_scope(linked.company_id):
                Room.objects.filter(pk=linked.cast.room.pk).update(google_calendar_id=new)
            follow_room(linked.company_id, linked.cast.room.pk)
    asked = [given for name, given in waiting_tasks(redis) if name.endswith("stop_channel")]
    assert len(asked) == 1
    for _twice in range(2):
        stop_channel(*cast(tuple[Any, ...], asked[0]))
    assert [channel["stopped"] for channel in linked.google.control.channels()] == [True]


@pytest.mark.worker
def test_a_suspended_company_has_no_channels(linked: Linked) -> None:
    renew_channel(linked.company_id, linked.link().pk)
    Company.objects.filter(pk=linked.company_id).update(suspended_at=timezone.now())
    for _twice in range(2):
        stop_suspended()
    assert [channel["stopped"] for channel in linked.google.control.channels()] == [True]
    with later(days=8):
        assert (linked.company_id, linked.link().pk) not in due_channels()
    assert not renew_channel(linked.company_id, linked.link().pk)
    Company.objects.filter(pk=linked.company_id).update(suspended_at=None)
    assert (linked.company_id, linked.link().pk) in due_channels()


def due_channels() -> list[tuple[int, int]]:
    return _due("calendars_due_channels(%s, %s)", timezone.now(), 500)
