"""Dates that were left out of a series because their room was taken, and that may be free again."""

from django.db.models import Exists, OuterRef
from django.utils import timezone

from bookings.edits.edit_modes import SKIPPED
from bookings.models import Booking, Occurrence, Room
from bookings.rules import LONGEST_BOOKING

_NO_LATER = LONGEST_BOOKING
_NO_EARLIER = LONGEST_BOOKING * 2  # a date may start so long before its block ends


def free_again(booking: Booking) -> list[Occurrence]:
    """The skipped dates of a series, still to come, whose open room nobody has by now.

    One query, however many dates there are; each comes with its room.
    """
    in_the_way = Occurrence.objects.filter(
        blocks=True,
        room_id=OuterRef("room_id"),
        starts_at__gt=OuterRef("block_from") - _NO_EARLIER,
        starts_at__lt=OuterRef("block_to") + _NO_LATER,
        block_from__lt=OuterRef("block_to"),
        block_to__gt=OuterRef("block_from"),
    )
    skipped = Occurrence.objects.filter(
        booking=booking,
        status=Occurrence.Status.CANCELLED,
        reason=SKIPPED,
        starts_at__gt=timezone.now(),
        room__state=Room.State.OPEN,
    )
    free = skipped.filter(~Exists(in_the_way)).select_related("room__building")
    return list(free.order_by("starts_at"))
