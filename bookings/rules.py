"""What may be booked: functions of values that return or raise, with neither queries nor clock."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from bookings.errors import OutsideRules
from bookings.recurrence import is_repeated, is_skipped, to_instant
from tenants.errors import InvalidInput
from tenants.zones import zone_names

LONGEST_BOOKING = timedelta(days=31)  # an endless one would close a room for ever
TITLE_LIMIT = 255
DESCRIPTION_LIMIT = 8000
MOST_ATTENDEES = 200  # beyond, Google does not pass answers on
MOST_REMINDERS = 5  # Google's limits of reminders.overrides
LONGEST_LEAD = 40_320  # minutes
NAME_LIMIT = 150
REFERENCE_LIMIT = 255
VISIBILITIES = ("default", "public", "private")
LATE_START = timedelta(minutes=15)  # the quarter of an hour that is running may still be booked


class Invited(Protocol):
    """Anybody with an address."""

    @property
    def email(self) -> str: ...

    @property
    def name(self) -> str: ...


def check_words(title: str, description: str) -> None:
    """Raises InvalidInput unless title and description can be stored and shown."""
    if not title.strip():
        raise InvalidInput(_("Give the booking a title."), field="title")
    if len(title) > TITLE_LIMIT:
        raise InvalidInput(
            _("The title is too long: at most %(limit)d characters.") % {"limit": TITLE_LIMIT},
            field="title",
        )
    if len(description) > DESCRIPTION_LIMIT:
        raise InvalidInput(
            _("The description is too long: at most %(limit)d characters.")
            % {"limit": DESCRIPTION_LIMIT},
            field="description",
        )
    if "\x00" in title + description:
        raise InvalidInput(_("The text has a character that cannot be stored."), field="title")


def check_attendees(attendees: Sequence[Invited]) -> None:
    """Raises InvalidInput unless everybody can be invited once, and by Google (200 at most)."""
    if len(attendees) > MOST_ATTENDEES:
        raise InvalidInput(
            _("At most %(most)d people can be invited.") % {"most": MOST_ATTENDEES},
            field="attendees",
        )
    emails = [guest.email.lower() for guest in attendees]
    if len(set(emails)) < len(emails):
        raise InvalidInput(_("Somebody is invited twice."), field="attendees")
    for email in emails:
        try:
            validate_email(email)
        except ValidationError as error:
            raise InvalidInput(
                _("“%(email)s” is not an e-mail address.") % {"email": email}, field="attendees"
            ) from error
    if any(len(guest.name) > NAME_LIMIT or "\x00" in guest.name for guest in attendees):
        raise InvalidInput(_("A name is too long or cannot be stored."), field="attendees")


def check_reminders(minutes: Sequence[int] | None) -> None:
    """Raises InvalidInput unless these are at most five leads of up to four weeks (as Google's)."""
    if minutes is None:
        return
    if len(minutes) > MOST_REMINDERS or any(not 0 <= lead <= LONGEST_LEAD for lead in minutes):
        raise InvalidInput(
            _("Choose at most five reminders, each up to four weeks before."), field="reminders"
        )


def check_zone(name: str) -> None:
    """Raises InvalidInput unless this is an IANA time zone."""
    if name not in zone_names():
        raise InvalidInput(_("“%(zone)s” is not a time zone.") % {"zone": name}, field="timezone")


def check_details(details: Mapping[str, Any]) -> None:
    """Raises InvalidInput unless visibility, reference and metadata, where given, can be stored."""
    if details.get("visibility", "default") not in VISIBILITIES:
        raise InvalidInput(_("Choose default, public or private."), field="visibility")
    reference = details.get("external_reference", "")
    if len(reference) > REFERENCE_LIMIT or "\x00" in reference:
        raise InvalidInput(
            _("The reference is too long: at most %(limit)d characters.")
            % {"limit": REFERENCE_LIMIT},
            field="external_reference",
        )
    if "\\u0000" in json.dumps(details.get("metadata", {}), default=dict):
        raise InvalidInput(_("The text has a character that cannot be stored."), field="metadata")


def check_length(starts_at: datetime, ends_at: datetime) -> None:
    """Raises OutsideRules unless a booking may last from one instant to the other."""
    if ends_at <= starts_at:
        raise OutsideRules(_("The end must be after the start."), field="end")
    if ends_at - starts_at > LONGEST_BOOKING:
        raise OutsideRules(_("A booking lasts at most 31 days."), field="end")


def check_times(*, starts_at: datetime, ends_at: datetime, now: datetime, until: datetime) -> None:
    """Raises OutsideRules unless [starts_at, ends_at) can still be booked; all are instants."""
    check_length(starts_at, ends_at)
    if starts_at < now - LATE_START:
        raise OutsideRules(_("This time is over. Choose a later one."), field="start")
    if starts_at >= until:
        raise OutsideRules(
            _("Bookings open up to %(date)s only.") % {"date": f"{until:%Y-%m-%d}"}, field="start"
        )


def instant_of(local: datetime, zone_name: str, *, field: str) -> datetime:
    """The instant of a wall-clock time that a person typed.

    Raises InvalidInput where the clocks skip that time or show it twice, because the person
    would get another hour than the one they meant.
    """
    zone = ZoneInfo(zone_name)
    shown = {"time": f"{local:%H:%M}", "zone": zone_name}
    if is_skipped(local, zone):
        raise InvalidInput(
            _("%(time)s does not exist on that day in %(zone)s: the clocks go forward.") % shown,
            field=field,
        )
    if is_repeated(local, zone):
        raise InvalidInput(
            _("%(time)s comes twice on that day in %(zone)s: the clocks go back. Choose another.")
            % shown,
            field=field,
        )
    return to_instant(local, zone)
