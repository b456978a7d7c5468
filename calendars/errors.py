"""What Google may answer instead of doing what it was asked, by what it means for the caller."""

from http import HTTPStatus


class GoogleError(Exception):
    """A call that did not succeed. `error_class` is the word that operators read."""

    error_class = "busy"

    def __init__(self, message: str = "", *, reason: str = "") -> None:
        super().__init__(message or reason)
        self.reason = reason


class GoogleUnavailable(GoogleError):
    """Try again later; `retry_after` (seconds) is the least to wait, if Google named it.

    `is_limit`: we asked too often, and Google itself is well.
    """

    def __init__(
        self, message: str, *, reason: str = "", retry_after: float = 0, is_limit: bool = False
    ) -> None:
        super().__init__(message, reason=reason)
        self.retry_after = retry_after
        self.is_limit = is_limit


class OverBudget(GoogleUnavailable):
    """Google was not asked, to keep within its quota: nobody's fault, and no failure of anything.

    `retry_after` is when the budget allows it; zero where the sweep will find out.
    """

    error_class = "budget"


class QuotaUsedUp(GoogleUnavailable):
    """An abuse guard or a daily limit closed: waiting takes an hour, not seconds."""

    error_class = "quota"


class NotConnected(GoogleUnavailable):
    """The company has no Google connection that works at this moment."""

    error_class = "auth"


class AccessRevoked(NotConnected):
    """The grant is gone for good: not one more call until an administrator connects again."""

    error_class = "revoked"


class Unauthorized(GoogleError):
    """The access token was not accepted (401)."""

    error_class = "auth"


class ScopeMissing(GoogleError):
    """The grant does not cover what was asked (403 insufficientPermissions)."""

    error_class = "revoked"


class GoogleRefused(GoogleError):
    """Google will never accept this request as it is."""

    error_class = "poison"


class PushNotSupported(GoogleRefused):
    """This kind of calendar sends no notifications; it has to be polled."""


class NotThere(GoogleError):
    """The event, or the calendar, does not exist or cannot be seen (404, or 410: `gone`)."""

    error_class = "gone"

    def __init__(self, message: str = "", *, reason: str = "", gone: bool = False) -> None:
        super().__init__(message, reason=reason)
        self.gone = gone


class Stale(GoogleError):
    """Somebody changed the event since the etag in If-Match was read (412)."""

    error_class = "conflict"


class AlreadyExists(GoogleError):
    """The calendar has, or had, an event with this id (409)."""

    error_class = "conflict"


class TokenExpired(GoogleError):
    """The sync token is worth nothing any more: everything has to be listed again (410)."""

    error_class = "gone"


_USED_UP = {"quotaExceeded", "dailyLimitExceeded", "accessNotConfigured"}
_BUSY = {"rateLimitExceeded", "userRateLimitExceeded"}
_PAUSE = 3600  # seconds; the abuse guard reopens in hours to days


def error_of(status: int, reason: str, message: str, retry_after: float = 0) -> GoogleError:
    """The error of an HTTP answer. `reason` decides where it can: a 403 means many things.

    Source: reasons as listed in "Handle API errors",
    https://developers.google.com/workspace/calendar/api/guides/errors
    """
    if reason in _USED_UP:
        return QuotaUsedUp(message, reason=reason, retry_after=max(retry_after, _PAUSE))
    is_limit = status == HTTPStatus.TOO_MANY_REQUESTS or reason in _BUSY
    if is_limit or status == HTTPStatus.REQUEST_TIMEOUT or status >= 500:
        return GoogleUnavailable(message, reason=reason, retry_after=retry_after, is_limit=is_limit)
    if reason in ("fullSyncRequired", "updatedMinTooLongAgo"):
        return TokenExpired(message, reason=reason)
    if reason == "pushNotSupportedForRequestedResource":
        return PushNotSupported(message, reason=reason)
    if reason.startswith("push."):  # about the address of the webhook, even where it says 401
        return GoogleRefused(message, reason=reason)
    if reason in ("insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"):
        return ScopeMissing(message, reason=reason)
    if status in (404, 410):
        return NotThere(message, reason=reason, gone=status == 410)
    plain = {401: Unauthorized, 409: AlreadyExists, 412: Stale}
    return plain.get(status, GoogleRefused)(message, reason=reason)
