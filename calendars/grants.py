"""A company's permission at Google, and access tokens from it.

Tokens are renewed five minutes before they expire, by one process at a time. A grant that Google
refuses is suspect first, asked once more after a minute, and only then revoked; from then on
nobody calls Google for this company until an administrator connects again.

Source: https://developers.google.com/identity/protocols/oauth2#expiration
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

import httpx
import structlog
from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings import outbox
from bookings.mirroring.mirror import CONSUMER
from calendars.budget import Budget, Lane
from calendars.errors import (
    AccessRevoked,
    GoogleUnavailable,
    NotConnected,
    ScopeMissing,
    Unauthorized,
)
from calendars.google import GoogleCalendar, seconds_of
from calendars.models import GoogleConnection
from tenants.certificates import authorities
from tenants.notices import raise_notice
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)

T = TypeVar("T")

EARLY = timedelta(minutes=5)  # before a token expires
REFRESH_LEASE = timedelta(seconds=30)
USUAL_LIFE = 3600  # seconds, of a token whose answer does not say (RFC 6749, section 5.1)
BETWEEN_LOOKS = 0.1  # seconds
LOOKS = 20
SECOND_LOOK = timedelta(seconds=60)  # from suspicion to certainty
TIMEOUT = 20  # seconds
EVENTS_SCOPE = "https://www.googleapis.com/auth/calendar.events"
FREE_BUSY_SCOPE = "https://www.googleapis.com/auth/calendar.events.freebusy"  # of colleagues
FULL_SCOPE = "https://www.googleapis.com/auth/calendar"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCE = "https://oauth2.googleapis.com/token"  # what Google signs for, wherever it is reached
REVOKED_NOTICE = "google_revoked"  # what administrators are told, see tenants.notices
ASSERTION_LIFE = 3600  # seconds; the longest that Google accepts


class GrantRefused(Exception):
    """Google does not honour the grant (invalid_grant)."""


class ClientRefused(Exception):
    """Google does not let this client use the grant in this way (unauthorized_client)."""


@dataclass(frozen=True)
class Token:
    """An access token and when it ends."""

    text: str
    expires_at: datetime
    scopes: tuple[str, ...]


class GoogleAccess:
    """Calls Google for a company with a token that is good. Never inside a transaction.

    `access(lambda google: google.get(...))`; raises what the call raises, AccessRevoked or
    NotConnected. `lane` tells who waits for it, and so what part of Google's quota it may spend.
    """

    def __init__(self, company_id: int, lane: Lane = Lane.INTERACTIVE) -> None:
        self._company_id = company_id
        self._budget = Budget(company_id, lane)
        self._token = ""
        self._google: GoogleCalendar | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    @property
    def clock_ahead(self) -> timedelta:
        """How far Google's clock was ahead of ours at the last call, to the second."""
        return self._google.clock_ahead if self._google is not None else timedelta()

    def __call__(self, act: Callable[[GoogleCalendar], T]) -> T:
        try:
            try:
                return act(self._client())
            except Unauthorized:
                return act(self._client(refused=self._token))
        except Unauthorized as error:
            suspect(self._company_id, str(error))
            raise NotConnected(str(error), retry_after=SECOND_LOOK.total_seconds()) from error
        except ScopeMissing as error:
            revoke(self._company_id, str(error))
            raise AccessRevoked(str(error)) from error

    def _client(self, *, refused: str = "") -> GoogleCalendar:
        token = access_token(self._company_id, refused=refused)
        if self._google is None or token != self._token:
            self._close()
            self._token = token
            self._google = GoogleCalendar(
                access_token=token,
                quota_user=f"company-{self._company_id}",
                budget=self._budget,
            )
        return self._google

    def _close(self) -> None:
        if self._google is not None:
            self._google.close()
            self._google = None


def access_token(company_id: int, *, refused: str = "") -> str:
    """A token that is good for five minutes at least. `refused` is one that Google did not take.

    Raises AccessRevoked, NotConnected (no connection, or being checked) or GoogleUnavailable.
    """
    now = timezone.now()
    connection = _read(company_id, now)
    known = connection.access_token if connection.access_token != refused else ""
    until = connection.access_token_expires_at
    if known and until and until > now + EARLY:
        return str(known)
    if not _claim_refresh(company_id, now):
        if known and until and until > now:
            return str(known)
        return _renewed_elsewhere(company_id, refused)
    token = None
    try:
        token = _fetch(connection)
    except GrantRefused as error:
        _refused(company_id, connection, str(error))
        raise NotConnected(str(error), retry_after=SECOND_LOOK.total_seconds()) from error
    except ClientRefused as error:
        _note(company_id, error=str(error))
        raise NotConnected(str(error), retry_after=300) from error
    finally:
        if token is None:
            _note(company_id, refreshing_until=None)
    _note(
        company_id,
        refreshing_until=None,  # together: who waits for the token would else miss it
        access_token=token.text,
        access_token_expires_at=token.expires_at,
        scopes=list(token.scopes),
        state=GoogleConnection.State.ACTIVE,
        error="",
        checked_at=None,
    )
    return token.text


def _renewed_elsewhere(company_id: int, refused: str) -> str:
    """The token for which another worker asks at this moment: a matter of a tenth of a second.

    Giving up at once would put every other calendar of the company off, at the very time when
    all of them begin. Raises GoogleUnavailable if it does not come.
    """
    for _look in range(LOOKS):
        time.sleep(BETWEEN_LOOKS)
        now = timezone.now()
        connection = _read(company_id, now)
        until = connection.access_token_expires_at
        if connection.access_token not in ("", refused) and until and until > now:
            return str(connection.access_token)
        if connection.refreshing_until is None:
            break  # it was refused
    raise GoogleUnavailable("The access token is being renewed.", retry_after=2)


def _read(company_id: int, now: datetime) -> GoogleConnection:
    with company_scope(company_id):
        connection: GoogleConnection | None = GoogleConnection.objects.first()
    if connection is None:
        raise NotConnected("Google Calendar is not connected.", retry_after=300)
    if connection.state == GoogleConnection.State.REVOKED:
        raise AccessRevoked(connection.error)
    if connection.checked_at and now < connection.checked_at + SECOND_LOOK:
        left = connection.checked_at + SECOND_LOOK - now
        raise NotConnected(connection.error, retry_after=left.total_seconds())
    return connection


def _claim_refresh(company_id: int, now: datetime) -> bool:
    free = Q(refreshing_until=None) | Q(refreshing_until__lt=now)
    with company_scope(company_id):
        claimed = GoogleConnection.objects.filter(free).update(refreshing_until=now + REFRESH_LEASE)
    return bool(claimed)


def _note(company_id: int, **values: Any) -> None:
    with company_scope(company_id):
        GoogleConnection.objects.update(**values)


def _refused(company_id: int, connection: GoogleConnection, error: str) -> None:
    if connection.state == GoogleConnection.State.SUSPECT:
        revoke(company_id, error)
        raise AccessRevoked(error)
    suspect(company_id, error)


def suspect(company_id: int, error: str) -> None:
    """Notes that Google refused the grant once."""
    logger.warning("google grant suspect", company=company_id, error=error)
    _note(
        company_id,
        state=GoogleConnection.State.SUSPECT,
        error=error,
        checked_at=timezone.now(),
        access_token="",
    )


def revoke(company_id: int, error: str) -> None:
    """Notes that the grant is gone: what is waiting for Google waits for an administrator."""
    logger.error("google grant revoked", company=company_id, error=error)
    with company_scope(company_id):
        GoogleConnection.objects.update(
            state=GoogleConnection.State.REVOKED, error=error, access_token=""
        )
        outbox.block(CONSUMER)
        raise_notice(
            REVOKED_NOTICE,
            _("Google no longer lets Roomly in. Nothing is lost: connect again."),
            reverse("google_connection"),
        )


def _fetch(connection: GoogleConnection) -> Token:
    if connection.kind == GoogleConnection.Kind.OAUTH:
        return refreshed(connection.secret)
    # An administrator delegates one of these; Google grants only what was delegated literally.
    for scopes in (f"{EVENTS_SCOPE} {FREE_BUSY_SCOPE}", EVENTS_SCOPE):
        try:
            return delegated(connection.secret, connection.account_email, scopes)
        except ClientRefused:
            continue
    return delegated(connection.secret, connection.account_email, FULL_SCOPE)


def refreshed(refresh_token: str) -> Token:
    """A token by a person's lasting grant. Raises as `request_token` does."""
    return request_token(
        {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": settings.GOOGLE_CLIENT_ID,
            "client_secret": settings.GOOGLE_CLIENT_SECRET,
        }
    )


def delegated(service_account: str, subject: str, scope: str) -> Token:
    """A token for the person whom a service account acts for (domain-wide delegation).

    `service_account` is its key as JSON. Raises as `request_token` does.
    """
    # Only companies with a service account need it, and only once an hour.
    from google.auth import crypt, jwt  # noqa: PLC0415

    key = json.loads(service_account)
    issued = int(time.time())
    claims = {
        "iss": key["client_email"],
        "sub": subject,
        "scope": scope,
        "aud": AUDIENCE,
        "iat": issued,
        "exp": issued + ASSERTION_LIFE,
    }
    signed = jwt.encode(crypt.RSASigner.from_service_account_info(key), claims)
    token = request_token({"grant_type": JWT_BEARER, "assertion": signed.decode()})
    return Token(token.text, token.expires_at, tuple(scope.split()))


def request_token(form: dict[str, str]) -> Token:
    """One call of the token endpoint. Raises GrantRefused, ClientRefused, GoogleUnavailable."""
    answer = post_form(settings.GOOGLE_OAUTH_TOKEN_URL, form)
    if not answer.get("access_token"):
        raise GoogleUnavailable("Google answered without an access token.")
    life = timedelta(seconds=int(answer.get("expires_in") or USUAL_LIFE))
    scopes = tuple(str(answer.get("scope", "")).split())
    return Token(str(answer["access_token"]), timezone.now() + life, scopes)


def post_form(url: str, form: dict[str, str]) -> dict[str, Any]:
    """The JSON answer of an OAuth endpoint. Raises as `request_token` does."""
    try:
        response = httpx.post(url, data=form, timeout=TIMEOUT, verify=authorities())
        told = response.json() if response.content else {}
    except (httpx.HTTPError, ValueError) as error:
        raise GoogleUnavailable(f"Google could not be reached: {error}") from error
    answer: dict[str, Any] = told if isinstance(told, dict) else {}
    if response.is_success:
        return answer
    code, why = str(answer.get("error", "")), str(answer.get("error_description", ""))
    message = f"{code}: {why}" if why else code
    if code == "invalid_grant":
        raise GrantRefused(message)
    if code in ("unauthorized_client", "invalid_client", "deleted_client"):
        raise ClientRefused(message)
    after = response.headers.get("retry-after", "")
    pause = seconds_of(after, response.headers.get("date", ""))
    raise GoogleUnavailable(message, retry_after=pause)
