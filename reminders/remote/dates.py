"""A booking's date as it is now, in Slack: what it is, and the buttons that change it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bookings.access import may_see_details
from bookings.models import Booking, Occurrence, Room
from bookings.occurrences import version_tag
from bookings.overlaps import lacks_room
from bookings.recurrence import to_local
from bookings.web.days import clock_span
from reminders.messages import Message
from reminders.models import Reminder
from reminders.remote.asked import Press
from reminders.remote.blocks import Block, actions, button, context, link, message, section
from tenants.models import Member

CANCELLED = (Occurrence.Status.CANCELLED, Occurrence.Status.RELEASED)


@dataclass(frozen=True)
class Reader:
    """Who reads a message and on which clock; without a member it is everybody in a channel."""

    zone: ZoneInfo
    member: Member | None = None


def as_it_is(row: Occurrence, reader: Reader, lead: str = "") -> Message:
    """How a date is now, after words about what was done."""
    return message(*([section(lead)] if lead else []), *date_blocks(row, reader))


def date_blocks(row: Occurrence, reader: Reader, *, number: int = 0) -> list[Block]:
    """A date with its buttons; `number` tells it from others in one message, which is a list."""
    place = place_of(row.room)
    state = _state(row)
    what = " · ".join(part for part in (title_for(row, reader.member), place, state) if part)
    return [
        section(what),
        context(when(row.starts_at, row.ends_at, reader.zone)),
        actions(*_buttons(row, number), block_id=seen_in(row, number)),
    ]


def title_for(row: Occurrence, member: Member | None) -> str:
    """The title as the readers may know it."""
    is_private = row.booking.visibility == Booking.Visibility.PRIVATE
    if is_private and (member is None or not may_see_details(member, row.booking)):
        return _("Private meeting")
    return " ".join(row.shown_title.split()) or _("Untitled meeting")


def place_of(room: Room) -> str:
    return f"{room.name} {room.floor.name}" if room.floor else room.name


def when(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """“Tomorrow, Wed 2 Dec, 15:00–16:00” on a clock."""
    day = day_words(to_local(starts_at, zone).date(), zone)
    return f"{day}, {clock_span(starts_at, ends_at, zone)}"


def day_words(day: date, zone: ZoneInfo) -> str:
    """“Tomorrow, Wed 2 Dec”."""
    shown = date_format(day, pgettext("date format in Slack", "D j M"))
    near = {0: _("Today"), 1: _("Tomorrow")}.get((day - to_local(timezone.now(), zone).date()).days)
    return f"{near}, {shown}" if near else shown


def lasting(length: timedelta) -> str:
    """“1 h 30 min”, in whole minutes."""
    hours, minutes = divmod(int(length / timedelta(minutes=1)), 60)
    if not hours:
        return _("%(minutes)d min") % {"minutes": minutes}
    if not minutes:
        return _("%(hours)d h") % {"hours": hours}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}


def seen_in(row: Occurrence, number: int) -> str:
    """Names a block by what it shows: of one date or of a list, and in which version."""
    return f"{'list' if number else 'date'}:{row.public_id}:{version_tag(row)}"


def is_past(row: Occurrence) -> bool:
    """Whether nothing can be changed any more: called off, or over."""
    return row.status in CANCELLED or row.ends_at <= timezone.now()


def is_list(press: Press) -> bool:
    """Whether the button stands in a list of dates."""
    return press.block.startswith("list:")


def has_changed(row: Occurrence, press: Press) -> bool:
    """Whether a date is another one than the message showed. Inside the company's scope.

    Ours say which version they show; a reminder names the start for which it was sent.
    """
    kind, _colon, seen = press.block.partition(":")
    if kind in ("list", "date", "offers"):
        return seen != f"{row.public_id}:{version_tag(row)}"
    sent = Reminder.objects.filter(
        occurrence=row, slack_channel=press.channel, slack_ts=press.message
    ).first()
    return sent is not None and sent.sent_for is not None and sent.sent_for != row.starts_at


def _state(row: Occurrence) -> str:
    if row.status in CANCELLED:
        return _("cancelled")
    if row.ends_at <= timezone.now():
        return _("over")
    return _("has no room") if lacks_room(row) else ""


def _buttons(row: Occurrence, number: int) -> list[Block]:
    value, suffix = str(row.public_id), f":{number}" if number else ""
    opening = link(_("Open"), f"/bookings/{row.public_id}/", f"open{suffix}")
    if is_past(row):
        return [opening]
    found = [button(_("Give this one up"), f"give_up{suffix}", value)]
    if row.booking.is_series:
        found.append(button(_("Give up the rest of the series"), f"give_up_rest{suffix}", value))
    return [
        *found,
        button(_("+15 min"), f"extend{suffix}", value),
        button(_("Other room"), f"other_room{suffix}", value),
        opening,
    ]
