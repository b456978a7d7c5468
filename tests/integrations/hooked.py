"""A company that has its bookings told to a receiver, and the moves that webhook tests make."""

from dataclasses import dataclass
from typing import Any

from bookings.drafts import Actor
from bookings.models import Door
from integrations.models import Webhook, WebhookMessage
from integrations.webhooks.endpoints import create_webhook, get_webhook
from integrations.webhooks.sending import deliver, due_webhooks
from tenants.scope import company_scope
from tests.conftest import Cast
from tests.integrations.receiver import Received, Receiver


@dataclass(frozen=True)
class Hooked:
    """A company, its webhook and the receiver behind it."""

    cast: Cast
    receiver: Receiver
    pk: int
    secret: str

    @property
    def company_id(self) -> int:
        return self.cast.company.pk

    def tick(self) -> None:
        """What beat's tick hands out now, done by a worker."""
        for company_id, webhook_id in due_webhooks():
            deliver(company_id, webhook_id)

    def webhook(self) -> Webhook:
        with company_scope(self.company_id):
            return get_webhook(self.pk)

    def messages(self) -> list[WebhookMessage]:
        with company_scope(self.company_id):
            return list(WebhookMessage.objects.filter(webhook=self.pk).order_by("pk"))

    def told(self) -> list[Any]:
        """What the receiver has learned, in the order in which it came."""
        return [each.verified(self.secret) for each in self.receiver.received]

    def types(self) -> list[str]:
        return [told["type"] for told in self.told()]

    def last(self) -> Received:
        return self.receiver.received[-1]


def hook(cast: Cast, receiver: Receiver, path: str = "", **fields: Any) -> Hooked:
    """A webhook of a company at a path of a receiver, told of everything."""
    with company_scope(cast.company.pk):
        made = create_webhook(
            by=Actor(Door.WEB, cast.admin),
            url=receiver.url + path,
            events=fields.pop("events", Webhook.Event.values),
            **fields,
        )
    return Hooked(cast, receiver, made.pk, made.secret)
