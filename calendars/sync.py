"""The one unit of work: a calendar, both directions, one worker at a time."""

from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

import structlog
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from bookings.conflicts import settle_conflicts
from bookings.models import OutboxEntry
from calendars import backoff
from calendars.budget import Lane
from calendars.declining import decline_overlaps
from calendars.errors import AccessRevoked, GoogleError, GoogleUnavailable, NotThere, OverBudget
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
STALLED_AFTER = timedelta(minutes=30)
LONG_AGO = timedelta(minutes=30)  # after which what happened there is read before we write


@dataclass(frozen=True)
class Outcome:
    """How a run ended: `done` if both sides were equal, else the reason (for a person).

    `wait` is the seconds after which another run gets on, where that is known.
    """

    done: bool
    reason: str = ""
    wait: float = 0


def sync_calendar(company_id: int, link_id: int, lane: Lane = Lane.INTERACTIVE) -> Outcome:
    """Pushes and pulls a calendar of the company until there is nothing left to do.

    Does nothing where another worker is at it: that one sees what came meanwhile. Safe to repeat
    and to kill at any moment. Never call it inside a transaction.
    """
    for _round in range(MOST_ROUNDS):
        lease = take_lease(company_id, link_id)
        if lease is None:
            return Outcome(False, "Another worker is at it, or the calendar is not active.")
        try:
            with GoogleAccess(company_id, lane) as access:
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
        return link is not None and (_pull_is_due(link) or bool(due(link)))


def _work(lease: Lease, access: GoogleAccess) -> Outcome:
    link = lease.read()
    if link.failures and link.next_poll_at > timezone.now():
        return Outcome(False, link.error)
    try:
        if _was_never_read(link) or _is_behind(link):
            pull(lease, access, link)  # first of all: adopt what is there already
            with company_scope(lease.company_id):
                _try_all_again(link)
        _push(lease, access, link)
        link = lease.read()
        wait = _wait(link)
        if _pull_is_due(link) and not wait:
            pull(lease, access, link)
        with company_scope(lease.company_id):
            settle_conflicts([link.room_id])
            lease.write()
        decline_overlaps(lease, access, link)
    except OverBudget as error:
        with company_scope(lease.company_id):
            _note_stalled(link)
        return Outcome(False, str(error), error.retry_after)
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
    if wait:
        reason = "It was read a moment ago." if link.sync_token else "It is listed anew later."
        return Outcome(False, reason, wait)
    return Outcome(True)


def _try_all_again(link: CalendarLink) -> None:
    """Google answers again after a long time: what was tried meanwhile waits no longer than what
    was not, so that the soonest meeting comes first."""
    OutboxEntry.objects.filter(
        consumer="google", booking__room_id=link.room_id, acked_v__lt=F("desired_v"), tries__gt=0
    ).update(next_at=timezone.now())


def _push(lease: Lease, access: GoogleAccess, link: CalendarLink) -> None:
    """Delivers what is due, for a while; the echoes of all of it may share one reading."""
    until, pushed = monotonic() + PUSH_TIME, 0
    while handful := push_due(lease, access, link):
        pushed += handful
        if monotonic() >= until:
            break
    is_quiet = link.generation == link.pulled_generation  # nobody else has announced anything
    if pushed and is_quiet and not _wait(link):
        with company_scope(lease.company_id):
            lease.write(read_after=timezone.now() + _gap())


def _gap() -> timedelta:
    return timedelta(seconds=settings.GOOGLE_SECONDS_BETWEEN_PULLS)


def _wait(link: CalendarLink) -> float:
    """Seconds until the calendar may be read again; what is announced meanwhile shares that.

    Only the next reading is put off, none is left out.
    """
    after = link.read_after if link.sync_token else link.list_after
    if after is None or after <= timezone.now() or not _pull_is_due(link):
        return 0
    return (after - timezone.now()).total_seconds()


def _was_never_read(link: CalendarLink) -> bool:
    """Or is to be taken as such; one whose token expired waits for its turn and is written to."""
    return not link.sync_token and link.list_after is None


def _is_behind(link: CalendarLink) -> bool:
    """Whether so much may have happened there that writing first would only meet refusals."""
    is_old = link.last_pull_at is None or link.last_pull_at < timezone.now() - LONG_AGO
    return is_old and bool(link.sync_token) and _pull_is_due(link)


def _pull_is_due(link: CalendarLink) -> bool:
    if link.failures and link.next_poll_at > timezone.now():
        return False
    if not link.sync_token:
        return True
    return link.generation != link.pulled_generation or link.next_poll_at <= timezone.now()


def _note_stalled(link: CalendarLink) -> None:
    """What waits for so long is shown to people as waiting."""
    OutboxEntry.objects.filter(
        consumer="google",
        booking__room_id=link.room_id,
        acked_v__lt=F("desired_v"),
        state=OutboxEntry.State.OK,
        first_pending_at__lt=timezone.now() - STALLED_AFTER,
    ).update(state=OutboxEntry.State.STALLED)


def _failed(lease: Lease, error: GoogleError, *, missing: bool = False) -> Outcome:
    """Leaves the calendar alone for a while; what waits for it waits with it."""
    floor = error.retry_after if isinstance(error, GoogleUnavailable) else 0
    with company_scope(lease.company_id):
        link = CalendarLink.objects.get(pk=lease.link_id)
        _note_stalled(link)
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
