"""Asking Celery to look at a calendar: once, however many hints there are, in the right queue.

What a person waits for goes to `interactive` (bookings send it themselves), what Google or the
outbox announced to `sync`, and what can wait (first readings, polls, channels) to `bulk`.
"""

from collections.abc import Collection
from datetime import timedelta

import structlog
from redis import RedisError

from bookings.live import redis_client
from bookings.outbox import nudge
from calendars.budget import Lane

logger = structlog.get_logger(__name__)

QUEUED = "calendars:queued:{}:{}:{}"  # queue, task, id of what it works on: it is on its way
QUEUED_FOR = 30  # seconds, should no worker come for it
LONGEST_WAIT = 30.0  # seconds that a worker keeps a task in mind


def wake(task: str, pairs: Collection[tuple[int, ...]], lane: Lane, *, after: float = 0) -> None:
    """Sends a task for each (company, link or room) that is not in the lane's queue already.

    It is to run `after` some seconds, at most half a minute. Without Redis nothing is sent; the
    sweep finds it later.
    """
    countdown = min(after, LONGEST_WAIT)
    kept = timedelta(seconds=QUEUED_FOR + countdown)
    try:
        with redis_client().pipeline(transaction=False) as pipeline:
            for _company_id, subject_id in pairs:
                pipeline.set(QUEUED.format(lane, task, subject_id), 1, nx=True, ex=kept)
            firsts = pipeline.execute()
    except RedisError as error:
        logger.warning("nothing woken", task=task, error=str(error))
        return
    for (company_id, subject_id), first in zip(pairs, firsts, strict=True):
        if first:
            nudge(task, company_id, subject_id, queue=lane, countdown=countdown)


def has_come(task: str, subject_id: int) -> None:
    """A worker begins: the next hint wakes one again."""
    try:
        redis_client().delete(*(QUEUED.format(lane, task, subject_id) for lane in Lane))
    except RedisError as error:
        logger.warning("redis away", error=str(error))
