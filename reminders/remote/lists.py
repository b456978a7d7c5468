"""One's own bookings to come, as a list with buttons."""

from django.utils import timezone
from django.utils.translation import gettext as _

from bookings.models import Occurrence
from reminders.blocks import actions, context, link, section
from reminders.messages import Message
from reminders.remote.dates import date_blocks
from reminders.remote.replies import message
from reminders.remote.who import Asker

MOST = 8  # dates in a message: three blocks each, of fifty


def list_of_own(asker: Asker, lead: str = "") -> Message:
    """What a member has booked and is not over, the next first. Inside the company's scope."""
    rows = (
        Occurrence.objects.get_queryset()
        .shown()
        .filter(booking__organizer=asker.member, ends_at__gt=timezone.now())
        .select_related("booking__organizer", "room__building", "room__floor")
        .order_by("starts_at", "pk")
    )
    shown = list(rows[: MOST + 1])
    blocks = [section(lead)] if lead else []
    if not shown:
        blocks.append(section(_("You have nothing booked.")))
    for number, row in enumerate(shown[:MOST], start=1):
        blocks += date_blocks(row, asker.reader, number=number)
    if len(shown) > MOST:
        blocks.append(context(_("There are more.")))
    blocks.append(actions(link(_("My bookings"), "/bookings/", "open:all")))
    return message(*blocks)
