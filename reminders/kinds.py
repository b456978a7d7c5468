"""The kinds of messages, one row each: what it says, and while what is true of its date.

A further kind is a row here, and whatever plans its reminders.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import translation

from bookings.models import BookingEvent, Occurrence
from bookings.overlaps import lacks_room, overlap_of
from reminders import agendas, messages
from reminders.messages import Message, Receiver
from reminders.models import AGENDA, BEFORE, BOOKED, OVERLAP, PLACED, Reminder

OVER = (Occurrence.Status.CANCELLED, Occurrence.Status.RELEASED)


@dataclass(frozen=True)
class Kind:
    """`again`: a date that moved after it was told is told anew."""

    words: Callable[[Reminder, Receiver, datetime], Message]
    is_true: Callable[[Occurrence], bool]
    again: bool = True


def kind_of(reminder: Reminder) -> Kind:
    """The kind of a reminder: by the whole name, or by what is in front of the colon."""
    name, colon, _rest = reminder.kind.partition(":")
    return KINDS[name + colon]


def message_of(reminder: Reminder, receiver: Receiver, now: datetime) -> Message:
    """What a reminder of any kind says at this instant. Inside the company's scope."""
    with translation.override(receiver.language):
        return kind_of(reminder).words(reminder, receiver, now)


def _stands(date: Occurrence) -> bool:
    return bool(date.status == Occurrence.Status.CONFIRMED and date.blocks)


def _lacks_room(date: Occurrence) -> bool:
    return lacks_room(date) and date.status not in OVER


def _overlap(reminder: Reminder, receiver: Receiver, _now: datetime) -> Message:
    overlap = overlap_of(reminder.occurrence, reminder.company)
    return messages.overlap_message(reminder, receiver, overlap)


def _placed(reminder: Reminder, receiver: Receiver, _now: datetime) -> Message:
    return messages.placed_message(reminder, receiver)


def _booked(reminder: Reminder, receiver: Receiver, _now: datetime) -> Message:
    events = BookingEvent.objects.select_related("member").filter(act="created")
    made = events.filter(booking=reminder.occurrence.booking_id).first()
    return messages.booked_message(reminder, receiver, made)


def _agenda(reminder: Reminder, receiver: Receiver, _now: datetime) -> Message:
    day = agendas.day_of(reminder)
    dates = agendas.dates_of(reminder.member, day, receiver.zone)
    return messages.agenda_message(reminder, receiver, day, dates)


KINDS: dict[str, Kind] = {
    BEFORE: Kind(messages.reminder_message, _stands),
    OVERLAP: Kind(_overlap, _lacks_room),
    PLACED: Kind(_placed, _stands),
    BOOKED: Kind(_booked, _stands, again=False),
    AGENDA: Kind(_agenda, lambda _date: True, again=False),
}
