"""What every page of an administrator says about the company's connection with Google."""

from django import template

from calendars.status import Notice, connection_notice
from tenants.models import Member

register = template.Library()


@register.simple_tag
def google_notice(member: Member) -> Notice | None:
    """The notice for this member, if there is one."""
    return connection_notice(member)
