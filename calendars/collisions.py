"""Both sides changed one field of an event, without seeing each other: the later edit stays.

Ours is as old as its line in the history, theirs as Google says that the event is (it tells of no
single field); what is closer than two seconds stays ours, as clocks differ. Both values go into
the history, so that nobody's words are lost in silence. Times of a whole series stay ours: its
dates were moved with them.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from bookings import history
from bookings.edits.lineage import parts_of
from bookings.mirroring.mirror import BY
from bookings.models import Booking, BookingEvent, Door
from calendars.content import Content

CLOSE = timedelta(seconds=2)
IN_HISTORY = {
    "title": ("title",),
    "description": ("description",),
    "when": ("starts_at", "ends_at"),
}


def later_there(
    booking: Booking,
    subject: datetime | None,
    fields: Collection[str],
    *,
    base: Content,
    ours: Content | None,
    theirs: Content,
    edited_at: datetime | None,
) -> list[str]:
    """The fields that both sides changed and that Google has the later edit of; notes them all.

    `fields` are those that Google changed, `subject` a date of a series, `edited_at` by our clock.
    In the transaction that takes the event over.
    """
    if ours is None or ours["status"] == "cancelled":
        return []
    won = []
    for name in IN_HISTORY:
        if name not in fields or ours[name] in (base.get(name), theirs[name]):
            continue
        pattern = name == "when" and subject is None and booking.is_series
        there = not pattern and edited_at is not None and edited_at > (
            _edited_here(booking, subject, name) + CLOSE
        )  # fmt: skip
        if there:
            won.append(name)
        _note(booking, subject, name, ours[name], theirs[name], there=there)
    return won


def _edited_here(booking: Booking, subject: datetime | None, name: str) -> datetime:
    """When somebody last gave the field its value here, by our clock: perhaps while a part, which
    was cut off in Google since, was of the series yet."""
    edits = BookingEvent.objects.filter(original_start=subject).exclude(door=Door.GOOGLE)
    told = edits.filter(after__has_any_keys=IN_HISTORY[name]).order_by("-pk")
    own, story = told.filter(booking=booking), told.filter(booking__in=parts_of(booking))
    latest = own.first() or story.first()
    return latest.at if latest else booking.updated_at


def _note(
    booking: Booking, subject: datetime | None, name: str, ours: Any, theirs: Any, *, there: bool
) -> None:
    lost, kept = (ours, theirs) if there else (theirs, ours)
    act = "google_later" if there else "roomly_later"
    history.record(
        booking, BY, act, subject=subject, before=_told(name, lost), after=_told(name, kept)
    )


def _told(name: str, value: Any) -> dict[str, Any]:
    if name != "when":
        return {name: value}
    return {"starts_at": value["start"], "ends_at": value["end"]} if "zone" in value else {}
