"""What Slack announces: that Roomly was taken out of a workspace, or its token ended.

https://docs.slack.dev/apis/events-api
"""

import json
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from kombu.exceptions import OperationalError
from redis import RedisError

from bookings.live import redis_client
from reminders.remote.signing import from_slack
from reminders.tasks import end_installation

logger = structlog.get_logger(__name__)

SEEN = "reminders:event:{}"  # Slack's id of an event
SEEN_FOR = 3600  # seconds; Slack's last retry comes after six minutes
LONGEST_ID = 100
TIMES = range(1, 2**33)  # Unix seconds, up to the year 2242


@from_slack
def events(request: HttpRequest) -> HttpResponse:
    """`POST /slack/events`. What concerns nobody here is acknowledged, or Slack would repeat it.

    401 for what Slack does not send, as if it were not signed; 503, which Slack repeats, where
    nothing could be handed to a worker.
    """
    try:
        body = json.loads(request.body)
    except ValueError:
        return HttpResponse(status=401)
    if not isinstance(body, dict):
        return HttpResponse(status=401)
    if body.get("type") == "url_verification":
        return HttpResponse(str(body.get("challenge", "")), content_type="text/plain")
    ending = _ending(body)
    if ending is None:
        return HttpResponse()
    key = SEEN.format(str(body.get("event_id"))[:LONGEST_ID])
    try:
        if not redis_client().exists(key):
            end_installation.apply_async(ending, retry=False)
            redis_client().set(key, 1, ex=SEEN_FOR)
    except (OperationalError, RedisError) as error:
        logger.error("slack event not taken", error=str(error))
        return HttpResponse(status=503)
    return HttpResponse()


def _ending(body: dict[str, Any]) -> tuple[str, int, list[str] | None] | None:
    """Which workspace, when (Unix seconds), and whose tokens ended: None for all of them.

    None instead for every other event, and for one that makes no sense.
    """
    event, team, at = body.get("event"), body.get("team_id"), body.get("event_time")
    if not isinstance(event, dict) or not isinstance(team, str):
        return None
    if not isinstance(at, int) or at not in TIMES:
        return None
    if event.get("type") == "app_uninstalled":
        return team, at, None
    if event.get("type") != "tokens_revoked":
        return None
    tokens = event.get("tokens")
    bots = tokens.get("bot") if isinstance(tokens, dict) else None
    ended = [bot for bot in bots if isinstance(bot, str)] if isinstance(bots, list) else []
    return (team, at, ended) if ended else None
