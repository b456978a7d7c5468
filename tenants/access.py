"""From a request to the member who asks, inside their company's scope."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, logout
from django.contrib.auth.views import redirect_to_login
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string

from tenants.errors import CompanySuspended, NotAllowed
from tenants.models import Member
from tenants.notices import lasting_kinds
from tenants.prepared import Prepared
from tenants.scope import company_glance, company_scope

COMPANY_SESSION_KEY = "company"  # set at sign-in from the verified hd claim


def _member(user_id: int) -> QuerySet[Member]:
    state = import_string(settings.COMPANY_STATE)()
    found: QuerySet[Member] = (
        Member.objects.select_related("user", "company")
        .annotate(
            lasting_notices=ArraySubquery(lasting_kinds()),
            company_state=Case(When(role=Member.Role.ADMIN, then=state)),
        )
        .filter(user_id=user_id, active=True, user__is_active=True)
    )
    return found


_MEMBER = Prepared(_member, -2)
MemberView = Callable[Concatenate[HttpRequest, Member, ...], HttpResponseBase]
View = Callable[..., HttpResponseBase]


def company_of_session(request: HttpRequest) -> int | None:
    """The company that the visitor signed in to; None for strangers."""
    company_id: int | None = request.session.get(COMPANY_SESSION_KEY)
    return company_id if request.session.get(SESSION_KEY) else None


def active_member(user_id: int) -> Member | None:
    """The active company's member who a user is, with user, company, its notices and its state.

    One query; none of those who left.
    """
    return _MEMBER.first(user_id)


def member_of_session(request: HttpRequest) -> Member | None:
    """The active member behind the session, as `active_member`.

    Call it inside the company's scope. Sets `request.user`, and the language of the answer.
    Raises CompanySuspended when the operator switched the company off.
    """
    member = active_member(int(request.session[SESSION_KEY]))
    session_hash = request.session.get(HASH_SESSION_KEY, "")
    if not member or not constant_time_compare(session_hash, member.user.get_session_auth_hash()):
        return None
    request.user = member.user
    translation.activate(member.user.language or member.company.language)
    if member.company.suspended_at:
        raise CompanySuspended
    return member


def visitor(request: HttpRequest) -> Member | None:
    """The member behind the session, for a page that is shown to everybody; None for strangers.

    It opens the company's scope itself.
    """
    company_id = company_of_session(request)
    if company_id is None:
        return None
    try:
        with company_glance(company_id):
            return member_of_session(request)
    except CompanySuspended:
        return None


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """The way to the sign-in page, and from there back. What asked for a part of an open page makes
    that page go there (https://htmx.org/reference/#response_headers), and comes back to it."""
    if "HX-Request" not in request.headers:
        return redirect_to_login(request.get_full_path())
    page = urlsplit(request.headers.get("HX-Current-URL", "/"))
    back = urlunsplit(("", "", page.path, page.query, ""))
    answer = HttpResponse(status=401)
    answer["HX-Redirect"] = f"{settings.LOGIN_URL}?{urlencode({'next': back})}"
    return answer


def member_view(view: MemberView) -> View:
    """A page for members: runs in one transaction that sees the member's company only."""

    @wraps(view)
    def inside(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        company_id = company_of_session(request)
        if company_id is None:
            return to_sign_in(request)
        with company_scope(company_id):
            member = member_of_session(request)
            if member is not None:
                return view(request, member, *args, **kwargs)
        logout(request)
        return to_sign_in(request)

    return inside


def stepwise_member_view(view: MemberView) -> View:
    """A page for members that waits for somebody else meanwhile: no transaction is open.

    It opens the company's scope by itself, before and after.
    """

    @wraps(view)
    def inside(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        company_id = company_of_session(request)
        if company_id is not None:
            with company_glance(company_id):
                member = member_of_session(request)
            if member is not None:
                return view(request, member, *args, **kwargs)
            logout(request)
        return to_sign_in(request)

    return inside


def admin_view(view: MemberView) -> View:
    """A page for the company's administrators; raises NotAllowed for others."""

    @wraps(view)
    def inside(request: HttpRequest, member: Member, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not member.is_admin:
            raise NotAllowed
        return view(request, member, *args, **kwargs)

    return member_view(inside)


def calling_admin_view(view: MemberView) -> View:
    """As `admin_view`, for a page that calls others' servers: it runs outside any transaction.

    It opens the company's scope itself, before and after the call.
    """

    @wraps(view)
    def outside(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        company_id = company_of_session(request)
        member = None
        if company_id is not None:
            with company_glance(company_id):
                member = member_of_session(request)
        if member is None:
            return to_sign_in(request)
        if not member.is_admin:
            raise NotAllowed
        return view(request, member, *args, **kwargs)

    return outside
