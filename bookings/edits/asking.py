"""Whether somebody may change what they saw, and to what they ask for."""

from django.utils.translation import gettext_lazy as _

from bookings.drafts import Actor, Changes
from bookings.errors import Changed, gone
from bookings.models import Booking, Occurrence
from bookings.occurrences import check_open, version_tag
from bookings.rules import (
    check_attendees,
    check_details,
    check_reminders,
    check_words,
    check_zone,
)
from tenants.errors import InvalidInput, NotAllowed


def locked_date(
    occurrence: Occurrence, by: Actor, expected: str | None, *, gone_is_fine: bool = False
) -> Occurrence:
    """The date as it is now, locked, after asking whether this actor may change what they saw."""
    row = (
        Occurrence.objects.select_for_update(of=("self", "booking"), no_key=True)
        .select_related("booking__organizer", "room__building")
        .filter(pk=occurrence.pk)
        .first()
    )
    if row is None:  # another date took its place
        raise gone()
    if gone_is_fine and row.status == Occurrence.Status.CANCELLED:
        check_actor(row.booking, by)
        return row
    check_reader(row, by, expected)
    if row.room_id != occurrence.room_id:
        raise Changed
    return row


def check_reader(row: Occurrence, by: Actor, expected: str | None) -> None:
    """Raises NotAllowed, NotFound or Changed unless this actor may change what they saw."""
    check_actor(row.booking, by)
    if row.status == Occurrence.Status.CANCELLED:
        raise gone()
    check_version(version_tag(row), expected)


def check_actor(booking: Booking, by: Actor) -> None:
    """Raises NotAllowed unless this actor may change the booking."""
    if not by.may_change(booking):
        raise NotAllowed(_("Only the organiser or a room manager can change this booking."))


def check_version(current: object, expected: str | None) -> None:
    """Raises Changed unless a thing is as it was when it was read; None: whatever it is."""
    if expected is not None and expected != str(current):
        raise Changed


def check_values(booking: Booking, row: Occurrence, changes: Changes) -> None:
    """Raises InvalidInput or OutsideRules for values that no booking can have."""
    if "title" in changes or "description" in changes:  # what Google let in may stay as it is
        check_words(
            changes.get("title", row.shown_title),
            changes.get("description", row.shown_description),
        )
    check_attendees(changes.get("attendees", ()))
    check_reminders(changes.get("reminders"))
    check_zone(changes.get("timezone", booking.timezone))
    check_details(changes)
    if "organizer" in changes and not changes["organizer"].active:
        raise InvalidInput(_("This person is no active member."), field="organizer")
    if "room" in changes and changes["room"].pk != row.room_id:
        check_open(changes["room"])
