"""Periodic work on the companies' bookings."""

from celery import shared_task

from bookings.idempotency import forget_old_keys
from tenants.models import Company
from tenants.scope import company_scope


@shared_task
def forget_idempotency_keys() -> None:
    """Drops the keys of requests that are honoured no more, company by company."""
    for company_id in Company.objects.values_list("pk", flat=True):
        with company_scope(company_id):
            forget_old_keys()
