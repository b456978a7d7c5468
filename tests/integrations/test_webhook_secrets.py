"""A webhook's secret: shown once, kept encrypted, and replaced without a message in between."""

from base64 import b64decode
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from standardwebhooks.webhooks import WebhookVerificationError

from bookings.drafts import Actor
from bookings.models import Door
from integrations.webhooks.endpoints import BOTH_SECRETS, rotate_secret
from tenants.models import AuditEntry
from tenants.scope import company_scope
from tests.factories import at, make_booking
from tests.integrations.hooked import Hooked

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.worker]


def rotate(hooked: Hooked) -> str:
    with company_scope(hooked.company_id):
        return rotate_secret(hooked.webhook(), by=Actor(Door.WEB, hooked.cast.admin))


def columns(hooked: Hooked) -> list[Any]:
    with company_scope(hooked.company_id), connection.cursor() as cursor:
        cursor.execute("SELECT secret, old_secret FROM integrations_webhook")
        return list(cursor.fetchone())


def test_a_secret_is_what_the_specification_asks_for_and_is_kept_encrypted(hooked: Hooked) -> None:
    prefix, _sep, encoded = hooked.secret.partition("_")
    assert prefix == "whsec"
    assert len(b64decode(encoded)) == 32
    assert rotate(hooked) != hooked.secret
    assert not any("whsec" in column for column in columns(hooked))


def test_for_a_day_both_secrets_sign(hooked: Hooked) -> None:
    new = rotate(hooked)
    make_booking(hooked.cast.alice, hooked.cast.room)
    with time_machine.travel(timezone.now() + BOTH_SECRETS - timedelta(seconds=1), tick=False):
        hooked.tick()
    received = hooked.last()
    assert received.verified(hooked.secret) == received.verified(new)
    assert len(received.headers["webhook-signature"].split(" ")) == 2
    make_booking(hooked.cast.alice, hooked.cast.room, start=at(14))
    with time_machine.travel(timezone.now() + BOTH_SECRETS, tick=False):
        hooked.tick()
    assert hooked.last().verified(new)
    with pytest.raises(WebhookVerificationError):
        hooked.last().verified(hooked.secret)


def test_no_secret_is_in_the_audit_log_or_in_what_is_logged(
    hooked: Hooked, caplog: pytest.LogCaptureFixture
) -> None:
    new = rotate(hooked)
    hooked.receiver.answer(500)
    make_booking(hooked.cast.alice, hooked.cast.room)
    hooked.tick()
    with company_scope(hooked.company_id):
        noted = [f"{entry.subject} {entry.details}" for entry in AuditEntry.objects.all()]
    for text in (*noted, caplog.text):
        assert "whsec" not in text
        assert new not in text
    assert "webhook failed" in caplog.text
    assert [entry.partition(" ")[0] for entry in noted]
