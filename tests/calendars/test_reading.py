"""After connecting, and when everything is read anew, an administrator sees how far it is."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from calendars.connect import connect, disconnect_google
from calendars.long_work import latest, run
from calendars.models import CalendarLink, GoogleConnection, LongWork
from calendars.work_kinds import READING
from tenants.scope import company_scope
from tests.calendars.conftest import Linked
from tests.conftest import sign_in

pytestmark = pytest.mark.django_db


def reading(linked: Linked) -> LongWork:
    """The work as it is after one more look at the calendars."""
    with company_scope(linked.company_id):
        work = latest([READING])[READING]
    with time_machine.travel(work.next_at + timedelta(seconds=1), tick=False):
        run(linked.company_id, work.pk)
    with company_scope(linked.company_id):
        return latest([READING])[READING]


def page(linked: Linked) -> str:
    return sign_in(linked.cast.admin).get("/settings/google/").content.decode()


def connect_now(linked: Linked) -> None:
    email = linked.cast.admin.email
    connect(
        company_id=linked.company_id, kind=GoogleConnection.Kind.OAUTH, account_email=email,
        secret=linked.google.control.grant(email), by=linked.cast.admin,
    )  # fmt: skip


def test_the_first_reading_is_counted_calendar_by_calendar(unconnected: Linked) -> None:
    connect_now(unconnected)
    assert reading(unconnected).state == "running"
    assert "0 of 2" in page(unconnected)
    unconnected.push()
    reading(unconnected)
    assert "1 of 2" in page(unconnected)
    unconnected.push(unconnected.cast.other_room)
    assert reading(unconnected).state == "done"
    assert "2 of 2" in page(unconnected)


def test_nobody_waits_for_a_calendar_that_is_not_there(unconnected: Linked) -> None:
    connect_now(unconnected)
    with company_scope(unconnected.company_id):
        CalendarLink.objects.update(state=CalendarLink.State.MISSING)
    work = reading(unconnected)
    assert (work.state, work.done, work.result) == ("done", 2, {"failed": 2})
    assert "2 calendars could not be read" in page(unconnected)


def test_everything_is_read_again_on_demand(linked: Linked) -> None:
    reading(linked)
    assert sign_in(linked.cast.admin).post("/settings/google/read-again/").status_code == 302
    assert reading(linked).done == 0
    linked.push()
    linked.push(linked.cast.other_room)
    assert reading(linked).state == "done"
    assert linked.calls()["list"] == 2


def test_connecting_again_counts_anew(linked: Linked) -> None:
    assert reading(linked).state == "done"
    connect_now(linked)
    work = reading(linked)
    assert (work.state, work.done, work.total) == ("running", 0, 2)


def test_what_is_read_anew_half_way_has_a_pace_of_its_own(unconnected: Linked) -> None:
    connect_now(unconnected)
    unconnected.push()
    assert reading(unconnected).done == 1
    sign_in(unconnected.cast.admin).post("/settings/google/read-again/")
    work = reading(unconnected)
    assert (work.done, work.paced_from, work.time_left) == (0, 0, None)


def test_it_ends_with_the_connection(unconnected: Linked) -> None:
    connect_now(unconnected)
    disconnect_google(unconnected.company_id)
    work = reading(unconnected)
    assert (work.state, work.reason) == ("failed", "Google Calendar is not connected.")
    assert work.finished_at == timezone.now() + timedelta(seconds=1)
