"""Correcting in Slack what no longer says how a booking is, wherever it was changed.

Planning marks the rows (see `shown.py`); a worker has each message say how it is. Doing so twice
does no harm, so a worker that dies is simply followed by another, once its lease is over.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.db import connection as database
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from bookings.models import Occurrence
from reminders import people, slack
from reminders.agendas import takes_part
from reminders.connections import usable_connection, waits_until
from reminders.kinds import OVER
from reminders.messages import Message, Receiver, receiver_of
from reminders.models import Reminder, SlackConnection
from reminders.rates import pause_before_update
from reminders.remote.dates import as_it_is
from reminders.sending import record_on_door
from reminders.shown import face_of
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)  # longer than a call to Slack may take
MOST = 20  # looked at in one transaction
FINAL = (slack.Rejected, slack.ChannelBroken)  # the message is gone, or nobody may touch it


@dataclass(frozen=True)
class _Correction:
    """A row that this worker holds until `correct_at`, and what its message is to say."""

    reminder: Reminder
    connection: SlackConnection
    message: Message
    shown: str


def companies_to_correct() -> list[int]:
    """Whose messages have to be corrected; needs the worker's database role, and no scope."""
    with database.cursor() as cursor:
        cursor.execute("SELECT reminders_companies_to_correct(%s)", [timezone.now()])
        return [number for (number,) in cursor.fetchall()]


def correct_company(company_id: int) -> None:
    """Corrects a company's messages one after another, until Slack has enough or is in trouble."""
    while True:
        pause = pause_before_update(company_id, timezone.now())
        with company_scope(company_id):
            correction = None if pause else _take()
        if correction is None or not _correct(correction):
            return


def _take() -> _Correction | None:
    """The next message to correct, held for a while; settles those that need nothing any more."""
    now, connection = timezone.now(), usable_connection()
    if connection is None or waits_until(connection):
        return None
    for reminder in (
        Reminder.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("company", "member__user", "occurrence__booking__organizer")
        .select_related("occurrence__room__building", "occurrence__room__floor")
        .filter(correct_at__lte=now)
        .order_by("correct_at", "pk")[:MOST]
    ):
        date = reminder.occurrence
        shown = face_of(date)
        is_named = bool(reminder.slack_ts and connection.bot_token)
        if not is_named or shown == reminder.shown or date.ends_at <= now:
            _note(reminder, correct_at=None)
            continue
        reminder.correct_at = now + LEASE
        reminder.save(update_fields=["correct_at"])
        return _Correction(reminder, connection, _message(reminder), shown)
    return None


def _message(reminder: Reminder) -> Message:
    date, company = reminder.occurrence, reminder.company
    receiver = Receiver(company.language, date.room.zone_name)
    invited = False
    if reminder.member:
        receiver = receiver_of(reminder, people.known(reminder.member))
        invited = takes_part(date, reminder.member)
    with translation.override(receiver.language):
        return as_it_is(date, receiver, _lead(date), invited=invited)


def _lead(date: Occurrence) -> str:
    if date.status in OVER:
        return _("This meeting was cancelled.")
    return _("This has changed since you were told. It is now:")


def _correct(correction: _Correction) -> bool:
    """Has one message say how it is; returns whether the next one may follow."""
    reminder, connection = correction.reminder, correction.connection
    try:
        slack.update(connection, reminder.slack_channel, reminder.slack_ts, correction.message)
    except slack.SlackTrouble as trouble:
        logger.warning("slack message not corrected", reminder=reminder.pk, reason=trouble.code)
        with company_scope(reminder.company_id):
            record_on_door(connection, None, trouble)
            if isinstance(trouble, FINAL):
                _note(reminder, correct_at=None)
        return isinstance(trouble, FINAL)
    with company_scope(reminder.company_id):
        _record_corrected(reminder, correction.shown)
    return True


def _record_corrected(reminder: Reminder, shown: str) -> None:
    """What changed during the call is corrected next."""
    row = Reminder.objects.select_for_update().filter(pk=reminder.pk).first()
    if row is None or row.slack_ts != reminder.slack_ts:
        return
    is_true = shown == face_of(row.occurrence)
    _note(row, shown=shown, correct_at=None if is_true else timezone.now())


def _note(reminder: Reminder, **values: Any) -> None:
    Reminder.objects.filter(pk=reminder.pk).update(**values)
