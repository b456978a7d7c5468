"""What a person can do about a calendar: read it now, open a channel, begin afresh.

Each only notes what is to be done and wakes a worker; doing it twice does no harm.
"""

from functools import partial

import structlog
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from bookings import outbox
from bookings.drafts import Actor
from bookings.models import OutboxEntry
from calendars.links import restart
from calendars.models import CalendarLink

logger = structlog.get_logger(__name__)


def sync_now(link: CalendarLink, by: Actor) -> None:
    """Pushes what is due and reads what changed, whatever pause an error had asked for."""
    ask_to_sync(link)
    _log("calendar to be synced", link, by)
    _wake("calendars.tasks.sync_link", link)


def renew(link: CalendarLink, by: Actor) -> None:
    """Opens a new push channel, also where Google refused one before."""
    CalendarLink.objects.filter(pk=link.pk).update(push_supported=True)
    _log("channel to be renewed", link, by)
    _wake("calendars.tasks.renew_link", link)


def repair(link: CalendarLink, by: Actor) -> None:
    """Reads the calendar from the beginning, tries again what was refused, opens a new channel."""
    begin_afresh(link)
    _log("calendar to be repaired", link, by)
    _wake("calendars.tasks.sync_link", link)
    _wake("calendars.tasks.renew_link", link)


def ask_to_sync(link: CalendarLink) -> None:
    """Marks a calendar as out of date and forgets every pause, so that it is read at once."""
    CalendarLink.objects.filter(pk=link.pk).update(
        generation=F("generation") + 1,
        read_after=None,
        behind_since=Coalesce("behind_since", timezone.now()),
        failures=0,
        error="",
    )


def begin_afresh(link: CalendarLink) -> None:
    """Forgets how far a calendar was read, and that Google refused what waits for it."""
    restart(link)
    outbox.retry(OutboxEntry.objects.filter(consumer="google", booking__room_id=link.room_id))


def _wake(task: str, link: CalendarLink) -> None:
    transaction.on_commit(partial(outbox.nudge, task, link.company_id, link.pk), robust=True)


def _log(event: str, link: CalendarLink, by: Actor) -> None:
    member = by.member.pk if by.member else None
    logger.info(event, company=link.company_id, link=link.pk, door=by.door, member=member)
