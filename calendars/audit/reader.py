"""Google as the audit sees it: an account that may only read, and a client that only reads.

Three things each keep an audit from changing anything: the scopes, so that Google would refuse;
the client here, which sends nothing but GET; and AuditGrant, which no other code knows.
"""

from collections.abc import Callable, Iterator
from typing import Any

import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from calendars.audit.findings import AuditRoom, People
from calendars.budget import Budget, Lane
from calendars.connect import Errand, NotConnectable, redeem
from calendars.directory.reader import RESOURCES_SCOPE, USERS_SCOPE, GoogleDirectory, Part
from calendars.errors import AccessRevoked, GoogleError, Unauthorized
from calendars.google import Item
from calendars.grants import (
    EARLY,
    ClientRefused,
    GrantRefused,
    Token,
    delegated,
    post_form,
    refreshed,
)
from calendars.models import AuditGrant, GoogleConnection
from tenants.audit_log import note
from tenants.models import Member
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)

READ_CALENDARS = "https://www.googleapis.com/auth/calendar.readonly"
READ_RULES = "https://www.googleapis.com/auth/calendar.acls.readonly"
READING = (READ_CALENDARS, READ_RULES, RESOURCES_SCOPE, USERS_SCOPE)
READ_SCOPES = ("openid", "email", *READING)
NO_LONGER = gettext_noop("Google no longer lets Roomly read. Connect read-only again.")


class OnlyReads(Exception):
    """Something tried to change Google during an audit: a fault of ours, and nothing was sent."""


class GoogleReader(GoogleDirectory):
    """Calls that change nothing, of the Calendar API and of the Directory API, by a permission
    to read. Close it after use; not inside a transaction.

    Raises AccessRevoked where Google does not honour the permission any more.
    """

    def __init__(self, grant: AuditGrant) -> None:
        super().__init__(
            access_token=_access_token(grant),
            quota_user=f"company-{grant.company_id}",
            budget=Budget(grant.company_id, Lane.BULK),
        )
        self._grant = grant

    def _execute(self, request: Any, *, writes_to: str = "") -> Any:
        if request.method != "GET" or writes_to:
            raise OnlyReads(request.methodId)
        try:
            return super()._execute(request)
        except Unauthorized:
            self._authorization = f"Bearer {_new_access_token(self._grant)}"
            return super()._execute(request)


def pages(page_after: Callable[[str], Part]) -> Iterator[Item]:
    """All entries of a list of the directory."""
    part = page_after("")
    yield from part.items
    while part.next_page:
        part = page_after(part.next_page)
        yield from part.items


def room_of(item: Item) -> AuditRoom:
    """A room as the directory tells it."""
    return AuditRoom(
        name=str(item.get("resourceName", "")),
        calendar_id=str(item.get("resourceEmail", "")),
        capacity=int(item.get("capacity") or 0),
    )


def people_of(items: Iterator[Item], domains: frozenset[str]) -> People:
    """Everybody of the directory, under each address that they have."""
    active, suspended = set[str](), set[str]()
    for item in items:
        gone = item.get("suspended") or item.get("archived")
        addresses = (
            item["primaryEmail"],
            *item.get("aliases", ()),
            *item.get("nonEditableAliases", ()),
        )
        (suspended if gone else active).update(address.lower() for address in addresses)
    return People(frozenset(active), frozenset(suspended), domains)


# --- the permission ------------------------------------------------------------------------------


def finish_reading(*, by: Member, code: str, errand: Errand, redirect_uri: str) -> None:
    """Turns the code from the consent page into a permission to read. Calls Google.

    Raises NotConnectable as `calendars.connect.redeem` does, or without the calendars.
    """
    granted = redeem(by=by, code=code, errand=errand, redirect_uri=redirect_uri)
    if READ_CALENDARS not in granted.scopes:
        raise NotConnectable(
            _("Roomly needs your permission to see calendars. Connect again and tick it.")
        )
    let_read(
        company_id=by.company_id,
        kind=GoogleConnection.Kind.OAUTH,
        account_email=granted.account_email,
        secret=granted.refresh_token,
        scopes=granted.scopes,
        by=by,
    )


def let_read(
    *,
    company_id: int,
    kind: str,
    account_email: str,
    secret: str,
    scopes: list[str] | None = None,
    by: Member | None = None,
) -> None:
    """Stores a permission to read instead of the one before. Nothing else begins or changes."""
    with company_scope(company_id):
        AuditGrant.objects.all().delete()
        AuditGrant(
            kind=kind,
            account_email=account_email,
            secret=secret,
            scopes=list(READING) if scopes is None else scopes,
            granted_by=by,
        ).save()
        note("google.may_read", by=by, subject=account_email)
    logger.info("audit permitted", company=company_id, account=account_email)


def forget_reading(company_id: int, *, by: Member | None = None) -> None:
    """Ends the permission, here and at Google.

    Google takes back all that an account allowed Roomly at once, so where the same account also
    carries the connection, it is only forgotten here.
    """
    with company_scope(company_id):
        grant: AuditGrant | None = AuditGrant.objects.first()
        if grant is None:
            return
        carries_connection = GoogleConnection.objects.filter(
            account_email=grant.account_email
        ).exists()
        AuditGrant.objects.all().delete()
        note("google.may_not_read", by=by, subject=grant.account_email)
    if carries_connection or grant.kind != GoogleConnection.Kind.OAUTH:
        return
    try:
        post_form(settings.GOOGLE_OAUTH_REVOKE_URL, {"token": grant.secret})
    except (GoogleError, GrantRefused, ClientRefused) as error:
        logger.info("google not told of the end of an audit", error=str(error))


def _access_token(grant: AuditGrant) -> str:
    until = grant.access_token_expires_at
    if grant.access_token and until and until > timezone.now() + EARLY:
        return str(grant.access_token)
    return _new_access_token(grant)


def _new_access_token(grant: AuditGrant) -> str:
    try:
        token = _fetch(grant)
    except (GrantRefused, ClientRefused) as error:
        logger.warning("audit not permitted", company=grant.company_id, error=str(error))
        raise AccessRevoked(NO_LONGER) from error
    with company_scope(grant.company_id):
        AuditGrant.objects.filter(pk=grant.pk).update(
            access_token=token.text, access_token_expires_at=token.expires_at
        )
    return token.text


def _fetch(grant: AuditGrant) -> Token:
    if grant.kind == GoogleConnection.Kind.OAUTH:
        return refreshed(grant.secret)
    return delegated(grant.secret, grant.account_email, " ".join(grant.scopes))
