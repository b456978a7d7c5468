"""The operator in the Django admin enters one company at a time."""

from django.http import HttpRequest

OPERATOR_SESSION_KEY = "operator_company"


def entered_company(request: HttpRequest) -> int | None:
    """The company whose data the operator looks at now."""
    company_id: int | None = request.session.get(OPERATOR_SESSION_KEY)
    return company_id
