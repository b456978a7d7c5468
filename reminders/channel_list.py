"""The channels that can be chosen, as Slack listed them in the last five minutes.

Kept in Redis by company, and for one door only: another one may lead into another workspace.
"""

import json
import re

import structlog
from django.utils.translation import gettext_lazy as _
from redis import RedisError

from bookings.live import redis_client
from reminders import slack
from reminders.models import SlackConnection
from reminders.slack import ListedChannel, SlackTrouble
from tenants.errors import InvalidInput

logger = structlog.get_logger(__name__)

KEY = "reminders:channels:{}"  # company
KEPT = 300  # seconds
AN_ID = re.compile(r"[CG][A-Z0-9]{7,30}")


def listed_channels(connection: SlackConnection, *, fresh: bool = False) -> list[ListedChannel]:
    """The channels that a door leads to; none where Slack does not list them.

    Calls Slack, so never inside a transaction. `fresh`: what is kept is not enough.
    """
    if not connection.bot_token or connection.state == SlackConnection.State.BROKEN:
        return []
    key, door = KEY.format(connection.company_id), connection.connected_at.isoformat()
    if not fresh and (kept := _kept(key, door)) is not None:
        return kept
    try:
        found = slack.channels(connection)
    except SlackTrouble as trouble:
        logger.info("channels not listed", company=connection.company_id, code=trouble.code)
        return []
    try:
        redis_client().set(key, json.dumps([door, found]), ex=KEPT)
    except RedisError as error:
        logger.warning("channels not kept", error=str(error))
    return found


def find_channel(connection: SlackConnection, typed: str) -> ListedChannel:
    """The channel that a person means by #name or an id.

    Calls Slack, so never inside a transaction. Where nothing is listed, or by an id, whatever was
    typed is believed: a test message tells. Raises InvalidInput for a name that Slack lacks.
    """
    name = typed.strip().removeprefix("#").strip()
    if not name:
        raise InvalidInput(_("Give a channel: its name or its id."), field="channel")
    for fresh in (False, True):
        listed = listed_channels(connection, fresh=fresh)
        for channel in listed:
            if name in (channel.id, channel.name):
                return channel
    if AN_ID.fullmatch(name):
        return ListedChannel(name, "")
    if not listed:
        return ListedChannel("", name)
    raise InvalidInput(
        _("Roomly sees no such channel. Into a private one, invite it first: /invite @Roomly"),
        field="channel",
    )


def _kept(key: str, door: str) -> list[ListedChannel] | None:
    try:
        kept = json.loads(redis_client().get(key) or "null")
    except (RedisError, ValueError) as error:
        logger.warning("channels not read", error=str(error))
        return None
    if not kept or kept[0] != door:
        return None
    return [ListedChannel(*row) for row in kept[1]]
