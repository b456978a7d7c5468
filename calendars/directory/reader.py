"""A company's directory at Google: its rooms, buildings and people, read and never written.

Source: https://developers.google.com/workspace/admin/directory/reference/rest/v1
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Any, Self, TypeVar

import httplib2
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from calendars.budget import Budget, Lane
from calendars.errors import (
    GoogleRefused,
    NotConnected,
    QuotaUsedUp,
    ScopeMissing,
    Unauthorized,
)
from calendars.google import TIMEOUT, GoogleCalendar, Item
from calendars.grants import ClientRefused, GrantRefused, access_token, delegated
from calendars.models import GoogleConnection
from tenants.errors import DomainError
from tenants.scope import company_scope

T = TypeVar("T")

RESOURCES_SCOPE = "https://www.googleapis.com/auth/admin.directory.resource.calendar.readonly"
USERS_SCOPE = "https://www.googleapis.com/auth/admin.directory.user.readonly"
PAGE_SIZE = 500  # the directory's maximum
_USER_FIELDS = (
    "nextPageToken,users(primaryEmail,aliases,nonEditableAliases,name/fullName,suspended,archived)"
)

_NO_ROOMS_SCOPE = _(
    "Roomly may not see the rooms in your Google directory. Connect again, and leave the tick at"
    " the rooms and buildings of your organisation."
)
_NO_USERS_SCOPE = _(
    "Roomly may not see the people in your Google directory. Connect again, and leave the tick at"
    " the users of your organisation."
)
_NO_ADMINISTRATOR = _(
    "The connected account may not read your Google directory. Connect again with an"
    " administrator of Google Workspace."
)
_NOT_DELEGATED = _(
    "The service account may not read your Google directory. In the Workspace admin console,"
    " delegate to it the scopes that Roomly's README names."
)
_API_OFF = _(
    "The Admin SDK API is not switched on for this installation. Its operator can do that in the"
    " Google Cloud console."
)


class DirectoryRefused(DomainError):
    """The directory may not be read; the message says what to do. Calendars go on without it."""

    code = "directory_refused"
    status = 403


@dataclass(frozen=True)
class Part:
    """One page of a list; without `next_page` it is the last."""

    items: Sequence[Item]
    next_page: str


class GoogleDirectory(GoogleCalendar):
    """Calls of the Directory API, under the same rules as those of the Calendar API."""

    def buildings(self, page: str) -> Part:
        """Where rooms are."""
        return self._part(self._resources().buildings(), "buildings", page)

    def rooms(self, page: str) -> Part:
        """Rooms and other things that can be booked."""
        return self._part(self._resources().calendars(), "items", page)

    def users(self, page: str) -> Part:
        """Everybody who has an account, under the company's every domain."""
        return self._part(_service(settings.GOOGLE_API_URL).users(), "users", page, _USER_FIELDS)

    def _resources(self) -> Any:
        return _service(settings.GOOGLE_API_URL).resources()

    def _part(self, collection: Any, key: str, page: str, fields: str = "") -> Part:
        given = {"pageToken": page, "fields": fields}
        asked = {name: value for name, value in given.items() if value}
        answer = self._execute(
            collection.list(
                customer="my_customer", maxResults=PAGE_SIZE, quotaUser=self._quota_user, **asked
            )
        )
        return Part(answer.get(key, ()), answer.get("nextPageToken", ""))


@lru_cache(maxsize=2)
def _service(endpoint: str) -> Any:
    from googleapiclient.discovery import build  # noqa: PLC0415  as heavy as in calendars.google

    return build(
        "admin",
        "directory_v1",
        http=httplib2.Http(timeout=TIMEOUT),
        client_options={"api_endpoint": f"{endpoint}/"},
        cache_discovery=False,
    )


class DirectoryAccess:
    """Calls the directory with the company's grant. Never inside a transaction.

    What is refused here says nothing about the calendars: their connection stays as it is.
    Raises DirectoryRefused, NotConnected, AccessRevoked, or what the call raises.
    """

    def __init__(self, company_id: int, scope: str) -> None:
        self._company_id, self._scope = company_id, scope
        self._token = ""
        self._google: GoogleDirectory | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._close()

    def __call__(self, act: Callable[[GoogleDirectory], T]) -> T:
        try:
            try:
                return act(self._client())
            except Unauthorized:
                return act(self._client(refused=self._token))
        except Unauthorized as error:
            raise NotConnected(str(error), retry_after=60) from error
        except ScopeMissing as error:
            raise DirectoryRefused(_missing(self._scope)) from error
        except QuotaUsedUp as error:
            if error.reason == "accessNotConfigured":
                raise DirectoryRefused(_API_OFF) from error
            raise
        except GoogleRefused as error:
            if error.reason == "forbidden":
                raise DirectoryRefused(_NO_ADMINISTRATOR) from error
            raise

    def _client(self, *, refused: str = "") -> GoogleDirectory:
        token = self._access_token(refused)
        if self._google is None or token != self._token:
            self._close()
            self._token = token
            self._google = GoogleDirectory(
                access_token=token,
                quota_user=f"company-{self._company_id}",
                budget=Budget(self._company_id, Lane.BULK),
            )
        return self._google

    def _close(self) -> None:
        if self._google is not None:
            self._google.close()
            self._google = None

    def _access_token(self, refused: str) -> str:
        token = access_token(self._company_id, refused=refused)
        with company_scope(self._company_id):
            google = GoogleConnection.objects.first()
        if google is None or google.kind == GoogleConnection.Kind.OAUTH:
            return token
        try:  # the token for calendars is good for nothing else: a key has one for each purpose
            return delegated(google.secret, google.account_email, self._scope).text
        except ClientRefused as error:
            raise DirectoryRefused(_NOT_DELEGATED) from error
        except GrantRefused as error:
            raise NotConnected(str(error), retry_after=60) from error


def _missing(scope: str) -> Any:
    return _NO_ROOMS_SCOPE if scope == RESOURCES_SCOPE else _NO_USERS_SCOPE
