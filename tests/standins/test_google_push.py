"""Notification channels: opening, messages, retries, losses, stopping."""

import uuid
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from standins.google.server import StandIn
from tests.standins.google_case import (
    MEMBER,
    OTHER_ROOM,
    ROOM,
    Hook,
    insert,
    refusal,
    service_for,
    timed,
)


def watch(api: Any, address: str, calendar: str = ROOM, **fields: Any) -> Any:
    body = {"id": str(uuid.uuid4()), "type": "web_hook", "address": address, **fields}
    return api.events().watch(calendarId=calendar, body=body)


def opened(google: StandIn, api: Any, hook: Hook, **fields: Any) -> dict[str, Any]:
    channel: dict[str, Any] = watch(api, hook.address, **fields).execute()
    assert hook.next()["X-Goog-Resource-State"] == "sync"
    return channel


def test_a_channel_begins_with_sync_and_tells_changes(
    google: StandIn, api: Any, hook: Hook
) -> None:
    channel = watch(api, hook.address, token="secret").execute()
    assert channel["kind"] == "api#channel"
    assert channel["token"] == "secret"
    sync = hook.next()
    assert sync["X-Goog-Message-Number"] == "1"
    made = insert(api, timed())
    messages = [hook.next()]  # two under way at once may overtake each other, as Google's do
    api.events().delete(calendarId=ROOM, eventId=made["id"]).execute()
    messages.append(hook.next())
    for message in messages:
        assert message["X-Goog-Resource-State"] == "exists"
        assert message["X-Goog-Channel-ID"] == channel["id"]
        assert message["X-Goog-Resource-ID"] == channel["resourceId"]
        assert message["X-Goog-Resource-URI"] == channel["resourceUri"]
        assert message["X-Goog-Channel-Token"] == "secret"
        assert message["body"] == ""
        assert message["User-Agent"].startswith("APIs-Google")
        expires = parsedate_to_datetime(message["X-Goog-Channel-Expiration"])
        assert expires == datetime.fromtimestamp(int(channel["expiration"]) // 1000, UTC)
    numbers = [int(m["X-Goog-Message-Number"]) for m in (sync, *messages)]
    assert numbers == sorted(set(numbers))


def test_channels_on_one_calendar_share_the_resource_and_others_hear_nothing(
    google: StandIn, api: Any, hook: Hook
) -> None:
    first, second = opened(google, api, hook), opened(google, api, hook)
    assert first["resourceId"] == second["resourceId"]
    insert(api, timed(), OTHER_ROOM)
    assert google.control.wait_for_idle()
    assert hook.received.empty()
    insert(api, timed())
    assert {hook.next()["X-Goog-Channel-ID"] for _ in range(2)} == {first["id"], second["id"]}


def test_a_message_is_repeated_after_server_errors_only(
    google: StandIn, api: Any, hook: Hook
) -> None:
    opened(google, api, hook)
    hook.answers = [500, 503]
    insert(api, timed())
    assert google.control.wait_for_idle()
    hook.answers = [404]
    insert(api, timed(2))
    assert google.control.wait_for_idle()
    sent = google.control.deliveries()[1:]
    assert [(d["attempts"], d["outcome"]) for d in sent] == [
        ([500, 503, 204], "delivered"),
        ([404], "lost"),
    ]


def test_nobody_listening_loses_messages_without_harm(google: StandIn, api: Any) -> None:
    watch(api, "http://127.0.0.1:9/hook").execute()
    assert insert(api, timed())["status"] == "confirmed"
    assert google.control.wait_for_idle()
    assert {d["outcome"] for d in google.control.deliveries()} == {"lost"}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"address": "http://roomly.example/hook"}, "push.webhookUrlNotHttps"),
        ({"address": "roomly"}, "push.webhookUrlNoHostOrAddress"),
        ({"id": "a b"}, "push.channelIdInvalid"),
        ({"id": "x" * 65}, "push.channelIdInvalid"),
        ({"id": None}, "required"),
        ({"token": "x" * 257}, "invalid"),
        ({"type": "email"}, "invalid"),
        ({"expiration": "1767225600"}, "invalid"),
        ({"params": {"ttl": "soon"}}, "invalid"),
    ],
)
def test_wrong_channels_are_refused(api: Any, fields: dict[str, Any], reason: str) -> None:
    body = {"id": "c1", "address": "https://127.0.0.1/hook", **fields}
    request = watch(api, **body)
    assert refusal(request) == (400, reason)


def test_plain_http_is_refused_unless_allowed(google: StandIn, api: Any, hook: Hook) -> None:
    google.control.configure(allow_http_webhooks=False)
    assert refusal(watch(api, hook.address)) == (400, "push.webhookUrlNotHttps")


def test_a_channel_id_is_never_used_twice(google: StandIn, api: Any, hook: Hook) -> None:
    channel = opened(google, api, hook, id="c1")
    again = watch(api, hook.address, calendar=OTHER_ROOM, id="c1")
    assert refusal(again) == (400, "channelIdNotUnique")
    api.channels().stop(body={k: channel[k] for k in ("id", "resourceId")}).execute()
    assert refusal(again) == (400, "channelIdNotUnique")


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({}, 604_800),
        ({"params": {"ttl": "60"}}, 60),
        ({"params": {"ttl": "9999999"}}, 604_800),
        ({"expiration": str(int(datetime(2027, 6, 1, tzinfo=UTC).timestamp() * 1000))}, 604_800),
    ],
)
def test_the_life_of_a_channel_is_clamped(
    google: StandIn, api: Any, fields: dict[str, Any], seconds: int
) -> None:
    google.control.set_clock("2026-12-01T00:00:00Z")
    channel = watch(api, "https://127.0.0.1:9/hook", **fields).execute()
    ends = datetime.fromtimestamp(int(channel["expiration"]) / 1000, UTC)
    assert ends - datetime(2026, 12, 1, tzinfo=UTC) == timedelta(seconds=seconds)


def test_an_expired_channel_is_silent_and_cannot_be_stopped(
    google: StandIn, api: Any, hook: Hook
) -> None:
    channel = opened(google, api, hook, params={"ttl": "60"})
    google.control.advance_clock(61)
    insert(api, timed())
    assert google.control.wait_for_idle()
    assert hook.received.empty()
    stop = api.channels().stop(body={k: channel[k] for k in ("id", "resourceId")})
    assert refusal(stop) == (404, "notFound")


def test_stopping_is_for_who_opened_it_and_may_be_repeated(
    google: StandIn, api: Any, hook: Hook
) -> None:
    channel = opened(google, api, hook)
    body = {k: channel[k] for k in ("id", "resourceId")}
    other = service_for(google, MEMBER).channels()
    assert refusal(other.stop(body=body)) == (404, "notFound")
    assert refusal(api.channels().stop(body=body | {"resourceId": "x"})) == (404, "notFound")
    for _ in range(2):
        api.channels().stop(body=body).execute()
    insert(api, timed())
    assert google.control.wait_for_idle()
    assert hook.received.empty()


def test_a_calendar_may_have_no_push(google: StandIn, api: Any) -> None:
    google.control.change_calendar(ROOM, push_supported=False)
    request = watch(api, "https://127.0.0.1:9/hook")
    assert refusal(request) == (400, "pushNotSupportedForRequestedResource")


def test_messages_can_be_dropped_and_doubled(google: StandIn, api: Any, hook: Hook) -> None:
    opened(google, api, hook)
    google.control.notifications(drop=1.0)
    insert(api, timed())
    google.control.notifications(drop=0.0, duplicate=1.0)
    insert(api, timed(2))
    assert google.control.wait_for_idle()
    assert hook.received.qsize() == 2
    numbers = {message["X-Goog-Message-Number"] for message in list(hook.received.queue)}
    assert len(numbers) == 1


def test_held_messages_come_in_the_asked_order(google: StandIn, api: Any, hook: Hook) -> None:
    opened(google, api, hook)
    google.control.notifications(hold=True)
    for day in (1, 2, 3):
        insert(api, timed(day))
    assert google.control.wait_for_idle()
    assert hook.received.empty()
    assert google.control.release("reversed") == 3
    assert google.control.wait_for_idle()
    numbers = [int(hook.next()["X-Goog-Message-Number"]) for _ in range(3)]
    assert numbers == sorted(numbers, reverse=True)


def test_edits_by_a_person_are_told_as_well(google: StandIn, api: Any, hook: Hook) -> None:
    made = insert(api, timed())
    opened(google, api, hook)
    google.control.ui_edit(ROOM, made["id"], summary="By hand")
    assert hook.next()["X-Goog-Resource-State"] == "exists"


def test_sync_may_come_before_the_answer(google: StandIn, api: Any, hook: Hook) -> None:
    google.control.configure(sync_before_watch_reply=True)
    watch(api, hook.address).execute()
    assert hook.received.qsize() == 1


def test_a_held_message_comes_even_after_the_stop(google: StandIn, api: Any, hook: Hook) -> None:
    channel = opened(google, api, hook)
    google.control.notifications(hold=True)
    insert(api, timed())
    api.channels().stop(body={k: channel[k] for k in ("id", "resourceId")}).execute()
    google.control.release()
    assert hook.next()["X-Goog-Channel-ID"] == channel["id"]
