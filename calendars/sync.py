"""The one unit of work: a calendar, both directions, one worker at a time."""

from dataclasses import dataclass
from time import monotonic

import structlog
from django.utils import timezone

from bookings.conflicts import settle_conflicts
from calendars import backoff
from calendars.declining import decline_overlaps
from calendars.errors import AccessRevoked, GoogleError, GoogleUnavailable, NotThere
from calendars.grants import GoogleAccess
from calendars.lease import Lease, LeaseLost, take_lease
from calendars.models import CalendarLink
from calendars.plans import due
from calendars.pull import pull
from calendars.push import push_due
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)

MOST_ROUNDS = 5
PUSH_TIME = 10  # seconds, before it is the other direction's turn
MISSING_AFTER = 3  # listings in a row that do not find the calendar


@dataclass(frozen=True)
class Outcome:
    """How a run ended: `done` if both sides were equal, else the reason (for a person)."""

    done: bool
    reason: str = ""


def sync_calendar(company_id: int, link_id: int) -> Outcome:
    """Pushes and pulls a calendar of the company until there is nothing left to do.

    Does nothing where another worker is at it: that one sees what came meanwhile. Safe to repeat
    and to kill at any moment. Never call it inside a transaction.
    """
    for _round in range(MOST_ROUNDS):
        lease = take_lease(company_id, link_id)
        if lease is None:
            return Outcome(False, "Another worker is at it, or the calendar is not active.")
        try:
            with GoogleAccess(company_id) as access:
                outcome = _work(lease, access)
        except LeaseLost:
            logger.warning("lease lost", company=company_id, link=link_id)
            return Outcome(False, "Another worker took over.")
        finally:
            lease.release()
        # What arrived between the last look and the release would else wait for the sweep.
        if not outcome.done or not _has_work(company_id, link_id):
            return outcome
    return Outcome(False, "There is more to do.")


def _has_work(company_id: int, link_id: int) -> bool:
    with company_scope(company_id):
        link = CalendarLink.objects.filter(pk=link_id).first()
        return link is not None and (_pull_is_due(link) or bool(due(link, 1)))


def _work(lease: Lease, access: GoogleAccess) -> Outcome:
    link = lease.read()
    if link.failures and link.next_poll_at > timezone.now():
        return Outcome(False, link.error)
    try:
        if not link.sync_token:
            pull(lease, access, link)  # first of all: adopt what is there already
        until = monotonic() + PUSH_TIME
        while push_due(lease, access, link) and monotonic() < until:
            pass  # the next handful
        link = lease.read()
        if _pull_is_due(link):
            pull(lease, access, link)
        with company_scope(lease.company_id):
            settle_conflicts([link.room_id])
            lease.write()
        decline_overlaps(lease, access, link)
    except AccessRevoked as error:
        return Outcome(False, str(error))
    except NotThere as error:
        return _failed(lease, error, missing=link.failures + 1 >= MISSING_AFTER)
    except GoogleError as error:
        return _failed(lease, error)
    except LeaseLost:
        raise
    except Exception as error:  # a fault of ours: trying every five seconds would not mend it
        _failed(lease, GoogleError(f"Roomly failed: {type(error).__name__}"))
        raise
    return Outcome(True)


def _pull_is_due(link: CalendarLink) -> bool:
    if link.failures and link.next_poll_at > timezone.now():
        return False
    return link.generation != link.pulled_generation or link.next_poll_at <= timezone.now()


def _failed(lease: Lease, error: GoogleError, *, missing: bool = False) -> Outcome:
    """Leaves the calendar alone for a while; what waits for it waits with it."""
    floor = error.retry_after if isinstance(error, GoogleUnavailable) else 0
    with company_scope(lease.company_id):
        link = CalendarLink.objects.get(pk=lease.link_id)
        lease.write(
            failures=link.failures + 1,
            error=str(error),
            next_poll_at=timezone.now() + backoff.pause(link.failures, floor),
            behind_since=link.behind_since or timezone.now(),
            state=CalendarLink.State.MISSING if missing else link.state,
        )
    logger.warning(
        "calendar failed", company=lease.company_id, link=lease.link_id, error=str(error)
    )
    return Outcome(False, str(error))
