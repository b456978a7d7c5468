"""Refusals as Google words them (developers.google.com/workspace/calendar/api/guides/errors)."""

from typing import Any


class GoogleError(Exception):
    """A refusal of a Google API call, rendered in the classic error envelope."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        domain: str = "global",
        location: str | None = None,
        location_type: str = "parameter",
        status: str | None = None,
        details: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code} {reason}: {message}")
        self.code = code
        self.reason = reason
        self.message = message
        self.domain = domain
        self.location = location
        self.location_type = location_type
        self.status = status
        self.details = details
        self.headers = headers or {}

    def envelope(self) -> dict[str, Any]:
        """The JSON body of the answer."""
        item: dict[str, Any] = {"domain": self.domain, "reason": self.reason}
        item["message"] = self.message
        if self.location:
            item |= {"locationType": self.location_type, "location": self.location}
        error: dict[str, Any] = {"errors": [item], "code": self.code, "message": self.message}
        if self.status:
            error["status"] = self.status
        if self.details:
            error["details"] = self.details
        return {"error": error}


class OAuthError(Exception):
    """A refusal of the token endpoint (RFC 6749 section 5.2, with Google's descriptions)."""

    def __init__(self, code: int, error: str, description: str) -> None:
        super().__init__(f"{code} {error}: {description}")
        self.code = code
        self.error = error
        self.description = description

    def body(self) -> dict[str, str]:
        """The JSON body of the answer."""
        return {"error": self.error, "error_description": self.description}


def invalid(message: str = "Invalid Value", *, location: str | None = None) -> GoogleError:
    """400 `invalid`: a parameter or a field has a value Google does not take."""
    return GoogleError(400, "invalid", message, location=location)


def required(message: str) -> GoogleError:
    """400 `required`: a mandatory field is absent."""
    return GoogleError(400, "required", message)


def not_found() -> GoogleError:
    """404: it never existed, or this caller may not see it."""
    return GoogleError(404, "notFound", "Not Found")


def forbidden() -> GoogleError:
    """403 without a special reason."""
    return GoogleError(403, "forbidden", "Forbidden")


def role_too_low(need: str = "writer") -> GoogleError:
    """403: the caller sees the calendar but may not do this."""
    message = f"You need to have {need} access to this calendar."
    return GoogleError(403, "requiredAccessLevel", message, domain="calendar")


def duplicate() -> GoogleError:
    """409: an identifier was used before on this calendar, even if deleted since."""
    return GoogleError(409, "duplicate", "The requested identifier already exists.")


def already_deleted() -> GoogleError:
    """410: deleting what is deleted."""
    return GoogleError(410, "deleted", "Resource has been deleted")


def empty_range() -> GoogleError:
    """400: the end is not after the start."""
    message = "The specified time range is empty."
    return GoogleError(400, "timeRangeEmpty", message, domain="calendar", location="timeMax")


def full_sync_required() -> GoogleError:
    """410: the sync token is dead, start over."""
    message = "Sync token is no longer valid, a full sync is required."
    return GoogleError(410, "fullSyncRequired", message, domain="calendar", location="syncToken")


def not_the_organizer() -> GoogleError:
    """403: shared fields belong to the organiser's copy."""
    message = "Shared properties can only be changed by the organizer of the event."
    return GoogleError(403, "forbiddenForNonOrganizer", message, domain="calendar")


def precondition_failed() -> GoogleError:
    """412: the etag in If-Match is stale."""
    return GoogleError(
        412, "conditionNotMet", "Precondition Failed", location="If-Match", location_type="header"
    )


def invalid_credentials() -> GoogleError:
    """401: the access token is unknown, expired or revoked."""
    return GoogleError(
        401,
        "authError",
        "Invalid Credentials",
        location="Authorization",
        location_type="header",
        status="UNAUTHENTICATED",
        headers={
            "WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
        },
    )
