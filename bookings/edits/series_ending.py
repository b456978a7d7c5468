"""Calling off a series, or a date and the following: its rule ends before the first that goes."""

from collections.abc import Sequence
from datetime import datetime

from bookings import history, live, outbox
from bookings.conflicts import settle_conflicts
from bookings.drafts import Actor
from bookings.edits.edit_modes import OUT_OF_RULE, is_first, next_place
from bookings.edits.lineage import chosen_in, lock_story, read_story
from bookings.edits.rewriting import rewrite
from bookings.models import Booking, Occurrence
from bookings.occurrences import schedule, series_of
from bookings.recurrence.edits import cut
from tenants.models import Company

CANCELLED = Occurrence.Status.CANCELLED


class SeriesEnding:
    """One cancellation that reaches more than a date. What is over stays history."""

    def __init__(self, company: Company, now: datetime) -> None:
        self._company, self._now = company, now
        self._story: dict[Booking, list[Occurrence]] = {}

    def lock(self, occurrence: Occurrence) -> Occurrence:
        """Locks and reads the whole story; returns the date as it is now."""
        self._story = lock_story(occurrence.booking, self._now)
        return chosen_in(self._story, occurrence)

    def read(self, occurrence: Occurrence) -> Occurrence:
        """As `lock`, for a look that writes nothing."""
        self._story = read_story(occurrence.booking)
        return chosen_in(self._story, occurrence)

    def dates(self, chosen: Occurrence, since: datetime | None) -> list[Occurrence]:
        """What there is to cancel from the original start `since` on; None: all not over."""
        return [row for each in self._reached(chosen, since) for row in self._doomed(*each)]

    def run(self, chosen: Occurrence, since: datetime | None, by: Actor) -> None:
        """Cancels from the original start `since` on; None: all that is not over."""
        before = history.snapshot(chosen.booking, chosen)
        ended = [self._end(*each) for each in self._reached(chosen, since)]
        rows = [row for doomed in ended for row in doomed]
        rewrite(rows, self._now)
        after = history.reach("following" if since else "all", chosen)
        history.record(chosen.booking, by, "cancelled", before=before, after=after)
        rooms = {row.room_id for row in rows}
        live.announce_rooms(self._company.pk, rooms, [row.starts_at for row in rows])
        settle_conflicts(rooms)

    def _reached(
        self, chosen: Occurrence, since: datetime | None
    ) -> list[tuple[Booking, datetime | None]]:
        own = chosen.booking
        later = [
            part for part in self._story
            if part is not own and (since is None or part.dtstart_local > since)
        ]  # fmt: skip
        return [(own, since), *((part, None) for part in later)]

    def _doomed(self, booking: Booking, since: datetime | None) -> list[Occurrence]:
        return [
            row for row in self._story[booking]
            if row.status != CANCELLED and row.ends_at > self._now
            and (since is None or row.original_start >= since)
        ]  # fmt: skip

    def _end(self, booking: Booking, since: datetime | None) -> list[Occurrence]:
        doomed = self._doomed(booking, since)
        if not doomed:
            return []
        for row in doomed:
            row.status, row.reason = CANCELLED, ""
        subjects = self._trim(booking, doomed, since)
        booking.version += 1
        booking.updated_at = self._now
        booking.save()
        outbox.announce(booking, [None, *subjects])
        return doomed

    def _trim(
        self, booking: Booking, doomed: Sequence[Occurrence], since: datetime | None
    ) -> list[datetime]:
        """Shortens the rule; returns the dates that Google has to be told of by themselves."""
        if booking.opaque:  # its rule is Google's own
            booking.frozen_before = None if since else self._now
            return [row.original_start for row in doomed] if since else []
        series = series_of(booking)
        at = next_place(series, self._now, since=since, running=True)
        if at is not None and not is_first(series, at):
            schedule(booking, cut(series, at)[0])
            for row in doomed:
                row.reason = OUT_OF_RULE if row.original_start >= at else ""
        return [
            row.original_start for row in doomed
            if row.room_id != booking.room_id or (at is not None and row.original_start < at)
        ]  # fmt: skip
