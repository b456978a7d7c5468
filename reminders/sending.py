"""Sending a reminder: take it, call Slack outside any transaction, record what came of it.

Slack has no idempotency key. A reminder whose outcome nobody knows (no answer, a dead worker)
stays 'sending' until its lease ends; then the channel is searched for the mark that every message
carries, and only if it is not there is the message sent again. Where the channel cannot be read
nothing is sent again: the row becomes 'sent' with the reason in `error`, and without `sent_at`.
So does a mail, which a person gets whom Slack does not reach, if nobody knows whether it went.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from smtplib import SMTPConnectError, SMTPException, SMTPRecipientsRefused

import structlog
from django.db import connection as database
from django.utils import timezone

from reminders import people, slack
from reminders.channels import (
    address_of,
    channel_of_company,
    get_channel,
    mark_named,
    mark_unusable,
)
from reminders.claims import UNKNOWN, Delivery, Stranger, close, held, postpone, take
from reminders.connections import (
    connection_of_company,
    mark_broken,
    mark_waiting,
    mark_working,
)
from reminders.kinds import kind_of, message_of
from reminders.messages import Message, connection_test, mail_of, mark_of
from reminders.models import Reminder, SlackChannel, SlackConnection
from reminders.rates import pause_before_look_up, pause_before_message
from reminders.refresh import refresh
from reminders.shown import UNSURE, face_of
from tenants.errors import NotFound
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)
State = Reminder.State

SETTLING = timedelta(seconds=15)  # after which a call without an answer has had its effect
LONGEST_BACKOFF = 60  # seconds
BETWEEN_LOOKS = timedelta(seconds=60)  # at a channel that could not be posted to
OVERDUE = timedelta(seconds=10)  # that long the index has to do it, before the sweep does
MOST_OVERDUE = 500
NO_MAIL = "no_mail"
MAIL_REFUSED = "mail_refused"


def send_due(company_id: int, reminder_ids: Sequence[int]) -> None:
    """Sends those of a company's reminders that are due, one after another.

    Stops when Slack or the connection is in trouble: the rest would meet it too. They stay
    scheduled. Doing it twice, or in two workers at once, sends nothing twice.
    """
    for reminder_id in reminder_ids:
        if not _deliver(company_id, reminder_id):
            break
    refresh(company_id, reminder_ids)


def overdue() -> dict[int, list[int]]:
    """What the index has missed, by company; needs the worker's database role, and no scope."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT company_id, reminder_id FROM reminders_due(%s, %s)",
            [timezone.now() - OVERDUE, MOST_OVERDUE],
        )
        found: defaultdict[int, list[int]] = defaultdict(list)
        for company_id, reminder_id in cursor.fetchall():
            found[company_id].append(reminder_id)
    return dict(found)


def send_test(company_id: int, choice: int | None = None) -> None:
    """Posts a test message through a company's door, which mends or breaks it by the outcome.

    It goes to the channel with that id, or else to the company's. Raises NotFound without a door
    or a channel, or the SlackTrouble that came of it.
    """
    with company_scope(company_id):
        connection = connection_of_company()
        channel = get_channel(choice) if choice is not None else channel_of_company()
    if connection is None or not (channel or connection.webhook_url):
        raise NotFound
    try:
        receipt = slack.post(connection, address_of(channel), connection_test(connection.company))
    except slack.SlackTrouble as trouble:
        with company_scope(company_id):
            record_on_door(connection, channel, trouble)
        raise
    with company_scope(company_id):
        mark_working(connection)
        mark_named(channel, receipt.channel)


def _deliver(company_id: int, reminder_id: int) -> bool:
    """Sends one reminder; returns whether the next one may follow."""
    with company_scope(company_id):
        taken = take(reminder_id)
        if isinstance(taken, Delivery):
            message = message_of(taken.reminder, taken.receiver, timezone.now())
    if taken is None:
        return True
    if isinstance(taken, Stranger):
        return _meet(taken, reminder_id) and _deliver(company_id, reminder_id)
    if taken.in_doubt and taken.connection is not None:
        return _look(taken, taken.connection) and _deliver(company_id, reminder_id)
    return _send(taken, message)


def _send(delivery: Delivery, message: Message) -> bool:
    if not delivery.may_go(timezone.now()):
        with company_scope(delivery.reminder.company_id):
            _back_to_queue(delivery.reminder, "", None)
        return True
    if delivery.connection is None:
        return _mail(delivery, message)
    return _post(delivery, delivery.connection, message)


def _post(delivery: Delivery, connection: SlackConnection, message: Message) -> bool:
    reminder, now = delivery.reminder, timezone.now()
    pause = pause_before_message(reminder.company_id, delivery.address, now)
    if pause:
        with company_scope(reminder.company_id):
            _back_to_queue(reminder, "", now + timedelta(seconds=pause))
        return True
    try:
        receipt = slack.post(connection, delivery.address, message)
    except slack.SlackTrouble as trouble:
        with company_scope(reminder.company_id):
            if delivery.person and trouble.code in people.UNREACHABLE:
                people.mark_unreachable(delivery.person)
                _back_to_queue(reminder, trouble.code, None)
                return True
            _record_trouble(delivery, connection, trouble)
        return isinstance(trouble, slack.Rejected | slack.ChannelBroken)
    with company_scope(reminder.company_id):
        _record_sent(delivery, receipt)
    return True


def _mail(delivery: Delivery, message: Message) -> bool:
    """Mails what Slack cannot carry. Nobody can look into a mailbox: what may have gone, has."""
    reminder = delivery.reminder
    try:
        mail_of(message, reminder.member, delivery.receiver.language).send()
    except (SMTPRecipientsRefused, SMTPConnectError, ConnectionRefusedError) as error:
        with company_scope(reminder.company_id):
            _not_mailed(reminder, error)
        return not isinstance(error, ConnectionRefusedError)
    except (OSError, SMTPException) as error:
        with company_scope(reminder.company_id):
            _record_unknown(reminder, f"mail {type(error).__name__}")
        return False
    with company_scope(reminder.company_id):
        _record_sent(delivery, slack.Receipt("", ""))
    return True


def _not_mailed(reminder: Reminder, error: Exception) -> None:
    logger.warning("reminder not mailed", reminder=reminder.pk, error=type(error).__name__)
    if not isinstance(error, SMTPRecipientsRefused):
        _back_to_queue(reminder, NO_MAIL, timezone.now() + _backoff(reminder.attempt))
    elif (row := held(reminder)) is not None:
        close(row, State.SKIPPED, MAIL_REFUSED)


def _meet(stranger: Stranger, reminder_id: int) -> bool:
    """Asks Slack who a member is; returns whether that is known now."""
    connection, now = stranger.connection, timezone.now()
    pause = pause_before_look_up(connection.company_id, now)
    if pause:
        with company_scope(connection.company_id):
            postpone(reminder_id, now + timedelta(seconds=pause), "")
        return False
    try:
        people.look_up(connection, stranger.member)
    except slack.SlackTrouble as trouble:
        with company_scope(connection.company_id):
            record_on_door(connection, None, trouble)
            if not isinstance(trouble, slack.Throttled | slack.Broken):
                postpone(reminder_id, now + SETTLING, trouble.code)
        return isinstance(trouble, slack.Broken)
    return True


def _look(delivery: Delivery, connection: SlackConnection) -> bool:
    """Finds out what became of a message; returns whether that is known now."""
    reminder = delivery.reminder
    try:
        since = reminder.fire_at - timedelta(minutes=1)
        where = delivery.address
        if delivery.person:
            where = people.open_direct(connection, delivery.person)
        receipt = slack.find(connection, where, mark_of(reminder), since)
    except slack.CannotLook as trouble:
        with company_scope(reminder.company_id):
            _record_unknown(reminder, trouble.code)
        return True
    except slack.SlackTrouble as trouble:
        seconds = trouble.seconds if isinstance(trouble, slack.Throttled) else 0
        with company_scope(reminder.company_id):
            _postpone(reminder, max(SETTLING, timedelta(seconds=seconds)), trouble.code)
        return False
    with company_scope(reminder.company_id):
        if receipt is None:
            _back_to_queue(reminder, "", None)
        else:
            _record_sent(delivery, receipt)
    return True


def _record_sent(delivery: Delivery, receipt: slack.Receipt) -> None:
    row = held(delivery.reminder)
    if row is None:
        logger.warning("reminder recorded too late", reminder=delivery.reminder.pk)
        return
    row.sent_for = delivery.reminder.starts_at
    row.sent_at = timezone.now()
    row.slack_channel, row.slack_ts = receipt
    row.shown = _shown(delivery)
    row.error = ""
    row.lease_until = None
    # Moved while the message was on its way: it is to be told again, for the new start.
    moved = row.starts_at != row.sent_for and kind_of(row).again
    row.state = State.SCHEDULED if moved else State.SENT
    row.save()
    if delivery.connection:
        mark_working(delivery.connection)
        mark_named(delivery.channel, receipt.channel)
    if delivery.person:
        people.mark_reached(delivery.person, receipt.channel)


def _shown(delivery: Delivery) -> str:
    """What of its date the message shows; an agenda is what it was in the morning."""
    if delivery.reminder.occurrence is None:
        return ""
    return UNSURE if delivery.in_doubt else face_of(delivery.reminder.occurrence)


def _record_unknown(reminder: Reminder, why: str) -> None:
    row = held(reminder)
    if row is not None:
        row.sent_for = reminder.starts_at
        row.save(update_fields=["sent_for"])
        close(row, State.SENT, f"{UNKNOWN}: {why}")
        logger.error("reminder outcome unknown", reminder=row.pk, reason=why)


def _record_trouble(
    delivery: Delivery, connection: SlackConnection, trouble: slack.SlackTrouble
) -> None:
    reminder = delivery.reminder
    logger.warning("reminder not sent", reminder=reminder.pk, reason=trouble.code)
    record_on_door(connection, delivery.channel, trouble)
    match trouble:
        case slack.InDoubt():
            _postpone(reminder, SETTLING, trouble.code)
        case slack.Rejected():
            if (row := held(reminder)) is not None:
                close(row, State.SKIPPED, trouble.code)
        case slack.NotSent():
            _back_to_queue(reminder, trouble.code, timezone.now() + _backoff(reminder.attempt))
        case slack.ChannelBroken():
            _back_to_queue(reminder, trouble.code, timezone.now() + BETWEEN_LOOKS)
        case _:
            _back_to_queue(reminder, trouble.code, None)


def record_on_door(
    connection: SlackConnection, channel: SlackChannel | None, trouble: slack.SlackTrouble
) -> None:
    """What concerns further messages: Slack's pause, a door that is shut, a channel behind it."""
    if isinstance(trouble, slack.Throttled):
        mark_waiting(connection, timezone.now() + timedelta(seconds=trouble.seconds))
    if isinstance(trouble, slack.Broken):
        mark_broken(connection, trouble.code)
    if isinstance(trouble, slack.ChannelBroken):
        mark_unusable(channel, trouble.code)


def _back_to_queue(reminder: Reminder, reason: str, not_before: datetime | None) -> None:
    """For when it is certain that nothing was posted."""
    row = held(reminder)
    if row is not None:
        row.state = State.SCHEDULED
        row.error = reason
        row.lease_until = not_before
        row.save(update_fields=["state", "error", "lease_until"])


def _postpone(reminder: Reminder, wait: timedelta, reason: str) -> None:
    """Leaves a reminder in doubt, to be looked into later."""
    row = held(reminder)
    if row is not None:
        row.lease_until = timezone.now() + wait
        row.error = reason
        row.save(update_fields=["lease_until", "error"])


def _backoff(attempt: int) -> timedelta:
    return timedelta(seconds=min(LONGEST_BACKOFF, 5 * 2 ** min(attempt - 1, 5)))
