"""Work of minutes, in steps that survive whoever does them.

A worker takes steps for some twenty seconds and lets others have their turn; a sweep finds what
nobody works on. Whatever dies, the next worker goes on from the cursor of the last whole step.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import structlog
from celery import current_app
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone, translation

from bookings.outbox import nudge
from calendars import backoff
from calendars.errors import AccessRevoked, GoogleError, GoogleUnavailable
from calendars.lease import LIFE, LeaseLost
from calendars.models import LongWork
from calendars.work_kinds import KINDS
from tenants.errors import DomainError, NotFound
from tenants.models import Member
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)

TASK = "calendars.tasks.run_long_work"
TURN_TIME = 20  # seconds, before it is others' turn
KEPT_FOR = timedelta(days=30)  # after its end
OPEN = (LongWork.State.RUNNING, LongWork.State.WAITING)


@dataclass(frozen=True)
class Turn:
    """The right to do the next step of a piece of work, and where that begins."""

    company_id: int
    work_id: int
    token: UUID
    kind: str
    cursor: dict[str, Any]
    done: int
    failures: int
    started_by_id: int | None

    def advance(
        self,
        *,
        cursor: dict[str, Any] | None = None,
        done: int,
        total: int | None = None,
        pause: float = 0,
    ) -> None:
        """Notes a step as done; call it last in the step's company_scope.

        `done` counts all that was done so far, `pause` is how long (seconds) the next step has to
        wait. Raises LeaseLost, which undoes the step.
        """
        now = timezone.now()
        begun_anew = {"paced_at": now, "paced_from": done} if done < self.done else {}
        self.write(
            **begun_anew,
            state=LongWork.State.RUNNING,
            cursor=self.cursor if cursor is None else cursor,
            done=done,
            total=total,
            next_at=now + timedelta(seconds=pause),
            failures=0,
            error="",
        )

    def finish(self, *, done: int, result: dict[str, Any] | None = None) -> None:
        """Notes the last step as done. Raises LeaseLost, which undoes it."""
        self.write(
            state=LongWork.State.DONE,
            done=done,
            total=done,
            result=result or {},
            finished_at=timezone.now(),
            failures=0,
            error="",
        )

    def write(self, **values: Any) -> None:
        """Updates the work's row and keeps the lease; raises LeaseLost, which undoes the step."""
        now = timezone.now()
        mine = LongWork.objects.filter(pk=self.work_id, lease_token=self.token, state__in=OPEN)
        if not mine.update(lease_until=now + LIFE, updated_at=now, **values):
            raise LeaseLost


def begin(
    company_id: int, kind: str, *, by: Member | None = None, cursor: dict[str, Any] | None = None
) -> LongWork:
    """Starts a kind of work for a company, or returns the one that is under way already.

    May be called in a scope of the company: a worker hears of it after the commit.
    """
    with company_scope(company_id):
        try:
            with transaction.atomic():
                work: LongWork = LongWork.objects.create(
                    kind=kind, started_by=by, cursor=cursor or {}
                )
        except IntegrityError:
            return latest([kind])[kind]
        old = timezone.now() - KEPT_FOR
        LongWork.objects.filter(kind=kind, finished_at__lt=old).delete()
        _nudge_after_commit(work)
    return work


def begin_again(work: LongWork) -> None:
    """Lets failed or cancelled work go on from where it stopped. In the company's scope.

    Does nothing where it is under way, also as a later piece of work.
    """
    if work.is_open or latest([work.kind]).get(work.kind) != work:
        return
    now = timezone.now()
    LongWork.objects.filter(pk=work.pk).exclude(state=LongWork.State.DONE).update(
        state=LongWork.State.RUNNING,
        error="",
        failures=0,
        finished_at=None,
        next_at=now,
        updated_at=now,
        paced_at=now,
        paced_from=F("done"),
    )
    _nudge_after_commit(work)


def cancel(work: LongWork) -> None:
    """Ends work after its last whole step: what was done stays. In the company's scope."""
    now = timezone.now()
    LongWork.objects.filter(pk=work.pk, state__in=OPEN).update(
        state=LongWork.State.CANCELLED,
        finished_at=now,
        updated_at=now,
        lease_token=None,
        lease_until=None,
    )


def latest(kinds: Iterable[str]) -> dict[str, LongWork]:
    """The last work of each of these kinds in the active company, as far as there is one."""
    found = LongWork.objects.filter(kind__in=list(kinds)).order_by("kind", "-started_at", "-pk")
    return {work.kind: work for work in found.distinct("kind")}


def last_done(kind: str) -> datetime | None:
    """When work of this kind was last done to its end in the active company."""
    done = LongWork.objects.filter(kind=kind, state=LongWork.State.DONE)
    at: datetime | None = (
        done.order_by("-finished_at").values_list("finished_at", flat=True).first()
    )
    return at


def get_work(pk: int) -> LongWork:
    """A piece of work of the active company; raises NotFound."""
    work: LongWork | None = LongWork.objects.filter(pk=pk).first()
    if work is None:
        raise NotFound
    return work


def run(company_id: int, work_id: int, *, seconds: float = TURN_TIME) -> float | None:
    """Takes steps of a piece of work for some time.

    Returns in how many seconds it wants to go on; None where it has ended, waits for something, or
    another worker is at it. Never call it inside a transaction.
    """
    until = monotonic() + seconds
    token = _take_lease(company_id, work_id)
    if token is None:
        return None
    try:
        while (turn := _turn(company_id, work_id, token)) and monotonic() < until:
            _step(turn)
    except LeaseLost:
        logger.warning("long work lost", company=company_id, work=work_id)
        return None
    finally:
        _release(company_id, work_id, token)
    return _pause(company_id, work_id)


def send_later(company_id: int, work_id: int, pause: float) -> None:
    """Asks a worker to go on in so many seconds."""
    with company_scope(company_id):
        kind = LongWork.objects.values_list("kind", flat=True).get(pk=work_id)
    current_app.send_task(
        TASK, (company_id, work_id), queue=KINDS[kind].queue, countdown=pause, expires=pause + 60
    )


def _pause(company_id: int, work_id: int) -> float | None:
    with company_scope(company_id):
        work = LongWork.objects.get(pk=work_id)
    if work.state != LongWork.State.RUNNING:
        return None
    pause: timedelta = work.next_at - timezone.now()
    return max(pause.total_seconds(), 0)


def _take_lease(company_id: int, work_id: int) -> UUID | None:
    now, token = timezone.now(), uuid4()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    with company_scope(company_id):
        due = LongWork.objects.filter(free, pk=work_id, state__in=OPEN, next_at__lte=now)
        # Whoever held the lease last died, or Google was away: the break is no measure of pace.
        due.exclude(state=LongWork.State.RUNNING, lease_until=None).update(
            paced_at=now, paced_from=F("done")
        )
        taken = due.update(lease_token=token, lease_until=now + LIFE)
    return token if taken else None


def _turn(company_id: int, work_id: int, token: UUID) -> Turn | None:
    """The next step, if this worker may and should do it now."""
    with company_scope(company_id):
        work = LongWork.objects.filter(
            pk=work_id, lease_token=token, state__in=OPEN, next_at__lte=timezone.now()
        ).first()
    if work is None:
        return None
    return Turn(
        company_id, work_id, token, work.kind, work.cursor, work.done, work.failures,
        work.started_by_id,
    )  # fmt: skip


def _step(turn: Turn) -> None:
    try:
        KINDS[turn.kind].run(turn)
    except AccessRevoked as error:
        _fail(turn, str(error))
    except GoogleUnavailable as error:
        _wait(turn, error)
    except (GoogleError, DomainError) as error:
        _fail(turn, _in_english(error))
    except LeaseLost:
        raise
    except Exception as error:  # a fault of ours: repeating it would not mend it
        _fail(turn, f"Roomly failed: {type(error).__name__}")
        raise


def _in_english(error: Exception) -> str:
    """A sentence as it is in the catalogue, for `LongWork.reason` to translate."""
    with translation.override("en"):
        return str(error)


def _wait(turn: Turn, error: GoogleUnavailable) -> None:
    with company_scope(turn.company_id):
        turn.write(
            state=LongWork.State.WAITING,
            error=str(error),
            failures=turn.failures + 1,
            next_at=timezone.now() + backoff.pause(turn.failures, error.retry_after),
        )


def _fail(turn: Turn, error: str) -> None:
    logger.warning("long work failed", company=turn.company_id, work=turn.work_id, error=error)
    with company_scope(turn.company_id):
        turn.write(state=LongWork.State.FAILED, error=error, finished_at=timezone.now())


def _release(company_id: int, work_id: int, token: UUID) -> None:
    with company_scope(company_id):
        LongWork.objects.filter(pk=work_id, lease_token=token).update(
            lease_token=None, lease_until=None
        )


def _nudge_after_commit(work: LongWork) -> None:
    queue = KINDS[work.kind].queue
    transaction.on_commit(partial(nudge, TASK, work.company_id, work.pk, queue=queue), robust=True)
