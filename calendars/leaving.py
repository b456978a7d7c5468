"""What people who left the company, or were suspended, still have booked.

Nothing happens to it by itself: an administrator gives it to somebody, or calls it off.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone

from bookings.drafts import Actor
from bookings.edits.edit_modes import Scope
from bookings.edits.editing import cancel_booking, change_booking
from bookings.models import Occurrence
from calendars.models import DirectoryPerson
from tenants.models import Company, Member

MOST_SHOWN = 100  # bookings of a person on the page; the rest follows once these are dealt with


@dataclass(frozen=True)
class Held:
    """A booking or a series: its next date, and how many it has to come."""

    occurrence: Occurrence
    dates: int


@dataclass(frozen=True)
class Leaver:
    """Somebody who left, with what they hold, the next first; `count` is of all of it."""

    person: DirectoryPerson
    bookings: list[Held]
    count: int


def leavers() -> list[Leaver]:
    """Who left, and what they have booked; those who hold something first. In a company's scope."""
    people = DirectoryPerson.objects.exclude(state=DirectoryPerson.State.ACTIVE).order_by("email")
    held = _held({person.email for person in people})
    found = [Leaver(each, held.get(each.email, [])[:MOST_SHOWN], len(held.get(each.email, [])))
             for each in people]  # fmt: skip
    return sorted(found, key=lambda leaver: not leaver.count)


def dates_held(emails: Collection[str]) -> Any:
    """A query of the dates to come of these organisers, in order.

    Each has a `holder` (address) and a `story`: the booking that all parts of a series point to.
    """
    return (
        Occurrence.objects.get_queryset()
        .shown()
        .filter(ends_at__gt=timezone.now())
        .annotate(
            holder=Lower(Coalesce("booking__organizer__email", "booking__organizer_email")),
            story=Coalesce("booking__split_from_id", "booking_id"),
        )
        .filter(holder__in=list(emails))
        .order_by("starts_at", "pk")
    )


def _held(emails: Collection[str]) -> dict[str, list[Held]]:
    first: dict[tuple[str, int], int] = {}
    dates: Counter[int] = Counter()
    for pk, holder, story in dates_held(emails).values_list("pk", F("holder"), F("story")):
        dates[first.setdefault((holder, story), pk)] += 1
    rows = Occurrence.objects.select_related("booking", "room__building").in_bulk(first.values())
    found: dict[str, list[Held]] = {}
    for (holder, _story), pk in first.items():
        found.setdefault(holder, []).append(Held(rows[pk], dates[pk]))
    return found


def hand_over(*, by: Actor, company: Company, occurrence: Occurrence, to: Member) -> None:
    """Makes somebody the organiser of a booking, or of all of a series that is to come."""
    change_booking(
        by=by, company=company, occurrence=occurrence, scope=Scope.ALL, changes={"organizer": to}
    )


def release(*, by: Actor, company: Company, occurrence: Occurrence) -> None:
    """Calls off a booking, or all of a series that is to come; the guests are told by Google."""
    cancel_booking(by=by, company=company, occurrence=occurrence, scope=Scope.ALL)
