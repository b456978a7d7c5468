"""A fresh stand-in for Google with a company, its people and a room, and Google's own client."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import Any

import httpx
import pytest
import requests
from google.auth.transport.requests import Request
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from standins.google.server import StandIn, serve

DOMAIN = "hangang.example"
ADMIN, MEMBER, GUEST = (f"{name}@{DOMAIN}" for name in ("minji", "junho", "sora"))
ROOM = "c_yeouido@resource.calendar.google.com"
OTHER_ROOM = "c_seonyu@resource.calendar.google.com"
CLIENT = {"client_id": "roomly-demo", "client_secret": "roomly-demo-secret"}


@pytest.fixture(scope="session")
def google_server() -> Iterator[StandIn]:
    with serve() as running:
        yield running


_opened: list[Any] = []  # Google clients and sessions of the running test


def closing(opened: Any) -> Any:
    """Keep something that the end of the test closes."""
    _opened.append(opened)
    return opened


@pytest.fixture
def google(google_server: StandIn) -> Iterator[StandIn]:
    control = google_server.control
    control.reset()
    control.configure(room_answer_seconds=0.0, notification_retry_seconds=0.01)
    control.add_account(ADMIN, "Kim Minji", admin=True, time_zone="Asia/Seoul")
    control.add_account(MEMBER, "Lee Junho", time_zone="Asia/Seoul")
    control.add_account(GUEST, "Park Sora", time_zone="Asia/Seoul")
    for room, name in ((ROOM, "Yeouido"), (OTHER_ROOM, "Seonyu")):
        control.add_room_calendar(room, name, "Asia/Seoul", domain=DOMAIN, building="Main")
    yield google_server
    while _opened:
        _opened.pop().close()


def transport() -> Request:
    """What google-auth sends its own requests with."""
    return Request(closing(requests.Session()))


def service_for(google: StandIn, email: str, scopes: list[str] | None = None) -> Any:
    """Google's own client, signed in as somebody."""
    credentials = Credentials(
        google.control.access_token(email, scopes),
        refresh_token=google.control.grant(email, scopes),
        token_uri=f"{google.url}/token",
        **CLIENT,
    )
    options = {"api_endpoint": f"{google.url}/calendar/v3/"}
    service = build(
        "calendar", "v3", credentials=credentials, client_options=options, cache_discovery=False
    )
    return closing(service)


@pytest.fixture
def api(google: StandIn) -> Any:
    return service_for(google, ADMIN)


@pytest.fixture
def http(google: StandIn) -> Iterator[httpx.Client]:
    """Plain HTTP with the admin's access token, for what Google's client does not send."""
    headers = {"Authorization": f"Bearer {google.control.access_token(ADMIN)}"}
    with httpx.Client(
        base_url=google.url,
        headers=headers,
        trust_env=False,
        verify=False,  # or each would read all authorities' certificates first
    ) as client:
        yield client


def timed(day: int = 1, hour: int = 10, minutes: int = 60, **fields: Any) -> dict[str, Any]:
    """An event's body in December 2026, Seoul time."""
    end = hour * 60 + minutes
    return {
        "summary": "Review",
        "start": {"dateTime": f"2026-12-{day:02}T{hour:02}:00:00", "timeZone": "Asia/Seoul"},
        "end": {
            "dateTime": f"2026-12-{day:02}T{end // 60:02}:{end % 60:02}:00",
            "timeZone": "Asia/Seoul",
        },
        **fields,
    }


def daily(count: int = 5, **fields: Any) -> dict[str, Any]:
    """A series from 1 December on."""
    return timed(recurrence=[f"RRULE:FREQ=DAILY;COUNT={count}"], **fields)


def insert(api: Any, body: dict[str, Any], calendar: str = ROOM, **query: Any) -> dict[str, Any]:
    made: dict[str, Any] = api.events().insert(calendarId=calendar, body=body, **query).execute()
    return made


def listed(api: Any, calendar: str = ROOM, **query: Any) -> dict[str, Any]:
    """All pages of a list as one answer."""
    answer: dict[str, Any] = api.events().list(calendarId=calendar, **query).execute()
    items = answer["items"]
    while "nextPageToken" in answer:
        query["pageToken"] = answer["nextPageToken"]
        answer = api.events().list(calendarId=calendar, **query).execute()
        items += answer["items"]
    return answer | {"items": items}


def changes(api: Any, token: str, calendar: str = ROOM) -> dict[str, dict[str, Any]]:
    """What an incremental list returns, by event id."""
    return {item["id"]: item for item in listed(api, calendar, syncToken=token)["items"]}


def refusal(request: Any) -> tuple[int, str]:
    """Execute a request that must fail: its status and Google's reason."""
    with pytest.raises(HttpError) as caught:
        request.execute()
    details = caught.value.error_details
    return caught.value.status_code, details[0]["reason"] if details else ""


class Hook:
    """A webhook that records what comes; `answers` are the next statuses, then 204."""

    def __init__(self) -> None:
        self.received: Queue[dict[str, str]] = Queue()
        self.answers: list[int] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.received.put({**dict(self.headers), "body": body.decode()})
                self.send_response(hook.answers.pop(0) if hook.answers else 204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Stay quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def next(self) -> dict[str, str]:
        """The next message, waited for."""
        return self.received.get(timeout=5)

    def states(self) -> list[str]:
        """The states of all messages so far."""
        return [message["X-Goog-Resource-State"] for message in list(self.received.queue)]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def hook() -> Iterator[Hook]:
    running = Hook()
    yield running
    running.close()
