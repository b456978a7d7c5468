"""The addresses that a company has its bookings told to: made, changed, paused, given up."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.drafts import Actor
from bookings.models import Door
from integrations.models import Webhook, WebhookMessage
from integrations.webhooks.addresses import checked_url
from integrations.webhooks.collecting import place_now
from integrations.webhooks.signing import new_secret
from tenants.audit_log import note
from tenants.errors import InvalidInput, NotFound
from tenants.models import Company
from tenants.notices import end_notice, raise_notice
from tenants.scope import active_company_id

MOST = 10  # of a company: each is read for, each second
BOTH_SECRETS = timedelta(hours=24)  # that an old secret goes on signing
NOTICE = "webhook_disabled"
_ONCE = "webhook_once"  # the constraint


def get_webhook(pk: int) -> Webhook:
    """A webhook of the active company; raises NotFound."""
    webhook: Webhook | None = Webhook.objects.filter(pk=pk).first()
    if webhook is None:
        raise NotFound
    return webhook


def locked(pk: int) -> Webhook | None:
    """A webhook as it is now, for this transaction alone; None if it is gone."""
    found: Webhook | None = Webhook.objects.select_for_update(no_key=True).filter(pk=pk).first()
    return found


def get_message(pk: int) -> WebhookMessage:
    """A message of the active company, with its webhook; raises NotFound."""
    found = WebhookMessage.objects.select_related("webhook").filter(pk=pk)
    message: WebhookMessage | None = found.first()
    if message is None:
        raise NotFound
    return message


def create_webhook(*, by: Actor, url: str, events: Iterable[str], description: str = "") -> Webhook:
    """Makes a webhook that is told what happens from now on; its `secret` is to be shown once.

    Raises InvalidInput for an address that may not be, or that there is already, for unknown types
    of events, and where there are too many.
    """
    Company.objects.select_for_update(no_key=True).get(pk=active_company_id())  # one at a time
    if Webhook.objects.count() >= MOST:
        raise InvalidInput(_("There are %(most)d webhooks already.") % {"most": MOST}, field="url")
    webhook = Webhook(
        url=checked_url(url),
        events=_known(events),
        description=description,
        secret=new_secret(),
        place=place_now(),
    )
    _save(webhook)
    note("webhooks.made", **_who(by), subject=webhook, after=_told(webhook))
    return webhook


def change_webhook(webhook: Webhook, *, by: Actor, **changes: Any) -> None:
    """Gives a webhook another `url`, `events` or `description`; raises as `create_webhook` does.

    At another address it is tried at once.
    """
    before, old_url = _told(webhook), webhook.url
    if "url" in changes:
        webhook.url = checked_url(changes["url"])
    if "events" in changes:
        webhook.events = _known(changes["events"])
    webhook.description = changes.get("description", webhook.description)
    if webhook.url != old_url:
        webhook.next_at = timezone.now()
    _save(webhook, ["url", "events", "description", "next_at"])
    note("webhooks.changed", **_who(by), subject=webhook, before=before, after=_told(webhook))


def pause_webhook(webhook: Webhook, *, by: Actor) -> None:
    """Nothing is sent until somebody resumes it; what happens meanwhile waits up to two weeks."""
    if webhook.state != Webhook.State.PAUSED:
        _become(webhook, Webhook.State.PAUSED)
        note("webhooks.paused", **_who(by), subject=webhook)


def resume_webhook(webhook: Webhook, *, by: Actor) -> None:
    """What waits is sent, and what happened meanwhile."""
    if webhook.state != Webhook.State.ACTIVE:
        _become(webhook, Webhook.State.ACTIVE)
        webhook.messages.filter(state=WebhookMessage.State.WAITING).update(tries=0)
        note("webhooks.resumed", **_who(by), subject=webhook)


def rotate_secret(webhook: Webhook, *, by: Actor) -> str:
    """A new secret, to be shown once. The one before signs beside it for a day."""
    webhook.old_secret, webhook.secret = webhook.secret, new_secret()
    webhook.old_secret_until = timezone.now() + BOTH_SECRETS
    webhook.save(update_fields=["secret", "old_secret", "old_secret_until"])
    note("webhooks.secret", **_who(by), subject=webhook)
    return webhook.secret


def delete_webhook(webhook: Webhook, *, by: Actor) -> None:
    """Forgets a webhook, and what it was told and what waits for it."""
    if locked(webhook.pk) is None:
        return
    note("webhooks.deleted", **_who(by), subject=webhook, before=_told(webhook))
    webhook.delete()
    _end_notice()


def disable(webhook: Webhook, cause: Webhook.Cause) -> None:
    """Switches a webhook off whose receiver takes nothing, and has the administrators told."""
    _become(webhook, Webhook.State.DISABLED, cause)
    note("webhooks.disabled", by=None, door=Door.RULE, subject=webhook)
    raise_notice(
        NOTICE,
        _("A webhook was switched off: its receiver does not take messages any more."),
        reverse("webhooks"),
    )


def send_again(message: WebhookMessage) -> None:
    """Has a message sent once more, under its id, before what waits."""
    Webhook.objects.filter(pk=message.webhook_id).update(next_at=timezone.now())
    WebhookMessage.objects.filter(pk=message.pk).update(state=WebhookMessage.State.WAITING, tries=0)


def _become(webhook: Webhook, state: Webhook.State, cause: str = "") -> None:
    webhook.state, webhook.disabled_because = state, cause
    if state == Webhook.State.ACTIVE:
        webhook.failing_since, webhook.next_at = None, timezone.now()
    webhook.save(update_fields=["state", "disabled_because", "failing_since", "next_at"])
    _end_notice()


def _end_notice() -> None:
    if not Webhook.objects.filter(state=Webhook.State.DISABLED).exists():
        end_notice(NOTICE)


def _save(webhook: Webhook, fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            webhook.save(update_fields=fields)
    except IntegrityError as error:
        if _ONCE not in str(error):
            raise
        raise InvalidInput(_("There is a webhook with this address."), field="url") from error


def _known(events: Iterable[str]) -> list[str]:
    wanted = set(events)
    if not wanted or not wanted <= set(Webhook.Event.values):
        raise InvalidInput(
            _("Choose from these: %(events)s.") % {"events": ", ".join(Webhook.Event.values)},
            field="events",
        )
    return [event for event in Webhook.Event.values if event in wanted]


def _who(by: Actor) -> Mapping[str, Any]:
    return {"by": by.member, "door": by.door}


def _told(webhook: Webhook) -> dict[str, Any]:
    """What the audit log keeps: of an address no query, in which receivers may have secrets."""
    place = urlsplit(webhook.url)._replace(query="").geturl()
    return {"url": place, "events": webhook.events, "description": webhook.description}
