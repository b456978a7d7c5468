"""The newest lines of two histories as one: what happened to bookings, and to settings.

Both are read along an index from a place on (a keyset), so that the last page of a long log costs
what the first one does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from bookings.models import BookingEvent, Occurrence
from tenants.audit_log import ACTS
from tenants.errors import InvalidInput
from tenants.models import AuditEntry
from tenants.people import people

BOOKINGS = "bookings"  # the kind of what happened to bookings, beside the areas of settings

Item = BookingEvent | AuditEntry
_SOURCES: Sequence[type[Item]] = (BookingEvent, AuditEntry)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody looks for. `who` are words of names or addresses; instants; empty: all."""

    who: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


@dataclass(frozen=True, order=True)
class Place:
    """Where a line stands: of those of one moment the settings' come later, then the id counts."""

    at: datetime
    source: int
    pk: int

    @classmethod
    def of(cls, item: Item) -> "Place":
        return cls(item.at, _SOURCES.index(type(item)), item.pk)

    @classmethod
    def parsed(cls, text: str) -> "Place":
        """As `str` wrote it; raises InvalidInput for anything else."""
        try:
            at, source, pk = text.split("~")
            place = cls(datetime.fromisoformat(at), int(source), int(pk))
        except ValueError as error:
            raise InvalidInput(field="before") from error
        if place.at.tzinfo is None or not 0 <= place.pk < 1 << 63:
            raise InvalidInput(field="before")
        return place

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.source}~{self.pk}"


def newest(wish: Wish, *, before: Place | None = None, most: int) -> list[Item]:
    """The active company's newest lines, or those before a place; in three queries at most."""
    found: list[Item] = []
    who = _who(wish)
    if wish.kind in ("", BOOKINGS):
        events = _page(_events(wish, who), 0, before, most)
        found += events.select_related("member", "booking__organizer", "booking__room__building")
    if wish.kind != BOOKINGS:
        found += _page(_entries(wish, who), 1, before, most).select_related("member")
    return sorted(found, key=Place.of, reverse=True)[:most]


def addresses(events: Iterable[BookingEvent]) -> dict[int, Any]:
    """The public id of a date that each event's booking has, of the one it happened to or the next;
    by the event's id."""
    date = Occurrence.objects.filter(
        booking=OuterRef("booking"),
        original_start__gte=Coalesce(
            OuterRef("original_start"), OuterRef("booking__dtstart_local")
        ),
    ).order_by("original_start")
    rows = BookingEvent.objects.filter(pk__in=[event.pk for event in events])
    return dict(rows.values_list("pk", Subquery(date.values("public_id")[:1])))


def _events(wish: Wish, who: Q) -> QuerySet[BookingEvent]:
    rows = BookingEvent.objects.filter(_when(wish), who)
    if wish.text:
        text = Q(booking__title__icontains=wish.text)
        rows = rows.filter(text | Q(booking__room__name__icontains=wish.text))
    return rows


def _entries(wish: Wish, who: Q) -> QuerySet[AuditEntry]:
    rows = AuditEntry.objects.filter(_when(wish), who)
    if wish.kind:
        rows = rows.filter(act__in=[act for act in ACTS if act.startswith(f"{wish.kind}.")])
    return rows.filter(subject__icontains=wish.text) if wish.text else rows


def _who(wish: Wish) -> Q:
    if not wish.who:
        return Q()
    return Q(member__in=list(people(wish.who).order_by().values_list("pk", flat=True)))


def _when(wish: Wish) -> Q:
    since = Q(at__gte=wish.since) if wish.since else Q()
    return since & (Q(at__lt=wish.until) if wish.until else Q())


def _page(rows: QuerySet[Any], source: int, before: Place | None, most: int) -> QuerySet[Any]:
    """The newest rows, chosen in their history alone: with its neighbours joined first, what
    PostgreSQL guesses of these decides, and it may read and sort the whole past for a page."""
    if before is not None:
        rows = rows.filter(_earlier(source, before))
    chosen = rows.order_by("-at", "-pk").values("pk")[:most]
    page: QuerySet[Any] = rows.model.objects.filter(pk__in=chosen)
    return page


def _earlier(source: int, place: Place) -> Q:
    """What comes before a place in one of the histories; the first condition is for its index.
    Without an OR, as PostgreSQL expects far fewer rows of one than there are."""
    if source < place.source:
        return Q(at__lte=place.at)
    if source > place.source:
        return Q(at__lt=place.at)
    return Q(at__lte=place.at) & ~Q(at=place.at, pk__gte=place.pk)
