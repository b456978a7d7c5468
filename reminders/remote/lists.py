"""One's own bookings to come, as a list with buttons."""

from django.utils import timezone
from django.utils.translation import gettext as _

from bookings.edits.restoring import can_come_back
from bookings.models import Occurrence
from reminders.blocks import actions, context, link, section
from reminders.messages import Message
from reminders.remote.dates import date_blocks, restore_button, seen_in
from reminders.remote.replies import message
from reminders.remote.who import Asker

MOST = 8  # dates in a message: three blocks each, of fifty


def list_of_own(asker: Asker, lead: str = "", about: Occurrence | None = None) -> Message:
    """What a member has booked and is not over, the next first. Inside the company's scope.

    After words about a date that was given up stands the button that brings it back.
    """
    rows = (
        Occurrence.objects.get_queryset()
        .shown()
        .filter(booking__organizer=asker.member, ends_at__gt=timezone.now())
        .select_related("booking__organizer", "room__building", "room__floor")
        .order_by("starts_at", "pk")
    )
    shown = list(rows[: MOST + 1])
    blocks = [section(lead)] if lead else []
    if about is not None and can_come_back(about):
        blocks.append(actions(restore_button(about), block_id=seen_in(about, in_list=True)))
    if not shown:
        blocks.append(section(_("You have nothing booked.")))
    for number, row in enumerate(shown[:MOST], start=1):
        blocks += date_blocks(row, asker.reader, number=number)
    if len(shown) > MOST:
        blocks.append(context(_("There are more.")))
    blocks.append(actions(link(_("My bookings"), "/bookings/", "open:all")))
    return message(*blocks)
