"""Where Google says that a calendar changed: the hint is noted, the reading is a worker's job.

Every refusal looks the same, an empty 404 that Google does not repeat, so that a stranger learns
nothing. 503 only if nothing could be noted; that Google repeats.
"""

import structlog
from django.db import DataError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from redis import RedisError

from bookings.live import redis_client
from calendars.waking import SYNC, wake
from calendars.watch import read_token
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)

COUNTS = "calendars:webhook"  # hash: result → how often
LONGEST_ID = 64

# One statement: is it a channel of ours, about the calendar that it was opened for?
# Until the answer to its opening arrived, we do not know the resource yet.
_NOTE = """
    UPDATE calendars_calendarlink AS link
       SET generation = link.generation + %(raise)s, last_push_at = %(now)s,
           behind_since = CASE WHEN %(raise)s > 0 THEN coalesce(link.behind_since, %(now)s)
                               ELSE link.behind_since END
      FROM calendars_channel AS channel
     WHERE channel.id = %(channel)s::uuid AND channel.link_id = link.id AND link.id = %(link)s
       AND channel.company_id = link.company_id AND channel.state IN ('pending', 'live', 'old')
       AND (channel.resource_id = %(resource)s
            OR (channel.resource_id = '' AND channel.state = 'pending'))
"""


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
    except DataError:
        return _answer("unknown", 404)
    except (OperationalError, InterfaceError) as error:
        logger.error("webhook not noted", link=link_id, error=str(error))
        return _answer("unavailable", 503)
    if not noted:
        return _answer("unknown", 404)
    if state == "sync":
        return _answer("sync", 204)
    wake("calendars.tasks.sync_link", [(company_id, link_id)], SYNC)
    return _answer("changed", 204)


def _note(company_id: int, link_id: int, channel: str, resource: str, *, changed: bool) -> bool:
    with company_scope(company_id), connection.cursor() as cursor:
        cursor.execute(
            _NOTE,
            {
                "raise": int(changed),
                "now": timezone.now(),
                "channel": channel,
                "link": link_id,
                "resource": resource,
            },
        )
        return bool(cursor.rowcount)


def _answer(result: str, status: int) -> HttpResponse:
    try:
        redis_client().hincrby(COUNTS, result, 1)
    except RedisError:
        logger.info("webhook", result=result)
    return HttpResponse(status=status)
