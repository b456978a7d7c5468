"""Google's notifications: believed only with our token, noted at once, counted by result."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from redis import Redis

from bookings.live import redis_client
from calendars import webhook
from calendars.models import Channel
from calendars.watch import token_of
from tenants.scope import company_scope
from tests.calendars.conftest import Linked

PATH = "/api/calendar/webhook"


@pytest.fixture
def channel(linked: Linked) -> Channel:
    with company_scope(linked.company_id):
        made = Channel(id=uuid4(), link=linked.link(), resource_id="res-1", state="live")
        made.save(force_insert=True)
    return made


def headers(channel: Channel, **changed: str) -> dict[str, str]:
    token = token_of(channel.company_id, channel.link_id, str(channel.pk))
    return {
        "X-Goog-Channel-ID": str(channel.pk),
        "X-Goog-Channel-Token": token,
        "X-Goog-Resource-ID": channel.resource_id,
        "X-Goog-Resource-State": "exists",
        "X-Goog-Message-Number": "7",
        **changed,
    }


def post(given: dict[str, str]) -> Any:
    return Client(enforce_csrf_checks=True).post(PATH, headers=given)


def counted(result: str) -> int:
    return int(redis_client().hget("calendars:webhook", result) or 0)


def queued() -> int:
    return int(redis_client().llen("sync") or 0)


def test_a_notification_raises_the_generation_and_wakes_a_worker(
    linked: Linked, channel: Channel
) -> None:
    before, tasks = linked.link().generation, queued()
    answer = post(headers(channel))
    assert (answer.status_code, answer.content) == (204, b"")
    assert linked.link().generation == before + 1
    assert linked.link().last_push_at is not None
    assert queued() == tasks + 1
    assert counted("changed") == 1


def test_a_thousand_notifications_wake_one_worker(linked: Linked, channel: Channel) -> None:
    tasks = queued()
    for _time in range(20):
        post(headers(channel))
    assert queued() == tasks + 1
    assert linked.link().generation >= 20


def statements(given: dict[str, str]) -> tuple[int, Any]:
    with CaptureQueriesContext(connection) as queries:
        answer = post(given)
    return len(queries), answer


@pytest.mark.usefixtures("transactional_db")
def test_it_takes_one_statement_and_no_session(linked: Linked, channel: Channel) -> None:
    """Transaction and company's scope are part of it; a forged message costs none."""
    count, answer = statements(headers(channel))
    assert count == 1
    assert not answer.cookies
    assert statements(headers(channel, **{"X-Goog-Channel-Token": "v1.1.1.forged"}))[0] == 0


@pytest.mark.usefixtures("transactional_db")
def test_the_scope_ends_with_the_statement(linked: Linked, channel: Channel) -> None:
    post(headers(channel))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM calendars_calendarlink")
        assert cursor.fetchone() == (0,)


@pytest.mark.usefixtures("transactional_db")
def test_a_connection_that_the_server_closed_costs_no_notification(
    linked: Linked, channel: Channel
) -> None:
    before = linked.link().generation
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
        cursor.execute("SET ROLE roomly_app")
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT pg_terminate_backend(%s, 2000)", [backend])
    assert post(headers(channel)).status_code == 204
    assert linked.link().generation == before + 1


def test_the_first_message_is_only_noted(linked: Linked, channel: Channel) -> None:
    before = linked.link().generation
    assert post(headers(channel, **{"X-Goog-Resource-State": "sync"})).status_code == 204
    assert linked.link().generation == before
    assert counted("sync") == 1


def test_a_message_may_come_before_the_answer_to_the_opening(
    linked: Linked, channel: Channel
) -> None:
    with company_scope(linked.company_id):
        Channel.objects.update(state="pending", resource_id="")
    assert post(headers(channel)).status_code == 204


def refusals(channel: Channel) -> list[dict[str, str]]:
    other = str(uuid4())
    good = headers(channel)
    token = good["X-Goog-Channel-Token"]
    return [
        {},
        {**good, "X-Goog-Channel-Token": ""},
        {**good, "X-Goog-Channel-Token": token[:-1] + ("0" if token[-1] != "0" else "1")},
        {**good, "X-Goog-Channel-Token": "v2" + token[2:]},
        {**good, "X-Goog-Channel-Token": f"v1.{10**30}.1.abc"},
        {**good, "X-Goog-Channel-Token": "v1.1.1." + "é" * 40},
        {**good, "X-Goog-Channel-Token": token_of(10**12, channel.link_id, str(channel.pk))},
        {**good, "X-Goog-Channel-ID": other},
        {**good, "X-Goog-Channel-ID": "x" * 65},
        {**good, "X-Goog-Channel-ID": other,
         "X-Goog-Channel-Token": token_of(channel.company_id, channel.link_id, other)},
        {**good, "X-Goog-Resource-ID": "another"},
        {**good, "X-Goog-Resource-ID": ""},
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(12))
def test_every_refusal_looks_the_same_and_is_counted(
    linked: Linked, channel: Channel, number: int
) -> None:
    before, tasks = linked.link().generation, queued()
    answer = post(refusals(channel)[number])
    assert (answer.status_code, answer.content) == (404, b"")
    assert linked.link().generation == before
    assert queued() == tasks
    assert counted("forged") + counted("unknown") == 1


def test_it_answers_posts_only(channel: Channel) -> None:
    assert Client().get(PATH, headers=headers(channel)).status_code == 404


def test_a_token_of_one_company_opens_nothing_of_another(
    linked: Linked, channel: Channel, stranger: Any
) -> None:
    token = token_of(stranger.company.pk, channel.link_id, str(channel.pk))
    assert post(headers(channel, **{"X-Goog-Channel-Token": token})).status_code == 404


def test_messages_of_a_stopped_channel_do_nothing(linked: Linked, channel: Channel) -> None:
    with company_scope(linked.company_id):
        Channel.objects.update(state="stopped")
    before = linked.link().generation
    assert post(headers(channel)).status_code == 404
    assert linked.link().generation == before


def test_tokens_made_with_the_previous_secret_still_open(
    linked: Linked, channel: Channel, settings: Any
) -> None:
    given = headers(channel)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new one"
    assert post(given).status_code == 204


def test_only_when_nothing_could_be_noted_google_shall_repeat_it(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: Any, **_kwargs: Any) -> bool:
        raise OperationalError("the database is away")

    monkeypatch.setattr(webhook, "_note", away)
    assert post(headers(channel)).status_code == 503


def test_without_redis_the_change_is_noted_all_the_same(
    linked: Linked, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "redis_client", lambda: Redis.from_url("redis://127.0.0.1:1/0"))
    before = linked.link().generation
    assert post(headers(channel)).status_code == 204
    assert linked.link().generation == before + 1
