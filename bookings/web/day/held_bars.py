"""What others are about to book, on the day's time line. It comes along with the rooms."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from bookings.shown import ShownRoom
from bookings.web.day.places import STEP
from bookings.web.days import Day, clock_span


@dataclass(frozen=True, slots=True)
class HeldBar:
    """One hold, all text; `until` is Unix time, when the page takes it away by itself."""

    who: str
    times: str
    place: str  # classes
    until: int
    words: str


def held_bars(room: ShownRoom, day: Day) -> list[HeldBar]:
    """The holds of a room that a day shows."""
    bars = (_bar(hold, day) for hold in room.held)
    return [bar for bar in bars if bar is not None]


def _bar(hold: dict[str, str], day: Day) -> HeldBar | None:
    starts_at, ends_at, expires_at = (
        datetime.fromisoformat(hold[name]) for name in ("starts_at", "ends_at", "expires_at")
    )
    first, last = day.minute_of(starts_at) // STEP, -(-day.minute_of(ends_at) // STEP)
    if ends_at <= day.starts_at or starts_at >= day.ends_at:
        return None
    until = {"time": f"{expires_at.astimezone(day.zone):%H:%M}"}
    return HeldBar(
        who=hold["who"],
        times=clock_span(starts_at, ends_at, day.zone),
        place=f"s{first} w{max(last - first, 1)}",
        until=int(expires_at.timestamp()),
        words=_("held until %(time)s") % until,
    )
