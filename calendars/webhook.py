"""Where Google says that a calendar changed: the hint is noted, the reading is a worker's job.

Every refusal looks the same, an empty 404 that Google does not repeat, so that a stranger learns
nothing. 503 only if nothing could be noted; that Google repeats.
"""

from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from redis import RedisError

from bookings.live import redis_client
from calendars.budget import Lane
from calendars.waking import wake
from calendars.watch import read_token

logger = structlog.get_logger(__name__)

COUNTS = "calendars:webhook"  # hash: result → how often
LONGEST_ID = 64
_NOTE = "SELECT calendars_note_message(%s, %s, %s, %s, %s, %s)"


@csrf_exempt
def calendar_webhook(request: HttpRequest) -> HttpResponse:
    """`POST /api/calendar/webhook`: headers as in
    https://developers.google.com/workspace/calendar/api/guides/push#receive-notifications
    """
    channel = request.headers.get("X-Goog-Channel-ID", "")
    token = request.headers.get("X-Goog-Channel-Token", "")
    known = read_token(token, channel) if 0 < len(channel) <= LONGEST_ID else None
    if request.method != "POST" or known is None:
        return _answer("forged", 404)
    company_id, link_id = known
    state = request.headers.get("X-Goog-Resource-State", "")
    resource = request.headers.get("X-Goog-Resource-ID", "")
    try:
        noted = _note(company_id, link_id, channel, resource, changed=state != "sync")
    except (OperationalError, InterfaceError) as error:
        logger.error("webhook not noted", link=link_id, error=str(error))
        return _answer("unavailable", 503)
    if not noted:
        return _answer("unknown", 404)
    if state == "sync":
        return _answer("sync", 204)
    wake("calendars.tasks.sync_link", [(company_id, link_id)], Lane.SYNC)
    return _answer("changed", 204)


def _note(company_id: int, link_id: int, channel: str, resource: str, *, changed: bool) -> bool:
    """Raises the generation of the calendar; False if the channel is not one of ours for it.

    One statement, which is a transaction and a company's scope by itself. It is not preceded by
    Django's ping of an idle connection: should the server have closed that, a second try makes one.
    """
    values = [company_id, channel, link_id, resource, int(changed), timezone.now()]
    connection.health_check_done = True  # type: ignore[attr-defined]  # not in its stubs
    try:
        return _told(values)
    except (OperationalError, InterfaceError):
        connection.close_if_unusable_or_obsolete()
        return _told(values)


def _told(values: list[Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, values)
        (known,) = cursor.fetchone()
        return bool(known)


def _answer(result: str, status: int) -> HttpResponse:
    try:
        redis_client().hincrby(COUNTS, result, 1)
    except RedisError:
        logger.info("webhook", result=result)
    return HttpResponse(status=status)
