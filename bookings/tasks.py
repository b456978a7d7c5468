"""Periodic work on the companies' bookings."""

from celery import shared_task

from bookings.extending import Progress, extend
from bookings.horizon import due_companies
from bookings.idempotency import forget_old_keys
from tenants.models import Company
from tenants.scope import company_scope


@shared_task
def forget_idempotency_keys() -> None:
    """Drops the keys of requests that are honoured no more, company by company."""
    for company_id in Company.objects.values_list("pk", flat=True):
        with company_scope(company_id):
            forget_old_keys()


@shared_task
def extend_horizons() -> None:
    """Finds the companies whose series have to be kept ahead: each about once a day."""
    for company_id in due_companies():
        extend_company.apply_async((company_id,), expires=3600)


@shared_task
def extend_company(company_id: int) -> None:
    """Keeps a company's series ahead; in parts, so that no other task waits long."""
    if extend(company_id) is Progress.UNFINISHED:
        extend_company.delay(company_id)
