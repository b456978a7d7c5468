"""Taking a reminder to send it, after asking the database whether it is still to be sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection as database
from django.db.models import Q
from django.utils import timezone

from reminders import agendas, people
from reminders.channels import address_of, channel_of_room
from reminders.connections import connection_of_company, usable_connection, waits_until
from reminders.kinds import kind_of
from reminders.messages import Receiver, receiver_of
from reminders.models import AGENDA, BEFORE, Reminder, SlackChannel, SlackConnection, SlackPerson
from reminders.preferences import of_company, of_member
from tenants.models import Member

State = Reminder.State

LEASE = timedelta(seconds=30)  # longer than the calls to Slack may take; then the worker is dead
HANDOVER = timedelta(seconds=10)  # from taking to calling; what is left is for the calls
BEGAN = "meeting_began"
OVERTAKEN = "overtaken"
QUIET = "quiet_hours"
NO_CHANNEL = "no_channel"
NOT_IN_SLACK = "not_in_slack"
UNKNOWN = "unknown"  # whether the message was posted; why nobody knows follows behind a colon


@dataclass(frozen=True)
class Delivery:
    """A reminder that this worker holds, with its date loaded, and the way that it goes: to a
    channel, to a person in Slack, or, without a connection, by mail.

    An incoming webhook has no channel that could be named.

    `in_doubt`: somebody took it before and never told what came of it.
    """

    reminder: Reminder
    receiver: Receiver
    connection: SlackConnection | None
    channel: SlackChannel | None
    person: SlackPerson | None
    in_doubt: bool

    @property
    def address(self) -> str:
        """What Slack knows the channel or the person by."""
        return self.person.slack_id if self.person else address_of(self.channel)

    def may_go(self, now: datetime) -> bool:
        """Whether the call may begin: not once this process stood still, or its clock jumped, so
        long that another one may take the reminder, or that the meeting has begun."""
        lease = self.reminder.lease_until
        is_held = lease is not None and now < lease - LEASE + HANDOVER
        return bool(is_held and now < self.reminder.starts_at)


@dataclass(frozen=True)
class Stranger:
    """A member of whom Slack has to be asked first; nothing was taken."""

    connection: SlackConnection
    member: Member


@dataclass(frozen=True)
class _Way:
    connection: SlackConnection | None = None
    channel: SlackChannel | None = None
    person: SlackPerson | None = None


def take(reminder_id: int) -> Delivery | Stranger | None:
    """Takes a due reminder if it is still to be sent and may be sent now; settles it if not.

    Of any number of workers one gets it. What is left as it was: not due, taken by another,
    moved but not planned again yet, for somebody whom Slack has to be asked about, or without a
    way that can be gone now.
    """
    now = timezone.now()
    reminder = _locked(reminder_id, now)
    if reminder is None:
        return None
    in_doubt = reminder.state == State.SENDING
    if in_doubt and reminder.by_mail:
        _end_doubt_about_mail(reminder, now)
        return None
    person = people.known(reminder.member) if reminder.member else None
    receiver = receiver_of(reminder, person)
    if not in_doubt and _settle(reminder, receiver, now):
        return None
    way = _way(reminder, person)
    if isinstance(way, Stranger):
        return way
    if way is None or (in_doubt and way.connection is None):
        if in_doubt:
            _doubt_goes_on(reminder, now)
        return None
    reminder.state = State.SENDING
    reminder.attempt += 1
    reminder.by_mail = way.connection is None
    reminder.lease_until = now + LEASE
    reminder.save(update_fields=["state", "attempt", "by_mail", "lease_until"])
    return Delivery(reminder, receiver, way.connection, way.channel, way.person, in_doubt)


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


def postpone(reminder_id: int, until: datetime, reason: str) -> None:
    """Leaves a reminder that nobody holds until then."""
    waiting = Reminder.objects.filter(pk=reminder_id, state=State.SCHEDULED)
    waiting.update(lease_until=until, error=reason)


def _locked(reminder_id: int, now: datetime) -> Reminder | None:
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    due = Q(state=State.SCHEDULED, fire_at__lte=now) | Q(state=State.SENDING)
    row: Reminder | None = (
        Reminder.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("company", "member__user", "occurrence__booking__organizer")
        .select_related("occurrence__room__building", "occurrence__room__floor")
        .filter(free, due, pk=reminder_id)
        .first()
    )
    return row


def _way(reminder: Reminder, person: SlackPerson | None) -> _Way | Stranger | None:
    """How a reminder reaches its receiver now; None while it has to wait.

    A person whom Slack does not know, or whose company's Slack cannot be used, gets a mail where
    the company sends any; where it does not, whom Slack does not know is told nothing.
    """
    if reminder.company.suspended_at is not None:
        return None
    connection = usable_connection()
    if connection is not None and waits_until(connection):
        return None
    if reminder.member is None:
        return _way_to_channel(reminder, connection)
    if connection is not None and connection.bot_token:
        if person is None:
            return Stranger(connection, reminder.member)
        if person.slack_id:
            return _Way(connection, person=person)
    if of_company().by_mail:
        return _Way()
    if connection is not None and reminder.state == State.SCHEDULED:
        close(reminder, State.SKIPPED, NOT_IN_SLACK)
    return None


def _way_to_channel(reminder: Reminder, connection: SlackConnection | None) -> _Way | None:
    channel = channel_of_room(reminder.occurrence.room)
    if connection is None:
        return None
    if channel is None and not connection.webhook_url:
        if reminder.state == State.SCHEDULED:
            close(reminder, State.CANCELLED, NO_CHANNEL)
        return None
    return _Way(connection, channel=channel)


def _settle(reminder: Reminder, receiver: Receiver, now: datetime) -> bool:
    """Whether a reminder is not to be sent now; says so in its row where that is for good."""
    if receiver.member and not receiver.member.active:
        close(reminder, State.CANCELLED, "")
        return True
    if reminder.kind.startswith(AGENDA):
        return _settle_agenda(reminder, receiver, now)
    occurrence = reminder.occurrence
    if not kind_of(reminder).is_true(occurrence) or not _is_for(reminder):
        close(reminder, State.CANCELLED, "")
    elif occurrence.starts_at <= now:
        wanted = reminder.member is not None or connection_of_company() is not None
        close(reminder, *((State.SKIPPED, BEGAN) if wanted else (State.CANCELLED, NO_CHANNEL)))
    elif _overtaken(reminder, now):
        close(reminder, State.SKIPPED, OVERTAKEN)
    elif occurrence.starts_at == reminder.starts_at:
        return receiver.member is not None and _is_quiet(reminder, receiver, now)
    return True


def _settle_agenda(reminder: Reminder, receiver: Receiver, now: datetime) -> bool:
    """A day without meetings is not told, nor one whose last meeting has begun."""
    dates = agendas.dates_of(reminder.member, agendas.day_of(reminder), receiver.zone)
    if not dates:
        close(reminder, State.CANCELLED, "")
    elif dates[-1].starts_at <= now:
        close(reminder, State.SKIPPED, BEGAN)
    else:
        return False
    return True


def _is_for(reminder: Reminder) -> bool:
    """Whether the receiver of a reminder still takes part in the meeting."""
    if reminder.member is None or not reminder.kind.startswith(BEFORE):
        return True
    return agendas.takes_part(reminder.occurrence, reminder.member)


def _is_quiet(reminder: Reminder, receiver: Receiver, now: datetime) -> bool:
    """Whether a person is not to be disturbed now: told later, or, if that is too late, never."""
    own, all_have = of_member(reminder.member), of_company()
    quiet = own if own.quiet_from is not None else all_have
    hours: list[Any] = [quiet.quiet_from, quiet.quiet_until]
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT reminders_told_at(%s, %s, %s, %s::time, %s::time)",
            [now, reminder.starts_at, receiver.zone, *hours],
        )
        (told_at,) = cursor.fetchone()
    if told_at > now:
        postpone(reminder.pk, told_at, "")
    elif told_at < now:
        close(reminder, State.SKIPPED, QUIET)
    return bool(told_at != now)


def _overtaken(reminder: Reminder, now: datetime) -> bool:
    """Whether one nearer to the start is due too: after an outage, one message is enough."""
    if not reminder.kind.startswith(BEFORE):
        return False
    due = Reminder.objects.filter(
        kind__startswith=BEFORE,
        occurrence_id=reminder.occurrence_id,
        member_id=reminder.member_id,
        starts_at=reminder.starts_at,
        fire_at__lte=now,
    ).exclude(state=State.CANCELLED)
    return any(_lead(kind) < _lead(reminder.kind) for kind in due.values_list("kind", flat=True))


def _lead(kind: str) -> int:
    """Seconds before the start."""
    return int(kind.removeprefix(BEFORE))


def _end_doubt_about_mail(reminder: Reminder, now: datetime) -> None:
    """Nobody can look whether a mail was sent. One about a date that moved since is sent anew."""
    if reminder.fire_at > now:
        reminder.state, reminder.lease_until = State.SCHEDULED, None
        reminder.save(update_fields=["state", "lease_until"])
    else:
        reminder.sent_for = reminder.starts_at
        reminder.save(update_fields=["sent_for"])
        close(reminder, State.SENT, f"{UNKNOWN}: mail")


def _doubt_goes_on(reminder: Reminder, now: datetime) -> None:
    """Slack may have the message, and cannot be asked."""
    if reminder.starts_at <= now:
        close(reminder, State.SENT, f"{UNKNOWN}: no_connection")
    else:
        reminder.lease_until = now + LEASE
        reminder.save(update_fields=["lease_until"])
