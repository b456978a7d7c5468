"""The person's pages by plain forms, the demo's data, and the state file."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from standins.google.server import StandIn
from tests.standins.google_case import ROOM, daily, insert, timed

PAGE = f"/calendars/{ROOM}"


def event_ids(page: str) -> list[str]:
    return re.findall(r'data-event-id="([^"]+)"', page)


def fields(day: int = 1, hour: int = 10, **changed: str) -> dict[str, str]:
    return {
        "summary": "By hand",
        "start": f"2026-12-{day:02}T{hour:02}:00",
        "end": f"2026-12-{day:02}T{hour + 1:02}:00",
        **changed,
    }


def on(http: httpx.Client, day: int) -> str:
    return http.get(PAGE, params={"date": f"2026-12-{day:02}"}).text


def test_calendars_stand_by_building_and_can_be_searched(http: httpx.Client) -> None:
    page = http.get("/").text
    assert 'data-group="Main"' in page
    assert f'data-calendar-id="{ROOM}"' in page
    found = http.get("/", params={"q": "seonyu main"}).text
    assert found.count("data-calendar-id") == 1
    assert "Nothing found" in http.get("/", params={"q": "zzz"}).text


def test_an_event_is_made_moved_retitled_and_deleted(google: StandIn, http: httpx.Client) -> None:
    answer = http.post(f"{PAGE}/events", data=fields())
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("?date=2026-12-01")
    event_id = event_ids(on(http, 1))[0]
    change = fields(3, 15, summary="Moved", action="save")
    assert http.post(f"{PAGE}/events/{event_id}", data=change).status_code == 303
    assert event_ids(on(http, 1)) == []
    page = on(http, 3)
    assert event_ids(page) == [event_id]
    assert 'value="Moved"' in page
    assert 'value="2026-12-03T15:00"' in page
    http.post(f"{PAGE}/events/{event_id}", data={"action": "delete"})
    assert google.control.events(ROOM) == []


def test_a_wrong_form_is_answered_with_a_sentence(google: StandIn, http: httpx.Client) -> None:
    wrong = [fields(end="2026-12-01T09:00"), fields(start="soon"), fields(end="")]
    for form in wrong:
        answer = http.post(f"{PAGE}/events", data=form)
        assert answer.status_code == 400
        assert 'role="alert"' in answer.text
    assert google.control.events(ROOM) == []


@pytest.mark.parametrize(("scope", "changed"), [("this", 1), ("following", 3), ("all", 5)])
def test_a_series_is_changed_in_part_or_whole(
    google: StandIn, http: httpx.Client, api: Any, scope: str, changed: int
) -> None:
    insert(api, daily(id="abc123"))
    third = event_ids(on(http, 3))[0]
    http.post(f"{PAGE}/events/{third}", data=fields(3, scope=scope))
    titles = ["By hand" in on(http, day) for day in range(1, 6)]
    assert sum(titles) == changed


def test_a_multi_day_event_and_another_zone_are_shown(http: httpx.Client, api: Any) -> None:
    insert(api, {"start": {"date": "2026-12-07"}, "end": {"date": "2026-12-09"}})
    assert len(event_ids(on(http, 8))) == 1
    assert event_ids(on(http, 9)) == []


def test_titles_are_escaped(http: httpx.Client, api: Any) -> None:
    insert(api, timed(summary="<script>alert(1)</script>"))
    assert "<script>alert" not in on(http, 1)


def test_unknown_calendars_and_scopes_are_refused(http: httpx.Client, api: Any) -> None:
    assert http.get("/calendars/nobody").status_code == 404
    made = insert(api, timed())
    answer = http.post(f"{PAGE}/events/{made['id']}", data=fields(scope="some"))
    assert answer.status_code == 400


def test_the_front_page_shows_requests(http: httpx.Client, api: Any) -> None:
    insert(api, timed())
    assert "calendar.events.insert" in http.get("/").text


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM])
def demo(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Starts the demo's stand-in as a process; each call ends the one before."""
    running: list[subprocess.Popen[str]] = []

    def stop() -> None:
        for process in running:
            process.send_signal(request.param)
            assert process.wait(10) == 0
            if process.stdout:
                process.stdout.close()
        running.clear()

    def start() -> str:
        stop()
        command = [sys.executable, "-m", "standins.google", "--port", "0", "--demo"]
        command += ["--state", str(tmp_path / "state.json")]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout
        return process.stdout.readline().split()[-1].rstrip("/")

    yield start
    stop()


def refresh(url: str, domain: str) -> int:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": f"demo-refresh-{domain}",
        "client_id": "roomly-demo",
        "client_secret": "roomly-demo-secret",
    }
    return httpx.post(f"{url}/token", data=form, trust_env=False).status_code


def test_a_second_demo_keeps_its_events_and_grants(demo: Any) -> None:
    url = demo()
    page = httpx.get(f"{url}/?q=resource", trust_env=False).text
    rooms = re.findall(r'data-calendar-id="([^"]+)"', page)
    assert len(rooms) == 52
    made = httpx.post(f"{url}/calendars/{rooms[0]}/events", data=fields(), trust_env=False)
    assert made.status_code == 303
    url = demo()
    shown = httpx.get(f"{url}/calendars/{rooms[0]}?date=2026-12-01", trust_env=False).text
    assert len(event_ids(shown)) == 1
    assert [refresh(url, domain) for domain in ("hangang.example", "hudson.example")] == [200, 200]
