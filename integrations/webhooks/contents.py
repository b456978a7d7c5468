"""What a message says: the booking as the REST API shows it, and what the act changed.

It is written down at the first try, and the same in every other one. By then the booking may have
gone on; what it was then the next messages tell.
"""

import json
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Case, Q, QuerySet, When
from django.utils import timezone

from bookings.access import is_hushed
from bookings.edits.lineage import parts_of
from bookings.models import BookingEvent, Occurrence
from integrations.meantime import read_act
from integrations.models import WebhookMessage
from integrations.reading import MASKED, read_bookings

TEST = "webhook.test"
NOBODY = UUID(int=0)  # the public id of no date


def written(message: WebhookMessage) -> str:
    """The body of a message. In the company's scope."""
    event: BookingEvent | None = message.event
    told = {
        "type": message.type,
        "timestamp": (event.at if event else timezone.now()).isoformat(),
        "data": data_of(event) if event else {},
    }
    return json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False)


def data_of(event: BookingEvent) -> dict[str, Any]:
    """One act and the date that it is about; of a series as a whole, its date that was meant.

    Of a booking whose words are for the people in it alone there are no words here either: nobody
    knows who reads at the other end.
    """
    row = _date_of(event)
    known = row is not None and not is_hushed(row)
    change = read_act(event, ZoneInfo(event.booking.timezone), known=known)
    reach = change["after"].pop("scope", "all")
    change["after"].pop("chosen", None)
    is_one = event.original_start is not None or not event.booking.is_series
    booking = None
    if row:
        (booking,) = read_bookings([row], None)
        booking |= {} if known else MASKED
    return {
        "scope": "this" if is_one else reach,
        "booking": booking,
        "change": {**change, "door": event.door},
    }


def _date_of(event: BookingEvent) -> Occurrence | None:
    """The date that an act is about, wherever a later cut of the series has put it.

    Of a whole booking: the date that was chosen, or else the next one that takes place.
    """
    dates: QuerySet[Occurrence] = Occurrence.objects.select_related(
        "booking__organizer", "organizer", "room__building"
    ).filter(booking__in=parts_of(event.booking))
    own = Q(booking=event.booking)
    if event.original_start is not None:
        same = dates.filter(original_start=event.original_start)
        return same.order_by(Case(When(own, then=0), default=1)).first()
    to_come = Q(ends_at__gt=event.at)
    near = Case(
        When(public_id=event.after.get("chosen", NOBODY), then=0),
        When(own & to_come & ~Q(status__in=("cancelled", "released")), then=1),
        When(own & to_come, then=2),
        When(own, then=3),
        default=4,
    )
    return dates.order_by(near, "starts_at").first()
