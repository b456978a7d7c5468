"""From a booking to the body of an event, and the ids that both sides compute. Pure."""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from bookings.recurrence import to_instant
from calendars.content import ID_MARK, MARK, VERSION_MARK, Content, Item

_ID_LENGTH, _PADDING = 26, "======"  # 16 bytes in base 32
LONGEST_VERSION = 19  # digits of a bigint
_SPLIT = re.compile(r"_R\d{8}(T\d{6})?$")  # what Google's page appends to the id of a later part


@dataclass(frozen=True)
class Person:
    """Somebody on the guest list, with the answer that must survive our writing the list."""

    email: str
    name: str = ""
    optional: bool = False
    response: str = "needsAction"


@dataclass(frozen=True)
class Wanted:
    """Everything that is needed to write an event."""

    content: Content
    public_id: str  # of the booking, stable for as long as it lives
    stamp: str  # which of our versions this is
    lines: tuple[str, ...] = ()
    people: tuple[Person, ...] = ()
    transparent: bool = False


def event_id(public_id: UUID, incarnation: int) -> str:
    """The id that Roomly chooses: the booking's, in the only letters that Google allows.

    Google burns the id of a deleted event; the next incarnation gets another.
    """
    text = base64.b32hexencode(public_id.bytes).decode().rstrip("=").lower()
    return f"{text}{incarnation}" if incarnation else text


def owner_of(event_id: str) -> UUID | None:
    """Whose event it is, by an id that Roomly chose: the public id of a booking or a date."""
    try:
        return UUID(bytes=base64.b32hexdecode(event_id[:_ID_LENGTH].upper() + _PADDING))
    except ValueError:
        return None


def cut_from(event_id: str) -> str:
    """What Google's page makes the id of a later part from; empty if it did not make this one."""
    return _SPLIT.sub("", event_id) if _SPLIT.search(event_id) else ""


def instance_id(master_id: str, original_start: datetime, zone: str, *, all_day: bool) -> str:
    """The id that Google gives to a date of a series, from its original start (local time)."""
    base = _SPLIT.sub("", master_id)
    if all_day:
        return f"{base}_{original_start:%Y%m%d}"
    return f"{base}_{to_instant(original_start, ZoneInfo(zone)):%Y%m%dT%H%M%SZ}"


def stamp(version: int, original_start: datetime | None) -> str:
    """Which of our versions an event carries. Exceptions inherit their master's, so that the
    master's must not be taken for theirs."""
    return str(version) if original_start is None else f"{version}/{original_start:%Y%m%dT%H%M%S}"


def version_in(item: Item, original_start: datetime | None) -> int | None:
    """The version of ours that an event says it carries; None if it was never ours."""
    text = item.get("extendedProperties", {}).get("private", {}).get(VERSION_MARK, "")
    version = str(text).partition("/")[0]
    if not (version.isdecimal() and len(version) < LONGEST_VERSION) or text != stamp(
        int(version), original_start
    ):
        return None
    return int(version)


def insert_body(wanted: Wanted, new_id: str) -> dict[str, Any]:
    """A whole new event. Employees may edit it in Google Calendar too."""
    fields = [name for name, value in wanted.content.items() if value or name == "title"]
    body = patch_body(wanted, fields, {})
    body |= {"id": new_id, "guestsCanModify": True}
    if wanted.transparent:
        body["transparency"] = "transparent"
    return body


def patch_body(wanted: Wanted, fields: Iterable[str], base: Content) -> dict[str, Any]:
    """The named fields of an event, with our stamp. Objects merge at Google, lists do not."""
    body: dict[str, Any] = {}
    for name in fields:
        body |= _field(name, wanted, base)
    properties = body.setdefault("extendedProperties", {}).setdefault("private", {})
    properties |= {ID_MARK: wanted.public_id, VERSION_MARK: wanted.stamp}
    return body


def _field(name: str, wanted: Wanted, base: Content) -> dict[str, Any]:
    value = wanted.content[name]
    match name:
        case "title":
            return {"summary": value}
        case "when":
            return _times(value, base.get("when"))
        case "recurrence":
            return {"recurrence": list(wanted.lines)}
        case "guests":
            return {"attendees": [_attendee(person) for person in wanted.people]}
        case "video":
            return {"conferenceData": _conference(wanted) if value else None}
        case "metadata":
            return {"extendedProperties": {"private": _properties(value, base)}}
        case _:  # status, description, visibility are called the same there
            return {name: value}


def _times(when: Mapping[str, str], before: Mapping[str, str] | None) -> dict[str, Any]:
    all_day = "zone" not in when
    times = {}
    for side in ("start", "end"):
        times[side] = {"date": when[side]} if all_day else _moment(when[side], when["zone"])
        if before and ("zone" not in before) != all_day:  # or both forms would stand there
            times[side] |= {"dateTime": None, "timeZone": None} if all_day else {"date": None}
    return times


def _moment(instant: str, zone: str) -> dict[str, Any]:
    local = datetime.fromisoformat(instant).astimezone(ZoneInfo(zone))
    return {"dateTime": local.isoformat(), "timeZone": zone}


def _attendee(person: Person) -> dict[str, Any]:
    attendee: dict[str, Any] = {"email": person.email, "responseStatus": person.response}
    if person.name:
        attendee["displayName"] = person.name
    if person.optional:
        attendee["optional"] = True
    return attendee


def _conference(wanted: Wanted) -> dict[str, Any]:
    """Google ignores a request id that it has seen, so a repeated call makes no second meeting."""
    request = {"requestId": wanted.public_id, "conferenceSolutionKey": {"type": "hangoutsMeet"}}
    return {"createRequest": request}


def _properties(metadata: Mapping[str, str], base: Content) -> dict[str, str | None]:
    gone = set(base.get("metadata", {})) - set(metadata)
    kept: dict[str, str | None] = {f"{MARK}{key}": value for key, value in metadata.items()}
    return kept | {f"{MARK}{key}": None for key in gone}
