"""Connecting a company with Google: an administrator's grant, or a service account's key.

The grant is asked for apart from signing in, with scopes of its own and a refresh token
(https://developers.google.com/identity/protocols/oauth2/web-server).
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import structlog
from django.conf import settings
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.models import OutboxEntry
from calendars.budget import Lane
from calendars.directory.reader import RESOURCES_SCOPE, USERS_SCOPE
from calendars.errors import GoogleError
from calendars.grants import (
    EVENTS_SCOPE,
    FREE_BUSY_SCOPE,
    FULL_SCOPE,
    REVOKED_NOTICE,
    ClientRefused,
    GoogleAccess,
    GrantRefused,
    post_form,
)
from calendars.links import follow_rooms, restart
from calendars.models import CalendarLink, Channel, GoogleConnection
from calendars.reading import begin_reading
from calendars.waking import wake
from calendars.watch import stop_channels
from tenants.audit_log import note
from tenants.errors import DomainError
from tenants.identity import UntrustedIdentity, verified_claims
from tenants.models import Domain, Member
from tenants.notices import end_notice
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)

# All but the events' are a convenience: without them calendars work all the same.
SCOPES = ("openid", "email", EVENTS_SCOPE, FREE_BUSY_SCOPE, RESOURCES_SCOPE, USERS_SCOPE)


class NotConnectable(DomainError):
    """Google, or the person, did not give what is needed; the message says what."""

    code = "google_not_connected"
    status = 403


class AnotherAccount(NotConnectable):
    """Not the account that was connected before: somebody has to say that this is meant."""

    code = "another_google_account"
    status = 409

    def __init__(self, before: str, now: str) -> None:
        super().__init__(_("This is not the Google account that was connected before."))
        self.before, self.now = before, now


@dataclass(frozen=True)
class Errand:
    """What has to come back from Google's consent page unchanged, and what was asked for there;
    kept in the session.

    `account` is one that may take the place of the account that was connected before.
    """

    state: str
    nonce: str
    verifier: str
    scopes: Sequence[str] = SCOPES
    account: str = ""

    @classmethod
    def new(cls, scopes: Sequence[str] = SCOPES, *, account: str = "") -> "Errand":
        state, nonce, verifier = (secrets.token_urlsafe(48) for _part in range(3))
        return cls(state, nonce, verifier, scopes, account)


@dataclass(frozen=True)
class Granted:
    """What an account of the company allowed, for as long as nobody takes it back."""

    account_email: str
    refresh_token: str
    scopes: list[str]


def authorize_url(errand: Errand, *, redirect_uri: str, hint: str) -> str:
    """Google's consent page. `hint` is the address that it suggests.

    `prompt=consent`: without it Google gives a refresh token only the first time.
    """
    digest = hashlib.sha256(errand.verifier.encode()).digest()
    query = {
        "client_id": settings.GOOGLE_CLIENT_ID,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": " ".join(errand.scopes),
        "state": errand.state,
        "nonce": errand.nonce,
        "access_type": "offline",
        "prompt": "consent",
        "login_hint": hint,
        "hd": hint.partition("@")[2],
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    return f"{settings.GOOGLE_OAUTH_AUTHORIZE_URL}?{urlencode(query)}"


def finish(*, by: Member, code: str, errand: Errand, redirect_uri: str) -> None:
    """Turns the code from the consent page into a connection. Calls Google: no transaction.

    Raises NotConnectable if the account is not of this company, did not allow the calendar, or
    gave no lasting grant; AnotherAccount if somebody has to agree to it first.
    """
    granted = redeem(by=by, code=code, errand=errand, redirect_uri=redirect_uri)
    if not {EVENTS_SCOPE, FULL_SCOPE} & set(granted.scopes):
        raise NotConnectable(
            _("Roomly needs your permission to see and edit events. Connect again and tick it.")
        )
    _check_same_account(by.company_id, granted.account_email, agreed=errand.account)
    connect(
        company_id=by.company_id,
        kind=GoogleConnection.Kind.OAUTH,
        account_email=granted.account_email,
        secret=granted.refresh_token,
        scopes=granted.scopes,
        by=by,
    )


def redeem(*, by: Member, code: str, errand: Errand, redirect_uri: str) -> Granted:
    """What the person allowed on the consent page, for its code. Calls Google: no transaction.

    Raises NotConnectable if the account is not of this company, or gave no lasting grant.
    """
    answer = _exchange(code, errand, redirect_uri)
    try:
        claims = verified_claims(
            answer.get("id_token", ""), audience=settings.GOOGLE_CLIENT_ID, nonce=errand.nonce
        )
    except UntrustedIdentity as error:
        raise NotConnectable(_("Google's answer could not be verified. Try again.")) from error
    _check_account(by, claims)
    if not answer.get("refresh_token"):
        raise NotConnectable(_("Google gave no lasting permission. Connect again."))
    # Left out where it is what was asked for (RFC 6749, section 5.1).
    granted = str(answer.get("scope") or " ".join(errand.scopes)).split()
    return Granted(claims["email"].lower(), answer["refresh_token"], granted)


def _exchange(code: str, errand: Errand, redirect_uri: str) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": errand.verifier,
        "redirect_uri": redirect_uri,
        "client_id": settings.GOOGLE_CLIENT_ID,
        "client_secret": settings.GOOGLE_CLIENT_SECRET,
    }
    try:
        return post_form(settings.GOOGLE_OAUTH_TOKEN_URL, form)
    except (GoogleError, GrantRefused, ClientRefused) as error:
        logger.warning("google code refused", error=str(error))
        raise NotConnectable(_("Google did not confirm the permission. Try again.")) from error


def _check_account(by: Member, claims: dict[str, Any]) -> None:
    domain = str(claims.get("hd", "")).lower()
    if (
        not claims.get("email_verified")
        or not Domain.objects.filter(company_id=by.company_id, name=domain).exists()
    ):
        raise NotConnectable(_("Choose an account of your company's Google Workspace."))


def _check_same_account(company_id: int, account: str, *, agreed: str) -> None:
    """Another account may not be allowed to change the events that there are."""
    with company_scope(company_id):
        google: GoogleConnection | None = GoogleConnection.objects.first()
    if google is not None and account not in (google.account_email.lower(), agreed):
        raise AnotherAccount(google.account_email, account)


def connect(
    *,
    company_id: int,
    kind: str,
    account_email: str,
    secret: str,
    scopes: list[str] | None = None,
    by: Member | None = None,
) -> None:
    """Stores a grant and lets everything that waited for one go on, from a fresh reading.

    The secret is a refresh token, or a service account's key as JSON.
    """
    with company_scope(company_id):
        GoogleConnection.objects.all().delete()
        GoogleConnection(
            kind=kind,
            account_email=account_email,
            secret=secret,
            scopes=scopes or [],
            connected_by=by,
        ).save()
        note("google.connected", by=by, subject=account_email)
        OutboxEntry.objects.filter(consumer="google", acked_v__lt=F("desired_v")).exclude(
            state=OutboxEntry.State.DEAD
        ).update(next_at=timezone.now(), tries=0, state=OutboxEntry.State.OK)
        for link in CalendarLink.objects.all():
            restart(link)
        end_notice(REVOKED_NOTICE)
    logger.info("google connected", company=company_id, account=account_email)
    links = [(company_id, link_id) for link_id in follow_rooms(company_id)]
    wake("calendars.tasks.sync_link", links, Lane.BULK)
    wake("calendars.tasks.renew_link", links, Lane.BULK)
    if links:
        begin_reading(company_id, by=by)


def check_key(text: str) -> str:
    """A service account's key as Google hands it out, in one line. Raises NotConnectable."""
    try:
        key = json.loads(text)
        key["client_email"], key["private_key"]
    except (ValueError, KeyError, TypeError) as error:
        raise NotConnectable(_("This is not a service account's key file.")) from error
    return json.dumps(key)


def disconnect_google(company_id: int, *, by: Member | None = None) -> None:
    """Ends the connection, here whatever Google says, and there as far as it lets us.

    Bookings and what is known of their events stay: connecting again goes on with them.
    """
    with company_scope(company_id):
        google: GoogleConnection | None = GoogleConnection.objects.first()
    if google is None:
        return
    try:
        with GoogleAccess(company_id) as access:
            stop_channels(company_id, access)
        if google.kind == GoogleConnection.Kind.OAUTH:
            post_form(settings.GOOGLE_OAUTH_REVOKE_URL, {"token": google.secret})
    except (GoogleError, GrantRefused, ClientRefused) as error:
        logger.info("google not told of the disconnection", error=str(error))
    with company_scope(company_id):
        ended, _rows = GoogleConnection.objects.all().delete()
        if ended:
            note("google.disconnected", by=by, subject=google.account_email)
        Channel.objects.all().delete()
        end_notice(REVOKED_NOTICE)
