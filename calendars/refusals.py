"""Deliveries that Google refused for good: showing them, and what a person may decide.

Each decision holds for a delivery that is still refused; repeating one changes nothing. Two of
them look at Google first, so no transaction may be open: they raise GoogleError, or InUse while a
worker has the calendar.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings import history, live, outbox
from bookings.drafts import Actor
from bookings.guests import guests_of, list_of
from bookings.models import Occurrence, OutboxEntry
from calendars import content
from calendars.content import Content, Item
from calendars.copies import reincarnate, remember
from calendars.errors import NotThere
from calendars.grants import GoogleAccess
from calendars.incorporate import Incoming
from calendars.lease import Lease, take_lease
from calendars.merging import FLAGS, NO_FLAGS, ours_of
from calendars.models import CalendarLink, GoogleCopy, Refusal
from calendars.owners import locked
from calendars.plans import settled
from calendars.rules import explained
from tenants.errors import DomainError, NotFound
from tenants.scope import company_scope

MOST = 200  # in one list
CANCELLED: Item = {"status": "cancelled"}


class InUse(DomainError):
    """A worker has the calendar at this moment."""

    code = "calendar_in_use"
    status = 503
    message = gettext_lazy("The calendar is being synced at this moment. Try again in a moment.")


class NothingThere(DomainError):
    """Google has no event of which a version could be taken."""

    code = "nothing_in_google"
    status = 409
    message = gettext_lazy("Google has no event for this booking, so there is nothing to take.")


@dataclass(frozen=True)
class Refused:
    """A refused delivery as a person sees it. Instants; `date` is None if no date is left."""

    entry: OutboxEntry
    date: Occurrence | None
    act: str
    why: str
    answer: str  # Google's words
    request: str  # the body that Google refused, as JSON; empty if it is not known
    since: datetime
    last_try: datetime | None
    is_in_google: bool


def refused_entries() -> QuerySet[OutboxEntry]:
    """The active company's deliveries to Google that wait for a person."""
    entries: QuerySet[OutboxEntry] = OutboxEntry.objects.filter(
        consumer="google", state=OutboxEntry.State.DEAD, acked_v__lt=F("desired_v")
    )
    return entries


def get_refused(pk: int) -> OutboxEntry:
    """A delivery to Google of the active company, refused or not any more; raises NotFound."""
    found = OutboxEntry.objects.filter(consumer="google").select_related("booking__room")
    entry: OutboxEntry | None = found.filter(pk=pk).first()
    if entry is None:
        raise NotFound
    return entry


def refused_of(occurrence: Occurrence) -> list[Refused]:
    """What Google refused of a date, or of the whole booking."""
    own = refused_entries().filter(booking=occurrence.booking_id)
    return described(
        entry for entry in own if entry.original_start in (None, occurrence.original_start)
    )


def described(entries: Iterable[OutboxEntry]) -> list[Refused]:
    """Entries with all that a person needs to decide, in a fixed number of queries."""
    found = list(
        OutboxEntry.objects.filter(pk__in=[entry.pk for entry in entries])
        .select_related("booking__room__building", "booking__organizer")
        .order_by("first_pending_at", "pk")[:MOST]
    )
    bookings = [entry.booking_id for entry in found]
    asked = {row.entry_id: row for row in Refusal.objects.filter(entry__in=found)}
    copies = {
        (copy.booking_id, copy.original_start): copy
        for copy in GoogleCopy.objects.filter(booking__in=bookings).defer("raw", "base")
    }
    dates: dict[int, list[Occurrence]] = {}
    for row in Occurrence.objects.filter(booking__in=bookings).order_by("-starts_at"):
        dates.setdefault(row.booking_id, []).append(row)
    return [
        _described(
            entry,
            asked.get(entry.pk),
            copies.get((entry.booking_id, entry.original_start)),
            dates.get(entry.booking_id, []),
        )
        for entry in found
    ]


def _described(
    entry: OutboxEntry,
    asked: Refusal | None,
    copy: GoogleCopy | None,
    dates: Sequence[Occurrence],
) -> Refused:
    own = [row for row in dates if entry.original_start in (None, row.original_start)]
    body = asked.request if asked and asked.request else None
    return Refused(
        entry=entry,
        date=own[-1] if own else None,
        act=_act(asked.act if asked else ""),
        why=explain(entry.error_class, asked.reason if asked else ""),
        answer=entry.last_error,
        request=json.dumps(body, ensure_ascii=False, indent=2) if body else "",
        since=entry.first_pending_at,
        last_try=asked.refused_at if asked else None,
        is_in_google=_is_there(copy),
    )


def _act(act: str) -> str:
    return {
        "insert": _("Make the event"),
        "patch": _("Change the event"),
        "delete": _("Delete the event"),
        "move": _("Move the event to another room"),
        "dates": _("Read the dates of the series"),
    }.get(act, _("Bring Google up to date"))


def explain(error_class: str, reason: str) -> str:
    """Why Google refused, in a sentence; `reason` is Google's code."""
    if reason == "forbiddenForNonOrganizer":
        return _("Only the event's organiser may change this in Google.")
    if reason in ("forbidden", "requiredAccessLevel"):
        return _(
            "The connected account may not change events on this calendar. Share the calendar"
            " with it, then try again."
        )
    if error_class == "gone":
        return _("The event is not in Google any more.")
    if error_class == "conflict":
        return _("The event is being changed in Google again and again.")
    return _("Google does not accept this change, however often it is sent.")


# -- what a person decides --------------------------------------------------------------------


def try_again(entry: OutboxEntry, by: Actor) -> None:
    """Lets Google be asked once more. Inside the company's scope."""
    if outbox.retry(refused_entries().filter(pk=entry.pk)):
        _record(entry, by, "retried")


def leave_as_is(entry: OutboxEntry, by: Actor) -> None:
    """Gives the delivery up: both sides stay as they are. Inside the company's scope."""
    mine = _still_refused(entry.pk)
    if mine is not None:
        settled(mine)
        _record(mine, by, "left_google")


def take_googles_version(company_id: int, entry_id: int, by: Actor) -> None:
    """Makes the booking what the event in Google is: called off, if the event is gone.

    Raises NothingThere where Google never had the event.
    """
    with _looked_up(company_id, entry_id) as found, company_scope(company_id):
        copy = found.copy
        if copy is None or not _is_there(copy):
            raise NothingThere
        incoming = Incoming(copy.link, [copy])  # locks the rooms first
        locked(copy.booking_id)
        entry = _still_refused(entry_id)
        if entry is None:
            return
        settled(entry)  # nothing of ours is on its way any more
        flags = {name: copy.base.get(name, NO_FLAGS[name]) for name in FLAGS}
        copy.base, copy.attempts = {**flags, **_ours(copy)}, {}  # so that all of theirs is news
        incoming.take(copy, found.item)
        incoming.settle()
        _record(entry, by, "took_google")
        found.lease.write()


def overwrite_google(company_id: int, entry_id: int, by: Actor) -> None:
    """Makes the event what the booking is, whatever somebody made of it meanwhile."""
    with _looked_up(company_id, entry_id) as found, company_scope(company_id):
        entry = _still_refused(entry_id)
        if entry is None:
            return
        if found.copy is not None:
            _begin_with(found.copy, found.item)
        outbox.retry(OutboxEntry.objects.filter(pk=entry.pk))
        _record(entry, by, "overwrote_google")
        found.lease.write()


@dataclass(frozen=True)
class _Found:
    """A delivery's event as Google has it now, and the right to work on its calendar."""

    lease: Lease
    copy: GoogleCopy | None
    item: Item


@contextmanager
def _looked_up(company_id: int, entry_id: int) -> Iterator[_Found]:
    with company_scope(company_id):
        entry = get_refused(entry_id)
        home = CalendarLink.objects.filter(room=entry.booking.room_id).first()
        known = GoogleCopy.objects.select_related(
            "booking", "link__company", "link__room__building"
        )
        copy = known.filter(booking=entry.booking_id, original_start=entry.original_start).first()
    lease = take_lease(company_id, home.pk) if home else None
    if lease is None:
        raise InUse
    try:
        yield _Found(lease, copy, _look(company_id, copy) if copy else CANCELLED)
    finally:
        lease.release()


def _look(company_id: int, copy: GoogleCopy) -> Item:
    calendar, event = copy.link.google_calendar_id, copy.google_event_id
    gone = {**CANCELLED, "id": event}
    if not _is_there(copy):
        return gone
    with GoogleAccess(company_id) as access:
        try:
            return explained(access, copy.link, access(lambda google: google.get(calendar, event)))
        except NotThere:
            return gone


def _is_there(copy: GoogleCopy | None) -> bool:
    """Whether Google has, or had, this event. A date exists there without our doing."""
    return copy is not None and bool(copy.etag or copy.recurring_event_id)


def _begin_with(copy: GoogleCopy, item: Item) -> None:
    """Takes the event as it is for what both sides agreed on, so that ours is written over it."""
    if content.is_cancelled(item) and not copy.recurring_event_id:
        reincarnate(copy)
        return
    remember(copy, item, content.content_of_item(
        item, calendar_id=copy.link.google_calendar_id, zone=copy.booking.timezone
    ))  # fmt: skip


def _ours(copy: GoogleCopy) -> Content:
    if copy.original_start is None:
        return ours_of(copy.booking)
    row = copy.booking.occurrences.filter(original_start=copy.original_start).first()
    if row is None:
        return {"status": "cancelled"}
    return content.content_of_date(copy.booking, row, list_of(guests_of(row)))


def _still_refused(entry_id: int) -> OutboxEntry | None:
    entry: OutboxEntry | None = (
        refused_entries()
        .select_for_update(of=("self",))
        .select_related("booking")
        .filter(pk=entry_id)
        .first()
    )
    return entry


def _record(entry: OutboxEntry, by: Actor, act: str) -> None:
    history.record(entry.booking, by, act, subject=entry.original_start)
    rows = list(entry.booking.occurrences.values_list("room_id", "starts_at"))
    live.announce_rooms(
        entry.company_id, [room for room, _start in rows], [start for _room, start in rows]
    )
