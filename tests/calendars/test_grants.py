"""Permission at Google: renewed in time, by one at a time, and given up for good only when sure."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from calendars.connect import connect
from calendars.errors import AccessRevoked, GoogleError, GoogleUnavailable, NotConnected
from calendars.grants import access_token
from calendars.models import CalendarLink, GoogleConnection
from calendars.watch import renew_channel
from standins.serving import listening, serve_in_thread
from tenants.scope import company_scope
from tests.bookings.concurrently import at_once
from tests.calendars.conftest import Linked
from tests.factories import at, make_booking


def later(seconds: float) -> Any:
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=False)


def change_connection(linked: Linked, **values: Any) -> None:
    with company_scope(linked.company_id):
        GoogleConnection.objects.update(**values)


def test_a_token_is_used_until_five_minutes_before_its_end(linked: Linked) -> None:
    first = access_token(linked.company_id)
    with later(3599 - 301):
        assert access_token(linked.company_id) == first
    with later(3599 - 299):
        assert access_token(linked.company_id) != first


def test_only_one_process_renews_it(linked: Linked) -> None:
    first = access_token(linked.company_id)
    change_connection(linked, refreshing_until=timezone.now() + timedelta(hours=2))
    with later(3599 - 299):
        assert access_token(linked.company_id) == first  # still good for a while
    with later(3600), pytest.raises(GoogleUnavailable):
        access_token(linked.company_id)
    with later(2 * 3600 + 1):  # whoever was at it has died
        assert access_token(linked.company_id) != first


@pytest.mark.django_db(transaction=True)
@pytest.mark.worker
def test_who_comes_while_it_is_renewed_waits_for_that_token(linked: Linked, google: Any) -> None:
    change_connection(linked, access_token="", access_token_expires_at=timezone.now())
    linked.forget_calls()
    google.control.fault("latency", method="oauth.token", latency=0.3)
    first, *others = at_once([lambda: access_token(linked.company_id)] * 4)
    assert others == [first] * 3
    assert linked.calls() == {"token": 1}


@contextmanager
def token_endpoint(settings: Any, answer: Any, status: int = 200) -> Iterator[None]:
    """Another server in the place of Google's."""

    async def token(_request: Request) -> JSONResponse:
        return JSONResponse(answer, status)

    app = Starlette(routes=[Route("/token", token, methods=["POST"])])
    with listening() as (socket, url), serve_in_thread(app, socket):
        settings.GOOGLE_OAUTH_TOKEN_URL = f"{url}/token"
        yield


def test_an_answer_without_its_optional_parts_will_do(linked: Linked, settings: Any) -> None:
    change_connection(linked, access_token="", access_token_expires_at=None)
    with token_endpoint(settings, {"access_token": "short", "token_type": "Bearer"}):
        assert access_token(linked.company_id) == "short"
    assert access_token(linked.company_id) == "short"  # known for an hour


@pytest.mark.parametrize(("answer", "status"), [({}, 200), (["no object"], 200), ("oops", 500)])
def test_an_answer_that_is_none_is_tried_again_later(
    linked: Linked, settings: Any, answer: Any, status: int
) -> None:
    change_connection(linked, access_token="", access_token_expires_at=None)
    with token_endpoint(settings, answer, status), pytest.raises(GoogleUnavailable):
        access_token(linked.company_id)
    assert linked.connection().state == GoogleConnection.State.ACTIVE


def test_secrets_are_not_readable_in_the_database(linked: Linked) -> None:
    access_token(linked.company_id)
    secret = linked.connection().secret
    with company_scope(linked.company_id), connection.cursor() as cursor:
        cursor.execute("SELECT secret || access_token FROM calendars_googleconnection")
        (stored,) = cursor.fetchone()
    assert secret
    assert secret not in stored
    assert "ya29." not in stored


def test_a_refusal_is_doubted_once_and_then_believed(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.google.control.revoke(linked.cast.admin.email)
    assert not linked.push().done
    assert linked.connection().state == "suspect"
    with later(61):
        with company_scope(linked.company_id):
            CalendarLink.objects.update(failures=0)
        assert not linked.push().done
        google = linked.connection()
        assert google.state == "revoked"
        assert "invalid_grant" in google.error


def revoked(linked: Linked) -> None:
    change_connection(linked, state=GoogleConnection.State.REVOKED, error="invalid_grant")


def test_a_revoked_company_makes_not_one_call_and_loses_nothing(linked: Linked) -> None:
    revoked(linked)
    make_booking(linked.cast.alice, linked.cast.room)
    linked.forget_calls()
    for seconds in (0, 60, 3600, 86_400):
        with later(seconds):
            linked.sync()
            with pytest.raises(AccessRevoked):
                access_token(linked.company_id)
    assert linked.google.control.requests() == []
    (entry,) = linked.entries()
    assert entry.is_pending
    assert entry.tries == 0 or entry.state != "dead"


def test_a_refused_grant_costs_two_calls_and_then_none_for_a_day(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room)
    linked.google.control.revoke(linked.cast.admin.email)
    linked.forget_calls()
    for minutes in (0, 1, 2, 3, 10, 60, 24 * 60):
        with later(minutes * 60 + 1):
            for room in (linked.cast.room, linked.cast.other_room):
                linked.sync(room)
            with suppress(GoogleError):
                renew_channel(linked.company_id, linked.link().pk)
    calls = linked.calls()
    assert calls.pop("token") <= 2
    assert sum(calls.values()) <= 1, "the first of all, with the old token"
    (entry,) = linked.entries()
    assert (entry.state, entry.is_pending) == ("blocked", True)


def test_connecting_again_goes_on_where_it_stopped(linked: Linked) -> None:
    make_booking(linked.cast.alice, linked.cast.room, title="before")
    linked.push()
    revoked(linked)
    make_booking(linked.cast.alice, linked.cast.room, start=at(15), title="meanwhile")
    linked.push()
    connect(
        company_id=linked.company_id,
        kind=GoogleConnection.Kind.OAUTH,
        account_email=linked.cast.admin.email,
        secret=linked.google.control.grant(linked.cast.admin.email),
    )
    assert linked.push().done
    assert [event["summary"] for event in linked.events()] == ["before", "meanwhile"]
    assert [row.version for row in linked.dates()] == [1, 1]
    assert linked.calls()["insert"] == 2  # nothing is made twice


def test_google_being_away_is_not_a_refusal(linked: Linked) -> None:
    linked.google.control.fault("internal_failure", path="/token")
    change_connection(linked, access_token="")
    with pytest.raises(GoogleUnavailable):
        access_token(linked.company_id)
    assert linked.connection().state == "active"
    assert access_token(linked.company_id)


def test_a_missing_scope_is_told_and_not_tried_again(linked: Linked) -> None:
    linked.google.control.fault("insufficientPermissions", method="events.list")
    linked.sync()
    google = linked.connection()
    assert google.state == "revoked"
    assert "scope" in google.error


def test_without_a_connection_nobody_is_called(unconnected: Linked) -> None:
    with pytest.raises(NotConnected):
        access_token(unconnected.company_id)


@pytest.mark.parametrize("scope", ["calendar", "calendar.events"])
def test_a_service_account_acts_for_a_person_of_the_company(
    unconnected: Linked, scope: str
) -> None:
    robot = "robot@roomly.example"
    key = unconnected.google.control.add_service_account(
        robot, {"hangang.example": [f"https://www.googleapis.com/auth/{scope}"]}
    )
    connect(
        company_id=unconnected.company_id,
        kind=GoogleConnection.Kind.SERVICE_ACCOUNT,
        account_email=unconnected.cast.admin.email,
        secret=json.dumps(key),
    )
    make_booking(unconnected.cast.alice, unconnected.cast.room)
    assert unconnected.push().done
    assert unconnected.event()["creator"]["email"] == unconnected.cast.admin.email


def test_a_delegation_that_is_missing_is_told_and_waits(unconnected: Linked) -> None:
    key = unconnected.google.control.add_service_account("robot@roomly.example", {})
    connect(
        company_id=unconnected.company_id,
        kind=GoogleConnection.Kind.SERVICE_ACCOUNT,
        account_email=unconnected.cast.admin.email,
        secret=json.dumps(key),
    )
    outcome = unconnected.push()
    assert not outcome.done
    assert "unauthorized_client" in outcome.reason
    assert "unauthorized_client" in unconnected.connection().error
