"""The operator in the Django admin enters one company at a time."""

import structlog
from django.http import HttpRequest

from tenants.models import Company

OPERATOR_SESSION_KEY = "operator_company"

logger = structlog.get_logger(__name__)


def entered_company(request: HttpRequest) -> int | None:
    """The company whose data the operator looks at now."""
    company_id: int | None = request.session.get(OPERATOR_SESSION_KEY)
    return company_id


def enter_company(request: HttpRequest, company: Company) -> None:
    """From here on, the operator's pages show this company's data and no other's."""
    request.session[OPERATOR_SESSION_KEY] = company.pk
    logger.info("operator entered company", company=company.pk, user=request.user.pk)


def leave_company(request: HttpRequest) -> None:
    """From here on, the operator's pages show no company's data."""
    request.session.pop(OPERATOR_SESSION_KEY, None)
