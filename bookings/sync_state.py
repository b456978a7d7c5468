"""Whether Google shows what Roomly shows, for each date: synced, pending or failed.

The outbox knows the state. Who also knows the event behind a booking (the calendars app, which
this one does not import) is named by `settings.BOOKING_SYNC_STATE`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from django.conf import settings
from django.db.models import F, Q, TextChoices
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from bookings.models import Occurrence, OutboxEntry

CONSUMER = "google"


class Sync(TextChoices):
    """The words of the public contract."""

    SYNCED = "synced", _("In Google Calendar")
    PENDING = "pending", _("On its way to Google Calendar")
    FAILED = "failed", _("Not in Google Calendar")


@dataclass(frozen=True)
class SyncState:
    """One date as Google has it; `reason` is for a person and empty unless it is delayed."""

    state: Sync = Sync.SYNCED
    reason: str = ""
    google_event_id: str = ""
    html_link: str = ""


def sync_states(occurrences: Sequence[Occurrence]) -> Mapping[int, SyncState]:
    """The state of each date by its primary key, in a fixed number of queries."""
    states = import_string(settings.BOOKING_SYNC_STATE)(occurrences)
    return cast(Mapping[int, SyncState], states)


def outbox_states(occurrences: Sequence[Occurrence]) -> dict[int, SyncState]:
    """What the outbox alone tells: a date is as far as its booking's entry and its own."""
    entries: dict[int, list[OutboxEntry]] = {}
    booking_ids = {row.booking_id for row in occurrences}
    unsettled = Q(acked_v__lt=F("desired_v")) | Q(state=OutboxEntry.State.DEAD)
    for entry in OutboxEntry.objects.filter(
        unsettled, consumer=CONSUMER, booking_id__in=booking_ids
    ):
        entries.setdefault(entry.booking_id, []).append(entry)
    return {
        row.pk: _worst(
            entry
            for entry in entries.get(row.booking_id, [])
            if entry.original_start in (None, row.original_start)
        )
        for row in occurrences
    }


def _worst(entries: Iterable[OutboxEntry]) -> SyncState:
    state = SyncState()
    for entry in entries:
        if entry.state == OutboxEntry.State.DEAD:
            return SyncState(Sync.FAILED, entry.last_error)
        if entry.is_pending:
            state = SyncState(Sync.PENDING, entry.last_error)
    return state
