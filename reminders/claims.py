"""Taking a reminder to send it, after asking the database whether it is still to be sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from bookings.models import Occurrence
from bookings.overlaps import lacks_room
from reminders.channels import address_of, channel_of_room
from reminders.connections import usable_connection, waits_until
from reminders.models import BEFORE, OVERLAP, Reminder, SlackChannel, SlackConnection

State = Reminder.State

LEASE = timedelta(seconds=30)  # longer than a call to Slack may take; then the worker is dead
OVER = (Occurrence.Status.CANCELLED, Occurrence.Status.RELEASED)
BEGAN = "meeting_began"
OVERTAKEN = "overtaken"
UNKNOWN = "unknown"  # whether the message was posted; why nobody knows follows behind a colon


@dataclass(frozen=True)
class Delivery:
    """A reminder that this worker holds, with its date loaded, and the way that it goes.

    An incoming webhook has no channel that could be named.

    `in_doubt`: somebody took it before and never told what came of it.
    """

    reminder: Reminder
    connection: SlackConnection
    channel: SlackChannel | None
    in_doubt: bool

    @property
    def address(self) -> str:
        """What Slack knows the channel by."""
        return address_of(self.channel)


def take(reminder_id: int) -> Delivery | None:
    """Takes a due reminder if it is still to be sent and may be sent now; settles it if not.

    Of any number of workers one gets it. What is left as it was: not due, taken by another,
    moved but not planned again yet, or without a usable connection.
    """
    now = timezone.now()
    reminder = _locked(reminder_id, now)
    if reminder is None:
        return None
    in_doubt = reminder.state == State.SENDING
    if not in_doubt and _settle(reminder, now):
        return None
    connection = usable_connection()
    channel = channel_of_room(reminder.occurrence.room)
    if connection is None or waits_until(connection) or not (channel or connection.webhook_url):
        if in_doubt and reminder.occurrence.starts_at <= now:
            close(reminder, State.SENT, f"{UNKNOWN}: no_connection")
        return None
    reminder.state = State.SENDING
    reminder.attempt += 1
    reminder.lease_until = now + LEASE
    reminder.save(update_fields=["state", "attempt", "lease_until"])
    return Delivery(reminder, connection, channel, in_doubt)


def held(reminder: Reminder) -> Reminder | None:
    """The row of a reminder that was taken, locked; None when another worker has it by now."""
    row: Reminder | None = (
        Reminder.objects.select_for_update()
        .filter(pk=reminder.pk, state=State.SENDING, attempt=reminder.attempt)
        .first()
    )
    return row


def close(reminder: Reminder, state: State, reason: str) -> None:
    """Ends a reminder without a message, with the reason for whoever asks why."""
    reminder.state = state
    reminder.error = reason
    reminder.lease_until = None
    reminder.save(update_fields=["state", "error", "lease_until"])


def _locked(reminder_id: int, now: datetime) -> Reminder | None:
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    due = Q(state=State.SCHEDULED, fire_at__lte=now) | Q(state=State.SENDING)
    row: Reminder | None = (
        Reminder.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("company", "occurrence__booking", "occurrence__room__building")
        .select_related("occurrence__room__floor")
        .filter(free, due, pk=reminder_id)
        .first()
    )
    return row


def _settle(reminder: Reminder, now: datetime) -> bool:
    """Whether a reminder is not to be sent now; says so in its row where that is for good."""
    occurrence = reminder.occurrence
    if not _is_true(reminder.kind, occurrence):
        close(reminder, State.CANCELLED, "")
    elif occurrence.starts_at <= now:
        close(reminder, State.SKIPPED, BEGAN)
    elif _overtaken(reminder, now):
        close(reminder, State.SKIPPED, OVERTAKEN)
    elif occurrence.starts_at == reminder.starts_at:
        return False
    return True


def _is_true(kind: str, occurrence: Occurrence) -> bool:
    """Whether the date is still as the message would say."""
    if kind == OVERLAP:
        return lacks_room(occurrence) and occurrence.status not in OVER
    return bool(occurrence.status == Occurrence.Status.CONFIRMED and occurrence.blocks)


def _overtaken(reminder: Reminder, now: datetime) -> bool:
    """Whether one nearer to the start is due too: after an outage, one message is enough."""
    if not reminder.kind.startswith(BEFORE):
        return False
    nearer = Reminder.objects.filter(
        kind__startswith=BEFORE,
        occurrence_id=reminder.occurrence_id,
        member_id=reminder.member_id,
        starts_at=reminder.starts_at,
        fire_at__gt=reminder.fire_at,
        fire_at__lte=now,
    )
    return bool(nearer.exclude(state=State.CANCELLED).exists())
