"""Sending answers: to the person alone, or in the place of the message that they pressed."""

import structlog
from redis import RedisError

from bookings.live import redis_client
from reminders import slack
from reminders.connections import is_slacks
from reminders.messages import Message
from reminders.models import SlackConnection
from reminders.remote.asked import Asked, Press

logger = structlog.get_logger(__name__)

ANSWERED = "reminders:answered:{}:{}"  # team, identity of the request
REMEMBERED = 3600  # seconds, longer than Celery takes to bring a lost task again


def tell(asked: Asked, message: Message) -> None:
    """Answers who asked, and nobody else; raises SlackTrouble."""
    if is_slacks(asked.response_url):
        slack.respond(asked.response_url, message)
    else:
        logger.warning("slack request without a way back", team=asked.team)


def show_instead(connection: SlackConnection, press: Press, message: Message) -> None:
    """Has the message that was pressed say something else; raises SlackTrouble.

    What Slack shows to one person, and what came by an incoming webhook, can be changed only by
    the press's own URL.
    """
    if press.seen_by == "all" and connection.bot_token:
        try:
            slack.update(connection, press.channel, press.message, message)
        except slack.SlackTrouble as trouble:
            logger.info("slack message not updated", team=press.team, reason=trouble.code)
        else:
            return
    if is_slacks(press.response_url):
        slack.respond(press.response_url, message, replace=True)


def is_answered(asked: Asked) -> bool:
    """Whether a request that comes again has had its answer. Without Redis: no, better twice."""
    try:
        return bool(redis_client().exists(ANSWERED.format(asked.team, asked.identity)))
    except RedisError:
        return False


def note_answered(asked: Asked) -> None:
    """Remembers that a request has had its answer."""
    try:
        redis_client().set(ANSWERED.format(asked.team, asked.identity), 1, ex=REMEMBERED)
    except RedisError as error:
        logger.warning("slack answer not noted", team=asked.team, error=str(error))
