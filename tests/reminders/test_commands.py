"""The operator's commands."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from reminders.models import SlackChannel, SlackConnection
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.factories import at, make_booking
from tests.reminders.conftest import Office, sweep, tick

pytestmark = pytest.mark.worker


def connect(monkeypatch: pytest.MonkeyPatch, typed: str, **options: Any) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    printed = io.StringIO()
    call_command("connect_slack", stdout=printed, **options)
    return printed.getvalue()


def test_a_token_is_read_from_standard_input(seoul: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    company = seoul.company.pk
    printed = connect(
        monkeypatch, "xoxb-secret\n", company=company, bot_token="-", channel="C0ROOMS00"
    )
    assert "xoxb" not in printed
    with company_scope(company):
        found, channel = SlackConnection.objects.get(), SlackChannel.objects.get()
    assert (found.bot_token, channel.name) == ("xoxb-secret", "C0ROOMS00")
    connect(
        monkeypatch, "https://hooks.slack.com/services/T/B/x\n", company=company, webhook_url="-"
    )
    with company_scope(company):
        found = SlackConnection.objects.get()
    assert (found.bot_token, found.webhook_url[-5:]) == ("", "T/B/x")


@pytest.mark.parametrize(
    ("typed", "options", "complaint"),
    [
        ("", {"bot_token": "-", "channel": "C1"}, "Standard input was empty"),
        ("xoxb-1\n", {"bot_token": "-"}, "channel"),
        ("https://evil.example/\n", {"webhook_url": "-"}, "not the URL"),
        ("xoxb-1\n", {"bot_token": "-", "channel": "C1", "company": 424242}, "no company 424242"),
    ],
)
def test_what_cannot_be_right_is_refused(
    seoul: Cast, monkeypatch: pytest.MonkeyPatch, typed: str, options: Any, complaint: str
) -> None:
    with pytest.raises(CommandError, match=complaint):
        connect(monkeypatch, typed, **{"company": seoul.company.pk, **options})


def test_rebuilding_counts_by_company_and_goes_on_where_it_stopped(
    office: Office, neighbour: Office, redis: Any
) -> None:
    for place in (office, neighbour):
        make_booking(place.cast.alice, place.cast.room, start=at(10))
    printed = io.StringIO()
    call_command("rebuild_reminders", stdout=printed)
    assert printed.getvalue().splitlines() == [
        f"company {office.company.pk}: 1 reminders in Redis",
        f"company {neighbour.company.pk}: 1 reminders in Redis",
        "2 companies, 2 reminders in Redis",
    ]
    assert redis.zscore("reminders:due", office.company.pk) == at(9, 50).timestamp()
    printed = io.StringIO()
    call_command("rebuild_reminders", after=office.company.pk, stdout=printed)
    assert len(printed.getvalue().splitlines()) == 2


def test_rebuilding_corrects_what_redis_has_wrong(office: Office, redis: Any) -> None:
    make_booking(office.cast.alice, office.cast.room, start=at(10))
    office.plan()
    own = f"reminders:pending:{office.company.pk}"
    redis.zadd(own, {"999": 1.0, str(office.reminder().pk): 1.0})
    redis.zadd("reminders:due", {str(office.company.pk): 1.0})
    call_command("rebuild_reminders", stdout=io.StringIO())
    due = at(9, 50).timestamp()
    assert redis.zrange(own, 0, -1, withscores=True) == [(str(office.reminder().pk), due)]
    assert redis.zscore("reminders:due", office.company.pk) == due


def test_rebuilding_does_not_send_again(office: Office, clock: Any) -> None:
    make_booking(office.cast.alice, office.cast.room, start=at(10))
    office.plan()
    clock.move_to(at(9, 50))
    tick()
    call_command("rebuild_reminders", stdout=io.StringIO())
    tick()
    sweep()
    assert len(office.texts()) == 1
