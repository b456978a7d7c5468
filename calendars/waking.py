"""Asking Celery to look at a calendar: once, however many hints there are, in the right queue.

What a person waits for goes to `interactive` (bookings send it themselves), what Google or the
outbox announced to `sync`, and what can wait (first readings, polls, channels) to `bulk`.
"""

from collections.abc import Collection

import structlog
from redis import RedisError

from bookings.live import redis_client
from bookings.outbox import nudge

logger = structlog.get_logger(__name__)

SYNC, BULK = "sync", "bulk"
QUEUED = "calendars:queued:{}:{}:{}"  # queue, task, id of what it works on: it is on its way
QUEUED_FOR = 30  # seconds, should no worker come for it


def wake(task: str, pairs: Collection[tuple[int, int]], queue: str) -> None:
    """Sends a task for each (company, link or room) that is not in the queue already.

    Without Redis nothing is sent; the sweep finds it later.
    """
    try:
        with redis_client().pipeline(transaction=False) as pipeline:
            for _company_id, subject_id in pairs:
                pipeline.set(QUEUED.format(queue, task, subject_id), 1, nx=True, ex=QUEUED_FOR)
            firsts = pipeline.execute()
    except RedisError as error:
        logger.warning("nothing woken", task=task, error=str(error))
        return
    for (company_id, subject_id), first in zip(pairs, firsts, strict=True):
        if first:
            nudge(task, company_id, subject_id, queue=queue)


def has_come(task: str, subject_id: int) -> None:
    """A worker begins: the next hint wakes one again."""
    try:
        redis_client().delete(*(QUEUED.format(queue, task, subject_id) for queue in (SYNC, BULK)))
    except RedisError as error:
        logger.warning("redis away", error=str(error))
