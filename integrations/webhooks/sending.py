"""Sending what waits for a webhook, one message after the other, at least once.

A worker takes the webhook with a lease, calls outside any transaction, and records what came of it.
Who dies in between is followed by another once the lease is over, with the same message under the
same id.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from integrations.models import Webhook, WebhookMessage
from integrations.webhooks.calling import Answer, NoAnswer, post
from integrations.webhooks.collecting import KEPT, collect
from integrations.webhooks.contents import TEST, written
from integrations.webhooks.endpoints import disable, get_webhook, locked
from integrations.webhooks.signing import signed_headers
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)  # longer than a call may take, its name looked up and all
RUN = 5.0  # seconds after which a worker begins no further message of one webhook
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 6 * 3600.0  # seconds
MOST_TRIES = 12  # of a message, about a day; then it gives way to those behind it
PATIENCE = timedelta(days=3)  # without any success; then the webhook is switched off
GONE = 410  # no more messages, says the specification

State = WebhookMessage.State


@dataclass(frozen=True)
class _Letter:
    """A message that this worker has to send, and until when nobody else does."""

    message: WebhookMessage
    url: str
    secrets: Sequence[str]
    leased_until: datetime


def due_webhooks() -> list[tuple[int, int]]:
    """Companies and webhooks with something to do; needs the worker's role, and no scope."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT company_id, webhook_id FROM integrations_due_webhooks(%s)", [timezone.now()]
        )
        return [(company_id, webhook_id) for company_id, webhook_id in cursor.fetchall()]


def deliver(company_id: int, webhook_id: int) -> None:
    """Sends what waits for one webhook until one fails, or others may want the worker."""
    until = time.monotonic() + RUN
    while time.monotonic() < until:
        with company_scope(company_id):
            letter = _take(webhook_id)
        if letter is None:
            return
        outcome = _send(letter)
        with company_scope(company_id):
            _record(letter, outcome)


def send_test(company_id: int, webhook_id: int) -> WebhookMessage:
    """Sends a message that tells of nothing at once, whatever waits; returns what came of it.

    Once it got through, what waits goes out too. Raises NotFound.
    """
    with company_scope(company_id):
        webhook = get_webhook(webhook_id)
        message = WebhookMessage(webhook=webhook, type=TEST, state=State.FAILED)
        message.body = written(message)
        message.save()
        letter = _letter(webhook, message)
    outcome = _send(letter)
    with company_scope(company_id):
        _note(message, outcome)
        if message.state == State.DELIVERED:
            Webhook.objects.filter(pk=webhook_id).update(next_at=timezone.now())
    return message


def forget() -> None:
    """Deletes the active company's old messages, and secrets that sign no more."""
    now = timezone.now()
    over = Webhook.objects.filter(old_secret_until__lte=now)
    over.update(old_secret="", old_secret_until=None)
    WebhookMessage.objects.filter(created_at__lte=now - KEPT).delete()


def companies_with_webhooks() -> list[int]:
    """Needs the worker's role, and no scope."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT company_id FROM integrations_companies_with_webhooks()")
        return [number for (number,) in cursor.fetchall()]


def _take(webhook_id: int) -> _Letter | None:
    """The next message of a webhook, if there is one and nobody else is at it."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    webhook = (
        Webhook.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .filter(free, pk=webhook_id, state=Webhook.State.ACTIVE, next_at__lte=now)
        .filter(company__suspended_at=None)
        .first()
    )
    if webhook is None:
        return None
    collect(webhook, now)
    waiting = webhook.messages.filter(state=State.WAITING).select_related("event__booking")
    message = waiting.order_by("pk").first()
    if message is None:
        return None
    if not message.body:
        message.body = written(message)
        message.save(update_fields=["body"])
    webhook.leased_until = now + LEASE
    webhook.save(update_fields=["leased_until"])
    return _letter(webhook, message)


def _letter(webhook: Webhook, message: WebhookMessage) -> _Letter:
    now = timezone.now()
    secrets = [webhook.secret]
    if webhook.old_secret_until and webhook.old_secret_until > now:
        secrets.append(webhook.old_secret)
    return _Letter(message, webhook.url, secrets, webhook.leased_until or now)


def _send(letter: _Letter) -> Answer | NoAnswer:
    message = letter.message
    headers = signed_headers(message.wire_id, message.body, letter.secrets, timezone.now())
    headers |= {"content-type": "application/json", "user-agent": "Roomly-Webhooks/1"}
    try:
        return post(letter.url, headers, message.body.encode())
    except NoAnswer as error:
        return error


def _record(letter: _Letter, outcome: Answer | NoAnswer) -> None:
    """Notes what came of a try on webhook and message, and lets the webhook go.

    Whoever locks both does so in this order.
    """
    message = letter.message
    webhook = locked(message.webhook_id)
    _note(message, outcome)
    if webhook is None or webhook.leased_until != letter.leased_until:
        return  # deleted, or somebody else's since
    now = timezone.now()
    webhook.leased_until = None
    if message.state == State.DELIVERED:
        webhook.failing_since, webhook.next_at = None, now
    else:
        _hold_back(webhook, message, outcome, now)
    webhook.save(update_fields=["leased_until", "failing_since", "next_at"])


def _hold_back(
    webhook: Webhook, message: WebhookMessage, outcome: Answer | NoAnswer, now: datetime
) -> None:
    """The pause after a failure, the end of a message's tries, and that of the webhook."""
    logger.warning(
        "webhook failed", company=webhook.company_id, webhook=webhook.pk, message=message.pk,
        status=message.status, trouble=message.trouble, tries=message.tries,
    )  # fmt: skip
    webhook.failing_since = webhook.failing_since or now
    asked = outcome.retry_after if isinstance(outcome, Answer) else 0
    webhook.next_at = now + pause(message.tries, asked)
    if webhook.state != Webhook.State.ACTIVE:
        return  # paused meanwhile
    if message.status == GONE:
        disable(webhook, Webhook.Cause.GONE)
    elif now - webhook.failing_since >= PATIENCE:
        disable(webhook, Webhook.Cause.FAILING)
    elif message.tries >= MOST_TRIES and _others_wait(message):
        WebhookMessage.objects.filter(pk=message.pk).update(state=State.FAILED)


def _others_wait(message: WebhookMessage) -> bool:
    waiting = WebhookMessage.objects.filter(webhook=message.webhook_id, state=State.WAITING)
    return waiting.exclude(pk=message.pk).exists()


def _note(message: WebhookMessage, outcome: Answer | NoAnswer) -> None:
    message.tries += 1
    message.tried_at = timezone.now()
    if isinstance(outcome, Answer):
        message.status, message.answer, message.trouble = outcome.status, outcome.text, ""
        if outcome.took_it:
            message.state = State.DELIVERED
    else:
        message.status, message.answer, message.trouble = None, "", outcome.trouble
    told = ("tries", "tried_at", "status", "answer", "trouble", "state")
    kept = WebhookMessage.objects.filter(pk=message.pk)
    kept.update(**{name: getattr(message, name) for name in told})


def pause(tries: int, at_least: float = 0) -> timedelta:
    """Before the next try: 5 seconds, four times as long after each, at most 6 hours; between half
    and all of it, so that those who wait for one receiver do not come back together.

    `at_least` is what the receiver asked for, in seconds.
    """
    reach = min(LONGEST_PAUSE, FIRST_PAUSE * 4.0 ** min(tries - 1, 10))
    jittered = reach * random.uniform(0.5, 1)  # noqa: S311  no secret
    return timedelta(seconds=max(at_least, jittered))
