"""Mailing and posting what administrators have to do: each at most once a day while it lasts.

A mail or message is claimed before it is sent, and given back only if it surely was not: two
workers, or one that dies in between, send nothing twice. What is lost so comes a day later, and
every page says it meanwhile.
"""

from datetime import datetime, timedelta
from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from reminders import slack
from reminders.channels import address_of, channel_of_company, mark_unusable
from reminders.connections import mark_broken, mark_waiting, usable_connection, waits_until
from reminders.messages import notice_message
from reminders.models import SlackConnection
from tenants.models import AdminNotice, Member
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)

AGAIN = timedelta(days=1)


def companies_to_tell() -> list[int]:
    """The companies with something to tell; needs the worker's database role, and no scope."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT company_id FROM tenants_companies_to_tell(%s)", [timezone.now() - AGAIN]
        )
        return [number for (number,) in cursor.fetchall()]


def tell(company_id: int) -> None:
    """Sends what is due of one company. Never inside a transaction."""
    with company_scope(company_id):
        lasting = AdminNotice.objects.filter(ended_at=None, company__suspended_at=None)
        notices = list(lasting.select_related("company"))
    for notice in notices:
        _mail(notice)
        _post(notice)


def _mail(notice: AdminNotice) -> None:
    with company_scope(notice.company_id):
        admins = Member.objects.filter(role=Member.Role.ADMIN, active=True)
        addresses = list(admins.order_by("pk").values_list("email", flat=True))
        if not addresses or not _claim(notice, "mailed_at"):
            return
    with translation.override(notice.company.language):
        mail = EmailMessage(
            subject=_("Roomly: %(company)s has to do something") % {"company": notice.company.name},
            body=f"{notice.text}\n\n{settings.PUBLIC_URL}{notice.path}\n",
            to=addresses,
        )
    try:
        mail.send()
    except (OSError, SMTPException) as error:
        logger.warning("notice not mailed", notice=notice.pk, error=type(error).__name__)
        _give_back(notice, "mailed_at", notice.mailed_at)


def _post(notice: AdminNotice) -> None:
    with company_scope(notice.company_id):
        door: SlackConnection | None = usable_connection()
        channel = channel_of_company()
        if door is None or waits_until(door) or not (channel or door.webhook_url):
            return
        if not _claim(notice, "posted_at"):
            return
    try:
        slack.post(door, address_of(channel), notice_message(notice))
    except slack.InDoubt as trouble:
        logger.warning("notice perhaps not posted", notice=notice.pk, reason=trouble.code)
    except slack.SlackTrouble as trouble:
        logger.warning("notice not posted", notice=notice.pk, reason=trouble.code)
        _give_back(notice, "posted_at", notice.posted_at)
        with company_scope(notice.company_id):
            if isinstance(trouble, slack.Throttled):
                mark_waiting(door, timezone.now() + timedelta(seconds=trouble.seconds))
            if isinstance(trouble, slack.Broken):
                mark_broken(door, trouble.code)
            if isinstance(trouble, slack.ChannelBroken):
                mark_unusable(channel, trouble.code)


def _claim(notice: AdminNotice, column: str) -> bool:
    """Whether this worker is the one that sends it today."""
    now = timezone.now()
    due = Q(**{column: None}) | Q(**{f"{column}__lte": now - AGAIN})
    lasting = AdminNotice.objects.filter(due, pk=notice.pk, ended_at=None)
    return bool(lasting.update(**{column: now}))


def _give_back(notice: AdminNotice, column: str, before: datetime | None) -> None:
    with company_scope(notice.company_id):
        AdminNotice.objects.filter(pk=notice.pk).update(**{column: before})
