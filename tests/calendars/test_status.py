"""How far a booking is on its way, as pages, the API and operators are told."""

import base64
import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from bookings.live import channel_of
from bookings.models import OutboxEntry, Room
from bookings.sync_state import SyncState, sync_states
from calendars.models import GoogleConnection
from calendars.status import connection_notice
from calendars.tasks import sweep, sync_link, sync_room
from tenants.scope import company_scope
from tests.calendars.acts import change, event_body, make_there
from tests.calendars.conftest import Linked, give_calendar
from tests.calendars.test_series import book_weekly
from tests.conftest import sign_in
from tests.factories import as_signed_in, at, make_booking, make_room


def states(linked: Linked) -> list[SyncState]:
    rows = linked.dates()
    with company_scope(linked.company_id):
        found = sync_states(rows)
    return [found[row.pk] for row in rows]


def test_a_booking_is_pending_then_synced(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    (state,) = states(linked)
    assert (state.state, state.google_event_id) == ("pending", "")
    linked.push()
    (state,) = states(linked)
    event = linked.event()
    assert (state.state, state.reason) == ("synced", "")
    assert (state.google_event_id, state.html_link) == (event["id"], event["htmlLink"])


def test_a_refused_booking_says_why(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.google.control.fault("invalid", method="events.insert")
    linked.push()
    (state,) = states(linked)
    assert (state.state, state.reason) == ("failed", "Invalid Value")


def test_dates_of_a_series_name_their_own_events(linked: Linked) -> None:
    book_weekly(linked)
    linked.push()
    change(linked, {"title": "Once"}, index=1)
    found = states(linked)
    master = linked.events()[0]["id"]
    assert [state.state for state in found] == ["synced", "pending", "synced", "synced"]
    assert found[2].google_event_id == f"{master}_20261216T010000Z"
    linked.push()
    assert states(linked)[1].google_event_id == f"{master}_20261209T010000Z"


def test_many_dates_take_one_query(linked: Linked, django_assert_num_queries: Any) -> None:
    book_weekly(linked)
    rows = linked.dates()
    with company_scope(linked.company_id), django_assert_num_queries(1):
        sync_states(rows)


def test_what_keeps_a_booking_waiting_is_said(unconnected: Linked) -> None:
    make_booking(unconnected.cast.alice, unconnected.cast.room)
    (state,) = states(unconnected)
    assert (state.state, state.reason) == ("pending", "Google Calendar is not connected.")


def test_another_company_s_dates_have_no_state_here(linked: Linked, stranger: Any) -> None:
    row = make_booking(stranger.alice, stranger.room)
    with company_scope(linked.company_id):
        assert sync_states([row]) == {}


def test_open_pages_are_told_when_it_has_arrived(
    linked: Linked, redis: Any, django_capture_on_commit_callbacks: Any
) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    with redis.pubsub() as listener:
        listener.subscribe(channel_of(linked.company_id))
        listener.get_message(timeout=1)
        with django_capture_on_commit_callbacks(execute=True):
            linked.push()
        message = listener.get_message(timeout=1)
    assert json.loads(message["data"])["rooms"] == [linked.cast.room.pk]


def notice(linked: Linked, member: Any) -> Any:
    with company_scope(linked.company_id):
        return connection_notice(as_signed_in(member))


def test_administrators_are_told_what_to_do_about_the_connection(linked: Linked) -> None:
    admin, alice = linked.cast.admin, linked.cast.alice
    assert notice(linked, admin) is None
    with company_scope(linked.company_id):
        GoogleConnection.objects.update(state="revoked")
    told = notice(linked, admin)
    assert told.url == "/settings/google/"
    assert "connect again" in told.text
    assert notice(linked, alice) is None
    with company_scope(linked.company_id):
        GoogleConnection.objects.all().delete()
    assert "not connected" in notice(linked, admin).text


def run(act: str, **options: Any) -> str:
    printed = io.StringIO()
    call_command("calendars", act, stdout=printed, **options)
    return printed.getvalue()


@pytest.mark.worker
def test_their_pages_say_so(linked: Linked) -> None:
    with company_scope(linked.company_id):
        GoogleConnection.objects.update(state=GoogleConnection.State.REVOKED)
    words = "Google no longer lets Roomly in"
    assert words in sign_in(linked.cast.admin).get("/").content.decode()
    assert words not in sign_in(linked.cast.alice).get("/").content.decode()


def test_the_command_syncs_now_and_shows_a_line_a_calendar(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    make_there(linked, event_body(start="15:00", end="16:00"))
    lines = run("status", company=linked.company_id).splitlines()
    assert len(lines) == 2
    assert "pending 1" in lines[0]
    run("sync", company=linked.company_id, room=linked.cast.room.pk)
    assert len(linked.events()) == 2
    assert len(linked.dates()) == 2
    (line,) = run("status", room=linked.cast.room.pk).splitlines()
    assert linked.calendar in line
    assert "pending 0" in line


@pytest.mark.worker
def test_the_command_fails_with_a_sentence(linked: Linked) -> None:
    linked.google.control.fault("backendError", times=None)
    with pytest.raises(CommandError, match="2 calendars are not in order"):
        run("sync", company=linked.company_id)
    with pytest.raises(CommandError, match="no company"):
        run("status", company=999_999)
    with pytest.raises(CommandError, match="no Google calendar"):
        run("status", room=999_999)


@pytest.mark.worker
def test_repair_tries_again_what_was_refused(linked: Linked, settings: Any) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:9"
    make_booking(linked.cast.alice, linked.cast.room)
    linked.google.control.fault("invalid", method="events.insert")
    linked.push()
    run("repair", room=linked.cast.room.pk)
    assert linked.event()["summary"] == "Design review"
    assert linked.link().push_supported
    run("renew", room=linked.cast.room.pk)
    assert sum(not channel["stopped"] for channel in linked.google.control.channels()) == 1


def waiting_tasks(redis: Any) -> list[tuple[str, list[int]]]:
    found = []
    for raw in redis.lrange("sync", 0, -1) + redis.lrange("bulk", 0, -1):
        message = json.loads(raw)
        arguments = json.loads(base64.b64decode(message["body"]))[0]
        found.append((message["headers"]["task"], arguments))
    return found


@pytest.mark.worker
def test_the_sweep_finds_what_no_nudge_told_of(linked: Linked, redis: Any) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    redis.flushdb()
    sweep()
    sweep()
    task = ("calendars.tasks.sync_link", [linked.company_id, linked.link().pk])
    assert waiting_tasks(redis) == [task]
    for _name, arguments in waiting_tasks(redis):
        sync_link(*arguments)
    assert linked.event()["summary"] == "Design review"
    redis.flushdb()
    sweep()
    assert waiting_tasks(redis) == []


@pytest.mark.worker
def test_a_new_room_and_a_changed_calendar_are_followed(linked: Linked, redis: Any) -> None:
    room = make_room(linked.cast.company, "Third")
    give_calendar(linked.google, linked.cast, room, "three@resource.calendar.google.com")
    make_booking(linked.cast.alice, linked.cast.room, start=at(9))
    linked.push()
    give_calendar(linked.google, linked.cast, linked.cast.room, "new@resource.calendar.google.com")
    redis.flushdb()
    sweep()
    for _name, arguments in waiting_tasks(redis):
        sync_room(*arguments)
    assert linked.link(room).google_calendar_id == "three@resource.calendar.google.com"
    assert linked.link().google_calendar_id == "new@resource.calendar.google.com"
    assert linked.event("new@resource.calendar.google.com")["summary"] == "Design review"
    with company_scope(linked.company_id):
        Room.objects.filter(pk=room.pk).update(google_calendar_id="")
    sync_room(linked.company_id, room.pk)
    with company_scope(linked.company_id):
        assert not room.calendar_links.exists()
        assert OutboxEntry.objects.filter(consumer="google").count() == 1
