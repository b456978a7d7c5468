"""A booking's date as it is now, in Slack: what it is, and the buttons that change it."""

from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from bookings.edits.restoring import can_come_back
from bookings.models import Occurrence
from bookings.occurrences import version_tag
from bookings.overlaps import lacks_room
from reminders.blocks import Block, act, actions, context, section
from reminders.kinds import OVER
from reminders.messages import Message, Receiver, buttons_of, open_button, place_of, title_for
from reminders.models import Reminder
from reminders.remote.asked import Press
from reminders.remote.replies import message
from reminders.times import when

RESTORE = "restore"


def as_it_is(
    row: Occurrence, reader: Receiver, lead: str = "", *, invited: bool = False
) -> Message:
    """How a date is now, after words about what was done; `invited`: they know its title."""
    blocks = date_blocks(row, reader, invited=invited)
    return message(*([section(lead)] if lead else []), *blocks)


def date_blocks(
    row: Occurrence, reader: Receiver, *, number: int = 0, invited: bool = False
) -> list[Block]:
    """A date with its buttons; `number` tells it from others in one message, which is a list."""
    place = place_of(row.room)
    state = _state(row)
    what = " · ".join(
        part for part in (title_for(row, reader, invited=invited), place, state) if part
    )
    return [
        section(what),
        context(when(row.starts_at, row.ends_at, ZoneInfo(reader.zone))),
        actions(*_buttons(row, reader, number), block_id=seen_in(row, in_list=bool(number))),
    ]


def seen_in(row: Occurrence, *, in_list: bool = False) -> str:
    """Names a block by what it shows: of one date or of a list, and in which version."""
    return f"{'list' if in_list else 'date'}:{row.public_id}:{version_tag(row)}"


def is_past(row: Occurrence) -> bool:
    """Whether nothing can be changed any more: called off, or over."""
    return row.status in OVER or row.ends_at <= timezone.now()


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
    if row.status in OVER:
        return _("cancelled")
    if row.ends_at <= timezone.now():
        return _("over")
    return _("has no room") if lacks_room(row) else ""


def _buttons(row: Occurrence, reader: Receiver, number: int) -> list[Block]:
    buttons = _of_the_past(row, reader) if is_past(row) else buttons_of(row, reader)
    if not number:
        return buttons
    return [button | {"action_id": f"{button['action_id']}:{number}"} for button in buttons]


def _of_the_past(row: Occurrence, reader: Receiver) -> list[Block]:
    """What is called off can be brought back by who had it."""
    may_restore = reader.organizes(row) and can_come_back(row)
    return [open_button(row), *([restore_button(row)] if may_restore else [])]


def restore_button(row: Occurrence) -> Block:
    """Brings one date back; of a series this one alone."""
    words = _("Restore this date") if row.booking.is_series else _("Restore")
    return act(RESTORE, words, str(row.public_id))
