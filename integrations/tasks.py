"""Background work, named by function. Every task may run twice, or die half way."""

from celery import shared_task

from integrations.webhooks import sending
from tenants.scope import company_scope


@shared_task
def tick() -> None:
    """Hands out the webhooks that have something to do, each for itself: none waits for another."""
    for company_id, webhook_id in sending.due_webhooks():
        deliver.apply_async((company_id, webhook_id), expires=10)


@shared_task
def deliver(company_id: int, webhook_id: int) -> None:
    """Sends what waits for one webhook."""
    sending.deliver(company_id, webhook_id)


@shared_task
def forget_messages() -> None:
    """Deletes old messages of all companies."""
    for company_id in sending.companies_with_webhooks():
        with company_scope(company_id):
            sending.forget()
