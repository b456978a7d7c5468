"""Whom Slack does not reach gets a mail, where the company sends any: once, as any message."""

import smtplib
from typing import Any

import pytest
from django.core import mail

from reminders.claims import Delivery, take
from reminders.connections import disconnect
from reminders.refresh import refill
from tenants.scope import company_scope
from tests.factories import at, make_booking
from tests.reminders.conftest import OPERATOR, Office, People, sweep, tick

pytestmark = pytest.mark.worker
SEND = "django.core.mail.backends.locmem.EmailBackend.send_messages"


@pytest.fixture
def due(people: People, clock: Any) -> Office:
    """The administrator, whom Slack does not know, has a meeting at ten."""
    make_booking(people.office.cast.admin, people.office.cast.room, start=at(10))
    people.office.plan()
    clock.move_to(at(9, 50))
    return people.office


def failing(monkeypatch: pytest.MonkeyPatch, trouble: Exception) -> None:
    def fail(*_: Any) -> int:
        raise trouble

    monkeypatch.setattr(SEND, fail)


def test_it_says_the_same_with_a_link(due: Office) -> None:
    tick()
    tick()
    sweep()
    (sent,) = mail.outbox
    assert sent.to == [due.cast.admin.email]
    assert sent.subject == "Design review: Starts in 10 min in Hangang One"
    row = due.reminder()
    with company_scope(due.company.pk):
        assert sent.body.splitlines() == [
            "Design review",
            "Starts in 10 min in Hangang One",
            "Today, Wed 2 Dec, 10:00–11:00",
            "",
            f"http://testserver/bookings/{row.occurrence.public_id}/",
            "",
            "When you are reminded, and of what: http://testserver/settings/reminders/",
        ]
    assert (row.state, row.by_mail, row.error) == ("sent", True, "")


def test_it_is_in_the_readers_language(due: Office) -> None:
    due.cast.admin.user.language = "ko"
    due.cast.admin.user.save()
    tick()
    assert "10:00–11:00" in mail.outbox[0].body


@pytest.mark.parametrize("trouble", ["revoked", "gone", "webhook", "never connected"])
def test_without_a_slack_that_reaches_people_mail_goes_out(
    people: People, clock: Any, trouble: str
) -> None:
    office, cast = people.office, people.office.cast
    make_booking(cast.alice, cast.room, start=at(10))
    office.plan()
    match trouble:
        case "revoked":
            office.slack.control.revoke_token(office.connection().bot_token)
        case "webhook":
            office.connect(webhook_url=office.slack.control.add_webhook(office.team, "C1"))
        case _:
            with company_scope(office.company.pk):
                disconnect(by=OPERATOR, company=office.company)
    clock.move_to(at(9, 50))
    tick()
    sweep()
    assert [sent.to for sent in mail.outbox] == [[cast.alice.email]]
    assert office.reminder().state == "sent"


def test_without_redis_and_slack_the_sweep_mails(people: People, clock: Any, redis: Any) -> None:
    office, cast = people.office, people.office.cast
    with company_scope(office.company.pk):
        disconnect(by=OPERATOR, company=office.company)
    make_booking(cast.alice, cast.room, start=at(10))
    office.plan()
    redis.flushdb()
    clock.move_to(at(9, 50))
    assert refill(office.company.pk) == 1
    redis.flushdb()
    clock.shift(10)
    sweep()
    assert len(mail.outbox) == 1


def test_where_the_company_wants_none_it_waits_for_slack(people: People, clock: Any) -> None:
    office, cast = people.office, people.office.cast
    office.choose(by_mail=False)
    make_booking(cast.alice, cast.room, start=at(10))
    office.plan()
    token = office.connection().bot_token
    office.slack.control.revoke_token(token)
    clock.move_to(at(9, 50))
    tick()
    clock.shift(11)
    sweep()
    assert (mail.outbox, office.reminder().state) == ([], "scheduled")
    office.connect(bot_token=office.token, channel=office.channel)
    sweep()
    assert len(office.told(people.alice)) == 1


def test_a_channel_is_never_mailed(office: Office, clock: Any) -> None:
    with company_scope(office.company.pk):
        disconnect(by=OPERATOR, company=office.company)
    make_booking(office.cast.alice, office.cast.room, start=at(10))
    office.plan()
    clock.move_to(at(9, 50))
    tick()
    assert (mail.outbox, office.reminder().state) == ([], "scheduled")
    assert refill(office.company.pk) == 0, "looking would not help"
    clock.move_to(at(10))
    clock.shift(11)
    sweep()
    assert (office.reminder().state, office.reminder().error) == ("cancelled", "no_channel")


def test_while_slack_asks_for_quiet_nobody_is_mailed(people: People, clock: Any) -> None:
    office, cast = people.office, people.office.cast
    make_booking(cast.alice, cast.room, start=at(10))
    office.plan()
    office.slack.control.fault("chat.postMessage", "status", status=429, retry_after=30)
    clock.move_to(at(9, 50))
    tick()
    clock.shift(30)
    tick()
    assert (mail.outbox, len(office.told(people.alice))) == ([], 1)


def test_a_suspended_company_is_not_written_to(due: Office) -> None:
    due.company.suspended_at = at(9)
    due.company.save()
    tick()
    sweep()
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("trouble", "state", "error", "mails"),
    [
        (smtplib.SMTPConnectError(421, "busy"), "scheduled", "no_mail", 1),
        (ConnectionRefusedError(), "scheduled", "no_mail", 1),
        (smtplib.SMTPRecipientsRefused({}), "skipped", "mail_refused", 0),
        (TimeoutError(), "sent", "unknown: mail TimeoutError", 0),
        (smtplib.SMTPServerDisconnected(), "sent", "unknown: mail SMTPServerDisconnected", 0),
    ],
    ids=repr,
)
def test_only_what_surely_did_not_go_is_sent_again(
    due: Office, clock: Any, monkeypatch: pytest.MonkeyPatch, trouble: Exception, state: str,
    error: str, mails: int,
) -> None:  # fmt: skip
    with monkeypatch.context() as patch:
        failing(patch, trouble)
        tick()
    assert (due.reminder().state, due.reminder().error) == (state, error)
    clock.shift(60)
    tick()
    sweep()
    assert len(mail.outbox) == mails


@pytest.mark.parametrize("moved", [False, True])
def test_a_worker_dies_while_mailing(people: People, clock: Any, moved: bool) -> None:
    """Nobody can look into the mailbox: it counts as sent, and is told again for a new time."""
    office, cast = people.office, people.office.cast
    with company_scope(office.company.pk):
        disconnect(by=OPERATOR, company=office.company)
    meeting = make_booking(cast.alice, cast.room, start=at(10))
    office.plan()
    clock.move_to(at(9, 50))
    with company_scope(office.company.pk):
        assert isinstance(take(office.reminder().pk), Delivery)
    if moved:
        office.change(meeting, starts_at=at(14), ends_at=at(15), block_from=at(14), block_to=at(15))
        with company_scope(office.company.pk):
            meeting.booking.outbox.update(desired_v=2)
        office.plan()
    clock.shift(41)
    sweep()
    assert mail.outbox == []
    expected = ("scheduled", "") if moved else ("sent", "unknown: mail")
    assert (office.reminder().state, office.reminder().error) == expected
    clock.move_to(at(13, 50))
    clock.shift(11)
    sweep()
    assert len(mail.outbox) == moved
