"""A directory that Google does not show is a sentence that says what to do; calendars go on."""

import json
from typing import Any

import pytest

from calendars.connect import connect
from calendars.directory.people import begin_reading_people
from calendars.directory.reader import RESOURCES_SCOPE, USERS_SCOPE
from calendars.directory.rooms import begin_reading_rooms
from calendars.grants import EVENTS_SCOPE
from calendars.long_work import run
from calendars.models import GoogleConnection, LongWork
from tenants.scope import company_scope
from tests.calendars.conftest import Linked
from tests.conftest import sign_in
from tests.factories import make_booking

pytestmark = pytest.mark.django_db


def read(linked: Linked, begin: Any = begin_reading_rooms) -> LongWork:
    work = begin(linked.company_id)
    run(linked.company_id, work.pk)
    with company_scope(linked.company_id):
        found: LongWork = LongWork.objects.get(pk=work.pk)
    return found


def connect_with(linked: Linked, email: str, scopes: list[str]) -> None:
    connect(
        company_id=linked.company_id, kind=GoogleConnection.Kind.OAUTH, account_email=email,
        secret=linked.google.control.grant(email, scopes),
    )  # fmt: skip


def calendars_go_on(linked: Linked) -> None:
    assert linked.connection().state == "active"
    make_booking(linked.cast.alice, linked.cast.room)
    assert linked.push().done
    assert linked.event()["summary"] == "Design review"


def test_permissions_that_were_not_ticked(unconnected: Linked) -> None:
    connect_with(unconnected, unconnected.cast.admin.email, ["openid", EVENTS_SCOPE])
    rooms, people = read(unconnected), read(unconnected, begin_reading_people)
    assert (rooms.state, people.state) == ("failed", "failed")
    assert "the tick at the rooms and buildings" in rooms.reason
    assert "the tick at the users" in people.reason
    page = sign_in(unconnected.cast.admin).get("/settings/rooms/import/").content.decode()
    assert rooms.reason in page
    calendars_go_on(unconnected)


def test_an_account_that_is_no_administrator(unconnected: Linked) -> None:
    email = unconnected.cast.alice.email
    for calendar in (unconnected.calendar, unconnected.other_calendar):
        unconnected.google.control.set_acl(calendar, f"user:{email}", "writer")
    connect_with(unconnected, email, ["openid", EVENTS_SCOPE, RESOURCES_SCOPE, USERS_SCOPE])
    assert "administrator of Google Workspace" in read(unconnected).reason
    assert "administrator of Google Workspace" in read(unconnected, begin_reading_people).reason
    calendars_go_on(unconnected)


@pytest.mark.parametrize(
    ("scopes", "reason"),
    [([EVENTS_SCOPE], "delegate to it the scopes"), ([EVENTS_SCOPE, RESOURCES_SCOPE], "")],
)
def test_a_service_account_reads_what_was_delegated_to_it(
    unconnected: Linked, scopes: list[str], reason: str
) -> None:
    key = unconnected.google.control.add_service_account(
        "robot@roomly.example", {"hangang.example": scopes}
    )
    connect(
        company_id=unconnected.company_id, kind=GoogleConnection.Kind.SERVICE_ACCOUNT,
        account_email=unconnected.cast.admin.email, secret=json.dumps(key),
    )  # fmt: skip
    work = read(unconnected)
    assert work.state == ("failed" if reason else "done")
    assert reason in work.reason
    calendars_go_on(unconnected)


def test_an_api_that_is_not_switched_on(at_home: Linked) -> None:
    at_home.google.control.fault("accessNotConfigured", method="buildings.list")
    assert "Admin SDK API is not switched on" in read(at_home).reason


def test_a_token_that_died_is_renewed_and_an_outage_waited_for(at_home: Linked) -> None:
    read(at_home)
    at_home.google.control.expire_access_tokens()
    assert read(at_home).state == "done"
    at_home.google.control.fault("backendError", method="resources.calendars.list")
    assert read(at_home).state == "waiting"
    assert at_home.connection().state == "active"
