"""Mailing and posting what administrators have to do: each at most once a day while it lasts.

In Slack it goes to each administrator whom Slack knows, and to the company's channel where it
knows none.

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
from django.db.models import Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from reminders import people, slack
from reminders.channels import address_of, channel_of_company
from reminders.connections import usable_connection, waits_until
from reminders.messages import notice_message
from reminders.models import SlackChannel, SlackConnection
from reminders.sending import record_on_door
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
        addresses = list(_admins().values_list("email", flat=True))
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
        if door is None or waits_until(door) or not _claim(notice, "posted_at"):
            return
        channel = channel_of_company()
        admins = list(_admins()) if door.bot_token else []
    try:
        known = [person for admin in admins if (person := people.find(door, admin))]
    except slack.SlackTrouble as trouble:
        _record(notice, door, None, trouble)
        posted = []
    else:
        posted = [_post_to(person.slack_id, door, None, notice) for person in known]
        if not known and (channel or door.webhook_url):
            posted = [_post_to(address_of(channel), door, channel, notice)]
    if not any(posted):
        _give_back(notice, "posted_at", notice.posted_at)


def _post_to(
    address: str, door: SlackConnection, channel: SlackChannel | None, notice: AdminNotice
) -> bool:
    """Whether a message went out, or may have."""
    try:
        slack.post(door, address, notice_message(notice))
    except slack.SlackTrouble as trouble:
        _record(notice, door, channel, trouble)
        return isinstance(trouble, slack.InDoubt)
    return True


def _record(
    notice: AdminNotice,
    door: SlackConnection,
    channel: SlackChannel | None,
    trouble: slack.SlackTrouble,
) -> None:
    logger.warning("notice not posted, or not surely", notice=notice.pk, reason=trouble.code)
    with company_scope(notice.company_id):
        record_on_door(door, channel, trouble)


def _admins() -> QuerySet[Member]:
    admins: QuerySet[Member] = Member.objects.filter(role=Member.Role.ADMIN, active=True)
    return admins.order_by("pk")


def _claim(notice: AdminNotice, column: str) -> bool:
    """Whether this worker is the one that sends it today."""
    now = timezone.now()
    due = Q(**{column: None}) | Q(**{f"{column}__lte": now - AGAIN})
    lasting = AdminNotice.objects.filter(due, pk=notice.pk, ended_at=None)
    return bool(lasting.update(**{column: now}))


def _give_back(notice: AdminNotice, column: str, before: datetime | None) -> None:
    with company_scope(notice.company_id):
        AdminNotice.objects.filter(pk=notice.pk).update(**{column: before})
