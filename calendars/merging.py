"""What of an event is taken over: three sides compared, and theirs in the terms of bookings.

Base is what both sides last agreed on. Nothing is written here; `calendars.incorporate` does.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, cast

from bookings.guests import invited, list_of
from bookings.mirroring.seen import Guest, Seen, Times
from bookings.models import Booking
from bookings.recurrence import Place, Recurrence
from calendars import content, mapping
from calendars.content import Content, Item
from calendars.models import GoogleCopy

FLAGS = ("transparent", "room_response")
NO_FLAGS: Content = {"transparent": False, "room_response": ""}
_FIELD_OF = {"times": "when", "recurrence": "recurrence", "places": "recurrence"}


# -- three sides ------------------------------------------------------------------------------


def ours_of(booking: Booking) -> Content:
    """What Roomly wants Google to say about a whole booking."""
    rows = list(booking.occurrences.order_by("original_start"))
    return content.content_of_booking(booking, rows, list_of(invited(booking)))


def base_of(copy: GoogleCopy, item: Item) -> Content:
    """What the person in Google saw before they edited: our own last write, if they saw it."""
    version = mapping.version_in(item, copy.original_start)
    flags = {name: copy.base.get(name, NO_FLAGS[name]) for name in FLAGS}
    if version is not None and version > copy.base_v and str(version) in copy.attempts:
        return {**flags, **copy.attempts[str(version)]}
    return {**flags, **copy.base}


def is_wanted(copy: GoogleCopy, ours: Content, edits: Collection[str]) -> bool:
    """Whether we edited an event that is gone there, or deleted it ourselves and thought better."""
    our_own = {"status": "cancelled"} in copy.attempts.values()
    return ours["status"] != "cancelled" and (our_own or bool(edits))


def not_ours(fields: Collection[str], base: Content, ours: Content | None) -> list[str]:
    """The fields to take over: not those that we changed too, none if we called it off."""
    if ours is None:
        return list(fields)
    if ours["status"] == "cancelled":
        return []
    return [name for name in fields if name not in ours or ours[name] == base.get(name)]


def merged(
    fields: Collection[str],
    base: Content,
    ours: Content | None,
    theirs: Content,
    guests: Collection[Guest],
    metadata: Mapping[str, Any],
) -> Seen:
    """What is taken over one by one: guests where both sides changed them, and metadata.

    `guests` are theirs with their answers, `metadata` is that of the booking or date.
    """
    found: Seen = {}
    if ours is not None and ours["status"] == "cancelled":
        return found
    if ours is not None and "guests" in fields and ours["guests"] != base.get("guests"):
        found["guests"] = _merged_guests(base, ours, guests)
    if "metadata" in fields:
        found["metadata"] = _merged_metadata(base, ours, theirs, metadata)
    return found


def _merged_guests(base: Content, ours: Content, theirs: Collection[Guest]) -> tuple[Guest, ...]:
    """Both guest lists changed: who was added on either side, without who was taken off."""
    before, here = base.get("guests", {}), ours.get("guests", {})
    removed = set(before) - set(here)
    known = {guest.email: guest for guest in theirs}
    added = {email: Guest(email, optional=here[email]) for email in set(here) - set(before)}
    return tuple(guest for email, guest in {**known, **added}.items() if email not in removed)


def _merged_metadata(
    base: Content, ours: Content | None, theirs: Content, known: Mapping[str, Any]
) -> dict[str, Any]:
    """Ours with the entries that were changed there and not here. Theirs are words; the others
    stay what they are."""
    before, after = base.get("metadata", {}), theirs["metadata"]
    here = before if ours is None else ours["metadata"]
    changed = {
        key for key in {*before, *after}
        if before.get(key) != after.get(key) and before.get(key) == here.get(key)
    }  # fmt: skip
    equal = content.carried(known)
    kept = {key: value for key, value in known.items() if key not in changed or key in after}
    return kept | {key: after[key] for key in changed & set(after) if equal.get(key) != after[key]}


# -- theirs, in the terms of bookings ---------------------------------------------------------


def seen_of(
    fields: Collection[str], item: Item, theirs: Content, *, calendar_id: str, zone: str
) -> Seen:
    """These fields of an event as `bookings.mirroring` takes them; without metadata."""
    seen: dict[str, Any] = {
        name: theirs[name]
        for name in ("title", "description", "visibility", "video", *FLAGS)
        if name in fields
    }
    if "guests" in fields:
        seen["guests"] = guests_in(item, calendar_id)
    if "video" in fields:
        seen["video_url"] = content.video_url(item)
    if "when" in fields or "recurrence" in fields:
        schedule = _schedule(item, zone)
        seen |= {name: value for name, value in schedule.items() if _FIELD_OF[name] in fields}
    return cast(Seen, seen)  # built by name


def guests_in(item: Item, calendar_id: str) -> tuple[Guest, ...]:
    """Who is invited, with their answers; of an address that comes twice, the last."""
    found = {
        guest["email"].lower(): Guest(
            guest["email"].lower(),
            guest.get("displayName", "")[:150],
            bool(guest.get("optional")),
            content.answer_of(guest),
        )
        for guest in content.guests_of(item, calendar_id)
    }
    return tuple(found.values())


def _schedule(item: Item, zone: str) -> dict[str, Any]:
    when = content.when_of(item, zone)
    times = Times(when.starts_at, when.ends_at, when.start_local, when.timezone, when.days)
    if item.get("recurringEventId"):
        return {"times": times}
    if "places" in item:
        places = tuple(_place(values) for values in item["places"])
        return {"times": times, "recurrence": Recurrence(), "places": places}
    recurrence = content.recurrence_of(item.get("recurrence", ()), when)
    return {"times": times, "recurrence": recurrence, "places": None}


def _place(values: Mapping[str, str]) -> Place:
    return Place(*(datetime.fromisoformat(values[name]) for name in ("key", "start", "end")))
