"""What somebody at the door does: in this room alone, under the rules that hold for all.

Nobody knows who stands there. History says that it was the display.
"""

from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from bookings.creating import create_booking
from bookings.display.state import DoorState, offer_of, state_of
from bookings.drafts import Actor, Draft
from bookings.edits.editing import change_booking
from bookings.errors import Changed, RoomTaken
from bookings.idempotency import Answer, answer_once
from bookings.models import Display, Door, Occurrence
from bookings.occurrences import version_tag
from bookings.spans import Span
from tenants.errors import InvalidInput

AT_THE_DOOR = Actor(Door.KIOSK)


def book(display: Display, *, minutes: int, seen: str) -> None:
    """Books the room from now on for so many minutes.

    `seen` is the `face_tag` under which it was offered: twice from one face is one booking. Raises
    RoomTaken where it is not free for so long any more, or RuleBroken.
    """

    def act(state: DoorState) -> None:
        offer = offer_of(state.bookable, minutes)
        if offer is None:
            raise RoomTaken([])
        create_booking(
            by=AT_THE_DOOR,
            company=display.company,
            room=display.room,
            draft=Draft(
                title=_("Booked at the door"),
                starts_at=offer.span.starts_at,
                ends_at=offer.span.ends_at,
                timezone=display.room.zone_name,
            ),
        )

    _once(display, f"book:{minutes}:{seen}", act)


def stay_longer(display: Display, *, date: UUID, version: str, minutes: int) -> None:
    """Has the meeting that is going on last so many minutes longer, as far as the room is free.

    `date` and `version` are what was on the display. Raises Changed where that is not so any more,
    RoomTaken or RuleBroken.
    """

    def act(state: DoorState) -> None:
        row = _current(state, date, version)
        offer = offer_of(state.longer, minutes)
        if offer is None:
            raise RoomTaken([])
        _retime(display, row, offer.span, version)

    _once(display, f"longer:{minutes}:{date}:{version}", act)


def end_now(display: Display, *, date: UUID, version: str) -> None:
    """Ends the meeting that is going on, as early as the rules allow; raises as `stay_longer`."""

    def act(state: DoorState) -> None:
        row = _current(state, date, version)
        if state.end is None:
            raise InvalidInput(_("The rules of this room do not let it end earlier."), field="end")
        _retime(display, row, state.end, version)

    _once(display, f"end:{date}:{version}", act)


def _retime(display: Display, row: Occurrence, span: Span, version: str) -> None:
    change_booking(
        by=AT_THE_DOOR, company=display.company, occurrence=row,
        changes={"ends_at": span.ends_at}, expected_version=version,
    )  # fmt: skip


def _current(state: DoorState, date: UUID, version: str) -> Occurrence:
    """The meeting that is going on, if it is still the one that was shown."""
    row = state.current
    if row is None or row.public_id != date or version_tag(row) != version:
        raise Changed
    return row


@transaction.atomic  # a refusal leaves nothing behind
def _once(display: Display, key: str, act: Callable[[DoorState], None]) -> None:
    """Does something unless the same press was done before."""

    def done() -> Answer:
        act(state_of(display.room, display.company, timezone.now()))
        return Answer(200, {})

    answer_once(actor=f"display:{display.pk}", key=key, request_hash=key[:64], act=done)
