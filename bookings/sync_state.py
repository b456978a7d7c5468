"""Whether Google shows what Roomly shows, for each date: synced, pending or failed.

The outbox knows the state (`OUTBOX_STATE`). Who also knows the event behind a booking (the
calendars app, which this one does not import) is named by `settings.BOOKING_SYNC_STATE`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from django.conf import settings
from django.db.models import TextChoices
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from bookings.models import Occurrence

# The state of a row `date` of occurrences, as SQL, by the outbox alone: it is as far as its
# booking's entry and its own.
OUTBOX_STATE = """
    coalesce((SELECT CASE entry.state WHEN 'dead' THEN 'failed' ELSE 'pending' END
                FROM bookings_outboxentry AS entry
               WHERE entry.consumer = 'google' AND entry.booking_id = date.booking_id
                 AND (entry.original_start IS NULL OR entry.original_start = date.original_start)
                 AND entry.acked_v < entry.desired_v
               ORDER BY entry.state = 'dead' DESC LIMIT 1), 'synced')
"""


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
