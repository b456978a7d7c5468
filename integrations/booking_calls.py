"""From a call to the one service that answers it, and back to JSON."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from rest_framework.request import Request

from bookings.access import get_occurrence, get_room
from bookings.alternatives import alternatives
from bookings.creating import create_booking
from bookings.drafts import Choice, Draft
from bookings.edits.editing import cancel_booking, change_booking
from bookings.edits.restoring import restore_occurrence
from bookings.edits.series_edits import Edited
from bookings.errors import Changed, RoomTaken, RuleBroken
from bookings.idempotency import Answer
from bookings.models import Occurrence
from bookings.new_booking import wanted_places, wanted_series
from bookings.occurrences import version_tag
from bookings.preview import preview_booking
from bookings.spans import Span
from bookings.sync_state import sync_states
from integrations.authentication import Caller
from integrations.bodies import BookingBody, BookingChanges
from integrations.meantime import read_meantime
from integrations.preview_reading import read_preview
from integrations.problems import refusal
from integrations.reading import (
    read_alternative,
    read_booking,
    read_bookings,
    read_broken,
    read_clashes,
    read_dates,
)
from tenants.errors import DomainError


def book(caller: Caller, body: BookingBody) -> dict[str, Any]:
    """Makes the booking; the answer is its first date and what was left out."""
    room = get_room(body.validated_data["room"])
    draft, choices = body.draft(room), body.decisions()
    with _offering(caller, choices, lambda: _spans(caller, draft), seats=len(draft.attendees) + 1):
        booked = create_booking(
            by=caller.actor,
            company=caller.company,
            room=room,
            draft=draft,
            choices=choices,
            skip_taken=body.skips_taken,
        )
    first = booked.occurrences[0]
    sync = sync_states([first])[first.pk]
    reading = read_booking(first, sync, booked.guests, caller.member)
    return {**reading, "skipped": read_dates(booked.skipped)}


def look_ahead(caller: Caller, body: BookingBody) -> dict[str, Any]:
    """What `book` would make of the same body."""
    room = get_room(body.validated_data["room"])
    preview = preview_booking(
        by=caller.actor,
        company=caller.company,
        room=room,
        draft=body.draft(room),
        choices=body.decisions(),
    )
    return read_preview(preview, caller.member, skip_taken=body.skips_taken)


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
) -> dict[str, Any]:
    """Changes as far as the scope reaches; the answer is the date, and what was left out or lost.

    With a status it brings the date back instead.
    """
    row = get_occurrence(public_id)
    expected = _expected(row, if_match)
    act = _restore if body.restores else _change
    choices = body.decisions()
    with _offering(caller, choices), _telling(caller, row, expected):
        edited = act(caller, row, body, choices, expected)
    (reading,) = read_bookings([_again(edited.occurrence)], caller.member)
    return {
        **reading,
        "skipped": read_dates(edited.skipped),
        "lost": read_dates(edited.lost),
    }


def _change(
    caller: Caller,
    row: Occurrence,
    body: BookingChanges,
    choices: Sequence[Choice],
    expected: str | None,
) -> Edited:
    return change_booking(
        by=caller.actor,
        company=caller.company,
        occurrence=row,
        scope=body.reach,
        changes=body.changes(),
        choices=choices,
        skip_taken=body.skips_taken,
        expected_version=expected,
    )


def _restore(
    caller: Caller, row: Occurrence, _body: object, _choices: object, expected: str | None
) -> Edited:
    back = restore_occurrence(
        by=caller.actor, company=caller.company, occurrence=row, expected_version=expected
    )
    return Edited(back, [], [])


def cancel(caller: Caller, public_id: UUID, reach: str, if_match: str | None) -> None:
    """Cancels a date, it and the following, or all of its series that is not over."""
    row = get_occurrence(public_id)
    expected = _expected(row, if_match)
    with _telling(caller, row, expected):
        cancel_booking(
            by=caller.actor,
            company=caller.company,
            occurrence=row,
            scope=reach,
            expected_version=expected,
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
    caller: Caller,
    choices: Sequence[Choice],
    spans: Callable[[], list[Span]] | None = None,
    *,
    seats: int = 1,
) -> Iterator[None]:
    """Adds to RoomTaken what is in the way of which date, and what is free instead; to RuleBroken
    whose rule it is, and what it allows.

    Without `spans` it looks for rooms that are free at the taken dates.
    """
    try:
        yield
    except RuleBroken as error:
        error.details = plain(read_broken(error))
        raise
    except RoomTaken as error:
        wanted = [clash.wanted for clash in error.clashes]
        asked = spans() if spans else [Span(row.starts_at, row.ends_at) for row in wanted]
        besides = [row.pk for row in wanted if row.pk]
        offers = []
        if wanted:
            offers = alternatives(
                company=caller.company,
                room=wanted[0].room,
                spans=asked,
                seats=seats,
                besides=besides,
            )
        error.details = {
            "conflicts": read_clashes(error.clashes, choices, caller.member),
            "alternatives": [read_alternative(offer.room, offer.span) for offer in offers],
        }
        raise


@contextmanager
def _telling(caller: Caller, row: Occurrence, expected: str | None) -> Iterator[None]:
    """Adds to Changed what the booking is now, and what became of it."""
    try:
        yield
    except Changed as error:
        error.details = plain(read_meantime(row, expected, caller.member))
        raise


def _again(row: Occurrence) -> Occurrence:
    """A date after its change; the first of its booking to come, where it went with its place."""
    if Occurrence.objects.filter(pk=row.pk).exists():
        return get_occurrence(row.public_id)
    first = row.booking.occurrences.filter(starts_at__gt=timezone.now()).order_by("starts_at")
    return get_occurrence(first[0].public_id)


def _spans(caller: Caller, draft: Draft) -> list[Span]:
    places = wanted_places(draft, wanted_series(draft), caller.company.bookable_until)
    return [Span(place.starts_at, place.ends_at) for place in places]
