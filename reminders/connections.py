"""A company's door to Slack: opening and closing it, and whether it can be used."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db import connection as database
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.drafts import Actor
from reminders.channels import choose_channel, forgive_channels
from reminders.models import SlackChannel, SlackConnection, SlackPerson
from reminders.oauth import Grant, Workspace
from tenants.audit_log import note
from tenants.errors import DomainError, InvalidInput
from tenants.models import Company, Door
from tenants.notices import end_notice, raise_notice

logger = structlog.get_logger(__name__)

NO_WORKSPACE = Workspace()
ONE_COMPANY = "slack_team_of_one_company"  # the constraint
UNINSTALLED = "app_uninstalled"
BROKEN_NOTICE = "slack_broken"  # what administrators are told, see tenants.notices
BROKEN_WORDS = _("Slack no longer lets Roomly in, so reminders wait. Connect Slack again.")
WEBHOOK_HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")


class WorkspaceTaken(DomainError):
    """A workspace belongs to one company, or a request from it would have two meanings."""

    code = "slack_workspace_taken"
    status = 409
    message = _("This Slack workspace belongs to another company here. Ask whoever runs Roomly.")


class WholeOrganization(DomainError):
    """An organisation's token is good in many workspaces, a company has one."""

    code = "slack_whole_organization"
    status = 409
    message = _(
        "Roomly was added to a whole Slack organisation. Add it to the one workspace in which your"
        " company books rooms instead."
    )


def connect(
    *,
    by: Actor,
    company: Company,
    bot_token: str = "",
    channel: str = "",
    webhook_url: str = "",
    workspace: Workspace = NO_WORKSPACE,
) -> None:
    """Gives a company a door of its own: a bot token with a channel, or an incoming webhook's URL.

    Replaces the one it had. `workspace` is where the token is good, as far as that is known.
    Raises InvalidInput for neither, both, or a URL that is not Slack's; WorkspaceTaken,
    WholeOrganization.
    """
    _check_door(bot_token, channel, webhook_url)
    _open(company, workspace, bot_token=bot_token, webhook_url=webhook_url)
    if bot_token:
        choose_channel(company=company, name=channel, by=by.member)
    note("slack.connected", by=by.member, door=by.door, subject=workspace.team_name)
    logger.info("slack connected", company=company.pk, door=by.door, member=_number(by))


def install(*, by: Actor, company: Company, grant: Grant) -> str:
    """Gives a company the door that an installation opened, instead of the one it had.

    Returns a token of an earlier installation, elsewhere, which Slack is to end. What was chosen
    in another workspace is forgotten. Raises WorkspaceTaken, WholeOrganization.
    """
    before, there = connection_of_company(), grant.workspace
    moved = before is not None and before.team_id not in ("", there.team_id)
    _open(
        company,
        there,
        bot_token=grant.bot_token,
        refresh_token=grant.refresh_token,
        token_expires_at=grant.expires_at,
        scopes=grant.scopes,
    )
    if moved:
        SlackChannel.objects.all().delete()
    note("slack.connected", by=by.member, door=by.door, subject=there.team_name)
    logger.info(
        "slack installed", company=company.pk, team=there.team_id, door=by.door, member=_number(by)
    )
    return str(before.bot_token) if before and moved and before.is_installed else ""


def disconnect(*, by: Actor, company: Company) -> str:
    """Forgets a company's door and its secret. Its reminders wait for another one.

    Returns the token if it came with an installation: Slack is to end it.
    """
    connection = connection_of_company()
    if connection is not None:
        SlackConnection.objects.filter(company=company).delete()
        note("slack.disconnected", by=by.member, door=by.door, subject=connection.team_name)
    end_notice(BROKEN_NOTICE)
    logger.info("slack disconnected", company=company.pk, door=by.door, member=_number(by))
    return str(connection.bot_token) if connection and connection.is_installed else ""


def company_of_team(team_id: str) -> int | None:
    """Whose workspace this is; needs the worker's database role, and no scope."""
    with database.cursor() as cursor:
        cursor.execute("SELECT reminders_company_of_team(%s)", [team_id])
        row = cursor.fetchone()
    return row[0] if row else None


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


def mark_broken(connection: SlackConnection, code: str) -> bool:
    """Stops using a door until somebody mends it, which administrators are told.

    One that was opened since is left alone, and one that was taken out keeps that reason: Slack
    announces the end of its token besides, in any order. Says whether anything was stopped.
    """
    known = same(connection).exclude(error=UNINSTALLED)
    stopped = known.update(state=SlackConnection.State.BROKEN, error=code)
    if stopped:
        logger.error("slack connection broken", company=connection.company_id, error=code)
        raise_notice(BROKEN_NOTICE, BROKEN_WORDS, reverse("slack"))
    return bool(stopped)


def mark_uninstalled(connection: SlackConnection) -> None:
    """People took Roomly out of their workspace, which is free for another company now."""
    same(connection).update(team_id="")
    if mark_broken(connection, UNINSTALLED):
        note("slack.removed", by=None, door=Door.SLACK, subject=connection.team_name)


def mark_waiting(connection: SlackConnection, until: datetime) -> None:
    """Sends nothing through a door before that instant, as Slack asked."""
    same(connection).update(wait_until=until)


def mark_working(connection: SlackConnection) -> None:
    """A message went through: the door works."""
    if (connection.state, connection.error) != (SlackConnection.State.ACTIVE, ""):
        same(connection).update(state=SlackConnection.State.ACTIVE, error="")
        end_notice(BROKEN_NOTICE)


def same(connection: SlackConnection) -> QuerySet[SlackConnection]:
    """The row of a door, unless another was opened in its place."""
    rows: QuerySet[SlackConnection] = SlackConnection.objects.filter(
        pk=connection.pk, connected_at=connection.connected_at
    )
    return rows


def _open(company: Company, workspace: Workspace, **values: Any) -> None:
    if workspace.is_organization:
        raise WholeOrganization
    there = asdict(workspace)
    del there["is_organization"]
    closed = {"bot_token": "", "refresh_token": "", "token_expires_at": None, "webhook_url": ""}
    fresh = {
        **closed, "scopes": "", "state": SlackConnection.State.ACTIVE, "error": "",
        "wait_until": None, "refreshing_until": None, "connected_at": timezone.now(),
    }  # fmt: skip
    try:
        with transaction.atomic():
            SlackConnection.objects.update_or_create(
                company=company, defaults={**fresh, **there, **values}
            )
    except IntegrityError as error:
        if ONE_COMPANY not in str(error):
            raise
        raise WorkspaceTaken from error
    # Who is who was the other workspace's; what was wrong with a channel may be right now.
    SlackPerson.objects.all().delete()
    forgive_channels()
    end_notice(BROKEN_NOTICE)


def _check_door(bot_token: str, channel: str, webhook_url: str) -> None:
    if bool(webhook_url) == bool(bot_token):
        raise InvalidInput(_("Give either a bot token with a channel, or a webhook's URL."))
    if not (bot_token + webhook_url).isascii() or not (bot_token + webhook_url).isprintable():
        raise InvalidInput(_("This has a character that no token or URL has."))
    if bot_token and not channel:
        raise InvalidInput(_("Give the channel that reminders go to."), field="channel")
    if webhook_url and not is_slacks(webhook_url):
        raise InvalidInput(
            _("This is not the URL of an incoming webhook of Slack."), field="webhook_url"
        )


def is_slacks(url: str) -> bool:
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
