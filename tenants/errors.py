"""Refusals that a person understands: services raise them, the doors (web, API) show them."""

from typing import Any

from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A rule said no. `code` is stable for programs, the message is for the person."""

    code = "refused"
    status = 400
    message: Any = _("This cannot be done.")

    def __init__(self, message: Any = None, *, field: str | None = None, **details: Any) -> None:
        self.message = message if message is not None else self.message
        self.field = field
        self.details = details
        super().__init__(str(self.message))

    def __str__(self) -> str:
        return str(self.message)


class NotFound(DomainError):
    """It does not exist, or belongs to another company: the caller cannot tell which."""

    code = "not_found"
    status = 404
    message = _("This does not exist, or it is not yours to see.")


class NotAllowed(DomainError):
    """The person may see it but not do this."""

    code = "not_allowed"
    status = 403
    message = _("You may not do this. Ask the people who run your rooms.")


class InvalidInput(DomainError):
    """A value that cannot be right; `field` names it."""

    code = "invalid_input"
    status = 422


class CompanySuspended(DomainError):
    """The operator has switched the company off."""

    code = "company_suspended"
    status = 403
    message = _("Your company's Roomly is switched off at the moment. Ask your administrator.")
