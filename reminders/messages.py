"""The words of a reminder, in the company's language and the room's time."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import formats, translation
from django.utils.translation import gettext as _

from bookings.alternatives import Alternative
from bookings.models import Booking, Occurrence, Room
from bookings.overlaps import Overlap, overlap_of, owner_of
from reminders.models import OVERLAP, PLACED, Reminder
from tenants.models import AdminNotice, Company

TITLE_LIMIT = (
    150  # of a header block; https://docs.slack.dev/reference/block-kit/blocks/header-block
)
MARK = "booking_reminder"  # the type of the metadata by which a message is recognised


@dataclass(frozen=True)
class Message:
    """What Slack is to show: blocks, their fallback as plain words, and a mark for programs."""

    text: str
    blocks: list[dict[str, Any]]
    metadata: dict[str, Any] = field(default_factory=dict)


def message_of(reminder: Reminder, now: datetime) -> Message:
    """What a reminder of any kind says at this instant. Inside the company's scope."""
    if reminder.kind == OVERLAP:
        return overlap_message(reminder, overlap_of(reminder.occurrence, reminder.company))
    if reminder.kind == PLACED:
        return placed_message(reminder)
    return reminder_message(reminder, now)


def reminder_message(reminder: Reminder, now: datetime) -> Message:
    """A reminder as it reads at this instant; its occurrence, booking, room are read as loaded."""
    occurrence = reminder.occurrence
    with translation.override(reminder.company.language):
        title = _title(occurrence)
        soon = _("Starts in %(time)s in %(room)s") % {
            "time": _span(occurrence.starts_at - now),
            "room": _place(occurrence.room),
        }
        times = _times(occurrence, reminder.company)
        return Message(
            text=escape(f"{title} · {soon} · {times}"),
            blocks=[
                {"type": "header", "text": _plain(title)},
                {"type": "section", "text": _plain(soon)},
                {"type": "context", "elements": [_plain(times)]},
                {"type": "actions", "elements": [_open_button(occurrence)]},
            ],
            metadata={"event_type": MARK, "event_payload": mark_of(reminder)},
        )


def overlap_message(reminder: Reminder, overlap: Overlap) -> Message:
    """That a date has no room, to its owner and to who has the room, with what is free instead."""
    occurrence = reminder.occurrence
    with translation.override(reminder.company.language):
        room, times = _place(occurrence.room), _times(occurrence, reminder.company)
        lines = [
            _("%(title)s (%(owner)s) has no room: %(room)s is taken at that time.")
            % {"title": _title(occurrence), "owner": owner_of(occurrence), "room": room},
            *(
                _("%(title)s (%(owner)s) has it.") % {"title": _title(row), "owner": owner_of(row)}
                for row in overlap.blockers
            ),
        ]
        offers = [_offer(offer, occurrence) for offer in overlap.offers]
        free = _("Free instead: %(offers)s") % {"offers": ", ".join(offers)} if offers else ""
        return Message(
            text=escape(" ".join([*lines, times])),
            blocks=[
                {"type": "header", "text": _plain(_("Two bookings overlap"))},
                {"type": "section", "text": _plain("\n".join([*lines, free]).strip())},
                {"type": "context", "elements": [_plain(times)]},
                {"type": "actions", "elements": [_open_button(occurrence)]},
            ],
            metadata={"event_type": MARK, "event_payload": mark_of(reminder)},
        )


def placed_message(reminder: Reminder) -> Message:
    """That a date which had lacked its room has it now."""
    occurrence = reminder.occurrence
    with translation.override(reminder.company.language):
        room, times = _place(occurrence.room), _times(occurrence, reminder.company)
        words = _("The room is yours: %(title)s (%(owner)s) has %(room)s.") % {
            "title": _title(occurrence),
            "owner": owner_of(occurrence),
            "room": room,
        }
        return Message(
            text=escape(f"{words} {times}"),
            blocks=[
                {"type": "section", "text": _plain(words)},
                {"type": "context", "elements": [_plain(times)]},
                {"type": "actions", "elements": [_open_button(occurrence)]},
            ],
            metadata={"event_type": MARK, "event_payload": mark_of(reminder)},
        )


def connection_test(company: Company) -> Message:
    """What an administrator sends to see whether the connection works."""
    with translation.override(company.language):
        words = _("Roomly is connected: reminders of your meetings come here.")
        return Message(text=escape(words), blocks=[{"type": "section", "text": _plain(words)}])


def notice_message(notice: AdminNotice) -> Message:
    """What administrators have to do, with a button to where."""
    with translation.override(notice.company.language):
        button = _button(_("To the settings"), notice.path)
    return Message(
        text=escape(notice.text),
        blocks=[
            {"type": "section", "text": _plain(notice.text)},
            {"type": "actions", "elements": [button]},
        ],
    )


def mark_of(reminder: Reminder) -> dict[str, str]:
    """What tells one message from every other: the reminder, and the start that it names."""
    return {"reminder": str(reminder.pk), "starts_at": reminder.starts_at.isoformat()}


def escape(words: str) -> str:
    """Words as Slack's mrkdwn shows them literally, so that a title cannot mention or link.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _title(occurrence: Occurrence) -> str:
    """The title on one line; a private booking's stays private, because the channel is not."""
    if occurrence.booking.visibility == Booking.Visibility.PRIVATE:
        return _("Private meeting")
    title = " ".join(occurrence.shown_title.split())
    if len(title) > TITLE_LIMIT:
        title = f"{title[: TITLE_LIMIT - 1]}…"
    return title or _("Untitled meeting")


def _place(room: Room) -> str:
    return f"{room.name} {room.floor.name}" if room.floor else room.name


def _offer(offer: Alternative, occurrence: Occurrence) -> str:
    """Another room at the same time, or the same room at another."""
    if offer.room.pk != occurrence.room_id:
        return _place(offer.room)
    zone = ZoneInfo(offer.room.zone_name)
    start = offer.span.starts_at.astimezone(zone)
    end = offer.span.ends_at.astimezone(zone)
    return (
        f"{formats.date_format(start, 'TIME_FORMAT')} – {formats.date_format(end, 'TIME_FORMAT')}"
    )


def _span(left: timedelta) -> str:
    """A time to come, in whole minutes, rounded up."""
    minutes = -(-left // timedelta(minutes=1))
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)d min") % {"minutes": minutes}
    if hours >= 24:
        return _("%(days)d d %(hours)d h") % {"days": hours // 24, "hours": hours % 24}
    if not rest:
        return _("%(hours)d h") % {"hours": hours}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}


def _times(occurrence: Occurrence, company: Company) -> str:
    """The wall clock in the room, with the day; the zone only where it is not the company's."""
    zone = ZoneInfo(occurrence.room.zone_name)
    start, end = occurrence.starts_at.astimezone(zone), occurrence.ends_at.astimezone(zone)
    day = formats.date_format(start, "SHORT_DATE_FORMAT")
    clock = (
        f"{formats.date_format(start, 'TIME_FORMAT')} – {formats.date_format(end, 'TIME_FORMAT')}"
    )
    elsewhere = f" ({zone.key})" if zone.key != company.timezone else ""
    return f"{day} {clock}{elsewhere}"


def _open_button(occurrence: Occurrence) -> dict[str, Any]:
    return _button(_("Open"), f"/bookings/{occurrence.public_id}/")


def _button(words: str, path: str) -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": "open",
        "text": _plain(words),
        "url": f"{settings.PUBLIC_URL}{path}",
    }


def _plain(words: str) -> dict[str, Any]:
    """Text that Slack shows as it is: no mentions, no links, no emoji codes."""
    return {"type": "plain_text", "text": words, "emoji": False}
