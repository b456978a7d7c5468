"""Event fields: which a caller may write, what Google refuses, what it changes silently."""

import re
from typing import Any
from urllib.parse import urlsplit

from standins.google import recurrence, times
from standins.google.errors import GoogleError, invalid, required

Json = dict[str, Any]

# In the schema, but not the caller's to write: ignored in a body.
READ_ONLY = frozenset(
    (
        *("id", "kind", "etag", "status", "created", "updated", "sequence"),
        *("creator", "organizer", "iCalUID", "recurringEventId", "originalStartTime"),
        *("htmlLink", "hangoutLink", "locked", "attendeesOmitted", "endTimeUnspecified"),
    )
)
PRIVATE = frozenset(("reminders", "colorId", "transparency", "visibility", "eventLabelId"))
_EVENT_ID = re.compile(r"[0-9a-v]{5,1024}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_CHOICES = {
    "status": ("confirmed", "tentative", "cancelled"),
    "transparency": ("opaque", "transparent"),
    "visibility": ("default", "public", "private", "confidential"),
    "eventType": ("default", "outOfOffice", "focusTime", "workingLocation", "birthday"),
}
_ANSWERS = ("needsAction", "declined", "tentative", "accepted")
_DEFAULTS: Json = {
    "transparency": "opaque",
    "visibility": "default",
    "eventType": "default",
    "guestsCanInviteOthers": True,
    "guestsCanModify": False,
    "guestsCanSeeOtherGuests": True,
    "anyoneCanAddSelf": False,
    "privateCopy": False,
}
KEY_MAX, VALUE_MAX, PROPERTIES_MAX, PROPERTIES_BYTES_MAX = 44, 1024, 300, 32 * 1024


def check_id(text: str) -> str:
    """A client's own event id: base32hex, 5 to 1024 characters; GoogleError 400 otherwise."""
    if not _EVENT_ID.fullmatch(text):
        raise invalid("Invalid resource id value.")
    return text


def writable(body: Json, *, calendar_zone: str, current: Json | None = None) -> Json:
    """The fields of a complete event as they are stored: checked, without defaults.

    `current` is the stored body that this one replaces. GoogleError 400 for what is refused.
    """
    given = {k: v for k, v in body.items() if v is not None and k not in READ_ONLY}
    _check_choices(body)
    kept = {k: v for k, v in given.items() if _DEFAULTS.get(k) != v}
    lines = [line for line in kept.pop("recurrence", None) or [] if line]
    kept["start"], kept["end"] = times.normalised(
        body.get("start"), body.get("end"), recurring=bool(lines), default_zone=calendar_zone
    )
    if lines:
        recurrence.check(lines, kept["start"], calendar_zone)
        kept["recurrence"] = lines
    _check_reminders(kept.get("reminders") or {})
    if "attendees" in kept:
        kept["attendees"] = _attendees(kept["attendees"], current or {})
    if "extendedProperties" in kept:
        kept["extendedProperties"] = _properties(kept["extendedProperties"])
    if "source" in kept and urlsplit(kept["source"].get("url") or "").scheme not in (
        "http",
        "https",
    ):
        raise invalid("Invalid source url.")
    if len(kept.get("attachments", ())) > 25:
        raise invalid("Too many attachments.")
    return {k: v for k, v in kept.items() if v not in ([], {}, "")}


def _check_choices(body: Json) -> None:
    for name, allowed in _CHOICES.items():
        if body.get(name) is not None and body[name] not in allowed:
            raise invalid(f"Invalid value for: {name}")


def _check_reminders(reminders: Json) -> None:
    overrides = reminders.get("overrides") or []
    if reminders.get("useDefault") and overrides:
        message = "Cannot specify both default reminders and overrides at the same time."
        raise GoogleError(
            400, "cannotUseDefaultRemindersAndSpecifyOverride", message, domain="calendar"
        )
    if len(overrides) > 5:
        raise invalid("Too many reminder overrides.")
    for override in overrides:
        if override.get("method") not in ("email", "popup"):
            raise invalid("Invalid reminder method.")
        if not 0 <= (override.get("minutes", -1)) <= 40320:
            raise invalid("Invalid reminder minutes.")


def _attendees(given: list[Json], current: Json) -> list[Json]:
    before = {a["email"]: a for a in current.get("attendees", ())}
    return [_attendee(item, before) for item in given]


def _attendee(given: Json, before: dict[str, Json]) -> Json:
    email = (given.get("email") or "").lower()
    if not email:
        raise required("Missing attendee email.")
    if not _EMAIL.fullmatch(email):
        raise invalid("Invalid attendee email.")
    if given.get("responseStatus") not in (None, *_ANSWERS):
        raise invalid("Invalid attendee response status.")
    names = ("displayName", "optional", "comment", "additionalGuests", "resource")
    kept = {k: given[k] for k in names if given.get(k)}
    known = before.get(email)
    if known is not None:  # `resource` counts only when the attendee is first added
        kept.pop("resource", None)
        kept |= {"resource": True} if known.get("resource") else {}
    answer = given.get("responseStatus") or (known or {}).get("responseStatus", "needsAction")
    return {"email": email, **kept, "responseStatus": answer}


def _properties(given: Json) -> Json:
    """Long keys are dropped, long values cut, and all beyond the limits dropped, silently."""
    kept: Json = {}
    count = size = 0
    for kind in ("private", "shared"):
        for key, value in (given.get(kind) or {}).items():
            if value is None or len(key) > KEY_MAX:
                continue
            text = value[:VALUE_MAX]
            count, size = count + 1, size + len(key.encode()) + len(text.encode())
            if count <= PROPERTIES_MAX and size <= PROPERTIES_BYTES_MAX:
                kept.setdefault(kind, {})[key] = text
    return kept


def merged(current: Json, patch: Json) -> Json:
    """PATCH semantics: objects merge, arrays are replaced whole, null clears."""
    result = dict(current)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = merged(result[name], value)
        else:
            result[name] = value
    return result


def time_changed(before: Json, after: Json) -> bool:
    """Whether a write moved the event or changed its rule."""
    return any(before.get(name) != after.get(name) for name in ("start", "end", "recurrence"))


def next_sequence(current: int, given: Json, *, moved: bool, refuse_stale: bool) -> int:
    """The iCalendar counter after a write; GoogleError 400 for a number below the current."""
    wanted = given.get("sequence")
    if wanted is not None and wanted < current and refuse_stale:
        raise invalid(
            "Invalid sequence value. The specified sequence number is below the current sequence "
            "number of the resource. Re-fetch the resource and use its sequence number on the "
            "following request."
        )
    return max(current + moved, wanted or 0)
