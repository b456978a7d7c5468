"""Google → Roomly: reads what changed since the sync token, then takes it over at once.

Pages are stored as they come, which changes no booking. After the last one everything is taken
over in one transaction that also saves the new token, so that dying anywhere repeats work and
loses nothing.
"""

import random
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from bookings.many import another, any_key, any_of, collected_later, insert_many
from calendars import content, polling
from calendars.budget import Lane
from calendars.content import Item
from calendars.errors import GoogleUnavailable, NotThere, TokenExpired
from calendars.google import Page
from calendars.grants import GoogleAccess
from calendars.incorporate import STRANGE, Incoming, hides_details
from calendars.lag import lags_of, still_behind, with_lags
from calendars.lease import Lease
from calendars.models import CalendarLink, Channel, GoogleCopy
from calendars.reading_order import in_order
from calendars.rules import explained, listed_too_short
from tenants.scope import company_scope

logger = structlog.get_logger(__name__)

FIRST_LOOK_BACK = timedelta(days=30)  # of a listing without a token
MOST_UNSEEN, SHARE_UNSEEN = 20, 0.2  # of what is to come: more than both is hard to believe
SAMPLE = 5
BETWEEN_LISTINGS = timedelta(minutes=10)  # from the beginning, of one calendar
OVERDUE = LISTINGS_SPREAD = timedelta(minutes=30)


def pull(lease: Lease, access: GoogleAccess, link: CalendarLink) -> None:
    """Brings Roomly up to a calendar's current state.

    `link` comes with its company and room. Raises GoogleUnavailable, NotThere (the calendar is
    gone) or LeaseLost; then nothing is lost, and the next pull begins where this one did. Where the
    token has expired and the calendar has to wait for its turn to be listed, nothing is read yet.

    Nobody waits for a listing from the beginning: all of them share what the bulk lane may spend.
    """
    if link.sync_token:
        try:
            Pull(lease, access, link, link.sync_token).run()
            return
        except TokenExpired:
            if _forget_token(lease, link) > timezone.now():
                return
    with GoogleAccess(lease.company_id, Lane.BULK) as patient:
        Pull(lease, patient, link, "").run()


def _forget_token(lease: Lease, link: CalendarLink) -> datetime:
    """Notes that a token has expired; returns when the calendar may be listed, at once as a rule.

    One that should have been read long ago was stopped by an outage, which expires the tokens of
    all: they are listed over half an hour, each at a moment of its own.
    """
    now = timezone.now()
    logger.info("sync token expired", company=link.company_id, link=link.pk)
    due = min(filter(None, (link.next_poll_at, link.behind_since)))
    spread = random.random() * LISTINGS_SPREAD if due < now - OVERDUE else timedelta()  # noqa: S311
    after = max(now + spread, link.list_after or now)
    with company_scope(lease.company_id):
        lease.write(sync_token="", list_after=after)
    return after


class Pull:
    """One reading of a calendar, with a token or from the beginning."""

    def __init__(
        self, lease: Lease, access: GoogleAccess, link: CalendarLink, sync_token: str
    ) -> None:
        self._lease, self._access, self._link = lease, access, link
        self._token = sync_token
        self._calendar_id = link.google_calendar_id
        self._run: UUID | None = None if sync_token else uuid4()
        self._started = timezone.now()
        self._since = self._started - FIRST_LOOK_BACK
        self._found = self._missed = 0  # items that are new to us; that push should have told of
        self._lags: list[int] = []
        self._at_hand: dict[int, GoogleCopy] = {}  # new and no part of a series: as stored

    def run(self) -> None:
        """Reads all pages, completes them, and takes them over."""
        next_sync = self._read_pages()
        with company_scope(self._lease.company_id):
            news = list(self._news().values_list("recurring_event_id", flat=True))
            short = [copy.google_event_id for copy in listed_too_short(self._link)]
        if news:
            self._fetch_masters(set(news) - {""})
        self._open_again(short)
        if news or short:
            self._explain_rules()
        if self._run is not None:
            self._check_unseen()
        self._take_over(next_sync)

    def _read_pages(self) -> str:
        page_token = ""
        while True:
            page = self._page(page_token)
            with company_scope(self._lease.company_id), collected_later():
                self._store(page)
                self._lease.write()
            if not page.next_page:
                return page.next_sync
            page_token = page.next_page

    def _page(self, page_token: str) -> Page:
        return self._access(
            lambda google: google.list_page(
                self._calendar_id,
                sync_token=self._token,
                page_token=page_token,
                time_min=self._since,
            )
        )

    def _store(self, page: Page) -> None:
        """Notes the items that are new to us. Those with the etag that we know are echoes."""
        items = {item["id"]: item for item in page.items}
        copies = {copy.google_event_id: copy for copy in self._known(items)}
        if self._run is not None:
            seen = [copy.pk for copy in copies.values()]
            GoogleCopy.objects.filter(pk__in=any_key(seen)).update(run_id=self._run)
        fresh, changed = [], []
        blank = GoogleCopy(company_id=self._link.company_id, link=self._link, run_id=self._run)
        zone = self._link.room.zone_name
        for event_id, item in items.items():
            known = copies.get(event_id)
            if known is None and _means_nothing(item):
                continue
            if known is None:
                known = another(blank)
                known.google_event_id = event_id
                known.recurring_event_id = item.get("recurringEventId", "")
                fresh.append(known)
            elif known.etag == item.get("etag") and not (known.dirty or known.moving_from_id):
                continue
            else:
                changed.append(known)
            self._count(item)
            known.raw = {}
            known.dirty = content.is_readable(item, zone)
            if known.dirty:
                known.raw = content.kept(item, mask=hides_details(known, item))
            else:
                logger.error("event not understood", link=self._link.pk, event_id=event_id)
        insert_many(fresh)
        GoogleCopy.objects.bulk_update(changed, ["raw", "dirty"])
        self._keep_at_hand(fresh, changed)

    def _keep_at_hand(self, fresh: Iterable[GoogleCopy], changed: Iterable[GoogleCopy]) -> None:
        """What is new need not be read again from the database, unless it is listed once more."""
        single = {copy.pk: copy for copy in fresh if not content.is_of_series(copy.raw)}
        self._at_hand |= single
        for copy in changed:
            self._at_hand.pop(copy.pk, None)

    def _count(self, item: Item) -> None:
        """News, and whether they were announced: no message came since they happened."""
        self._found += 1
        try:
            updated = content.updated_of(item)
        except STRANGE:
            return  # what is to be said of it is said when it is taken over
        link = self._link
        told = link.last_push_at is not None and updated and link.last_push_at >= updated
        if updated and updated < self._started - polling.LATE and not told:
            self._missed += 1

    def _known(self, ids: Iterable[str]) -> Iterable[GoogleCopy]:
        mine = GoogleCopy.objects.filter(link=self._link, google_event_id__in=any_of(ids))
        return mine.select_related("booking")

    def _news(self) -> QuerySet[GoogleCopy]:
        return GoogleCopy.objects.filter(link=self._link, dirty=True)

    def _dirty(self) -> list[GoogleCopy]:
        found = dict.fromkeys(self._news().order_by("pk").values_list("pk", flat=True))
        read = self._news().filter(pk__in=any_key(found.keys() - self._at_hand.keys()))
        known = self._at_hand | {copy.pk: copy for copy in read.select_related("booking")}
        return [known[pk] for pk in found]

    def _fetch_masters(self, wanted: set[str]) -> None:
        """An exception may be listed though its series is not, when that began long ago."""
        with company_scope(self._lease.company_id):
            known = {copy.google_event_id for copy in self._known(wanted)}
        for event_id in sorted(wanted - known):
            if item := self._look_up(event_id):
                self._store_one(item)

    def _open_again(self, short: Iterable[str]) -> None:
        """Takes series up once more of which Google has to tell further dates."""
        for event_id in short:
            if item := self._look_up(event_id):
                self._read_again(item)

    def _read_again(self, item: Item) -> None:
        with company_scope(self._lease.company_id):
            for copy in self._known([item["id"]]):
                copy.raw, copy.dirty = content.kept(item, mask=hides_details(copy, item)), True
                copy.base.pop("recurrence", None)  # so that its dates are compared
                copy.save(update_fields=["raw", "dirty", "base"])
            self._lease.write()

    def _explain_rules(self) -> None:
        """Asks for the dates of series whose rules we do not understand."""
        with company_scope(self._lease.company_id):
            ruled = self._news().filter(raw__has_key="recurrence")
            series = list(ruled.order_by("pk").values_list("raw", flat=True))
        for item in series:
            told = explained(self._access, self._link, item)
            if "places" in told:
                with company_scope(self._lease.company_id):
                    GoogleCopy.objects.filter(link=self._link, google_event_id=item["id"]).update(
                        raw=told
                    )
                    self._lease.write()

    def _check_unseen(self) -> None:
        """A full listing names no deletions: what it left out is looked up before it goes.

        Where that is much, a few are looked up for all, as one would not believe that a room was
        emptied. Raises GoogleUnavailable if the listing was wrong.
        """
        with company_scope(self._lease.company_id):
            known = self._still_to_come()
            left = self._news().filter(moving_from=None)  # by a reading that died
            lost = dict.fromkeys((*self._unseen(known), *self._unseen(left)))
            unseen = [copy.google_event_id for copy in lost]
            believable = max(MOST_UNSEEN, known.count() * SHARE_UNSEEN)
        looked_up = unseen
        if len(unseen) > believable:
            looked_up = random.sample(unseen, SAMPLE)
        for event_id in looked_up:
            found = self._look_up(event_id) or {"id": event_id, "status": "cancelled"}
            if looked_up is not unseen and not content.is_cancelled(found):
                logger.error("listing incomplete", link=self._link.pk, events=len(unseen))
                raise GoogleUnavailable("Google's list of events lacks some that exist.")
            self._store_one(found)
        for event_id in unseen if looked_up is not unseen else ():
            self._store_one({"id": event_id, "status": "cancelled"})

    def _still_to_come(self) -> QuerySet[GoogleCopy]:
        found = GoogleCopy.objects.filter(
            link=self._link,
            booking__occurrences__ends_at__gt=self._since,
            booking__occurrences__status__in=("confirmed", "pending", "conflicted"),
            moving_from=None,
        )
        return found.exclude(etag="").distinct()

    def _unseen(self, known: QuerySet[GoogleCopy]) -> list[GoogleCopy]:
        # A reading that died half way may have looked some of them up already.
        return [
            copy
            for copy in known.exclude(run_id=self._run).order_by("pk")
            if "cancelled" not in (copy.base.get("status"), copy.raw.get("status"))
        ]

    def _look_up(self, event_id: str) -> Item | None:
        try:
            return self._access(lambda google: google.get(self._calendar_id, event_id))
        except NotThere:
            return None

    def _store_one(self, item: Item) -> None:
        with company_scope(self._lease.company_id):
            self._store(Page((item,), "", "", ""))
            self._lease.write()

    def _take_over(self, next_sync: str) -> None:
        try:
            with company_scope(self._lease.company_id), collected_later():
                found = self._dirty()
                self._lags = [] if self._run else lags_of(found, timezone.now())
                self._take(found)
                self._finish(next_sync)
        except STRANGE:
            logger.exception("events not understood", link=self._link.pk)
            self._at_hand.clear()  # it may be half taken over
            self._take_one_by_one()
            with company_scope(self._lease.company_id):
                self._finish(next_sync)

    def _take(self, copies: Collection[GoogleCopy]) -> None:
        incoming = Incoming(self._link, copies, self._access.clock_ahead)
        alone = incoming.stands_alone(copies)
        for is_alone, together in groupby(
            in_order(self._link, copies), key=lambda copy: copy.pk in alone
        ):
            if is_alone:
                incoming.take_new(list(together))
                continue
            for copy in together:
                incoming.take(copy, copy.raw)
        conflicts = incoming.settle()
        if copies:
            logger.info("calendar pulled", link=self._link.pk, events=len(copies))
        if conflicts:
            logger.warning("events overlap", link=self._link.pk, dates=len(conflicts))

    def _take_one_by_one(self) -> None:
        """The way round an event that is like no other: it is set aside until it changes."""
        with company_scope(self._lease.company_id):
            copies = in_order(self._link, self._dirty())
        for copy in copies:
            try:
                with company_scope(self._lease.company_id):
                    self._take([copy])
                    self._lease.write()
            except STRANGE:
                logger.exception("event set aside", link=self._link.pk, copy=copy.pk)
                with company_scope(self._lease.company_id):
                    GoogleCopy.objects.filter(pk=copy.pk).update(raw={}, dirty=False)
                    self._lease.write()

    def _finish(self, next_sync: str) -> None:
        now, link = timezone.now(), self._link
        if self._found:
            link.last_change_at = now
        if self._run is None:
            self._judge_push(now)
        else:
            link.list_after = self._started + BETWEEN_LISTINGS
        self._lease.write(
            list_after=link.list_after,
            missed_pushes=link.missed_pushes,
            missed_in_row=link.missed_in_row,
            last_change_at=link.last_change_at,
            sync_token=next_sync,
            pulled_generation=link.generation,
            last_pull_at=now,
            read_after=self._started + timedelta(seconds=settings.GOOGLE_SECONDS_BETWEEN_PULLS),
            next_poll_at=polling.next_poll(link, now),
            failures=0,
            error="",
            behind_since=still_behind(self._link.generation, self._started),
            lags_in=with_lags("lags_in", self._lags),
        )

    def _judge_push(self, now: datetime) -> None:
        """How well the channel works: a message shows that it does, news that nothing announced
        that it does not, and a reading without either shows nothing."""
        link = self._link
        if link.last_push_at and (
            link.last_pull_at is None or link.last_push_at > link.last_pull_at
        ):
            link.missed_in_row = 0
        live = Channel.objects.filter(link=link, state=Channel.State.LIVE)
        if link.generation != link.pulled_generation or not live:
            return
        polling.note_poll(now, self._missed)
        link.missed_pushes += self._missed
        if self._missed:
            link.missed_in_row += 1
        if self._missed and link.missed_in_row == polling.MISSED_IN_ROW:
            logger.warning("push fails", company=link.company_id, link=link.pk)
            live.update(renew_at=now)


def _means_nothing(item: Item) -> bool:
    """The remains of an event that we never knew."""
    return content.is_cancelled(item) and not item.get("recurringEventId")
