"""Telling open pages that something changed: a hint to look again, never the data itself.

Losing a message costs freshness only; permissions are checked where the data is served.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

import structlog
from django.conf import settings
from django.db import transaction
from redis import Redis, RedisError

logger = structlog.get_logger(__name__)


@lru_cache(maxsize=1)
def redis_client() -> Redis:
    """The process's Redis connection pool."""
    return Redis.from_url(
        settings.REDIS_URL, decode_responses=True, socket_timeout=2, socket_connect_timeout=1
    )


def channel_of(company_id: int) -> str:
    """The pub/sub channel of one company's pages."""
    return f"live:{company_id}"


def announce_rooms(company_id: int, room_ids: Iterable[int], times: Iterable[datetime]) -> None:
    """After the commit, tells the company's pages which rooms changed and on which days (UTC)."""
    days = sorted({at.date() for at in times})
    message = json.dumps({"rooms": sorted(set(room_ids)), "days": [f"{day}" for day in days]})
    transaction.on_commit(lambda: publish(company_id, message), robust=True)


def announce_places(company_id: int, room_ids: Iterable[int]) -> None:
    """After the commit, tells the company's pages that rooms themselves are other ones now: no day
    is named, for it is so on all of them."""
    announce_rooms(company_id, room_ids, ())


def publish(company_id: int, message: str) -> None:
    """Sends one message to the company's open pages; without Redis they look by themselves."""
    try:
        redis_client().publish(channel_of(company_id), message)
    except RedisError as error:
        logger.warning("live message lost", company=company_id, error=str(error))
