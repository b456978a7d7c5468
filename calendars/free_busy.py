"""When people are busy by their own calendars, as far as the company's grant may see that.

    calendars:busy:<company>:<days>:<address>   text, 60 s   busy times of a person; "null": unknown

Ranges alone are read and kept, never what somebody does. Somebody is waiting: who does not answer
within 800 ms is not waited for, but what comes later is kept for the next time.
https://developers.google.com/workspace/calendar/api/v3/reference/freebusy/query
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta

import structlog
from django.db import connection
from redis import RedisError

from bookings.live import redis_client
from bookings.spans import Span
from calendars.budget import Lane
from calendars.errors import GoogleError, GoogleRefused, ScopeMissing
from calendars.google import MOST_FREE_BUSY, GoogleCalendar
from calendars.grants import GoogleAccess

logger = structlog.get_logger(__name__)

PATIENCE = 0.8  # seconds
KEPT = 60  # seconds
KEPT_UNKNOWN = 10  # seconds, after a call that failed or took too long
_KEY = "calendars:busy:{}:{:%Y%m%d}-{:%Y%m%d}:{}"
_askers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="free-busy")

Busy = Mapping[str, Sequence[Span] | None]


def busy_ranges(company_id: int, emails: Collection[str], window: Span) -> Busy:
    """The busy times of people on the days (UTC) of a window; None where they are unknown.

    Never inside a transaction: Google is asked for what is not known yet.
    """
    days = _whole_days(window)
    known = _kept(company_id, emails, days)
    missing = [email for email in emails if email not in known]
    if not missing:
        return known
    unknown: Busy = dict.fromkeys(missing)
    try:
        answer = _askers.submit(_ask, company_id, missing, days).result(timeout=PATIENCE)
    except TimeoutError:
        logger.warning("free/busy late", company=company_id, people=len(missing))
        _keep(company_id, unknown, days, KEPT_UNKNOWN, only_new=True)
        return {**known, **unknown}
    return {**known, **answer}


def _ask(company_id: int, emails: Sequence[str], days: Span) -> Busy:
    """Asks Google in a thread of its own, and keeps what it says."""
    try:
        with GoogleAccess(company_id, Lane.INTERACTIVE) as access:
            answer: dict[str, Sequence[Span] | None] = {}
            for first in range(0, len(emails), MOST_FREE_BUSY):
                some = emails[first : first + MOST_FREE_BUSY]
                answer |= access(lambda google: _query(google, some, days))  # noqa: B023  at once
    except GoogleError as error:
        logger.info("free/busy unknown", company=company_id, error=str(error))
        unknown: Busy = dict.fromkeys(emails)
        _keep(company_id, unknown, days, KEPT_UNKNOWN)
        return unknown
    finally:
        connection.close()  # of this thread
    _keep(company_id, answer, days, KEPT)
    return answer


def _query(google: GoogleCalendar, emails: Sequence[str], days: Span) -> Busy:
    try:
        answer = google.free_busy(emails, since=days.starts_at, until=days.ends_at)
    except ScopeMissing as error:  # an older grant that is good for everything else
        raise GoogleRefused(str(error), reason=error.reason) from error
    return {
        email: None if ranges is None else [Span(*each) for each in ranges]
        for email, ranges in answer.items()
    }


def _kept(company_id: int, emails: Iterable[str], days: Span) -> dict[str, list[Span] | None]:
    keys = {email: _key(company_id, email, days) for email in emails}
    try:
        values = redis_client().mget(keys.values())
    except RedisError as error:
        logger.warning("redis away", error=str(error))
        return {}
    return {
        email: _spans(json.loads(value))
        for email, value in zip(keys, values, strict=True)
        if value is not None
    }


def _spans(kept: list[list[str]] | None) -> list[Span] | None:
    if kept is None:
        return None
    return [Span(datetime.fromisoformat(since), datetime.fromisoformat(to)) for since, to in kept]


def _texts(spans: Sequence[Span] | None) -> list[list[str]] | None:
    if spans is None:
        return None
    return [[span.starts_at.isoformat(), span.ends_at.isoformat()] for span in spans]


def _keep(
    company_id: int, answer: Busy, days: Span, seconds: int, *, only_new: bool = False
) -> None:
    try:
        with redis_client().pipeline(transaction=False) as pipeline:
            for email, spans in answer.items():
                key = _key(company_id, email, days)
                pipeline.set(key, json.dumps(_texts(spans)), ex=seconds, nx=only_new)
            pipeline.execute()
    except RedisError as error:
        logger.warning("redis away", error=str(error))


def _key(company_id: int, email: str, days: Span) -> str:
    return _KEY.format(company_id, days.starts_at, days.ends_at, email)


def _whole_days(window: Span) -> Span:
    """So that a search at another hour of the day need not ask again."""
    first, last = window.starts_at.astimezone(UTC), window.ends_at.astimezone(UTC)
    return Span(
        datetime.combine(first.date(), time(), UTC),
        datetime.combine(last.date() + timedelta(days=1), time(), UTC),
    )
