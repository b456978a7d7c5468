"""What pages say about the company's Slack."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse

from reminders.channels import CHANNEL_NOTICE, CHANNEL_WORDS
from reminders.connections import BROKEN_NOTICE, BROKEN_WORDS
from reminders.models import SlackConnection
from tenants.models import Member

register = template.Library()

WORDS = {BROKEN_NOTICE: BROKEN_WORDS, CHANNEL_NOTICE: CHANNEL_WORDS}


@dataclass(frozen=True)
class Notice:
    """Something that a company's administrators should do about Slack, and where."""

    text: Any
    url: str


@register.simple_tag
def slack_notice(member: Member) -> Notice | None:
    """The worst that an administrator should do; None if all is well, or for others."""
    if not member.is_admin:
        return None
    for kind, words in WORDS.items():
        if kind in member.lasting_notices:
            return Notice(words, reverse("slack"))
    return None


@register.simple_tag
def slack_is_connected() -> bool:
    """Whether the company has a way to Slack that works."""
    return SlackConnection.objects.exclude(state=SlackConnection.State.BROKEN).exists()
