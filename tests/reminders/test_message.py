"""What a reminder says, and to whom it gives nothing away."""

from typing import Any

import pytest

from bookings.models import Floor
from tenants.scope import company_scope
from tests.factories import at, make_booking, make_room
from tests.reminders.conftest import Office, tick

pytestmark = pytest.mark.worker


@pytest.fixture
def morning(office: Office, clock: Any) -> Office:
    clock.move_to(at(9, 50))
    return office


def only_message(office: Office) -> dict[str, Any]:
    office.plan()
    tick()
    (message,) = office.messages()
    return message


def words_of(message: dict[str, Any]) -> list[str]:
    """The texts of the blocks, in order."""
    return [
        part["text"]["text"] if isinstance(part.get("text"), dict) else part["text"]
        for block in message["blocks"]
        for part in block.get("elements", [block])
    ]


def test_it_says_what_when_and_where(morning: Office) -> None:
    with company_scope(morning.company.pk):
        floor = Floor.objects.create(building=morning.cast.room.building, name="3F")
    room = make_room(morning.company, "Han River", floor=floor)
    meeting = make_booking(morning.cast.alice, room, start=at(10))
    message = only_message(morning)
    assert words_of(message) == [
        "Design review",
        "Starts in 10 min in Han River 3F",
        "Today, Wed 2 Dec, 10:00–11:00",
        "Open",
    ]
    assert message["text"] == " · ".join(words_of(message)[:3])
    button = message["blocks"][-1]["elements"][0]
    assert button["url"] == f"http://testserver/bookings/{meeting.public_id}/"
    assert message["metadata"] == {
        "event_type": "booking_reminder",
        "event_payload": {
            "reminder": str(morning.reminder().pk),
            "starts_at": "2026-12-02T01:00:00+00:00",
        },
    }
    arguments = morning.slack.control.requests("chat.postMessage")[0]["arguments"]
    assert (arguments["unfurl_links"], arguments["unfurl_media"]) == (False, False)


def test_it_speaks_the_companys_language(morning: Office) -> None:
    morning.company.language = "ko"
    morning.company.save()
    make_booking(morning.cast.alice, morning.cast.room, start=at(10))
    assert "오늘, 12월 2일 수요일, 10:00" in only_message(morning)["text"]


def test_it_keeps_the_rooms_time_and_names_a_foreign_zone(morning: Office) -> None:
    room = make_room(morning.company, "Hudson", timezone="America/New_York")
    make_booking(morning.cast.alice, room, start=at(10))
    assert "20:00–21:00 (America/New_York)" in only_message(morning)["text"]


def test_a_title_can_neither_mention_nor_link(morning: Office) -> None:
    title = "<!channel> & <https://evil.example|look> :fire:\nnow"
    make_booking(morning.cast.alice, morning.cast.room, start=at(10), title=title)
    message = only_message(morning)
    assert message["text"].startswith(
        "&lt;!channel&gt; &amp; &lt;https://evil.example|look&gt; :fire: now · "
    )
    assert message["blocks"][0]["text"] == {
        "type": "plain_text",
        "text": "<!channel> & <https://evil.example|look> :fire: now",
        "emoji": False,
    }


def test_a_long_title_is_cut(morning: Office) -> None:
    make_booking(morning.cast.alice, morning.cast.room, start=at(10), title="회" * 255)
    assert words_of(only_message(morning))[0] == "회" * 149 + "…"


def test_a_private_meeting_keeps_its_title(morning: Office) -> None:
    make_booking(
        morning.cast.alice, morning.cast.room, start=at(10), title="Merger", visibility="private"
    )
    assert "Merger" not in str(only_message(morning))


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (60, "1 h"),
        (90, "1 h 30 min"),
        (1440, "1 day"),
        (2880, "2 days"),
        (1500, "1 day 1 h"),
        (1, "1 min"),
    ],
)
def test_long_leads_read_well(office: Office, clock: Any, minutes: int, words: str) -> None:
    meeting = make_booking(
        office.cast.alice, office.cast.room, start=at(10, day=3), reminders=(minutes,)
    )
    office.plan()
    clock.move_to(office.reminder().fire_at)
    tick()
    assert f"Starts in {words} in" in office.texts()[0]
    assert meeting


def test_a_webhook_carries_it_too(morning: Office) -> None:
    url = morning.slack.control.add_webhook(morning.team, morning.channel)
    morning.connect(webhook_url=url)
    make_booking(morning.cast.alice, morning.cast.room, start=at(10))
    assert words_of(only_message(morning))[0] == "Design review"
    assert morning.reminder().state == "sent"
    assert morning.reminder().slack_ts == ""


@pytest.mark.parametrize(
    ("fault", "state", "connection"),
    [
        ({"kind": "status", "status": 429, "retry_after": 7}, "scheduled", "active"),
        ({"kind": "status", "status": 503}, "scheduled", "active"),
        ({"kind": "error", "error": "no_active_hooks"}, "scheduled", "broken"),
        ({"kind": "error", "error": "invalid_payload"}, "skipped", "active"),
        ({"kind": "status", "status": 500, "after_effect": True}, "sending", "active"),
        ({"kind": "drop", "after_effect": True}, "sending", "active"),
    ],
)
def test_a_webhooks_troubles(
    morning: Office, clock: Any, fault: dict[str, Any], state: str, connection: str
) -> None:
    morning.connect(webhook_url=morning.slack.control.add_webhook(morning.team, morning.channel))
    make_booking(morning.cast.alice, morning.cast.room, start=at(10))
    morning.plan()
    morning.slack.control.fault("webhook", **fault)
    tick()
    assert (morning.reminder().state, morning.connection().state) == (state, connection)
    clock.shift(15)
    tick()
    tick()
    expected = 1 if state in ("scheduled", "sending") and connection == "active" else 0
    assert len(morning.texts()) == expected
    if state == "sending":
        assert morning.reminder().error == "unknown: incoming_webhook"
