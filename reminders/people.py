"""Who somebody is in their company's Slack: asked by address, and the other way round.

What Slack said is kept for a day; that it knows nobody, for an hour. An address counts only in
the company's own workspace, and only once its owner has confirmed it there.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from reminders import preferences
from reminders.connections import usable_connection
from reminders.models import SlackConnection, SlackPerson
from reminders.slack import SlackTrouble, client, errors
from tenants.models import Member
from tenants.scope import company_scope
from tenants.zones import zone_names

FRESH = timedelta(days=1)
MISSED = timedelta(hours=1)
JUST_NOW = timedelta(minutes=1)

# Slack's words for "nobody by that address or id", or for a token that may not ask: mended by
# nobody within minutes, and no reason to stop what goes to channels.
NOBODY = {
    "users_not_found", "user_not_found", "user_not_visible", "missing_scope", "no_permission",
    "not_allowed_token_type", "invalid_arguments",
}  # fmt: skip
# What chat.postMessage says of a person who cannot be written to.
UNREACHABLE = {
    "channel_not_found", "user_not_found", "user_disabled", "user_not_visible", "is_archived",
    "messages_tab_disabled", "cannot_dm_bot", "not_in_channel",
}  # fmt: skip


def known(member: Member) -> SlackPerson | None:
    """What is known of a member's address; None where Slack has to be asked. In the scope."""
    return _fresh(SlackPerson.objects.filter(email=member.email))


def find(connection: SlackConnection, member: Member) -> SlackPerson | None:
    """Who a member is in Slack, which is asked where that is not known; None for nobody there.

    Never inside a transaction; raises SlackTrouble where Slack does not say.
    """
    with company_scope(connection.company_id):
        person = known(member)
    person = person or look_up(connection, member)
    return person if person.slack_id else None


def look_up(connection: SlackConnection, member: Member) -> SlackPerson:
    """Asks Slack for a member's address and keeps the answer. Never inside a transaction.

    Without `slack_id` where Slack knows nobody; raises SlackTrouble where it does not say.
    """
    user: Mapping[str, Any] = {}
    try:
        with errors():
            answer = client(connection).users_lookupByEmail(email=member.email)
            user = answer["user"]
    except SlackTrouble as trouble:
        if trouble.code not in NOBODY:
            raise
    with company_scope(connection.company_id):
        return _keep(member.email, user if _is_person(connection, user) else {})


def person_of(company_id: int, slack_id: str) -> SlackPerson | None:
    """The person behind an id in a company's Slack, by an address that they have confirmed.

    None for bots, for people who left, and for guests from other workspaces, whose addresses
    prove nothing. Never inside a transaction; raises SlackTrouble where Slack does not say.
    """
    with company_scope(company_id):
        person = _fresh(SlackPerson.objects.filter(slack_id=slack_id))
        connection = usable_connection()
    if person is not None or connection is None or not connection.bot_token:
        return person
    try:
        with errors():
            user = client(connection).users_info(user=slack_id)["user"]
    except SlackTrouble as trouble:
        if trouble.code not in NOBODY:
            raise
        return None
    email = str(user.get("profile", {}).get("email") or "").lower()
    if not email or not _is_person(connection, user):
        return None
    with company_scope(company_id):
        return _keep(email, user)


def member_of(person: SlackPerson) -> Member | None:
    """The active member with a person's address. In the scope."""
    members = Member.objects.select_related("user", "company")
    found: Member | None = members.filter(email=person.email, active=True).first()
    return found


def open_direct(connection: SlackConnection, person: SlackPerson) -> str:
    """The id of the app's direct messages with a person; raises SlackTrouble."""
    if person.dm_channel:
        return person.dm_channel
    with errors():
        answer = client(connection).conversations_open(users=person.slack_id)
    return str(answer["channel"]["id"])


def mark_reached(person: SlackPerson, dm_channel: str) -> None:
    """A message arrived, in these direct messages. In the scope."""
    if dm_channel and person.dm_channel != dm_channel:
        SlackPerson.objects.filter(pk=person.pk).update(dm_channel=dm_channel)


def mark_unreachable(person: SlackPerson) -> None:
    """Slack would not write to a person: it is asked anew, or, if it just was, believed."""
    row = SlackPerson.objects.filter(pk=person.pk, slack_id=person.slack_id)
    if timezone.now() - person.looked_up_at < JUST_NOW:
        row.update(slack_id="", dm_channel="")
    else:
        row.delete()


def _fresh(rows: QuerySet[SlackPerson]) -> SlackPerson | None:
    now = timezone.now()
    hit = ~Q(slack_id="") & Q(looked_up_at__gt=now - FRESH)
    miss = Q(slack_id="", looked_up_at__gt=now - MISSED)
    found: SlackPerson | None = rows.filter(hit | miss).first()
    return found


def _is_person(connection: SlackConnection, user: Mapping[str, Any]) -> bool:
    """Whether this is somebody of the company's workspace or organisation who can be written to."""
    homes = {user.get("team_id"), user.get("enterprise_user", {}).get("enterprise_id")}
    at_home = not connection.team_id or connection.team_id in homes
    away = user.get("deleted") or user.get("is_bot") or user.get("is_stranger")
    return bool(user.get("id")) and at_home and not away and user.get("is_email_confirmed", True)


def _keep(email: str, user: Mapping[str, Any]) -> SlackPerson:
    """Notes what Slack said of an address; no `user`: nobody has it."""
    slack_id, zone = str(user.get("id") or ""), str(user.get("tz") or "")
    zone = zone if zone in zone_names() else ""
    before = SlackPerson.objects.filter(email=email).first()
    same = before is not None and before.slack_id == slack_id
    if slack_id:  # whose address has changed
        SlackPerson.objects.filter(slack_id=slack_id).exclude(email=email).delete()
    person: SlackPerson
    person, _made = SlackPerson.objects.update_or_create(
        email=email,
        defaults={
            "slack_id": slack_id,
            "timezone": zone,
            "dm_channel": before.dm_channel if before and same else "",
            "looked_up_at": timezone.now(),
        },
    )
    _follow_clock(person, before.timezone if before else "")
    return person


def _follow_clock(person: SlackPerson, before: str) -> None:
    """Quiet hours and agendas are on the person's clock, and on the company's while that is
    not known."""
    member = member_of(person) if person.timezone != before else None
    if member is not None:
        company = member.company.timezone
        if (person.timezone or company) != (before or company):
            preferences.plan_again(member.company_id, member)
