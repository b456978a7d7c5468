"""Sign-in with Google: who may come in is decided by the verified ID token's `hd` claim alone.

The e-mail's domain proves nothing: a personal Google account may own a company's address
(https://developers.google.com/identity/openid-connect/openid-connect#hd-param). Everything is
decided before allauth looks the account up, because it stores what the token says as it does so.
"""

import hashlib
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.google.provider import GoogleProvider
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tenants.access import COMPANY_SESSION_KEY
from tenants.identity import UntrustedIdentity, verified_claims
from tenants.models import Company, User
from tenants.scope import company_scope
from tenants.services import NAME_LIMIT, company_of_domain, find_member, join_company

logger = structlog.get_logger(__name__)


class Refused(Exception):
    """Nobody comes in with these claims; `code` is the contract's."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class WorkspaceAdapter(GoogleOAuth2Adapter):
    """Google's side of the code flow, with a token that is verified whole."""

    nonce = ""

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: str = ""
    ) -> Any:
        self.nonce = nonce_of(pkce_code_verifier)
        return super().get_access_token_data(request, app, client, pkce_code_verifier)

    def complete_login(
        self, request: HttpRequest, app: Any, token: Any, *, response: dict[str, Any]
    ) -> SocialLogin:
        """Refuses a visitor, with the page that says why, before anything of them is kept."""
        try:
            claims = verified_claims(
                response.get("id_token", ""), audience=app.client_id, nonce=self.nonce
            )
            admitting_company(claims)
        except UntrustedIdentity as error:
            logger.warning("ID token not believed", reason=str(error))
            raise ImmediateHttpResponse(refuse(request, "identity_not_verified")) from error
        except Refused as refused:
            raise ImmediateHttpResponse(refuse(request, refused.code)) from refused
        return self.get_provider().sociallogin_from_response(request, claims)


class WorkspaceProvider(GoogleProvider):
    """Asks Google for what the settings say, whatever the query of the login URL says."""

    oauth2_adapter_class = WorkspaceAdapter

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        return {"process": AuthProcess.LOGIN, "next_url": get_next_redirect_url(request)}

    def get_pkce_params(self) -> dict[str, str]:
        params: dict[str, str] = super().get_pkce_params()
        return params | {"nonce": nonce_of(params["code_verifier"])}

    # An address is no key: Workspace gives it to somebody else one day. So allauth never sees one,
    # and cannot mistake a new account for whoever had the address before.

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        return []


class AccountAdapter(DefaultAccountAdapter):
    """There is no sign-up but through Google, and a session belongs to one company."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: User, **login: Any) -> HttpResponse:
        claims = login["signal_kwargs"]["sociallogin"].account.extra_data
        try:
            enter_company(request, user, claims)
        except Refused as refused:
            raise ImmediateHttpResponse(refuse(request, refused.code)) from refused
        response: HttpResponse = super().post_login(request, user, **login)
        return response

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Being in is message enough."""


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Makes the user of a Google account that was let in for the first time."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return True  # WorkspaceAdapter has refused whoever may not

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: Any) -> User:
        user: User = sociallogin.user
        user.username = f"google-{sociallogin.account.uid}"
        return user

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        try:
            with transaction.atomic():
                user: User = super().save_user(request, sociallogin, form)
        except IntegrityError as error:  # two windows, one first sign-in
            raise OAuth2Error("signed in elsewhere at this moment") from error
        return user

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, exception: Any = None, **rest: Any
    ) -> None:
        logger.info("sign-in failed", error=str(rest.get("error")), reason=str(exception or ""))


def nonce_of(code_verifier: str) -> str:
    """A nonce that only the session which knows the PKCE verifier can expect."""
    return hashlib.sha256(b"nonce:" + code_verifier.encode()).hexdigest()


def admitting_company(claims: dict[str, Any]) -> Company:
    """The company whose person these verified claims describe; raises Refused."""
    hosted_domain = claims.get("hd")
    if not isinstance(hosted_domain, str) or not hosted_domain:
        raise Refused("workspace_account_required")
    if not claims.get("email") or claims.get("email_verified") is not True:
        raise Refused("identity_not_verified")
    company = company_of_domain(hosted_domain)
    if company is None:
        raise Refused("unknown_workspace")
    if company.suspended_at:
        raise Refused("company_suspended")
    if _is_switched_off(company, claims):
        raise Refused("account_deactivated")
    return company


def _is_switched_off(company: Company, claims: dict[str, Any]) -> bool:
    """Whether the operator switched this person off, as a user or as a member."""
    account = (
        SocialAccount.objects.select_related("user")
        .filter(provider=WorkspaceProvider.id, uid=claims["sub"])
        .first()
    )
    user = account.user if account else None
    with company_scope(company.pk):
        member = find_member(user=user, email=claims["email"])
    return bool((user and not user.is_active) or (member and not member.active))


def refuse(request: HttpRequest, code: str) -> HttpResponse:
    """The page that says why, and what to do."""
    logger.info("sign-in refused", code=code)
    return render(request, "tenants/refused.html", {"code": code}, status=403)


def enter_company(request: HttpRequest, user: User, claims: dict[str, Any]) -> None:
    """Binds the session to the company that the claim named; raises Refused."""
    company = admitting_company(claims)
    user.email = claims["email"].lower()
    user.first_name = str(claims.get("given_name", ""))[:NAME_LIMIT]
    user.last_name = str(claims.get("family_name", ""))[:NAME_LIMIT]
    user.save(update_fields=["email", "first_name", "last_name"])
    request.session[COMPANY_SESSION_KEY] = join_company(company=company, user=user).company_id
