"""What Slack may answer: to wait, to go away, nothing at all. No message is lost or doubled."""

from datetime import timedelta
from typing import Any

import pytest

from reminders.connections import disconnect, mark_broken
from reminders.sending import send_due
from tenants.scope import company_scope
from tests.factories import at, make_booking
from tests.reminders.conftest import OPERATOR, Office, sweep, tick

pytestmark = pytest.mark.worker


@pytest.fixture
def due(office: Office, clock: Any) -> Office:
    """A company with a meeting at ten and its reminder due now."""
    make_booking(office.cast.alice, office.cast.room, start=at(10))
    office.plan()
    clock.move_to(at(9, 50))
    return office


def test_slack_says_wait_and_only_this_company_waits(
    due: Office, neighbour: Office, redis: Any, clock: Any
) -> None:
    make_booking(due.cast.alice, due.cast.other_room, start=at(10))
    due.plan()
    make_booking(neighbour.cast.alice, neighbour.cast.room, start=at(10) + timedelta(seconds=30))
    neighbour.plan()
    due.slack.control.fault("chat.postMessage", "status", status=429, retry_after=60)
    tick()
    assert due.connection().wait_until == at(9, 51)
    scores = redis.zrange(f"reminders:pending:{due.company.pk}", 0, -1, withscores=True)
    assert {score for _, score in scores} == {at(9, 51).timestamp()}
    assert [row.state for row in due.reminders()] == ["scheduled", "scheduled"]
    clock.shift(30)
    tick()
    sweep()
    send_due(due.company.pk, [row.pk for row in due.reminders()])
    assert (len(due.texts()), len(neighbour.texts())) == (0, 1)
    assert len(due.slack.control.requests("chat.postMessage")) == 2, "the wait was kept"
    clock.shift(30)
    tick()
    assert len(due.texts()) == 2


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive", "invalid_auth"])
def test_a_broken_connection_says_so_and_reminders_wait_for_the_next(
    due: Office, redis: Any, clock: Any, error: str
) -> None:
    due.slack.control.fault("chat.postMessage", "error", error=error, times=None)
    tick()
    assert (due.connection().state, due.connection().error) == ("broken", error)
    assert due.reminder().state == "scheduled"
    assert redis.zcard(f"reminders:pending:{due.company.pk}") == 0
    clock.shift(60)
    tick()
    sweep()
    assert len(due.slack.control.requests("chat.postMessage")) == 1, "nothing is hammered"
    due.slack.control._standin.faults._waiting.clear()
    due.connect(bot_token=due.token, channel=due.channel)
    sweep()
    assert len(due.texts()) == 1
    assert due.connection().state == "active"


def test_an_old_tokens_trouble_does_not_break_the_new_connection(due: Office, clock: Any) -> None:
    old = due.connection()
    clock.shift(1)
    due.connect(bot_token=due.token, channel=due.channel)
    with company_scope(due.company.pk):
        mark_broken(old, "token_revoked")
    tick()
    assert len(due.texts()) == 1


def test_a_revoked_token_breaks_the_connection(due: Office) -> None:
    due.slack.control.revoke_token(due.token)
    tick()
    assert due.connection().state == "broken"
    assert due.reminder().state == "scheduled"


def test_a_broken_connections_reminders_are_reported_once_the_meeting_has_begun(
    due: Office, clock: Any
) -> None:
    due.slack.control.revoke_token(due.token)
    tick()
    clock.move_to(at(10, 0, day=2) + timedelta(seconds=11))
    sweep()
    assert (due.reminder().state, due.reminder().error) == ("skipped", "meeting_began")


def test_a_refused_message_is_not_tried_again_and_holds_up_nothing(due: Office) -> None:
    make_booking(due.cast.alice, due.cast.other_room, start=at(10))
    due.plan()
    due.slack.control.fault("chat.postMessage", "error", error="invalid_blocks")
    tick()
    assert sorted(row.state for row in due.reminders()) == ["sent", "skipped"]
    assert due.connection().state == "active"


def test_an_unknown_refusal_is_tried_again_with_growing_pauses(due: Office, clock: Any) -> None:
    due.slack.control.fault("chat.postMessage", "error", error="new_kind_of_refusal", times=3)
    tries = []
    for _ in range(3):
        tick()
        again = due.reminder().lease_until
        assert again is not None
        tries.append(again)
        clock.move_to(again)
    tick()
    assert tries == [at(9, 50) + timedelta(seconds=seconds) for seconds in (5, 15, 35)]
    assert len(due.texts()) == 1


@pytest.mark.parametrize("after_effect", [True, False])
@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 500}, {"kind": "status", "status": 503}, {"kind": "drop"},
     {"kind": "error", "error": "fatal_error"}],
    ids=["500", "503", "drop", "fatal_error"],
)  # fmt: skip
def test_an_unclear_answer_is_looked_into_before_sending_again(
    due: Office, clock: Any, fault: dict[str, Any], after_effect: bool
) -> None:
    due.slack.control.fault("chat.postMessage", **fault, after_effect=after_effect)
    tick()
    assert due.reminder().state == "sending"
    clock.shift(15)
    tick()
    assert len(due.texts()) == 1
    assert (due.reminder().state, due.reminder().error) == ("sent", "")
    assert due.reminder().slack_ts == due.messages()[0]["ts"]


def test_a_silent_slack_is_given_up_and_looked_into(
    due: Office, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reminders.slack.TIMEOUT_SECONDS", 0.2)
    due.slack.control.fault("chat.postMessage", "latency", seconds=0.6)
    tick()
    assert due.reminder().error == "network: TimeoutError"
    while not due.texts():
        pass  # Slack still posts it, after we have stopped listening
    clock.shift(15)
    tick()
    assert len(due.texts()) == 1
    assert due.reminder().state == "sent"


def test_while_slack_is_down_a_company_asks_once_a_turn(due: Office) -> None:
    make_booking(due.cast.alice, due.cast.other_room, start=at(10))
    due.plan()
    due.slack.control.fault("chat.postMessage", "drop", times=None)
    tick()
    assert len(due.slack.control.requests("chat.postMessage")) == 1


def test_without_permission_to_look_nothing_is_doubled(due: Office, clock: Any) -> None:
    token = due.slack.control.add_token(due.team, scopes=["chat:write"]).value
    due.connect(bot_token=token, channel=due.channel)
    due.slack.control.fault("chat.postMessage", "drop", after_effect=True)
    tick()
    clock.shift(15)
    tick()
    clock.shift(60)
    sweep()
    assert len(due.texts()) == 1
    assert due.reminder().state == "sent"
    assert due.reminder().error == "unknown: missing_scope"
    assert due.reminder().sent_at is None


def test_slack_that_cannot_be_reached_at_all_is_tried_again(
    due: Office, clock: Any, settings: Any
) -> None:
    reachable, settings.SLACK_API_URL = settings.SLACK_API_URL, "http://127.0.0.1:9/api/"
    tick()
    assert due.reminder().state == "scheduled"
    assert due.reminder().error.startswith("network")
    settings.SLACK_API_URL = reachable
    clock.shift(5)
    tick()
    assert len(due.texts()) == 1


def test_without_slack_reminders_wait_for_it(office: Office, clock: Any) -> None:
    with company_scope(office.company.pk):
        disconnect(by=OPERATOR, company=office.company)
    make_booking(office.cast.alice, office.cast.room, start=at(10))
    office.plan()
    clock.move_to(at(9, 50))
    tick()
    assert office.reminder().state == "scheduled"
    office.connect(bot_token=office.token, channel="#rooms")
    clock.shift(20)
    sweep()
    assert len(office.texts()) == 1
    assert office.channel_id() == office.channel


def test_a_suspended_company_is_not_written_to(due: Office) -> None:
    due.company.suspended_at = at(9)
    due.company.save()
    tick()
    sweep()
    assert due.texts() == []
