"""The page about calendars, the alarm when one falls behind, and what mends it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone
from structlog.testing import capture_logs

from bookings.models import Room
from calendars.alarms import look_for_late_calendars
from calendars.health import RoomHealth, health_of_rooms
from calendars.models import CalendarLink, Channel, GoogleConnection
from calendars.status import connection_notice
from tenants.scope import company_scope
from tests.calendars.acts import event_body, make_there
from tests.calendars.conftest import Linked
from tests.calendars.test_status import run, waiting_tasks
from tests.calendars.test_webhook import headers
from tests.calendars.test_webhook import post as notify
from tests.conftest import sign_in
from tests.factories import as_signed_in, make_booking, make_room

HEALTH = "/settings/google/health/"


def later(**span: float) -> Any:
    return time_machine.travel(timezone.now() + timedelta(**span), tick=False)


def health(linked: Linked, room: Room | None = None) -> RoomHealth:
    with company_scope(linked.company_id):
        (found,) = health_of_rooms((room or linked.cast.room).pk)
    return found


def change_link(linked: Linked, **values: Any) -> None:
    with company_scope(linked.company_id):
        CalendarLink.objects.filter(room=linked.cast.room).update(**values)


def page(linked: Linked, query: str = "") -> str:
    return str(sign_in(linked.cast.admin).get(HEALTH + query).content.decode())


def test_what_waits_to_be_sent_is_late_after_two_minutes(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    with later(seconds=120):
        assert not health(linked).is_late
    with later(seconds=121):
        found = health(linked)
        assert (found.is_late, found.pending, found.lag) == (True, 1, timedelta(seconds=121))
        assert not health(linked, linked.cast.other_room).is_late
        assert linked.push().done
        found = health(linked)
        assert (found.lag, found.usual_out, found.usual_in) == (None, (121, 121), None)


def test_what_google_told_of_is_late_until_it_is_read(linked: Linked) -> None:
    with company_scope(linked.company_id):
        channel = Channel(id=uuid4(), link=linked.link(), resource_id="res-1", state="live")
        channel.save(force_insert=True)
    make_there(linked, event_body())
    for seconds in (0, 100):
        with later(seconds=seconds):
            assert notify(headers(channel)).status_code == 204
    with later(seconds=150):
        assert health(linked).lag == timedelta(seconds=150)  # since the first of them
        assert linked.push().done
        found = health(linked)
        assert (found.lag, found.usual_in) == (None, (150, 150))
    assert [row.shown_title for row in linked.dates()] == ["Lunch"]


def test_a_calendar_that_cannot_be_read_counts_as_behind(linked: Linked) -> None:
    linked.google.control.fault("backendError", times=None)
    assert not linked.sync().done
    with later(seconds=121):
        found = health(linked)
        assert found.is_late
        assert "could not be read" in found.problem
        assert found.error
    linked.google.control.clear_faults()


@pytest.mark.worker
def test_an_incident_is_told_once_and_ends_by_itself(linked: Linked) -> None:
    def events() -> list[str]:
        with capture_logs() as told:
            look_for_late_calendars()
        return [f"{line['log_level']}: {line['event']}" for line in told]

    make_booking(linked.cast.alice, linked.cast.room)
    assert events() == []
    with later(minutes=3):
        assert events() == ["error: calendar late"]
        assert events() == []
        with company_scope(linked.company_id):
            notice = connection_notice(as_signed_in(linked.cast.admin))
            assert connection_notice(as_signed_in(linked.cast.alice)) is None
        assert notice is not None
        assert "1 calendar has been behind" in notice.text
        assert notice.url == f"{HEALTH}?show=trouble"
        linked.push()
        assert events() == ["info: calendar caught up"]
        assert events() == []
        with company_scope(linked.company_id):
            assert connection_notice(as_signed_in(linked.cast.admin)) is None


@pytest.mark.worker
def test_a_revoked_connection_raises_no_alarm_beside_its_own(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    with later(minutes=3):
        look_for_late_calendars()
        assert linked.link().alarmed_at
        with company_scope(linked.company_id):
            GoogleConnection.objects.update(state="revoked")
        look_for_late_calendars()
        assert linked.link().alarmed_at is None


def test_the_page_takes_the_same_queries_for_many_rooms(
    linked: Linked, django_assert_max_num_queries: Any
) -> None:
    client = sign_in(linked.cast.admin)
    client.get(HEALTH)
    with django_assert_max_num_queries(12) as few:
        client.get(HEALTH)
    rooms = [make_room(linked.cast.company, f"Room {number:03}") for number in range(120)]
    with company_scope(linked.company_id):
        CalendarLink.objects.bulk_create(
            CalendarLink(
                company=linked.cast.company, room=room, google_calendar_id=f"{room.pk}@example"
            )
            for room in rooms
        )
    with django_assert_max_num_queries(len(few)):
        first = client.get(HEALTH).content.decode()
    with django_assert_max_num_queries(len(few)):
        second = client.get(HEALTH + "?page=2").content.decode()
    assert (first.count('id="room-'), second.count('id="room-')) == (100, 22)


def test_the_page_puts_what_needs_attention_first(linked: Linked) -> None:
    change_link(linked, missed_pushes=3)
    with company_scope(linked.company_id):
        CalendarLink.objects.filter(room=linked.cast.other_room).update(state="missing")
    shown = page(linked)
    assert shown.index(f"room-{linked.cast.other_room.pk}") < shown.index(
        f"room-{linked.cast.room.pk}"
    )
    assert "does not find this calendar" in shown
    assert "missed 3" in shown
    assert "Needs attention: 1" in shown
    assert f"room-{linked.cast.room.pk}" not in page(linked, "?show=trouble")
    assert f"room-{linked.cast.room.pk}" in page(linked, "?q=hangang+one")
    assert "No room matches." in page(linked, "?q=nowhere")


def test_a_polled_calendar_says_why(linked: Linked) -> None:
    assert "No channel is open yet." in page(linked)
    change_link(linked, push_supported=False)
    assert "sends no notifications" in page(linked)


def test_the_page_of_a_company_without_connection_or_rooms(unconnected: Linked) -> None:
    assert "not connected" in page(unconnected)


def test_only_administrators_see_and_act(linked: Linked) -> None:
    client = sign_in(linked.cast.alice)
    assert client.get(HEALTH).status_code == 403
    assert client.post(f"{HEALTH}{linked.link().pk}/repair/").status_code == 403


@pytest.mark.parametrize(
    ("act", "tasks"),
    [("sync", ["sync_link"]), ("renew", ["renew_link"]), ("repair", ["sync_link", "renew_link"])],
)
def test_one_click_wakes_a_worker(
    linked: Linked, redis: Any, act: str, tasks: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    link = linked.link()
    change_link(linked, failures=4, error="no", next_poll_at=timezone.now() + timedelta(hours=1))
    client = sign_in(linked.cast.admin)
    for _twice in range(2):
        redis.flushdb()
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(f"{HEALTH}{link.pk}/{act}/?show=trouble")
        assert answer["Location"] == f"{HEALTH}?show=trouble#room-{linked.cast.room.pk}"
        found = [(name.rpartition(".")[2], args) for name, args in waiting_tasks(redis)]
        assert sorted(found) == sorted((task, [linked.company_id, link.pk]) for task in tasks)
    if act != "renew":
        assert linked.push().done
    assert client.get(f"{HEALTH}{link.pk}/{act}/").status_code == 405


@pytest.mark.worker
def test_repair_brings_a_missing_calendar_back(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.google.control.fault("invalid", method="events.insert")
    linked.push()
    change_link(linked, state="missing", sync_token="")
    assert health(linked).refused == 1
    sign_in(linked.cast.admin).post(f"{HEALTH}{linked.link().pk}/repair/")
    assert linked.push().done
    assert linked.event()["summary"] == "Design review"
    assert not health(linked).has_trouble


@pytest.mark.worker
def test_the_command_tells_the_same(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    with later(seconds=133):
        (line,) = run("status", room=linked.cast.room.pk).splitlines()
        assert "lag 2 min 13 s" in line
        assert "LATE" in line
        linked.push()
        (line,) = run("status", room=linked.cast.room.pk).splitlines()
        assert "lag none" in line
        assert "out p50 133 s p95 133 s" in line
        assert "LATE" not in line
