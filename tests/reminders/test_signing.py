"""Only what Slack signed is done, once, whatever else arrives."""

import time
from typing import Any

import pytest
from django.conf import LazySettings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from redis.exceptions import ConnectionError as RedisAway
from slack_sdk.signature import SignatureVerifier

from reminders.remote import signing
from reminders.remote.signing import from_slack

SECRET = "of-the-app"
BODY = '{"text": "회의실"}'.encode()


@pytest.fixture(autouse=True)
def _secret(settings: LazySettings) -> None:
    settings.SLACK_SIGNING_SECRET = SECRET


class Door:
    """A view behind the decorator, which counts what comes through."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.status = 200

    def ask(self, *, body: bytes = BODY, age: int = 0, **headers: Any) -> int:
        """Sends a request that Slack signed `age` seconds ago; headers replace its own."""
        stamp = str(int(time.time()) - age)
        signature = SignatureVerifier(SECRET).generate_signature(timestamp=stamp, body=BODY)
        signed = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
        signed |= {f"X-Slack-{name.replace('_', '-')}": value for name, value in headers.items()}
        request = RequestFactory().post(
            "/slack/x", body, content_type="application/json",
            headers={name: value for name, value in signed.items() if value is not None},
        )  # fmt: skip
        return self(request).status_code

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return from_slack(self._view)(request)

    def _view(self, request: HttpRequest) -> HttpResponse:
        self.taken.append(request.body)
        if self.status == 0:
            raise RuntimeError
        return HttpResponse(status=self.status)

    __name__ = "door"


@pytest.fixture
def door() -> Door:
    return Door()


def test_what_slack_signed_is_taken(door: Door) -> None:
    assert (door.ask(), door.taken) == (200, [BODY])
    assert door(RequestFactory().get("/slack/x")).status_code == 405


@pytest.mark.parametrize(
    "wrong",
    [
        {"body": BODY + b" "},
        {"body": b"\xff\xfe"},
        {"age": 301},
        {"age": -301},
        {"Signature": None},
        {"Signature": ""},
        {"Signature": "v0=0"},
        {"Signature": "v0=é"},
        {"Request_Timestamp": None},
        {"Request_Timestamp": "yesterday"},
        {"Request_Timestamp": "9" * 5000},
        {"Request_Timestamp": "1e9"},
    ],
)
def test_what_is_not_signed_is_refused_and_not_done(door: Door, wrong: dict[str, Any]) -> None:
    assert (door.ask(**wrong), door.taken) == (401, [])


def test_without_a_secret_nothing_is_genuine(door: Door, settings: LazySettings) -> None:
    settings.SLACK_SIGNING_SECRET = ""
    assert (door.ask(), door.taken) == (401, [])


def test_a_replay_is_refused_for_as_long_as_its_stamp_passes(door: Door, clock: Any) -> None:
    assert [door.ask(age=-299), door.ask(age=-299)] == [200, 401]
    assert door.ask(age=-299, Retry_Num="1") == 200  # acknowledged
    assert len(door.taken) == 1
    assert signing.REMEMBERED >= 2 * 300


def test_slacks_retry_is_done_where_the_first_try_was_not(door: Door) -> None:
    door.status = 503
    assert door.ask() == 503
    door.status = 0
    with pytest.raises(RuntimeError):
        door.ask(Retry_Num="1")
    door.status = 200
    assert door.ask(Retry_Num="2") == 200
    assert len(door.taken) == 3


def test_a_body_without_measure_is_not_read(door: Door, settings: LazySettings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = len(BODY) - 1
    assert (door.ask(), door.taken) == (413, [])


def test_without_redis_slack_is_asked_to_come_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise RedisAway

    monkeypatch.setattr(signing, "redis_client", away)
    assert (door.ask(), door.taken) == (503, [])
