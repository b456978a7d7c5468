"""Administrators are told that Google has to be connected again: one mail and one message a day."""

import smtplib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from calendars.connect import connect
from calendars.grants import revoke
from calendars.models import GoogleConnection
from reminders.admin_notices import companies_to_tell, tell
from tenants.models import AdminNotice, Company, Member
from tenants.scope import company_scope
from tests.reminders.conftest import Office

pytestmark = pytest.mark.worker
WORDS = "Google no longer lets Roomly in. Nothing is lost: connect again."


@pytest.fixture
def revoked(office: Office) -> Office:
    reconnect(office)
    revoke(office.company.pk, "invalid_grant")
    return office


def reconnect(office: Office) -> None:
    connect(
        company_id=office.company.pk,
        kind=GoogleConnection.Kind.OAUTH,
        account_email=office.cast.admin.email,
        secret="secret",
    )


def tell_all(office: Office) -> None:
    for _twice in range(2):
        for company_id in companies_to_tell():
            tell(company_id)


def later(**span: float) -> Any:
    return time_machine.travel(timezone.now() + timedelta(**span), tick=False)


def test_one_mail_and_one_message_a_day_while_it_lasts(revoked: Office) -> None:
    tell_all(revoked)
    (sent,) = mail.outbox
    assert sent.to == [revoked.cast.admin.email]
    assert sent.body == f"{WORDS}\n\nhttp://testserver/settings/google/\n"
    assert revoked.texts() == [WORDS]
    with later(hours=23):
        tell_all(revoked)
        assert (len(mail.outbox), len(revoked.texts())) == (1, 1)
    with later(hours=24):
        tell_all(revoked)
        assert (len(mail.outbox), len(revoked.texts())) == (2, 2)


def test_it_ends_once_google_is_connected_and_a_new_one_the_same_day_is_quiet(
    revoked: Office,
) -> None:
    tell_all(revoked)
    reconnect(revoked)
    with later(hours=30):
        tell_all(revoked)
        assert len(mail.outbox) == 1
    revoke(revoked.company.pk, "invalid_grant")
    tell_all(revoked)
    assert (len(mail.outbox), len(revoked.texts())) == (1, 1)


def test_it_is_in_the_companys_language_and_to_active_administrators(office: Office) -> None:
    Company.objects.filter(pk=office.company.pk).update(language="ko")
    with company_scope(office.company.pk):
        Member.objects.filter(pk=office.cast.alice.pk).update(role="admin")
        Member.objects.filter(pk=office.cast.bob.pk).update(role="admin", active=False)
    reconnect(office)
    revoke(office.company.pk, "invalid_grant")
    tell_all(office)
    (sent,) = mail.outbox
    assert sent.to == [office.cast.admin.email, office.cast.alice.email]
    assert WORDS not in sent.body
    assert "Google" in sent.body


def failing(trouble: Exception) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise trouble

    return fail


def test_a_mail_that_surely_was_not_sent_is_sent_later(
    revoked: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        send = "django.core.mail.backends.locmem.EmailBackend.send_messages"
        broken.setattr(send, failing(smtplib.SMTPConnectError(421, "busy")))
        tell_all(revoked)
        assert mail.outbox == []
    tell_all(revoked)
    assert len(mail.outbox) == 1


def test_slack_being_away_costs_no_message_and_repeats_none(revoked: Office) -> None:
    with company_scope(revoked.company.pk):
        connection = revoked.connection()
        type(connection).objects.update(state="broken")
    tell_all(revoked)
    assert revoked.texts() == []
    with company_scope(revoked.company.pk):
        type(connection).objects.update(state="active")
    tell_all(revoked)
    assert revoked.texts() == [WORDS]


def test_administrators_in_slack_are_told_directly_once_a_day(revoked: Office) -> None:
    control, cast = revoked.slack.control, revoked.cast
    with company_scope(revoked.company.pk):
        Member.objects.filter(pk=cast.alice.pk).update(role="admin")
    control.add_user(revoked.team, cast.admin.email, id="U1")
    control.add_user(revoked.team, cast.alice.email, id="U2")
    control.fault("chat.postMessage", "error", error="user_disabled")
    tell_all(revoked)
    tell_all(revoked)
    assert (revoked.told("U1"), revoked.told("U2")) == ([], [WORDS]), "one who cannot be reached"
    assert revoked.texts() == []
    assert revoked.connection().state == "active"
    with later(hours=24):
        tell_all(revoked)
    assert (revoked.told("U1"), revoked.told("U2")) == ([WORDS], [WORDS] * 2)


def test_a_suspended_company_is_told_nothing(revoked: Office) -> None:
    Company.objects.filter(pk=revoked.company.pk).update(suspended_at=timezone.now())
    tell_all(revoked)
    assert mail.outbox == []


def test_companies_are_told_of_their_own_alone(revoked: Office, neighbour: Office) -> None:
    tell_all(neighbour)
    assert neighbour.texts() == []
    assert [sent.to for sent in mail.outbox] == [[revoked.cast.admin.email]]
    with company_scope(neighbour.company.pk):
        assert not AdminNotice.objects.exists()
