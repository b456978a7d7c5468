"""One call of a Google API, after its checks, as its handler sees it."""

from dataclasses import dataclass
from typing import Any

from standins.google.discovery import Method
from standins.google.errors import GoogleError, not_found, precondition_failed, role_too_low
from standins.google.model import ROLES, Access, Account, Calendar
from standins.google.world import World

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls what, with typed parameters and a body that has the published form."""

    world: World
    access: Access
    method: Method
    path: dict[str, str]
    query: Json
    body: Json
    headers: dict[str, str]

    @property
    def account(self) -> Account | None:
        """The person behind the token; None for a service account acting for itself."""
        return self.world.accounts.get(self.access.email)

    def calendar(self, need: str = "reader", *, given: str | None = None) -> Calendar:
        """The calendar of the path, or the one given by id.

        GoogleError 404 when the caller may not see it, 403 when the role is too low.
        """
        given = given or self.path["calendarId"]
        calendar = self.world.calendars.get(self.access.email if given == "primary" else given)
        if calendar is None or calendar.deleted:
            raise not_found()
        role = role_of(self.world, calendar, self.access.email)
        if rank(role) < rank("freeBusyReader"):
            raise not_found()
        if rank(role) < rank(need):
            raise role_too_low(need)
        return calendar

    def check_etag(self, etag: str) -> None:
        """GoogleError 412 when If-Match names another version; `*` forces."""
        wanted = self.headers.get("if-match")
        if wanted not in (None, "*", etag):
            raise precondition_failed()

    def check_account(self) -> None:
        """403 when the impersonated user has no Calendar."""
        account = self.account
        if account is not None and not account.calendar_user:
            message = "The user must be signed up for Google Calendar."
            raise GoogleError(403, "notACalendarUser", message, domain="calendar")


def rank(role: str) -> int:
    """Roles in order of what they allow."""
    return ROLES.index(role)


def role_of(world: World, calendar: Calendar, email: str) -> str:
    """The strongest role the access rules of a calendar give to an account."""
    if email == calendar.owner:
        return "owner"
    scopes = [f"user:{email}", "default"]
    account = world.accounts.get(email)
    if account is not None and account.hd:
        if calendar.kind == "resource" and account.admin and account.hd == calendar.domain:
            return "owner"
        scopes.append(f"domain:{account.hd}")
    roles = [calendar.acl[scope] for scope in scopes if scope in calendar.acl]
    return max(roles, key=rank, default="none")
