"""From a call to the one service that answers it, and back to JSON."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from bookings.access import get_occurrence, get_room
from bookings.alternatives import Alternative, Span, alternatives
from bookings.creating import create_booking
from bookings.drafts import Draft
from bookings.editing import cancel_booking, change_occurrence
from bookings.errors import RoomTaken
from bookings.idempotency import Answer
from bookings.models import Occurrence, Room
from bookings.new_booking import wanted_places, wanted_series
from bookings.occurrences import version_tag
from integrations.authentication import Caller
from integrations.bodies import BookingBody, BookingChanges
from integrations.problems import refusal
from integrations.reading import read_bookings, read_conflicts, read_skipped
from tenants.errors import DomainError, InvalidInput


def book(caller: Caller, body: BookingBody) -> dict[str, Any]:
    """Makes the booking; the answer is its first date and what was left out."""
    room = get_room(body.validated_data["room"])
    draft = body.draft(room)
    with _offering(caller, room, lambda: _spans(caller, draft), seats=len(draft.attendees) + 1):
        booked = create_booking(
            by=caller.actor,
            company=caller.company,
            room=room,
            draft=draft,
            skip_taken=body.skips_taken,
        )
    (first,) = read_bookings(booked.occurrences[:1], caller.member)
    return {**first, "skipped": read_skipped(booked.skipped)}


def book_or_refuse(caller: Caller, body: BookingBody) -> Answer:
    """As `book`, but a refusal is an answer too, to be given again with the same key.

    The service takes back what it had written before it refused.
    """
    try:
        return Answer(201, plain(book(caller, body)))
    except DomainError as error:
        if error.status >= 500:
            raise
        problem = refusal(error)
        return Answer(problem.status_code, json.loads(problem.content))


def change(
    caller: Caller, public_id: UUID, body: BookingChanges, if_match: str | None
) -> Occurrence:
    """Changes the one date that can be changed so far."""
    row = get_occurrence(public_id)
    if row.booking.is_series and body.reach != "this":
        raise InvalidInput(
            _("Only one date of a series can be changed so far. Send scope “this”."),
            field="scope",
        )
    wanted = body.validated_data.get("room")
    changes = body.changes(get_room(wanted) if wanted else None)
    span = Span(changes.get("starts_at", row.starts_at), changes.get("ends_at", row.ends_at))
    with _offering(caller, changes.get("room", row.room), lambda: [span], besides=[row.pk]):
        return change_occurrence(
            by=caller.actor,
            company=caller.company,
            occurrence=row,
            changes=changes,
            expected_version=_expected(row, if_match),
        )


def cancel(caller: Caller, public_id: UUID, reach: str, if_match: str | None) -> None:
    """Cancels a date, it and the following, or all of its series that is not over."""
    row = get_occurrence(public_id)
    cancel_booking(
        by=caller.actor,
        company=caller.company,
        occurrence=row,
        scope=reach,
        expected_version=_expected(row, if_match),
    )


def plain(body: Any) -> Any:
    """A body as the caller will read it: JSON and nothing else."""
    return json.loads(json.dumps(body, cls=DjangoJSONEncoder))


def fingerprint(request: Request) -> str:
    """What makes a call the same as an earlier one: method, path and body, however spaced."""
    words = json.dumps([request.method, request.path, request.data], sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()


def _expected(row: Occurrence, if_match: str | None) -> str | None:
    """The version that `If-Match` asks for (RFC 9110, section 13.1.1); None: any."""
    if if_match is None or if_match.strip() == "*":
        return None
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in if_match.split(",")]
    current = version_tag(row)
    return current if current in tags else tags[0]


@contextmanager
def _offering(
    caller: Caller, room: Room, spans: Any, *, seats: int = 1, besides: Sequence[int] = ()
) -> Iterator[None]:
    """Adds to RoomTaken what is in the way and what is free instead."""
    try:
        yield
    except RoomTaken as error:
        offers = alternatives(
            company=caller.company, room=room, spans=spans(), seats=seats, besides=besides
        )
        error.details = {
            "conflicts": read_conflicts(error.conflicts, caller.member),
            "alternatives": [_read_alternative(offer) for offer in offers],
        }
        raise


def _spans(caller: Caller, draft: Draft) -> list[Span]:
    places = wanted_places(draft, wanted_series(draft), caller.company.bookable_until)
    return [Span(place.starts_at, place.ends_at) for place in places]


def _read_alternative(offer: Alternative) -> dict[str, Any]:
    zone = ZoneInfo(offer.room.zone_name)
    return {
        "room": offer.room.pk,
        "room_name": offer.room.name,
        "start": offer.span.starts_at.astimezone(zone).isoformat(),
        "end": offer.span.ends_at.astimezone(zone).isoformat(),
    }
