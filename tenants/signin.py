"""Sign-in with Google: who may come in is decided by the verified ID token's `hd` claim alone.

The e-mail's domain proves nothing: a personal Google account may own a company's address
(https://developers.google.com/identity/openid-connect/openid-connect#hd-param).
"""

from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.http import HttpRequest
from django.shortcuts import render

from tenants.access import COMPANY_SESSION_KEY
from tenants.models import Company, User
from tenants.services import company_of_domain, join_company

logger = structlog.get_logger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """There is no sign-up but through Google."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Lets in members of known Workspace organisations; refuses all others without a trace."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        claims = sociallogin.account.extra_data
        refusal = refusal_of(claims)
        if refusal:
            raise ImmediateHttpResponse(refuse(request, refusal))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return refusal_of(sociallogin.account.extra_data) is None


def refusal_of(claims: dict[str, Any]) -> str | None:
    """Why these ID token claims let nobody in (a code of the contract), or None if they do."""
    if not claims.get("hd"):
        return "workspace_account_required"
    if not claims.get("email_verified"):
        return "identity_not_verified"
    company = company_of_domain(claims["hd"])
    if company is None:
        return "unknown_workspace"
    if company.suspended_at:
        return "company_suspended"
    return None


def refuse(request: HttpRequest, code: str) -> Any:
    """The page that says why, and what to do."""
    logger.info("sign-in refused", code=code)
    return render(request, "tenants/refused.html", {"code": code}, status=403)


def enter_company(request: HttpRequest, user: User, company: Company) -> None:
    """Binds the session to the company that the claim named."""
    member = join_company(company=company, user=user)
    request.session[COMPANY_SESSION_KEY] = member.company_id
