"""What a message in Slack shows of its date, so that one that is no longer true can be told.

A row notes what its message shows (`shown`). Planning compares that with the date as it is now, and
marks what differs (`correct_at`) for `corrections.py`. What came by an incoming webhook has no name
and stays as it is, and so does what is over.
"""

import hashlib
from collections.abc import Collection

from django.db.models import Q
from django.utils import timezone

from bookings.models import Occurrence
from bookings.overlaps import lacks_room
from reminders.models import Reminder

UNSURE = "?"  # what was found in a channel after a call without an answer


def face_of(date: Occurrence) -> str:
    """What a message shows of a date, as a short fingerprint."""
    parts = (
        date.starts_at.timestamp(), date.ends_at.timestamp(), date.room_id, str(date.status),
        lacks_room(date), date.shown_title, str(date.booking.visibility),
    )  # fmt: skip
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def mark_stale(bookings: Collection[int]) -> None:
    """Marks the messages about these bookings that say something else than what is.

    Also those on their way at this moment, of which nobody knows yet. Inside the company's scope.
    """
    on_its_way = Q(state=Reminder.State.SENDING)
    rows = Reminder.objects.select_related("occurrence__booking").filter(
        on_its_way | (~Q(slack_ts="") & ~Q(shown="")),
        occurrence__booking_id__in=bookings,
        occurrence__ends_at__gt=timezone.now(),
        correct_at=None,
    )
    stale = [
        row.pk
        for row in rows
        if row.state == Reminder.State.SENDING or row.shown != face_of(row.occurrence)
    ]
    if stale:
        Reminder.objects.filter(pk__in=stale, correct_at=None).update(correct_at=timezone.now())


def note_shown(date: Occurrence, channel: str, ts: str) -> None:
    """A message is about to show a date as it is now. In the transaction that changed it."""
    Reminder.objects.filter(occurrence=date, slack_channel=channel, slack_ts=ts).update(
        shown=face_of(date), correct_at=None
    )
