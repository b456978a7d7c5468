"""Taking back, at once, that an edit cut a series in two: the halves become one row again.

Only while nobody was told of the cut: then the new half can go without a trace, and Google, Slack
and mail never learn of it. What cannot be made exactly as it was is left cut, by a refusal.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.core import signing
from django.utils import timezone

from bookings import outbox
from bookings.edits.lineage import parts_of, read_story
from bookings.edits.rewriting import rewrite
from bookings.errors import Changed
from bookings.models import Booking, BookingEvent, Occurrence, OutboxEntry
from bookings.occurrences import OWN

_SALT = "bookings.rejoining"
_MARGIN = timedelta(seconds=1)  # before listeners may begin
_ROW = (
    "room_id", "original_start", "starts_at", "ends_at", "block_from", "block_to", "status",
    "reason", "transparent", "room_response", "override_mask", *OWN,
)  # fmt: skip
_WHEN = ("dtstart_local", "timezone", "duration", "days", "rrule", "rdates", "exdates")


@dataclass(frozen=True)
class Whole:
    """A series as it is before an edit cuts it: its rule, and a digest of its rule and dates."""

    booking_id: int
    newest_part: int  # of its story; the half that is made is newer
    version: int
    dtstart_local: str
    rrule: str
    rdates: list[str]
    exdates: list[str]
    horizon_until: str
    digest: str

    @classmethod
    def of(cls, booking: Booking) -> "Whole":
        """A series as it is stored; two queries. In the transaction of the edit, before it."""
        rows = Occurrence.objects.filter(booking=booking)
        return cls(
            booking_id=booking.pk,
            newest_part=max(part.pk for part in parts_of(booking)),
            version=booking.version,
            dtstart_local=booking.dtstart_local.isoformat(),
            rrule=booking.rrule,
            rdates=[local.isoformat() for local in booking.rdates],
            exdates=[local.isoformat() for local in booking.exdates],
            horizon_until=booking.horizon_until.isoformat() if booking.horizon_until else "",
            digest=_digest(booking, rows),
        )

    def signed(self) -> str:
        """For the page, which brings it back unread."""
        return signing.dumps(asdict(self), salt=_SALT)

    @classmethod
    def read(cls, token: str) -> "Whole":
        """What the page brings back; raises Changed where it is too late, or not ours."""
        try:
            return cls(**signing.loads(token, salt=_SALT, max_age=outbox.UNDO_TIME))
        except signing.BadSignature as error:
            raise Changed from error

    def half_in(self, booking: Booking) -> Booking | None:
        """The half that an edit has made since in the story of a booking, where it made just one:
        what follows, or what was over when all were edited."""
        halves = list(parts_of(booking).filter(pk__gt=self.newest_part))
        return halves[0] if len(halves) == 1 else None


def untold_half(whole: Whole, booking: Booking) -> Booking:
    """The new half in a booking's story; raises Changed where a listener has heard of it, or may
    be about to."""
    half = whole.half_in(booking)
    entries = OutboxEntry.objects.select_for_update().filter(booking=half)
    soon = timezone.now() + _MARGIN
    if half is None or any(entry.acked_v or entry.next_at <= soon for entry in entries):
        raise Changed
    return half


def rejoin(half: Booking, whole: Whole, *, moved: Booking) -> None:
    """Gives the dates of a half back to the series that it was cut off from, and removes it.

    In the transaction that put the times of one of the two, `moved`, back, which holds the locks
    and has checked that nobody else changed that one, and after `untold_half`.
    Raises Changed unless series and dates then are exactly what they were.
    """
    now, story = timezone.now(), read_story(half)
    parts = {part.pk: part for part in story}
    booking, half = parts[whole.booking_id], parts[half.pk]
    other = half if moved.pk == booking.pk else booking
    if other.version != whole.version + 1:
        raise Changed
    booking.dtstart_local = datetime.fromisoformat(whole.dtstart_local)
    booking.rrule = whole.rrule
    booking.rdates = [datetime.fromisoformat(text) for text in whole.rdates]
    booking.exdates = [datetime.fromisoformat(text) for text in whole.exdates]
    until = whole.horizon_until
    booking.horizon_until = datetime.fromisoformat(until) if until else None
    booking.version, booking.updated_at = booking.version + 1, now
    rows = story[half]
    for row in rows:
        row.booking = booking
    booking.save()
    rewrite(rows, now)
    if _digest(booking, Occurrence.objects.filter(booking=booking)) != whole.digest:
        raise Changed
    BookingEvent.objects.filter(booking=half).update(booking=booking)
    half.delete()
    differ = [row.original_start for row in rows if row.override_mask]
    outbox.announce(booking, [None, *differ])


def _digest(booking: Booking, rows: Iterable[Occurrence]) -> str:
    """Of all that tells when a series takes place, and what its dates have of their own."""
    dates: list[Any] = sorted(
        [row.public_id.hex, *(repr(getattr(row, name)) for name in _ROW)] for row in rows
    )
    when = [repr(getattr(booking, name)) for name in _WHEN]
    return sha256(repr((when, dates)).encode()).hexdigest()
