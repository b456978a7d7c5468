"""Roomly → Google: makes events equal to bookings as they are now.

State-based: an entry says which subject is out of date, never what to do. A hundred edits are one
call, a repeated one changes nothing, and what has overtaken us there is merged before we write.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import structlog
from django.db.models import F
from django.utils import timezone

from bookings import live
from bookings.mirroring.mirror import Mirror
from bookings.models import Booking, OutboxEntry
from calendars import backoff, content
from calendars.content import Item
from calendars.copies import forget_attempts, reincarnate, remember
from calendars.errors import (
    AlreadyExists,
    GoogleError,
    GoogleRefused,
    GoogleUnavailable,
    NotThere,
    OverBudget,
    ScopeMissing,
    Stale,
    Unauthorized,
)
from calendars.google import Write, alteration, deletion, insertion
from calendars.grants import GoogleAccess
from calendars.incorporate import STRANGE, Incoming, hides_details
from calendars.lag import seconds_between, with_lags
from calendars.lease import Lease
from calendars.models import CalendarLink, GoogleCopy, Refusal
from calendars.plans import NotYet, Plan, due, plan, settled
from calendars.pull import pull
from calendars.rules import explained
from calendars.series.dates import compare_dates
from tenants.prepared import Prepared
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)

MANY = 5  # entries of one calendar, whose first calls are worth a batch
MOST_ROUNDS = 6  # calls for one entry, before somebody else's edits have to calm down
_COPY = Prepared[GoogleCopy](
    lambda pk: GoogleCopy.objects.select_related(
        "booking", "link__company", "link__room__building"
    ).filter(pk=pk),
    -2,
)
CANCELLED: Item = {"status": "cancelled"}
ABOUT_THE_GRANT = (Unauthorized, ScopeMissing)  # errors that a call by itself knows to deal with


def push_due(lease: Lease, access: GoogleAccess, link: CalendarLink) -> int:
    """Delivers what is due on a calendar; returns how many entries it looked at.

    Raises GoogleUnavailable (or a kin of it) when the rest had better wait, LeaseLost.
    """
    with company_scope(lease.company_id):
        entries = due(link)
    pushes = [Push(lease, access, link, entry) for entry in entries]
    if len(pushes) >= MANY:
        _send_together(access, pushes)
        # Before any trouble ends this: what worked.
        pushes.sort(key=lambda push: not isinstance(push.answer, Mapping))
    for push in pushes:
        push.run()
    return len(pushes)


def _send_together(access: GoogleAccess, pushes: Sequence["Push"]) -> None:
    """Does the first calls of those that depend on nothing else in one round trip.

    What was planned is noted (`attempts`), so a lost answer is found out as that of a single call.
    Whoever got no answer asks by itself.
    """
    lanes = Counter(push.lane for push in pushes)
    ready: list[Push] = []

    def planned() -> Iterator[Write]:
        for push in pushes:
            if lanes[push.lane] == 1 and push.prepare() and push.step is not None:
                ready.append(push)
                yield _write_of(push.step)

    paid: list[Write] = []
    try:
        # Planned one by one, as what nobody can pay for yet would be planned again later.
        paid = access(lambda google: google.affordable(planned()))
        answers = access(lambda google: google.write_together(paid))
    except GoogleUnavailable as error:
        answers = [error] * len(paid)
    except GoogleError as error:
        logger.warning("no batch", error=str(error))
        return
    for push in ready:
        push.answer = OverBudget("Requests to Google are rationed at this moment.")
    for push, answer in zip(ready, answers, strict=False):  # the last may not have been paid for
        push.answer = answer


def _write_of(step: Plan) -> Write:
    calendar, event, body = step.calendar_id, step.event_id, step.body or {}
    if step.act == "insert":
        return insertion(calendar, body)
    if step.act == "patch":
        return alteration(calendar, event, body, etag=step.etag)
    return deletion(calendar, event, etag=step.etag)


class DateGone(GoogleRefused):
    """The series was changed there, and has no such date any more."""


class Push:
    """Brings one subject up to date."""

    def __init__(
        self, lease: Lease, access: GoogleAccess, link: CalendarLink, entry: OutboxEntry
    ) -> None:
        self._lease, self._access, self._link, self._entry = lease, access, link, entry
        self._version = entry.desired_v  # that is being delivered
        self.step: Plan | None = None  # the last one
        self.answer: Item | GoogleError | None = None  # to it, if it was asked with others
        self._took: list[int] = []  # seconds, once it has been delivered

    @property
    def lane(self) -> int:
        """What has to reach Google one after the other shares one."""
        return self._entry.lane

    def prepare(self) -> bool:
        """Plans the first call; whether that is a write which can be sent with others."""
        try:
            self.step = self._plan()
        except (NotYet, GoogleError, *STRANGE):
            return False  # it will be met again, alone
        return self.step is not None and self.step.act in ("insert", "patch", "delete")

    def run(self) -> None:
        """Plans, calls and records until nothing is left to do. Raises GoogleUnavailable."""
        try:
            for _round in range(MOST_ROUNDS):
                if self.answer is None:
                    self.step = self._plan()
                if self.step is None:
                    return
                self._take(self.step)
            raise GoogleUnavailable("The event keeps changing in Google.", retry_after=5)
        except NotYet:
            self._postpone(seconds=5)
        except OverBudget:
            raise  # it was not tried
        except GoogleUnavailable as error:
            self._failed(error)
            raise
        except DateGone as error:
            self._look_at_series(error)
        except STRANGE as error:
            logger.exception("answer not understood", entry=self._entry.pk)
            self._refused(GoogleRefused(f"Google's event is not understood: {error}"))
        except GoogleError as error:
            self._refused(error)

    def _plan(self) -> Plan | None:
        with company_scope(self._lease.company_id):
            step = plan(self._entry, self._link)
            if step is None:
                self._announce()
            else:
                self._version = step.version
            self._lease.write()
        return step

    def _take(self, step: Plan) -> None:
        """One call, and what its answer means."""
        try:
            if step.act == "dates":
                self._read_dates(step)
            elif step.act == "look":
                self._found_there(step, self._look(step))
            else:
                self._record(step, self._call(step))
        except AlreadyExists:
            self._found_there(step, self._look(step))
        except (Stale, NotThere) as error:
            if step.act == "insert":
                raise GoogleUnavailable(f"The calendar was not found: {error}") from error
            self._found_there(step, self._look(step))
        except GoogleRefused:
            there = {} if step.act == "insert" else self._look(step)
            if not self._has_happened(step, there):
                raise
            self._found_there(step, there)

    def _has_happened(self, step: Plan, there: Item) -> bool:
        """Whether a refusal is no surprise: somebody deleted the event, or our own move arrived
        though its answer did not."""
        if step.act == "move":
            left = content.is_cancelled(self._look(step, step.moving_from))
            return left or not content.is_cancelled(there)
        return content.is_cancelled(there)

    def _call(self, step: Plan) -> Item:
        answer, self.answer = self.answer, None
        if isinstance(answer, GoogleError) and not isinstance(answer, ABOUT_THE_GRANT):
            raise answer
        if step.act == "move":
            calendar, event = step.calendar_id, step.event_id
            self._access(lambda google: google.move(step.moving_from, event, calendar))
            return self._look(step)
        if answer is None or isinstance(answer, GoogleError):
            answer = self._access(lambda google: google.write(_write_of(step)))
        return answer or {**CANCELLED, "id": step.event_id}

    def _read_dates(self, step: Plan) -> None:
        """What Google made of a series' dates, after a write that may have changed them."""
        since = timezone.now()
        until = step.until or self._link.company.bookable_until
        items = self._access(
            lambda google: google.instances(
                step.calendar_id, step.event_id, since=since, until=until, cancelled=True
            )
        )
        with company_scope(self._lease.company_id):
            Booking.objects.select_for_update(no_key=True).get(pk=self._entry.booking_id)
            master = _COPY.get(step.copy_id)
            master.dates_unread = False
            master.save(update_fields=["dates_unread"])
            shown = [content.kept(item, mask=hides_details(master, item)) for item in items]
            compare_dates(master, shown, since, until)
            self._acknowledge(step, master)
            self._announce()
            self._lease.write(lags_out=with_lags("lags_out", self._took))

    def _look(self, step: Plan, calendar_id: str = "") -> Item:
        """The event as it is there now; what is not there was deleted."""
        calendar = calendar_id or step.calendar_id
        try:
            item = self._access(lambda google: google.get(calendar, step.event_id))
        except NotThere:
            return {**CANCELLED, "id": step.event_id}
        if content.is_cancelled(item) and self._series_is_gone(step.calendar_id, item):
            return {**CANCELLED, "id": step.event_id}
        return explained(self._access, self._link, item)

    def _series_is_gone(self, calendar: str, item: Item) -> bool:
        """Whether a date is cancelled only because all are."""
        if not (series := item.get("recurringEventId")):
            return False
        try:
            return content.is_cancelled(self._access(lambda google: google.get(calendar, series)))
        except NotThere:
            return True

    def _record(self, step: Plan, item: Item) -> None:
        """It worked: Google carries this version now, and perhaps more than we wrote."""
        if step.act == "move" and self._read_with_dates(step, item):
            return
        with company_scope(self._lease.company_id):
            copy = _COPY.get(step.copy_id)
            copy.moving_from = None
            if content.is_cancelled(item) and step.act != "move":
                remember(copy, item, dict(CANCELLED))
                self._acknowledge(step, copy)
            else:
                incoming = Incoming(copy.link, [copy], self._access.clock_ahead)
                if step.act != "move":  # that brings it there as it was
                    self._acknowledge(step, copy)
                incoming.take(copy, item)
                incoming.settle()
            forget_attempts(copy, step.version)
            self._announce()
            self._lease.write(lags_out=with_lags("lags_out", self._took))

    def _acknowledge(self, step: Plan, copy: GoogleCopy) -> None:
        locked = Booking.objects.select_for_update(no_key=True)  # first
        booking = locked.get(pk=self._entry.booking_id)
        entry = OutboxEntry.objects.select_for_update().get(pk=step.entry_id)
        if step.act == "delete" and self._goes_on():
            return  # it left one calendar to appear in another
        if copy.dates_unread and booking.is_series:
            return  # what became of the dates is part of the same delivery
        if entry.is_pending:
            self._took = [seconds_between(entry.first_pending_at, timezone.now())]
        settled(entry, step.version)

    def _goes_on(self) -> bool:
        """Whether a deletion was only half of a date's way to another room."""
        start = self._entry.original_start
        row = self._entry.booking.occurrences.filter(original_start=start).first()
        return row is not None and row.status not in content.GONE

    def _found_there(self, step: Plan, item: Item) -> None:
        """The event is not as we knew it: take that over, then plan again."""
        if not self._read_with_dates(step, item):
            self._take_over(step, item)

    def _read_with_dates(self, step: Plan, item: Item) -> bool:
        """Of a series, the calendar tells what became of its dates, too, whose exceptions may not
        outlive what we are about to write, or which were cut off it before it was deleted. Its etag
        is believed only together with them."""
        if self._entry.original_start is not None:
            return False
        is_gone = step.act in ("patch", "dates") and content.is_cancelled(item)
        if not content.is_series(item) and not (is_gone and self._was_series(step)):
            return False
        pull(self._lease, self._access, self._lease.read())
        if (step.act == "move" or is_gone) and not self._lease.read().sync_token:
            raise GoogleUnavailable("What became of the series' dates is yet to be read.")
        with company_scope(self._lease.company_id):
            copy = _COPY.get(step.copy_id)
            copy.moving_from = None
            copy.save(update_fields=["moving_from"])
            self._lease.write()
        if is_gone:
            return copy.google_event_id != step.event_id or content.is_cancelled(copy.base)
        return bool(copy.etag)

    def _was_series(self, step: Plan) -> bool:
        with company_scope(self._lease.company_id):
            return bool(_COPY.get(step.copy_id).base.get("recurrence"))

    def _take_over(self, step: Plan, item: Item) -> None:
        with company_scope(self._lease.company_id):
            copy = _COPY.get(step.copy_id)
            incoming = Incoming(copy.link, [copy], self._access.clock_ahead)
            copy.moving_from = None
            never_there = "etag" not in item
            series = item.get("recurringEventId", copy.recurring_event_id)
            if step.act == "look" and series != copy.recurring_event_id:
                raise DateGone("In Google the date belongs to another part of its series.")
            if not content.is_cancelled(item):
                incoming.take(copy, item)
            elif step.act == "delete":
                remember(copy, item, dict(CANCELLED))
                forget_attempts(copy, step.version)
            elif (step.act == "move" and never_there) or (
                step.act == "insert" and not step.tried_before
            ):
                reincarnate(copy)  # gone on the way, or an id that was used up before our time
            elif step.act == "insert":
                self._deleted_there(copy, item)
            elif copy.recurring_event_id and not item.get("recurringEventId"):
                raise DateGone("Google has no such date of the series.")
            else:
                incoming.take(copy, item)
            incoming.settle()
            self._lease.write()

    def _deleted_there(self, copy: GoogleCopy, item: Item) -> None:
        """Our insert arrived, its answer did not, and meanwhile a person deleted the event."""
        remember(copy, item, dict(CANCELLED))
        rooms = copy.booking.occurrences.values_list("room_id", flat=True)
        mirror = Mirror(self._link.company, {self._link.room_id, *rooms})
        if copy.original_start is None:
            mirror.cancel(copy.booking)
        else:
            mirror.cancel_date(copy.booking, copy.original_start)
        mirror.settle()

    def _announce(self) -> None:
        """Open pages show how far a booking is on its way."""
        rows = self._entry.booking.occurrences.values_list("room_id", "starts_at")
        rooms, times = zip(*rows, strict=True) if rows else ((), ())
        live.announce_rooms(self._lease.company_id, rooms, times)

    def _postpone(self, **wait: float) -> None:
        with company_scope(self._lease.company_id):
            OutboxEntry.objects.filter(pk=self._entry.pk).update(
                next_at=timezone.now() + timedelta(**wait)
            )

    def _failed(self, error: GoogleUnavailable) -> None:
        """It may work later; nothing is lost by waiting."""
        now = timezone.now()
        with company_scope(self._lease.company_id):
            entry = OutboxEntry.objects.select_for_update().get(pk=self._entry.pk)
            entry.next_at = now + backoff.pause(entry.tries, error.retry_after)
            entry.tries += 1
            entry.error_class, entry.last_error = error.error_class, str(error)
            entry.save()
            self._announce()

    def _look_at_series(self, error: DateGone) -> None:
        """Reading the calendar tells what became of the date; only then it is worth a try."""
        if self._entry.tries >= MOST_ROUNDS:
            self._refused(error)
            return
        self._failed(GoogleUnavailable(str(error)))
        with company_scope(self._lease.company_id):
            self._lease.write(generation=F("generation") + 1)

    def _refused(self, error: GoogleError) -> None:
        """It will never work like this; the next edit of the booking gives it another chance."""
        logger.warning("google refused", entry=self._entry.pk, error=str(error))
        with company_scope(self._lease.company_id):
            # An edit that came while Google was asked has not been refused.
            refused = OutboxEntry.objects.filter(pk=self._entry.pk, desired_v=self._version).update(
                state=OutboxEntry.State.DEAD,
                error_class=error.error_class,
                last_error=str(error),
            )
            if refused and self.step is not None:
                _note_refusal(self.step, error)
            self._announce()


def _note_refusal(step: Plan, error: GoogleError) -> None:
    """Keeps what was asked and answered, for whoever has to decide what becomes of it."""
    Refusal.objects.update_or_create(
        entry_id=step.entry_id,
        defaults={
            "act": step.act,
            "calendar_id": step.calendar_id,
            "event_id": step.event_id,
            "request": step.body or {},
            "answer": str(error),
            "reason": error.reason[:100],
            "refused_at": timezone.now(),
        },
    )
