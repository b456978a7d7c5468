"""What the audit asks Google, of the company and of one room after the other. No database."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

from calendars.audit.findings import (
    USE_WINDOW,
    AuditRoom,
    Finding,
    People,
    at_most_listed,
    in_calendar,
    shared_calendars,
    without_calendar,
)
from calendars.audit.meetings import Listing
from calendars.audit.reader import (
    READ_RULES,
    GoogleReader,
    pages,
    people_of,
    room_of,
)
from calendars.audit.sharing import Sharing, in_sharing
from calendars.directory.reader import RESOURCES_SCOPE, USERS_SCOPE
from calendars.errors import GoogleRefused, NotThere, QuotaUsedUp, ScopeMissing
from calendars.google import Item

T = TypeVar("T")

REFUSALS = (GoogleRefused, ScopeMissing)
LOOK_BACK = USE_WINDOW
NO_ROOM = "OTHER"  # the directory's category of cars and projectors
BUSY_ONLY = "freeBusyReader"  # this role sees when, not what


@dataclass
class Look:
    """What was found, and what could not be looked at: a code, and of which rooms."""

    findings: list[Finding] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)


@dataclass
class CompanyLook(Look):
    """Whom and what there is to look at; `rooms` have each calendar once."""

    rooms: list[AuditRoom] = field(default_factory=list)
    people: People = field(default_factory=People)


def look_at_company(
    google: GoogleReader,
    *,
    scopes: Iterable[str],
    domains: frozenset[str],
    known_here: Sequence[AuditRoom],
) -> CompanyLook:
    """The rooms of the directory and those that only Roomly knows, and everybody's address.

    Without the right to read the directory, Roomly's rooms alone, and nobody counts as gone.
    """
    look = CompanyLook(people=People(domains=domains))
    rooms = _asked(lambda: list(pages(google.rooms)), RESOURCES_SCOPE in scopes)
    people = _asked(lambda: people_of(pages(google.users), domains), USERS_SCOPE in scopes)
    if rooms is None:
        look.unseen.append("directory")
    if people is None:
        look.unseen.append("people")
    else:
        look.people = people
    listed = [room_of(item) for item in rooms or () if item.get("resourceCategory") != NO_ROOM]
    known_there = {room.calendar_id.lower() for room in listed if room.calendar_id}
    everywhere = listed + [
        room for room in known_here if room.calendar_id.lower() not in known_there
    ]
    look.findings = shared_calendars(everywhere)
    look.findings += [without_calendar(room) for room in everywhere if not room.calendar_id]
    calendars: dict[str, AuditRoom] = {}
    for room in everywhere:
        if room.calendar_id:
            calendars.setdefault(room.calendar_id.lower(), room)
    look.rooms = list(calendars.values())
    return look


def _asked(read: Callable[[], T], may_ask: bool) -> T | None:
    """What the directory says; None where it may not be asked, or not by this account."""
    if not may_ask:
        return None
    try:
        return read()
    except REFUSALS:
        return None
    except QuotaUsedUp as error:
        if error.reason == "accessNotConfigured":  # the Admin SDK is not switched on
            return None
        raise


def look_at_room(
    google: GoogleReader,
    room: AuditRoom,
    people: People,
    *,
    scopes: Iterable[str],
    account: str,
    now: datetime,
    until: datetime,
) -> Look:
    """Everything about one room, its dates up to `until`. Holds one calendar in memory.

    Raises what a reader raises, but not that a calendar is not there or not shown: those are
    findings themselves.
    """
    look = Look()
    try:
        listing, role = _listing(google, room, now - LOOK_BACK, until)
        sharing = _sharing(google, room, role, readable=READ_RULES in scopes)
    except NotThere:
        return Look([without_calendar(room)])
    except GoogleRefused:
        return Look(unseen=["refused"])
    meetings = listing.meetings(partial(_dates_of, google, listing))
    found = in_calendar(room, meetings, people, now=now)
    found += in_sharing(room, sharing, account=account, domains=people.domains)
    look.findings, left_out = at_most_listed(found)
    hints = {
        "rules": sharing.rules is None,
        "details": role == BUSY_ONLY,
        "unreadable": bool(listing.unreadable),
        "left_out": bool(left_out),
    }
    look.unseen = [code for code, is_so in hints.items() if is_so]
    return look


def _listing(
    google: GoogleReader, room: AuditRoom, since: datetime, until: datetime
) -> tuple[Listing, str]:
    listing = Listing(room.calendar_id, since, until)
    page = google.list_page(room.calendar_id, time_min=since)
    while True:
        listing.zone = page.timezone or listing.zone
        for item in page.items:
            listing.add(item)
        if not page.next_page:
            return listing, page.role
        page = google.list_page(room.calendar_id, time_min=since, page_token=page.next_page)


def _dates_of(google: GoogleReader, listing: Listing, series: str) -> list[Item]:
    try:
        return google.instances(
            listing.calendar_id, series, since=listing.since, until=listing.until
        )
    except (NotThere, GoogleRefused):
        return []  # deleted meanwhile, or a rule that Google cannot expand either


def _sharing(google: GoogleReader, room: AuditRoom, role: str, *, readable: bool) -> Sharing:
    """Access rules are told to owners alone."""
    accepts = google.calendar(room.calendar_id).get("autoAcceptInvitations")
    try:
        rules = google.access_rules(room.calendar_id) if readable and role == "owner" else None
    except REFUSALS:
        rules = None
    return Sharing(role, rules, accepts)
