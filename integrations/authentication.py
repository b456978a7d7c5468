"""Who calls the API: a signed-in member, or a program with one of the company's keys.

Both are asked inside the company's scope, which `integrations.company_view` opens.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from bookings.drafts import Actor
from bookings.models import Door
from integrations.keys import company_named_by, recognise
from integrations.models import ApiKey
from tenants.access import company_of_session, member_of_session
from tenants.errors import CompanySuspended, DomainError
from tenants.models import Company, Member, User

if TYPE_CHECKING:
    from rest_framework.views import APIView  # its class body looks for this module's classes

# Each scope includes the ones before it: who books has to read, who administers may book.
_SCOPES = (ApiKey.Scope.READ, ApiKey.Scope.BOOK, ApiKey.Scope.ADMIN)


class InsufficientScope(DomainError):
    """The key is good, but not for this (RFC 6750, section 3.1)."""

    code = "insufficient_scope"
    status = 403
    message = _("This key may not do this. Use one with the scope that the call needs.")


@dataclass(frozen=True)
class Caller:
    """Who calls and what they may do; without a member it is the company's own program."""

    company: Company
    member: Member | None
    scopes: frozenset[str]
    key: ApiKey | None = None

    @property
    def actor(self) -> Actor:
        return Actor(Door.API, self.member)

    @property
    def identity(self) -> str:
        """A name that stays, for what is kept by caller."""
        return f"key:{self.key.pk}" if self.key else f"member:{cast(Member, self.member).pk}"

    def may(self, scope: str) -> bool:
        """Whether the caller has this scope, or one that includes it."""
        enough = _SCOPES[_SCOPES.index(ApiKey.Scope(scope)) :]
        return not self.scopes.isdisjoint(enough)


def bearer_key(request: HttpRequest) -> str | None:
    """The credentials of `Authorization: Bearer …`; None without that header."""
    kind, _sep, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if kind.lower() == "bearer" else None


def company_of_request(request: HttpRequest) -> int | None:
    """The company that the caller claims to act for; not yet proved."""
    key = bearer_key(request)
    return company_of_session(request) if key is None else company_named_by(key)


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <company API key>` (RFC 6750)."""

    def authenticate(self, request: Request) -> tuple[User | AnonymousUser, Caller] | None:
        presented = bearer_key(request._request)
        if presented is None:
            return None
        known = company_named_by(presented) is not None
        key = recognise(presented) if known else None
        if key is None:
            raise AuthenticationFailed(_("This API key is not valid."), code="invalid_key")
        if key.company.suspended_at:
            raise CompanySuspended
        user = key.member.user if key.member else AnonymousUser()
        return user, Caller(key.company, key.member, frozenset(key.scopes), key)

    def authenticate_header(self, request: Request) -> str:
        rejected = bearer_key(request._request) is not None
        return 'Bearer realm="Roomly"' + (', error="invalid_token"' if rejected else "")


class MemberSessionAuthentication(SessionAuthentication):
    """The browser session of a member; unsafe calls need the CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        if company_of_session(request._request) is None:
            return None
        member = member_of_session(request._request)
        if member is None:
            return None
        self.enforce_csrf(request)
        scopes = {ApiKey.Scope.READ, ApiKey.Scope.BOOK}
        if member.is_admin:
            scopes.add(ApiKey.Scope.ADMIN)
        return member.user, Caller(member.company, member, frozenset(scopes))


class HasScope(BasePermission):
    """Reading needs what the view names, or `read`; everything else likewise, or `book`."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        caller = request.auth
        if not isinstance(caller, Caller):
            return False
        needed = (
            getattr(view, "read_scope", ApiKey.Scope.READ)
            if request.method in ("GET", "HEAD", "OPTIONS")
            else getattr(view, "write_scope", ApiKey.Scope.BOOK)
        )
        if not caller.may(needed):
            raise InsufficientScope
        return True
