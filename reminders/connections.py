"""A company's door to Slack: opening and closing it, and whether it can be used."""

from datetime import datetime
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.drafts import Actor
from reminders.channels import choose_channel
from reminders.models import SlackConnection
from tenants.errors import InvalidInput
from tenants.models import Company

logger = structlog.get_logger(__name__)

WEBHOOK_HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")


def connect(
    *, by: Actor, company: Company, bot_token: str = "", channel: str = "", webhook_url: str = ""
) -> SlackConnection:
    """Gives a company a new door: a bot token with a channel, or an incoming webhook's URL.

    Replaces the one it had. Raises InvalidInput for neither, both, or a URL that is not Slack's.
    """
    _check_door(bot_token, channel, webhook_url)
    connection: SlackConnection
    connection, _made = SlackConnection.objects.update_or_create(
        company=company,
        defaults={
            "bot_token": bot_token,
            "refresh_token": "",
            "token_expires_at": None,
            "team_id": "",
            "team_name": "",
            "bot_user_id": "",
            "scopes": "",
            "webhook_url": webhook_url,
            "state": SlackConnection.State.ACTIVE,
            "error": "",
            "wait_until": None,
            "connected_at": timezone.now(),
        },
    )
    if bot_token:
        choose_channel(company=company, name=channel)
    logger.info("slack connected", company=company.pk, door=by.door, member=_number(by))
    return connection


def disconnect(*, by: Actor, company: Company) -> None:
    """Forgets a company's door and its secret. Its reminders wait for another one."""
    SlackConnection.objects.filter(company=company).delete()
    logger.info("slack disconnected", company=company.pk, door=by.door, member=_number(by))


def connection_of_company() -> SlackConnection | None:
    """The active company's door, with the company, in whatever state."""
    connection: SlackConnection | None = SlackConnection.objects.select_related("company").first()
    return connection


def usable_connection() -> SlackConnection | None:
    """The active company's door if messages may go through it, now or after Slack's pause."""
    connection = connection_of_company()
    if connection is None or connection.company.suspended_at is not None:
        return None
    return connection if connection.state == SlackConnection.State.ACTIVE else None


def waits_until(connection: SlackConnection) -> datetime | None:
    """Until when Slack asked this company to be quiet; None when that is over."""
    wait = connection.wait_until
    return wait if wait is not None and wait > timezone.now() else None


def mark_broken(connection: SlackConnection, code: str) -> None:
    """Stops using a door until somebody mends it. One that was opened since is left alone."""
    stopped = _same(connection).update(state=SlackConnection.State.BROKEN, error=code)
    if stopped:
        logger.error("slack connection broken", company=connection.company_id, error=code)


def mark_waiting(connection: SlackConnection, until: datetime) -> None:
    """Sends nothing through a door before that instant, as Slack asked."""
    _same(connection).update(wait_until=until)


def mark_working(connection: SlackConnection) -> None:
    """A message went through: the door works."""
    if (connection.state, connection.error) != (SlackConnection.State.ACTIVE, ""):
        _same(connection).update(state=SlackConnection.State.ACTIVE, error="")


def _same(connection: SlackConnection) -> QuerySet[SlackConnection]:
    return SlackConnection.objects.filter(pk=connection.pk, connected_at=connection.connected_at)


def _check_door(bot_token: str, channel: str, webhook_url: str) -> None:
    if bool(webhook_url) == bool(bot_token):
        raise InvalidInput(_("Give either a bot token with a channel, or a webhook's URL."))
    if not (bot_token + webhook_url).isascii() or not (bot_token + webhook_url).isprintable():
        raise InvalidInput(_("This has a character that no token or URL has."))
    if bot_token and not channel:
        raise InvalidInput(_("Give the channel that reminders go to."), field="channel")
    if webhook_url and not _is_slacks(webhook_url):
        raise InvalidInput(
            _("This is not the URL of an incoming webhook of Slack."), field="webhook_url"
        )


def _is_slacks(url: str) -> bool:
    """Whether a URL leads to Slack, or to the server that SLACK_API_URL names in its place.

    Anything else would let an administrator make this server call addresses inside its network.
    """
    try:
        parts, api = urlsplit(url), urlsplit(settings.SLACK_API_URL)
    except ValueError:
        return False
    if parts.scheme == "https" and parts.netloc in WEBHOOK_HOSTS:
        return True
    return (parts.scheme, parts.netloc) == (api.scheme, api.netloc)


def _number(by: Actor) -> int | None:
    return by.member.pk if by.member else None
